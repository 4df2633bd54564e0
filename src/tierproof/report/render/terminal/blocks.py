"""Blocks as lines of a terminal.

Enters: blocks of plain, untrusted text.  Leaves: lines of `Text`, none wider than the screen.  Knows nothing of what
they say.
"""

from __future__ import annotations

from collections.abc import Iterable

from tierproof.answers.safe_text import clean
from tierproof.report.blocks import Block, Cell, Gap, Grid, Heading, Items, Told
from tierproof.report.render.terminal.layout import Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text

__all__ = ["block_lines"]

_TONES = {"strong": "bold", "note": "dim", "warning": "yellow", "": ""}


def block_lines(blocks: Iterable[Block], width: int) -> list[Text]:
    """Lines for a terminal, none wider than `width`."""
    out: list[Text] = []
    for block in blocks:
        if isinstance(block, Heading):
            if out:
                out.append(Text())
            style = "bold" if block.level < 3 else "bold dim"
            out += paragraph(clean(block.text), width, style=style)
        elif isinstance(block, Told):
            out += paragraph(clean(block.text), width, style=_TONES[block.tone], indent="  " if block.inset else "")
        elif isinstance(block, Items):
            for item in block.items:
                out += paragraph(clean(item), width, mark="- ")
        elif isinstance(block, Gap):
            out.append(Text())
        elif block.rows:
            out += _grid_lines(block, width)
    return out


def _grid_lines(grid: Grid, width: int) -> list[Text]:
    columns = [
        Column(
            head=field.head,
            cells=[
                _cell(row[number], "bold" if position == grid.chosen else field.style)
                for position, row in enumerate(grid.rows)
            ],
            keep=field.keep,
            label=field.head.lower() if field.keep and field.below else "",
            justify="right" if field.right else "left",
            least=field.least,
        )
        for number, field in enumerate(grid.fields)
    ]
    header, rows = fit(columns, width)
    return [header, *(line for row in rows for line in row)]


def _cell(cell: str | Cell, style: str) -> Cell:
    if isinstance(cell, str):
        return Cell(clean(cell), style)
    lead = len(cell.text) - len(cell.text.lstrip(" "))
    return Cell(" " * lead + clean(cell.text), cell.style or style)
