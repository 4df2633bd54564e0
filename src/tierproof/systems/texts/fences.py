"""Fenced blocks of Markdown, as models write them.

Enters: a text.  Leaves: what stands in its fences, and in which language.  Must not know what is done with it.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

__all__ = ["Block", "fenced_blocks"]

ALONE = re.compile(r"^[ \t>]*(?P<fence>`{3,})(?P<language>\w*)(?=[\s{\[])(?P<text>.+?)(?P=fence)[ \t]*$")
"""A block on one line."""
OPENS = re.compile(r"^(?P<lead>[ \t>]*)(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    """First word after the fence, in lower case; empty: none."""
    text: str


def fenced_blocks(text: str) -> tuple[Block, ...]:
    """Blocks in their order; one that is not closed goes to the end.  Line ends become `\\n`, an indent is taken
    off.
    """
    blocks: list[Block] = []
    fence, language, inside, quoted = "", "", list[str](), False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not fence:
            alone = ALONE.match(line)
            if alone:
                blocks.append(Block(alone["language"].lower(), alone["text"].strip()))
                continue
            opened = OPENS.match(line)
            if opened:
                fence, inside, quoted = opened["fence"], [], ">" in opened["lead"]
                words = re.split(r"[\s,{}:]+", opened["info"].strip("{} .").lower())
                language = words[0].lstrip(".") if words else ""
        elif re.fullmatch(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*", line):
            blocks.append(Block(language, textwrap.dedent("\n".join(inside))))
            fence = ""
        else:
            inside.append(re.sub(r"^[ \t]*(?:>[ \t]?)+", "", line) if quoted else line)
    if fence and any(line.strip() for line in inside):
        blocks.append(Block(language, textwrap.dedent("\n".join(inside))))
    return tuple(blocks)
