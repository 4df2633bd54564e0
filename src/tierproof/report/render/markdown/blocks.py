"""Blocks as Markdown.

Enters: blocks of plain, untrusted text.  Leaves: GitHub-flavoured Markdown in which the text shows as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tierproof.answers.safe_text import clean, printable
from tierproof.report.blocks import Block, Cell, Drawn, Grid, Heading, Items, Told
from tierproof.report.render.markdown.signs import escape, grid, link

__all__ = ["blocks_markdown"]


def blocks_markdown(blocks: Iterable[Block]) -> str:
    """The blocks, one after the other."""
    parts = ("\n".join(_lines(block)) for block in blocks)
    return "\n\n".join(part for part in parts if part) + "\n"


def _lines(block: Block) -> Iterable[str]:
    out: Iterable[str] = ()
    match block:
        case Heading():
            out = [f"{'#' * block.level} {link(block.text, block.url)}"]
        case Told(tone="formula") | Drawn(told=None):
            out = _as_it_is(block.text)
        case Told():
            text = escape("".join((*(cell.text for cell in block.mark), block.text)))
            out = [f"**{text}**" if block.tone == "strong" and text else text]
        case Items(beside=True):
            out = [" · ".join(map(escape, block.items))]
        case Items():
            out = [f"- {escape(item)}" for item in block.items]
        case Drawn(told=Grid() as told):
            out = _lines(told)
        case Grid(rows=(_, *_)):
            out = grid([escape(field.full or field.head) for field in block.fields], _rows(block))
    return out


def _rows(block: Grid) -> Iterator[list[str]]:
    for number, row in enumerate(block.rows):
        if told := clean(block.across.get(number, "")):
            yield [escape(told)]
        yield [_cell(cell, number == block.chosen) for cell in row]


def _cell(cell: str | Cell, chosen: bool) -> str:
    told = escape(cell) if isinstance(cell, str) else link(cell.full or cell.text, cell.url)
    return f"**{told}**" if chosen and told else told


def _as_it_is(text: str) -> list[str]:
    """Letters in their places, within a fence that none of them closes."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *map(printable, text.splitlines()), fence]
