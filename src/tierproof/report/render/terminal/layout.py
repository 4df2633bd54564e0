"""Columns on a terminal: what fits stands side by side, the rest moves to a second line under its row.

Enters: columns of cells, each with the order in which it gives way.  Leaves: lines of `Text`, none wider than the
screen.  Knows nothing of what the cells mean.  Text is put in as it is: markup in a cell stays letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from tierproof.answers.safe_text import shorten
from tierproof.messages import translated
from tierproof.report.blocks import Cell, Field
from tierproof.report.render.terminal.styled import Text, wrapped

__all__ = ["fit", "paragraph"]

_INDENT = 6
"""The second line starts under the name, right of tier and rank."""
_GUTTER = 2
"""Between cells of the second line."""


class _Column(Struct, frozen=True, dict=True):
    field: Field
    cells: Sequence[Cell]

    @cached_property
    def head(self) -> str:
        return translated(self.field.head)

    @cached_property
    def width(self) -> int:
        return max([cell_len(self.head), *(cell_len(cell.text) for cell in self.cells)])

    @property
    def label(self) -> str:
        """What precedes a cell on the second line; columns without one are left out where they do not fit."""
        field = self.field
        gives_way = (field.keep or field.yields) and field.below and not field.margin
        return (translated(field.label) or self.head.lower()) if gives_way else ""


def fit(fields: Sequence[Field], rows: Sequence[Sequence[Cell]], width: int) -> tuple[Text, list[list[Text]]]:
    """The header and, for each row, its lines, within `width` cells."""
    columns = [_Column(field, [row[number] for row in rows]) for number, field in enumerate(fields)]
    beside = [column for column in columns if column.field.keep == 0]
    for column in [column for column in reversed(beside) if column.field.yields]:
        if _total(beside) - _spare(beside) > width:
            beside.remove(column)
    for keep in sorted({column.field.keep for column in columns} - {0}):
        joining = [column for column in columns if column.field.keep == keep]
        if _total([*beside, *joining]) > width:
            break
        beside += joining
    beside = [column for column in columns if column in beside]
    below = [column for column in columns if column not in beside and (column.label or column.field.margin)]
    widths = _shrunk(beside, width)
    header = _line([Cell(c.head, "dim") for c in beside], beside, widths)
    header.truncate(width)
    header.rstrip()
    shown = []
    whole = [(column, _mistaken(column.cells, cut)) for column, cut in zip(beside, widths, strict=True)]
    for index in range(len(rows)):
        lines = [_line([column.cells[index] for column in beside], beside, widths)]
        for column, mistaken in whole:
            if column.cells[index].text in mistaken:
                lines += paragraph(column.cells[index].text, width, style="dim", indent=" " * _INDENT)
        if below:
            lines += _under(below, index, width)
        for line in lines:
            line.truncate(width)
            line.rstrip()
        shown.append([line for line in lines if line.plain.strip()])
    return header, shown


def _total(columns: Sequence[_Column]) -> int:
    return sum(column.width + column.field.gutter for column in columns) - (columns[0].field.gutter if columns else 0)


def _spare(columns: Sequence[_Column]) -> int:
    """Cells that can be cut."""
    return sum(max(0, column.width - column.field.least) for column in columns if column.field.least)


def _shrunk(columns: Sequence[_Column], width: int) -> list[int]:
    widths = [column.width for column in columns]
    excess = _total(columns) - width
    for index, column in enumerate(columns):
        if excess > 0 and column.field.least:
            cut = min(excess, max(0, widths[index] - column.field.least))
            widths[index] -= cut
            excess -= cut
    return widths


def _line(cells: Sequence[Cell], columns: Sequence[_Column], widths: Sequence[int]) -> Text:
    line = Text()
    for position, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
        text = cell.text if cell_len(cell.text) <= width else _cut(cell.text, width)
        pad = " " * (width - cell_len(text))
        line.append(" " * column.field.gutter if position else "")
        line.append(pad if column.field.right else "")
        line.append(text, cell.style)
        line.append("" if column.field.right else pad)
    return line


def _mistaken(cells: Sequence[Cell], width: int) -> set[str]:
    """Texts that look like another one once they are cut."""
    by_cut: dict[str, set[str]] = {}
    for cell in cells:
        if cell_len(cell.text) > width:
            by_cut.setdefault(_cut(cell.text, width), set()).add(cell.text)
    return {text for texts in by_cut.values() if len(texts) > 1 for text in texts}


def _under(columns: Sequence[_Column], index: int, width: int) -> list[Text]:
    """Labelled cells, aligned over rows.  A column that would overflow is left out in every row alike; on a screen so
    narrow that figures of the first line stand here too, it moves to a line of its own."""
    margin = next((column.cells[index].text for column in columns if column.field.margin), "")
    lines = [Text(margin.rjust(_INDENT - 1) + " ", "dim")]
    narrow = any(column.field.yields for column in columns)
    used = _INDENT
    for column in columns:
        if column.field.margin:
            continue
        wide = max(cell_len(cell.text) for cell in column.cells) + cell_len(column.label) + 1
        if used + wide > width:
            if not narrow or len(lines) > 1:
                continue
            if _INDENT + wide > width:
                lines += paragraph(
                    f"{column.label} {column.cells[index].text}", width, style="dim", indent=" " * _INDENT
                )
                continue
            lines.append(Text(" " * _INDENT, "dim"))
            used = _INDENT
        text = column.cells[index].text
        told = f"{column.label} {text}" if text else ""
        lines[-1].append(told + " " * (wide - cell_len(told) + _GUTTER), "dim")
        used += wide + _GUTTER
    return lines


def _cut(text: str, width: int) -> str:
    cut = shorten(text, width)
    # `shorten` counts characters; wide ones take two cells each.
    return cut if cell_len(cut) <= width else set_cell_size(cut, width)


def paragraph(text: str, width: int, *, style: str = "", indent: str = "", mark: Text | str = "") -> list[Text]:
    """Text broken at words to lines of at most `width` cells; `mark` precedes the first, the others hang under it."""
    first = Text(indent).append(mark)
    lines = wrapped(Text(text, style), max(8, width - first.cell_len))
    hanging = " " * first.cell_len
    return [(Text(hanging) if position else first).append(line) for position, line in enumerate(lines)]
