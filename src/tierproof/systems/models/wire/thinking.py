"""What a reply thinks on the way to what it says, parted from it.

Enters: the text of a reply.  Leaves: what is said, and what was thought.  Must not know how either is used.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

__all__ = ["parted"]

NAMES = (
    r"(?:[a-z]{1,12}[_:])?think(?::[a-z]{1,20})?|(?:ant)?thinking|thoughts?|reasoning(?:_content)?|scratch_?pad|reflections?"
    r"|chain_of_thought|cot|deliberation|(?:inner|internal)_(?:thoughts?|thinking|monologue|reasoning|dialogue)"
    r"|(?:thinking|thought|reasoning)_process"
)
MORE = r"(?:\s[^<>\n]{0,80})?"
"""What may stand in a tag beside its name: `<think budget="512">`, `</think >`."""
OPENS = re.compile(
    rf"(?:^|(?<=[\n>\]]))[ \t]*(?:<(?:{NAMES}){MORE}>"
    r"|<\|(?:START_THINKING|thinking|think|(?:think|thinking|thought)_start|inner_prefix)\|>"
    r"|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<unused94>(?:thought\n)?|<\|channel>thought\n?"
    r"|(?:<\|start\|>assistant)?<\|channel\|>analysis(?:<\|message\|>)?)",
    re.IGNORECASE,
)
ANYWHERE = re.compile(rf"<(?:{NAMES}){MORE}>", re.IGNORECASE)
CLOSES = re.compile(
    rf"(?<!`)(?:</(?:{NAMES}){MORE}>|<\|(?:END_THINKING|/thinking|/think|(?:think|thinking|thought)_end|inner_suffix)\|>"
    r"|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<unused95>|<channel\|>|\[BEGIN FINAL RESPONSE\]"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>)(?!`)",
    re.IGNORECASE,
)
BARE = re.compile(
    r"\s*(?:(?:assistant)?analysis(?P<thought>(?:(?!assistantfinal).)*)assistantfinal"
    r"|<details\s+type=[\"']?reasoning[^<>]{0,80}>(?:\s*<summary>[^<>]{0,80}</summary>)?(?P<fold>(?:(?!</details>).)*)</details>"
    r"|thinking\.{3}\s*\n(?P<aside>(?:(?!\n\.{3}\s?done thinking).)*)\n\.{3}\s?done thinking\.?\s"
    r"|here(?:'s| is) my thought process:(?P<process>(?:(?!here(?:'s| is) my response:).)*)"
    r"here(?:'s| is) my response:)(?P<said>.*)",
    re.DOTALL | re.IGNORECASE,
)
"""Marks that are words: channels whose signs the server left out (`analysis...assistantfinal...`)."""
FINAL = re.compile(
    r"<\|(?:begin|end)_of_solution\|>|<\|(?:START|END)_RESPONSE\|>|\[END FINAL RESPONSE\]|<\|(?:end|return)\|>$"
)
LEFT = (
    *(f"<|{name}|>" for name in ("im_end", "eot_id", "eom_id", "end", "endoftext", "end_of_text", "return")),
    *("<|END_OF_TURN_TOKEN|>", "<end_of_turn>", "<eos>", "<｜end▁of▁sentence｜>", "</s>"),
)
"""What ends a turn, where a server leaves it in the text."""
BEGUN = re.compile(
    r"^\s*(?:<\|im_start\|>assistant\s*|<\|assistant\|>|<\|start_header_id\|>assistant<\|end_header_id\|>"
    r"|<start_of_turn>model\s*|<\|start_of_role\|>assistant<\|end_of_role\|>)"
)
"""What begins one, where a model writes it again."""
ANSWER = re.compile(
    r"\s*<(?P<name>(?:final_?)?(?:answer|response)|final|output|solution)>(?P<inside>.*)</(?P=name)>\s*", re.DOTALL
)
"""How models that were taught to think between tags part off what they say."""
QUOTES = "\"'`"
LINE = 300
"""Characters of a line about a tag that are looked at."""
FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)


def parted(text: str) -> tuple[str, str]:
    """What a reply says, and what was thought on the way to it, where both stand in one text.

    Chat templates differ: thinking stands between tags, or ends with a closing tag whose opening the template wrote.
    Thinking that was cut off before its end is no answer: nothing is said then.  Tags that a text speaks of, in quotes
    or in a fence, are text.
    """
    if "<" in text and "<s>" not in text:
        text = _without_ends(BEGUN.sub("", text))
    bare = BARE.fullmatch(text)
    if bare is not None:
        found = (bare[name] for name in ("thought", "fold", "aside", "process"))
        return bare["said"].strip(), next((one for one in found if one), "").strip()
    if "<" not in text and "[" not in text and "◁" not in text:
        return text, ""
    fences = [one.start() for one in FENCE.finditer(text)]
    thoughts, said, place = list[str](), list[str](), 0
    opened = _first(OPENS, text, fences)
    closed = _first(CLOSES, text, fences)
    if closed is not None and (opened is None or closed.start() < opened.start()):
        # Opened behind some words of the answer, or by the template.
        opened = _first(ANYWHERE, text[: closed.start()], fences)
        if opened is None:
            thoughts.append(text[: closed.start()])
            place = closed.end()
            opened = _first(ANYWHERE, text, fences, place)
    while opened is not None:
        said.append(text[place : opened.start()])
        closed = CLOSES.search(text, opened.end())
        if closed is None:
            thoughts.append(text[opened.end() :])
            place = len(text)
            break
        for _ in ANYWHERE.finditer(text, opened.end(), closed.start()):
            # A thought within the thought, which has an end of its own.
            closed = CLOSES.search(text, closed.end()) or closed
        thoughts.append(text[opened.end() : closed.start()])
        place = closed.end()
        opened = _first(ANYWHERE, text, fences, place)
    if not thoughts:
        return text, ""
    answer = FINAL.sub("", "".join(said) + text[place:]).strip()
    inner = ANSWER.fullmatch(answer)
    answer = inner["inside"].strip() if inner else answer
    return answer, "\n".join(thought.strip() for thought in thoughts if thought.strip())


def _without_ends(text: str) -> str:
    """A text without what ends a turn, and the blanks about that."""
    end = len(text)
    while True:
        at = end
        while at and text[at - 1].isspace():
            at -= 1
        found = next((one for one in LEFT if text.endswith(one, 0, at)), "")
        if not found:
            return text if end == len(text) else text[:end].rstrip()
        end = at - len(found)


def _first(form: re.Pattern[str], text: str, fences: Sequence[int], place: int = 0) -> re.Match[str] | None:
    """The first tag from a place on that is one: not in quotes, and not opened and closed in one fenced text."""
    start = bisect.bisect_left(fences, place)
    opened = [one.start() for one in ANYWHERE.finditer(text, place)] if form is CLOSES and fences else []
    for one in form.finditer(text, place):
        number = bisect.bisect_left(fences, one.start())
        within = bisect.bisect_left(opened, one.start())
        inside = (number - start) % 2 == 1
        if inside and (form is not CLOSES or (within and opened[within - 1] > fences[number - 1])):
            continue
        if not _quoted(text, one):
            return one
    return None


def _quoted(text: str, tag: re.Match[str]) -> bool:
    """Does a tag stand between two quotes of one line, of which the first opens?"""
    before = text[max(0, tag.start() - LINE) : tag.start()].rpartition("\n")[2]
    behind = text[tag.end() : tag.end() + LINE].partition("\n")[0]
    return any(
        before.count(sign) % 2 == 1 and sign in behind and (sign == '"' or before[-1] == sign or behind[0] == sign)
        for sign in QUOTES
    )
