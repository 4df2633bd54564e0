"""Figures of anyone's own meta-analysis, from a table of separated values.

Enters: a CSV file and the names of its columns.  Leaves: estimates, standard errors and clusters, or events and items
of two arms, or an `InputError` that names every fault by line and column.  Knows nothing of packs, records or pooling.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tierproof.errors import InputError, Problem
from tierproof.evidence.reading.files import MAX_LINES_MEGABYTES, read_text
from tierproof.messages import Message

__all__ = ["Columns", "Events", "read_columns", "read_events"]

_SEPARATORS: Final = ",;\t"
_LARGEST: Final = 1e12
"""Larger figures, and errors below its inverse, are slips of the pen and would overflow when squared."""
_MOST_PROBLEMS: Final = 20
"""A file of the wrong kind has a fault on every line; so many show what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """`n` figures, in the order of the file."""

    y: tuple[float, ...]
    se: tuple[float, ...]
    """Positive."""
    cluster: tuple[str, ...]
    """Label of each figure's source; all different where the file names none."""
    label: tuple[str, ...]
    """What each figure is called: a column of the file, else the source, else the number of the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """`k` studies of two arms, in the order of the file; 0 <= events <= items, items > 0."""

    events: tuple[int, ...]
    """Of the treated arm."""
    items: tuple[int, ...]
    events_baseline: tuple[int, ...]
    """Of the comparator."""
    items_baseline: tuple[int, ...]
    cluster: tuple[str, ...]
    label: tuple[str, ...]


def read_columns(
    path: Path,
    *,
    y: str = "yi",
    se: str | None = "sei",
    vi: str | None = None,
    cluster: str | None = None,
    label: str | None = None,
) -> Columns:
    """Columns named `y`, `se` or `vi` (sampling variances), `cluster` and `label` of a file with a header line.

    Fields are separated by commas, semicolons or tabs.  Raises InputError for a file that cannot be read, an empty one,
    a missing column, a row of another length, a cell that is no finite number and an error that is not positive.
    """
    spread = vi if vi is not None else se
    if spread is None:
        raise InputError.of(Message("no column of errors is named"), remedy=Message("name one with --se or --vi"))

    def faults(cells: Sequence[str]) -> Iterator[Problem]:
        yield from _faults(y, cells[0], _number(cells[0]))
        yield from _faults(spread, cells[1], _number(cells[1]), positive=True)

    _, numbers, labels = _read(path, lambda _: [y, spread], cluster, label, faults)
    errors = [math.sqrt(row[1]) if vi is not None else row[1] for row in numbers]
    return Columns(y=tuple(row[0] for row in numbers), se=tuple(errors), cluster=labels[0], label=labels[1])


def read_events(path: Path, *, cluster: str | None = None, label: str | None = None) -> Events:
    """Columns `ai`, `ci` (events of the treated and the comparator arm) with `n1i`, `n2i` (items) or `bi`, `di` (the
    rest).

    The names are those of meta-analysts; raises InputError as `read_columns` does, and for counts that are no counts.
    """

    def wanted(header: Sequence[str]) -> list[str]:
        whole = {"n1i", "n2i"} <= set(header) or not {"bi", "di"} <= set(header)
        return ["ai", "n1i", "ci", "n2i"] if whole else ["ai", "bi", "ci", "di"]

    def faults(cells: Sequence[str]) -> Iterator[Problem]:
        numbers = [_number(cell) for cell in cells]
        for name, cell, number in zip(("ai", "n1i or bi", "ci", "n2i or di"), cells, numbers, strict=True):
            found = list(_faults(name, cell, number))
            yield from found
            if not found and number is not None and (number < 0 or number != int(number) or number > _MOST_ITEMS):
                yield Problem(
                    message=Message("{number:g} is no count", number=number),
                    field=name,
                    remedy=Message("write whole numbers, 0 or more"),
                )

    names, numbers, labels = _read(path, wanted, cluster, label, faults)
    rest = "bi" in names
    rows = [tuple(map(int, row)) for row in numbers]
    problems = []
    for place, (a, n1, c, n0) in enumerate(rows):
        for who, count, items in (("ai", a, n1), ("ci", c, n0)):
            if (count + items == 0) if rest else (items == 0 or count > items):
                message = (
                    Message("{count} events of {items} items", count=count, items=items)
                    if not rest
                    else Message("an arm without items")
                )
                problems.append(
                    Problem(
                        message=Message("{labels}: {told} cannot be", labels=labels[1][place], told=message),
                        file=path,
                        field=who,
                        remedy=Message("events are at most the items of their arm, and an arm has one item or more"),
                    )
                )
    if problems:
        raise InputError(*problems[:_MOST_PROBLEMS])
    return Events(
        events=tuple(row[0] for row in rows),
        items=tuple(row[1] + (row[0] if rest else 0) for row in rows),
        events_baseline=tuple(row[2] for row in rows),
        items_baseline=tuple(row[3] + (row[2] if rest else 0) for row in rows),
        cluster=labels[0],
        label=labels[1],
    )


_MOST_ITEMS: Final = 10**9


def _read(
    path: Path,
    wanted: Callable[[Sequence[str]], list[str]],
    cluster: str | None,
    label: str | None,
    faults: Callable[[Sequence[str]], Iterator[Problem]],
) -> tuple[list[str], list[tuple[float, ...]], tuple[tuple[str, ...], tuple[str, ...]]]:
    """The names of the wanted columns, their numbers row by row, and each row's cluster and label."""
    text = read_text(path, MAX_LINES_MEGABYTES, marked=True)  # spreadsheets write a mark
    rows = _rows(path, text)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if not any(header):
        raise InputError.of(
            Message("is empty"), remedy=Message("give a header line and a line for each figure"), file=path
        )
    names = wanted(header)
    extra = [name for name in (cluster, label) if name is not None]
    places = _places(path, header, [*names, *extra])
    where = dict(zip([*names, *extra], places, strict=True))
    numbers: list[tuple[float, ...]] = []
    clusters: list[str] = []
    labels: list[str] = []
    problems: list[Problem] = []
    for line, row in rows:
        if len(row) != len(header):
            problems.append(
                Problem(
                    message=Message("has {n} cells, the header has {wanted}", n=len(row), wanted=len(header)),
                    file=path,
                    line=line,
                    remedy=Message(
                        "give every row one cell for each column; put text that holds a separator in quotes"
                    ),
                )
            )
        else:
            cells = [row[place] for place in places[: len(names)]]
            found = list(faults(cells))
            source = str(line) if cluster is None else row[where[cluster]].strip()
            if not source:
                found.append(
                    Problem(
                        message=Message("is empty"), field=cluster, remedy=Message("name the source of every figure")
                    )
                )
            problems += [replace(problem, file=path, line=line) for problem in found]
            if not found:
                numbers.append(tuple(number for cell in cells if (number := _number(cell)) is not None))
                clusters.append(source)
                named = row[where[label]].strip() if label is not None else source if cluster is not None else ""
                labels.append(named or f"row {len(numbers)}")
        if len(problems) >= _MOST_PROBLEMS:
            break
    if problems:
        raise InputError(*problems)
    if not numbers:
        raise InputError.of(
            Message("has a header and no figures"), remedy=Message("give one line for each figure"), file=path, line=1
        )
    return names, numbers, (tuple(clusters), tuple(labels))


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row that is not blank."""
    head = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        remedy = Message("close every quotation mark, and keep control characters out")
        raise InputError.of(
            Message("is not a table: {error}", error=str(error)), remedy=remedy, file=path, line=reader.line_num
        ) from None


def _places(path: Path, header: list[str], wanted: list[str]) -> list[int]:
    problems = []
    for name in wanted:
        if header.count(name) != 1:
            message = (
                Message("no column '{name}'", name=name)
                if name not in header
                else Message("several columns are called '{name}'", name=name)
            )
            columns = ", ".join(header[:_MOST_PROBLEMS])
            problems.append(
                Problem(message=message, file=path, line=1, remedy=Message("there are: {columns}", columns=columns))
            )
    if problems:
        raise InputError(*problems)
    return [header.index(name) for name in wanted]


def _number(cell: str) -> float | None:
    """None for what is no number; `_` and the like, which Python allows, are no part of one here."""
    cell = cell.strip()
    if not cell.isascii() or "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _faults(name: str, cell: str, value: float | None, *, positive: bool = False) -> Iterator[Problem]:
    shown = cell.strip()[:40]
    if value is None:
        message = Message("'{shown}' is not a number", shown=shown) if shown else Message("is empty")
        yield Problem(message=message, field=name, remedy=Message("write numbers as 0.25, or leave the row out"))
    elif not math.isfinite(value) or abs(value) > _LARGEST:
        yield Problem(
            message=Message("'{shown}' is not a finite figure of usual size", shown=shown),
            field=name,
            remedy=Message("leave the row out"),
        )
    elif positive and value < 1 / _LARGEST:
        remedy = Message("a standard error or variance is greater than 0")
        yield Problem(message=Message("{value:g} is not positive", value=value), field=name, remedy=remedy)
