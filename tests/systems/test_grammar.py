"""A grammar reaches each endpoint in its own field, and llama.cpp in its own notation."""

from __future__ import annotations

from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.systems.models import ChatRequest, ModelSpec, user_message
from tierproof.systems.models.wire.reply import reply_of
from tierproof.systems.models.wire.request import prepare
from tierproof.systems.resources import Resources
from tierproof.systems.texts.grammar import gbnf_of, grammar_fields

YES_OR_NO = 'start: "yes" | "no"\n'


@pytest.mark.parametrize(
    ("dialect", "fields"),
    [
        ("vllm", {"structured_outputs": {"grammar": YES_OR_NO}}),
        ("vllm-old", {"guided_grammar": YES_OR_NO}),
        ("llama.cpp", {"grammar": 'root ::= "yes" | "no"\n'}),
    ],
)
def test_each_dialect_has_its_field(dialect: Any, fields: dict[str, Any]) -> None:
    assert grammar_fields(Resources(grammar=YES_OR_NO, grammar_dialect=dialect)) == fields


def test_a_field_of_ones_own_is_taken_as_it_is() -> None:
    assert grammar_fields(Resources(grammar=YES_OR_NO, grammar_field="lark")) == {"lark": YES_OR_NO}


def test_openai_takes_it_as_a_tool_whose_input_is_the_reply() -> None:
    fields = grammar_fields(Resources(grammar=YES_OR_NO, grammar_dialect="openai"))
    [tool] = fields["tools"]
    assert tool["custom"]["format"] == {"type": "grammar", "grammar": {"syntax": "lark", "definition": YES_OR_NO}}
    spec = ModelSpec(name="m", base_url="http://127.0.0.1:9/v1")
    call = prepare(ChatRequest(model="m", messages=(user_message("Is it?"),), extra=fields), spec)
    message = {
        "content": None,
        "tool_calls": [{"id": "a", "type": "custom", "custom": {"name": "answer", "input": "no"}}],
    }
    table = {"choices": [{"message": message, "finish_reason": "tool_calls"}]}
    assert reply_of(table, call, seconds=0.1).text == "no"


@pytest.mark.parametrize(
    ("lark", "gbnf"),
    [
        ('start: item ("," item)*\nitem: /[a-z]+/', 'root ::= r-item ("," r-item)*\nr-item ::= ([a-z]+)\n'),
        ('?start: "a".."f" INT\n%import common.INT', 'root ::= [a-f] t-int\nt-int ::= [0-9]+\n'),
        ('start: [sign] two_words\n     | "none"i\nsign: "-"\ntwo_words: "a b"',
         'root ::= ( r-sign )? r-two-words | ([nN] [oO] [nN] [eE])\nr-sign ::= "-"\nr-two-words ::= "a b"\n'),
        ("start: /(?:a|b{2,3}c)[^x\\d]\\.?/", 'root ::= (("a" | "b"{2,3} "c") [^x0-9] "."?)\n'),
        ("start: /[\\w-]{1,8}./", 'root ::= ([a-zA-Z0-9_-]{1,8} [^\\n])\n'),
        ("start: /\\d+-[A-Z]/ -> code\n// a comment", 'root ::= ([0-9]+ "-" [A-Z])\n'),
    ],
)  # fmt: skip
def test_larks_notation_is_carried_over(lark: str, gbnf: str) -> None:
    written = gbnf_of(lark)
    assert written.replace(" )", ")").replace("( ", "(") == gbnf.replace(" )", ")").replace("( ", "(")


@pytest.mark.parametrize(
    "lark",
    [
        "start: WS\n%ignore WS",
        "start: /a(?=b)/",
        "start: /a*?/",
        "start: /^a/",
        "start: /(a/",
        'thing: "a"',
        "start: X\n%import python.X",
        "start{x}: x",
    ],
)
def test_what_cannot_be_carried_over_is_told(lark: str) -> None:
    with pytest.raises(InputError, match="cannot be written in llama"):
        gbnf_of(lark)
