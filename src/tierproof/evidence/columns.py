"""Figures of anyone's own meta-analysis, from a table of separated values.

Enters: a CSV file and the names of its columns.  Leaves: estimates, standard errors and clusters, or an `InputError`
that names every fault by line and column.  Knows nothing of packs, records or pooling.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tierproof.errors import InputError, Problem
from tierproof.evidence.files import MAX_LINES_MEGABYTES, read_text

__all__ = ["Columns", "read_columns"]

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


def read_columns(
    path: Path, *, y: str = "yi", se: str | None = "sei", vi: str | None = None, cluster: str | None = None
) -> Columns:
    """Columns named `y`, `se` or `vi` (sampling variances), and `cluster` of a file with a header line.

    Fields are separated by commas, semicolons or tabs.  Raises InputError for a file that cannot be read, an empty one,
    a missing column, a row of another length, a cell that is no finite number and an error that is not positive.
    """
    spread = vi if vi is not None else se
    if spread is None:
        raise InputError(Problem(message="no column of errors is named", remedy="name one with --se or --vi"))
    text = read_text(path, MAX_LINES_MEGABYTES, marked=True)  # spreadsheets write a mark
    rows = _rows(path, text)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if not any(header):
        raise InputError(Problem(message="is empty", file=path, remedy="give a header line and a line for each figure"))
    places = _places(path, header, [y, spread, *([] if cluster is None else [cluster])])
    estimates, errors, labels, problems = [], [], [], []
    for line, row in rows:
        if len(row) != len(header):
            problems.append(
                Problem(
                    message=f"has {len(row)} cells, the header has {len(header)}",
                    file=path,
                    line=line,
                    remedy="give every row one cell for each column; put text that holds a separator in quotes",
                )
            )
        else:
            estimate, error = (_number(row[place]) for place in places[:2])
            found = [*_faults(y, row[places[0]], estimate), *_faults(spread, row[places[1]], error, positive=True)]
            label = str(line) if cluster is None else row[places[2]].strip()
            if not label:
                found.append(Problem(message="is empty", field=cluster, remedy="name the source of every figure"))
            problems += [replace(problem, file=path, line=line) for problem in found]
            if estimate is not None and error is not None and not found:
                estimates.append(estimate)
                errors.append(math.sqrt(error) if vi is not None else error)
                labels.append(label)
        if len(problems) >= _MOST_PROBLEMS:
            break
    if problems:
        raise InputError(*problems)
    if not estimates:
        raise InputError(
            Problem(message="has a header and no figures", file=path, line=1, remedy="give one line for each figure")
        )
    return Columns(y=tuple(estimates), se=tuple(errors), cluster=tuple(labels))


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
        remedy = "close every quotation mark, and keep control characters out"
        raise InputError(
            Problem(message=f"is not a table: {error}", file=path, line=reader.line_num, remedy=remedy)
        ) from None


def _places(path: Path, header: list[str], wanted: list[str]) -> list[int]:
    problems = []
    for name in wanted:
        if header.count(name) != 1:
            message = f"no column '{name}'" if name not in header else f"several columns are called '{name}'"
            columns = ", ".join(header[:_MOST_PROBLEMS])
            problems.append(Problem(message=message, file=path, line=1, remedy=f"there are: {columns}"))
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
        message = f"'{shown}' is not a number" if shown else "is empty"
        yield Problem(message=message, field=name, remedy="write numbers as 0.25, or leave the row out")
    elif not math.isfinite(value) or abs(value) > _LARGEST:
        yield Problem(message=f"'{shown}' is not a finite figure of usual size", field=name, remedy="leave the row out")
    elif positive and value < 1 / _LARGEST:
        remedy = "a standard error or variance is greater than 0"
        yield Problem(message=f"{value:g} is not positive", field=name, remedy=remedy)
