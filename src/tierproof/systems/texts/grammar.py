"""A Lark grammar as endpoints take one: each in its own field, one of them in a notation of its own.

Enters: a grammar in Lark's notation and the endpoint's dialect.  Leaves: body fields.  Must not know answers.

    openai      a custom tool with a grammar; the reply is the tool's input
    vllm        `structured_outputs`: {"grammar": ...}
    vllm-old    `guided_grammar`, up to the version that ignores it in silence
    llama.cpp   `grammar`, in GBNF
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.resources import Resources
from tierproof.systems.texts.gbnf_regex import gbnf_of_regex

__all__ = ["CUSTOM_TOOL", "Dialect", "gbnf_of", "grammar_fields"]

Dialect = Literal["openai", "vllm", "vllm-old", "llama.cpp"]
CUSTOM_TOOL = "answer"
"""Name of the tool whose input is the reply, in OpenAI's dialect."""
IMPORTED = {
    "INT": "[0-9]+",
    "DIGIT": "[0-9]",
    "NUMBER": '[0-9]+ ("." [0-9]+)?',
    "SIGNED_INT": '("+" | "-")? [0-9]+',
    "SIGNED_NUMBER": '("+" | "-")? [0-9]+ ("." [0-9]+)?',
    "WORD": "[a-zA-Z]+",
    "CNAME": "[a-zA-Z_] [a-zA-Z_0-9]*",
    "LETTER": "[a-zA-Z]",
    "WS": "[ \\t\\n]+",
    "NEWLINE": "[\\r\\n]+",
    "ESCAPED_STRING": '"\\"" ([^"\\\\] | "\\\\" ["\\\\bfnrt/])* "\\""',
}
TOKEN = re.compile(
    r'(?P<string>"(?:\\.|[^"\\])*")(?P<flag>i)?|/(?P<regex>(?:\\.|[^/\\])+)/|(?P<name>[?!]?[_a-zA-Z][_a-zA-Z0-9]*)'
    r"|(?P<arrow>->\s*\w+)|(?P<range>\.\.)|(?P<sign>[|()\[\]*+?:])|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)


def grammar_fields(resources: Resources) -> dict[str, Any]:
    """Body fields that ask an endpoint to hold its reply to the workload's grammar."""
    if resources.grammar_field:
        return {resources.grammar_field: resources.grammar}
    fields: Mapping[Dialect, Any] = {
        "openai": lambda: _custom_tool(resources.grammar),
        "vllm": lambda: {"structured_outputs": {"grammar": resources.grammar}},
        "vllm-old": lambda: {"guided_grammar": resources.grammar},
        "llama.cpp": lambda: {"grammar": gbnf_of(resources.grammar)},
    }
    return dict(fields[resources.grammar_dialect]())


def _custom_tool(grammar: str) -> dict[str, Any]:
    form = {"type": "grammar", "grammar": {"syntax": "lark", "definition": grammar}}
    tool = {"name": CUSTOM_TOOL, "description": "Takes the answer.", "format": form}
    return {
        "tools": [{"type": "custom", "custom": tool}],
        "tool_choice": {"type": "custom", "custom": {"name": CUSTOM_TOOL}},
    }


def gbnf_of(grammar: str) -> str:
    """A Lark grammar in GBNF.  Raises InputError for what cannot be carried over."""
    lines = []
    for line in _statements(grammar):
        if line.startswith("%import"):
            lines += _imported(line)
        elif line.startswith("%"):
            # Blanks that a parser would skip: a decoder would have to be told where they may stand.
            raise _refused(f"'{line.split()[0]}'")
        else:
            head, _, body = line.partition(":")
            name = head.strip().lstrip("?!").partition(".")[0]
            if not re.fullmatch(r"[_a-zA-Z][_a-zA-Z0-9]*", name):
                raise _refused(f"'{head.strip()[:40]}'")
            lines.append(f"{_rule(name)} ::= {_body(body)}")
    if not any(line.startswith("root ::=") for line in lines):
        raise _refused("a grammar without the rule 'start'")
    return "\n".join(lines) + "\n"


def _statements(grammar: str) -> list[str]:
    """One rule, terminal or directive each; an alternative may go on in the next line."""
    found: list[str] = []
    for raw in grammar.splitlines():
        line = raw.rstrip()
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        if found and (line[0].isspace() or line.startswith("|")):
            found[-1] += " " + line.strip()
        else:
            found.append(line.strip())
    return found


def _imported(line: str) -> list[str]:
    names = re.findall(r"[A-Z_]{2,}", line.partition("common")[2])
    unknown = [name for name in names if name not in IMPORTED]
    if "common" not in line or unknown or not names or "->" in line:
        raise _refused(f"'{line[:60]}'")
    return [f"{_rule(name)} ::= {IMPORTED[name]}" for name in names]


def _rule(name: str) -> str:
    """GBNF's names have no underscores, and its first rule is `root`."""
    if name == "start":
        return "root"
    return ("t-" if name.isupper() else "r-") + name.strip("_").lower().replace("_", "-")


def _body(text: str) -> str:
    parts: list[str] = []
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "space" and match["arrow"] is None]
    place = 0
    while place < len(tokens):
        match = tokens[place]
        if place + 2 < len(tokens) and tokens[place + 1]["range"]:
            low, high = match["string"], tokens[place + 2]["string"]
            if not low or not high:
                raise _refused("a range")
            parts.append(f"[{low[1:-1]}-{high[1:-1]}]")
            place += 3
            continue
        parts.append(_part(match))
        place += 1
    return " ".join(parts).replace(" *", "*").replace(" +", "+").replace(" ?", "?")


def _part(match: re.Match[str]) -> str:
    if match["string"]:
        if match["flag"]:
            letters = [
                f"[{one.lower()}{one.upper()}]" if one.isalpha() else f'"{one}"' for one in match["string"][1:-1]
            ]
            return "(" + " ".join(letters) + ")"
        return match["string"]
    if match["regex"]:
        try:
            return gbnf_of_regex(match["regex"])
        except ValueError:
            raise _refused(f"/{match['regex'][:40]}/") from None
    if match["name"]:
        return _rule(match["name"].lstrip("?!"))
    sign = match["sign"] or ""
    if sign in ("[", "]"):
        return "(" if sign == "[" else ")?"
    if not sign or sign == ":":
        raise _refused(f"'{match[0]}'")
    return sign


def _refused(what: str) -> InputError:
    return InputError.of(
        Message("{what} of the grammar cannot be written in llama.cpp's notation", what=what),
        remedy=Message("write it with rules, strings, plain regular expressions, | ( ) [ ] * + ? and common terminals"),
        field="grammar",
    )
