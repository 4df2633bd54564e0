"""What a reply thinks on the way to what it says, parted from it.

Enters: the text of a reply.  Leaves: what is said, and what was thought.  Must not know how either is used.
"""

from __future__ import annotations

import re

__all__ = ["parted"]

NAMES = (
    r"think|thinking|thought|thoughts|reasoning|(?:seed|mm):think|antthinking|scratch_?pad|reflection|chain_of_thought|cot"
    r"|inner_monologue|internal_(?:thoughts?|monologue|reasoning)|(?:thinking|thought|reasoning)_process"
)
OPENS = re.compile(
    rf"(?:^|(?<=[\n>\]]))[ \t]*(?:<(?:{NAMES})>|<\|(?:START_THINKING|thinking|think)\|>|\[THINK\]|◁think▷"
    r"|<\|begin_of_thought\|>|<unused94>(?:thought\n)?|(?:<\|start\|>assistant)?<\|channel\|>analysis(?:<\|message\|>)?)",
    re.IGNORECASE,
)
ANYWHERE = re.compile(rf"(?<!`)<(?:{NAMES})>(?!`)", re.IGNORECASE)
CLOSES = re.compile(
    rf"(?<!`)(?:</(?:{NAMES})>|<\|(?:END_THINKING|/thinking|/think)\|>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<unused95>"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>)(?!`)",
    re.IGNORECASE,
)
BARE_CHANNELS = re.compile(
    r"\s*(?:assistant)?analysis(?P<thought>(?:(?!assistantfinal).)*)assistantfinal(?P<said>.*)", re.DOTALL
)
"""Channels whose marks the server left out: `analysis...assistantfinal...`."""
FINAL = re.compile(r"<\|(?:begin|end)_of_solution\|>|<\|(?:START|END)_RESPONSE\|>|<\|(?:end|return)\|>$")
ANSWER = re.compile(r"\s*<(?P<name>answer|final_answer|output|solution)>(?P<inside>.*)</(?P=name)>\s*", re.DOTALL)
"""How models that were taught to think between tags part off what they say."""


def parted(text: str) -> tuple[str, str]:
    """What a reply says, and what was thought on the way to it, where both stand in one text.

    Chat templates differ: thinking stands between tags, or ends with a closing tag whose opening the template wrote.
    Thinking that was cut off before its end is no answer: nothing is said then.  Tags in code (`<think>`) are text.
    """
    bare = BARE_CHANNELS.fullmatch(text)
    if bare is not None:
        return bare["said"].strip(), bare["thought"].strip()
    if "<" not in text and "[" not in text and "◁" not in text:
        return text, ""
    thoughts: list[str] = []
    closed = CLOSES.search(text)
    opened = OPENS.search(text)
    if closed is not None and (opened is None or closed.start() < opened.start()):
        thoughts.append(text[: closed.start()])
        text = text[closed.end() :]
    while (opened := (ANYWHERE if thoughts else OPENS).search(text)) is not None:
        closed = CLOSES.search(text, opened.end())
        if closed is None:
            thoughts.append(text[opened.end() :])
            text = text[: opened.start()]
            break
        thoughts.append(text[opened.end() : closed.start()])
        text = text[: opened.start()] + text[closed.end() :]
    if not thoughts:
        return text, ""
    said = FINAL.sub("", text).strip()
    answer = ANSWER.fullmatch(said)
    said = answer["inside"].strip() if answer else said
    return said, "\n".join(thought.strip() for thought in thoughts if thought.strip())
