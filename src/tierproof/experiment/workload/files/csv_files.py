"""CSV and TSV, as spreadsheets and people write them.

Enters: a path.  Leaves: rows as tables, with their line.  Must not know what the columns mean.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.workload.files.text_lines import read_text
from tierproof.messages import Message
from tierproof.systems.texts.likeness import visible

__all__ = ["csv_rows"]

SIGNS = (",", ";", "\t", "|")
"""What may part columns; of equals the first."""
QUESTION = ("question", "A", "B", "C", "D", "answer")
"""Columns of multiple choice in files that name none (MMLU)."""
LOOKED_AT = 50_000
"""Characters."""


def csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows as tables, with their line.

    Raises InputError where a row is longer or shorter than the head, or a column that holds something has no name.
    """
    text = read_text(path)
    lines_before = 0
    stated = re.match(r'"?sep=(?P<sign>[^"\r\n])"?[^\S\t\r\n]*\r?\n', text, re.IGNORECASE)
    if stated:
        # Spreadsheets write so which sign parts their columns.
        text, lines_before = text[stated.end() :], 1
    # A field may hold a whole document; the module's limit of 128 KB protects nobody here.
    csv.field_size_limit(2**31 - 1)
    delimiter = stated["sign"] if stated else _delimiter(text, path.suffix.lower())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    last = 0
    try:
        for row in reader:
            cells = row
            line, last = last + 1 + lines_before, reader.line_num
            if not any(cells):
                continue
            if header is None:
                header = [visible(cell).strip() for cell in cells]
                if _is_item(header):
                    header = list(QUESTION)
                    yield line, dict(zip(header, cells, strict=True))
                    continue
                twice = sorted({name for name in header if name and header.count(name) > 1})
                if twice:
                    message = Message("two columns are called '{twice}'", twice=twice[0][:60])
                    raise InputError.of(message, remedy=Message("rename one of them"), file=path, line=line)
                continue
            if len(cells) > len(header) and not any(cells[len(header) :]):
                cells = cells[: len(header)]
            elif len(cells) < len(header) and not any(header[len(cells) :]):
                cells = [*cells, *[""] * (len(header) - len(cells))]
            if len(cells) != len(header):
                message = Message("{n} fields where the header has {wanted}", n=len(cells), wanted=len(header))
                remedy = Message("put text that holds commas or line ends into double quotes")
                raise InputError.of(message, remedy=remedy, file=path, line=line)
            # The first may be what numbers the rows, as data frames are written.
            bare = [place for place, name in enumerate(header) if not name and cells[place].strip()]
            nameless = next((place for place in bare if place or not cells[0].strip().isdigit()), None)
            if nameless is not None:
                message = Message(
                    "column {nameless} has no name, and holds '{cells}'",
                    nameless=nameless + 1,
                    cells=cells[nameless][:40],
                )
                raise InputError.of(message, remedy=Message("name it in the first line"), file=path, line=line)
            # Spreadsheets leave columns that are empty to the end.
            yield line, {name: cell for name, cell in zip(header, cells, strict=True) if name}
    except csv.Error as error:
        raise InputError.of(Message("no CSV: {error}", error=str(error)), file=path, line=reader.line_num) from None


def _is_item(first: list[str]) -> bool:
    """Is the first line a question with its four options and a letter, and no head?"""
    question, *options, letter = first
    return len(first) == len(QUESTION) and letter in QUESTION[1:5] and question != "" and question not in options


def _delimiter(text: str, suffix: str) -> str:
    """What parts the columns: the sign by which most lines have as many fields as the head, and the head most.

    Where the comma is the decimal mark, spreadsheets part columns by semicolons.
    """
    if suffix == ".tsv":
        return "\t"
    return max(SIGNS, key=lambda sign: _fit(text[:LOOKED_AT], sign))


def _fit(text: str, sign: str) -> tuple[bool, float, int]:
    """Is the head parted by a sign, in which share of the lines as often, and how often?"""
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
        rows = list(itertools.islice((row for row in read if row), 20))
    except csv.Error:
        rows = []
    if not rows or len(rows[0]) < 2:
        return False, 0.0, 0
    head = len(rows[0])
    # The last may have been cut off.
    body = rows[1:-1] or rows[1:]
    alike = sum(len(row) == head or not any(row[min(head, len(row)) :]) for row in body if len(row) > 1)
    return True, alike / len(body) if body else 1.0, head
