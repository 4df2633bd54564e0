"""Columns on a terminal: what fits stands side by side, the rest moves to a second line under its row.

Enters: columns of cells, each with the order in which it gives way.  Leaves: lines of `Text`, none wider than the
screen.  Knows nothing of what the cells mean.  Text is put in as it is: markup in a cell stays letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from io import StringIO
from typing import Literal

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from tierproof.answers.safe_text import shorten
from tierproof.report.blocks import Cell
from tierproof.report.render.terminal.styled import Text, wrapped

__all__ = ["Column", "fit", "paragraph", "to_string"]

_INDENT = 6
"""The second line starts under the name, right of tier and rank."""
_GUTTER = 2
"""Between cells of the second line."""


class Column(Struct, frozen=True, kw_only=True, dict=True):
    head: str
    cells: Sequence[Cell]
    keep: int = 0
    """0: always side by side; else the order in which columns join the line as the screen grows, equals together."""
    label: str = ""
    """What precedes a cell on the second line; columns without one are left out where they do not fit."""
    margin: bool = False
    """On the second line the cell stands in the margin, under tier and rank; one column at most."""
    justify: Literal["left", "right"] = "left"
    least: int = 0
    """Cells may be cut to this width before the line overflows; 0: never cut."""
    gutter: int = 2
    """Space before the column."""

    @cached_property
    def width(self) -> int:
        return max([cell_len(self.head), *(cell_len(cell.text) for cell in self.cells)])


def fit(columns: Sequence[Column], width: int) -> tuple[Text, list[list[Text]]]:
    """The header and, for each row, its lines (one or two), within `width` cells."""
    beside = [column for column in columns if column.keep == 0]
    for keep in sorted({column.keep for column in columns} - {0}):
        joining = [column for column in columns if column.keep == keep]
        if _total([*beside, *joining]) > width:
            break
        beside += joining
    beside = [column for column in columns if column in beside]
    below = [column for column in columns if column not in beside and (column.label or column.margin)]
    widths = _shrunk(beside, width)
    header = _line([Cell(c.head, "dim") for c in beside], beside, widths)
    header.rstrip()
    header.truncate(width)
    rows = []
    for index in range(len(columns[0].cells) if columns else 0):
        lines = [_line([column.cells[index] for column in beside], beside, widths)]
        if below:
            lines.append(_second(below, index, width))
        for line in lines:
            line.rstrip()
            line.truncate(width)
        rows.append([line for line in lines if line.plain.strip()])
    return header, rows


def _total(columns: Sequence[Column]) -> int:
    return sum(column.width + column.gutter for column in columns) - (columns[0].gutter if columns else 0)


def _shrunk(columns: Sequence[Column], width: int) -> list[int]:
    widths = [column.width for column in columns]
    excess = _total(columns) - width
    for index, column in enumerate(columns):
        if excess > 0 and column.least:
            cut = min(excess, max(0, widths[index] - column.least))
            widths[index] -= cut
            excess -= cut
    return widths


def _line(cells: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int]) -> Text:
    line = Text()
    for position, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
        text = cell.text if cell_len(cell.text) <= width else _cut(cell.text, width)
        pad = " " * (width - cell_len(text))
        line.append(" " * column.gutter if position else "")
        line.append(pad if column.justify == "right" else "")
        line.append(text, cell.style)
        line.append(pad if column.justify == "left" else "")
    return line


def _second(columns: Sequence[Column], index: int, width: int) -> Text:
    """Labelled cells, aligned over rows; a column that would overflow is left out in every row alike."""
    margin = next((column.cells[index].text for column in columns if column.margin), "")
    line = Text(margin.rjust(_INDENT - 1) + " ", "dim")
    used = _INDENT
    for column in columns:
        if column.margin:
            continue
        wide = max(cell_len(cell.text) for cell in column.cells) + cell_len(column.label) + 1
        if used + wide > width:
            continue
        text = column.cells[index].text
        told = f"{column.label} {text}" if text else ""
        line.append(told + " " * (wide - cell_len(told) + _GUTTER), "dim")
        used += wide + _GUTTER
    return line


def _cut(text: str, width: int) -> str:
    cut = shorten(text, width)
    # `shorten` counts characters; wide ones take two cells each.
    return cut if cell_len(cut) <= width else set_cell_size(cut, width)


def paragraph(text: str | Text, width: int, *, style: str = "", indent: str = "", mark: str = "") -> list[Text]:
    """Text broken at words to lines of at most `width` cells; `mark` precedes the first, the others hang under it."""
    body = text if isinstance(text, Text) else Text(text, style)
    lines = wrapped(body, max(8, width - cell_len(indent) - cell_len(mark)))
    hanging = " " * cell_len(mark)
    return [Text(indent + (hanging if position else mark)).append(line) for position, line in enumerate(lines)]


def to_string(lines: Iterable[Text], *, width: int = 80, colour: bool = False) -> str:
    """The lines as one string, with terminal escapes only if `colour`."""
    if not colour:
        return "".join([f"{line.plain}\n" for line in lines])
    from rich.console import Console  # noqa: PLC0415  (slow to import, and plain text does without)

    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 8),
        color_system="standard",
        force_terminal=True,
        legacy_windows=False,
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)
    return out.getvalue()
