"""Blocks as lines of a terminal.

Enters: blocks of plain, untrusted text.  Leaves: lines of `Text`, none wider than the screen.  Knows nothing of what
they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierproof.answers.safe_text import clean, printable
from tierproof.report.blocks import Block, Cell, Drawn, Gap, Grid, Heading, Items, Told
from tierproof.report.render.terminal.layout import fit, paragraph
from tierproof.report.render.terminal.styled import Text

__all__ = ["block_lines"]

_TONES = {"strong": "bold", "note": "dim", "warning": "yellow", "formula": "cyan", "": ""}
_STEP = "  "


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
            lines = map(printable, block.text.splitlines()) if block.tone == "formula" else [clean(block.text)]
            style, indent = _TONES[block.tone], _STEP * block.inset
            for text in lines:
                out += paragraph(text, width, style=style, indent=indent, mark=_joined(block.mark))
        elif isinstance(block, Items) and block.beside:
            out += paragraph("  ".join(map(clean, block.items)), width, style="dim", indent=_STEP * block.inset)
        elif isinstance(block, Items):
            for item in block.items:
                out += paragraph(clean(item), width, indent=_STEP * block.inset, mark="- ")
        elif isinstance(block, Drawn):
            for cells in block.at(width):
                line = _joined(cells)
                line.truncate(width)
                line.rstrip()
                out.append(line)
        elif isinstance(block, Gap):
            out.append(Text())
        elif block.rows:
            out += _grid_lines(block, width)
    return out


def _joined(cells: Iterable[Cell]) -> Text:
    line = Text()
    for cell in cells:
        line.append(printable(cell.text), cell.style)
    return line


def _grid_lines(grid: Grid, width: int) -> Iterator[Text]:
    rows = [
        [
            _cell(cell, "bold" if position == grid.chosen else field.style)
            for cell, field in zip(row, grid.fields, strict=True)
        ]
        for position, row in enumerate(grid.rows)
    ]
    header, shown = fit(grid.fields, rows, width)
    if any(field.head for field in grid.fields):
        yield header
    for number, lines in enumerate(shown):
        if number in grid.across:
            if number:
                yield Text()
            if told := clean(grid.across[number]):
                yield from paragraph(told, width, style="dim")
        yield from lines


def _cell(cell: str | Cell, style: str) -> Cell:
    if isinstance(cell, str):
        return Cell(clean(cell), style)
    lead = len(cell.text) - len(cell.text.lstrip(" "))
    return Cell(" " * lead + clean(cell.text), cell.style or style)
