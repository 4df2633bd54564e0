"""Anyone's tier table: rows with a place, a name, and what is said of each.

Enters: the text of a Markdown, CSV or JSON table.  Leaves: a `StatedTable`.  Knows nothing of evidence, and reads no
file itself.

Columns are told by their heads, in English or Russian: the place ("tier", "rank", "#", "место"), the name ("technique",
"name", "приём"), the marks ("effectiveness", "marks", "эффект").  A table without a place column ranks by the order of
its rows.  Places are numbers (1 the best) or letters (S, then A to F).  In Markdown and CSV a mark is a sign or word
before what it is of: "✅ factuality", "fragile autonomy".
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.evidence.technique import Technique

__all__ = ["StatedMark", "StatedRow", "StatedTable", "TableForm", "read_table", "seed_table"]

TableForm = Literal["json", "csv", "markdown"]
MarkWord = Literal["gain", "marginal", "fragile"]
_MOST_ROWS: Final = 500
_PLACE: Final = frozenset(
    ("tier", "rank", "#", "no", "place", "level", "position", "pos", "grade", "тир", "место", "ранг", "уровень", "№")
)
_NAME: Final = frozenset(
    ("technique", "name", "method", "approach", "practice", "техника", "приём", "прием", "метод", "название", "подход")
)
_MARKS: Final = frozenset(
    ("effectiveness", "effect", "marks", "mark", "verdict", "impact", "эффект", "эффективность", "оценка", "метки")
)
_SIGNS: Final[Mapping[str, MarkWord]] = {
    "✅": "gain", "👍": "gain", "✔": "gain", "▲": "gain", "⬆": "gain", "+": "gain",
    "⚠": "marginal", "△": "marginal", "~": "marginal", "≈": "marginal",
    "❌": "fragile", "!": "fragile", "▼": "fragile", "💥": "fragile",
}  # fmt: skip
_WORDS: Final[Mapping[str, MarkWord]] = {
    "clear gain": "gain", "gain": "gain", "strong": "gain", "прирост": "gain", "выигрыш": "gain",
    "marginal": "marginal", "weak": "marginal", "слабо": "marginal", "малый эффект": "marginal",
    "fragile": "fragile", "brittle": "fragile", "хрупко": "fragile", "хрупкий": "fragile",
}  # fmt: skip
_LETTERS: Final = "SABCDEF"
_SEPARATOR: Final = re.compile(r"^:?-{1,}:?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedMark:
    """What the table says of one effect."""

    mark: MarkWord
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRow:
    place: float
    """1 is the best; rows may share one."""
    shown: str
    """The place as it stood there."""
    name: str
    technique: str | None = None
    """An id, where the table gives one."""
    marks: tuple[StatedMark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTable:
    title: str
    stated: int | None
    """The year that it speaks of."""
    rows: tuple[StatedRow, ...]
    """By place, then by their order in the table."""


def seed_table(techniques: Mapping[str, Technique], title: str) -> StatedTable | None:
    """The table from which a pack's techniques keep their rows; None if none of them has one."""
    rows = [
        StatedRow(
            place=float(technique.seed.tier),
            shown=str(technique.seed.tier),
            name=technique.seed.name,
            technique=id,
            marks=tuple(StatedMark(mark=mark.mark, of=mark.of) for mark in technique.seed.marks),
        )
        for id, technique in sorted(techniques.items())
        if technique.seed is not None
    ]
    return _table(rows, title=title, stated=None) if rows else None


class _JsonMark(msgspec.Struct):
    mark: MarkWord
    of: str = ""


class _JsonRow(msgspec.Struct):
    name: str
    tier: int | float | str | None = None
    technique: str | None = None
    effectiveness: list[_JsonMark] = []


class _JsonTable(msgspec.Struct):
    rows: list[_JsonRow]
    title: str = ""
    stated: int | None = None


def read_table(text: str, form: TableForm) -> StatedTable:
    """The table in `text`.  Raises InputError where there is none, or a row has no name or an impossible place."""
    if form == "json":
        return _from_json(text)
    cells = list(_csv_rows(text) if form == "csv" else _markdown_rows(text))
    if len(cells) < 2:
        raise InputError(Problem(message=f"no {form} table with a head and a row is in the text", remedy=_EXPECTED))
    return _from_cells(cells)


_EXPECTED = "a head such as | Tier | Technique |, then one row a technique"


def _from_json(text: str) -> StatedTable:
    try:
        plain = json.loads(text)
        table = msgspec.convert({"rows": plain} if isinstance(plain, list) else plain, _JsonTable)
    except json.JSONDecodeError as error:
        raise InputError(Problem(message=f"is not JSON: {error.msg}", line=error.lineno)) from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(
            Problem(message=f"is not a table: {error}", remedy='such as {"rows": [{"tier": 1, "name": "RAG"}]}')
        ) from None
    rows = [
        _row(
            order,
            "" if row.tier is None else str(row.tier),
            row.name,
            technique=row.technique,
            marks=tuple(StatedMark(mark=mark.mark, of=mark.of) for mark in row.effectiveness),
        )
        for order, row in enumerate(table.rows, start=1)
    ]
    return _table(rows, title=table.title, stated=table.stated)


def _from_cells(cells: Sequence[Sequence[str]]) -> StatedTable:
    head = [cell.strip().lower().strip("*_`. ") for cell in cells[0]]
    place, name, marks = (
        next((index for index, cell in enumerate(head) if cell in names or set(cell.split()) & names), None)
        for names in (_PLACE, _NAME, _MARKS)
    )
    if place is None:
        # Without a known head the first column of nothing but places and signs is taken for it.
        place = next(
            (index for index in range(len(head)) if index not in (name, marks) and _places(cells, index)), None
        )
    if name is None:
        # The first column that is not the place names the rows.
        name = next((index for index in range(len(head)) if index != place), None)
    if name is None:
        raise InputError(Problem(message="no column holds the names", remedy=_EXPECTED))
    rows = []
    for order, row in enumerate(cells[1:], start=1):

        def cell(index: int | None, row: Sequence[str] = row) -> str:
            return row[index].strip().strip("*_` ") if index is not None and index < len(row) else ""

        if any(part.strip() for part in row):
            rows.append(_row(order, cell(place), cell(name), marks=tuple(_marks_in(cell(marks)))))
    return _table(rows, title="", stated=None)


def _places(cells: Sequence[Sequence[str]], index: int) -> bool:
    """Whether each row has a place in the column, and no more: "S", "A+", "Tier 1", "2."."""
    found = [row[index].strip().strip("*_`#. ") for row in cells[1:] if index < len(row) and row[index].strip()]
    return bool(found) and all(re.fullmatch(r"(?:tier\s*)?(?:\d{1,3}|[sabcdef][+-]?)", cell.lower()) for cell in found)


def _row(
    order: int, shown: str, name: str, *, technique: str | None = None, marks: tuple[StatedMark, ...] = ()
) -> StatedRow:
    if not name.strip():
        raise InputError(Problem(message=f"row {order} has no name", remedy=_EXPECTED))
    place = float(order) if not shown else _place(shown)
    if place is None:
        raise InputError(
            Problem(message=f"row {order}: '{shown[:20]}' is no place", remedy="a number, 1 the best, or S, A, B, C, D")
        )
    return StatedRow(place=place, shown=shown or str(order), name=name.strip(), technique=technique, marks=marks)


def _place(shown: str) -> float | None:
    """1 from "1", "Tier 1", "#1", "1st"; S before A before B."""
    text = shown.strip().upper()
    number = re.search(r"\d+(?:\.\d+)?", text)
    if number is not None:
        return float(number[0])
    letter = re.search(r"(?:^|\b)([SABCDEF])([+-]?)(?:\b|$)", text)
    if letter is None:
        return None
    return _LETTERS.index(letter[1]) + 1 + {"+": -0.3, "-": 0.3}.get(letter[2], 0.0)


def _marks_in(text: str) -> Iterator[StatedMark]:
    """ "✅ factuality; ⚠️ context bypass", "fragile autonomy": a sign or word, then what it is of."""
    for part in re.split(r"[;,/]|<br\s*/?>|\s(?=[✅✔⚠❌▲△▼])", text):
        said = part.strip()
        if not said:
            continue
        if said[0] in _SIGNS:
            yield StatedMark(mark=_SIGNS[said[0]], of=said[1:].strip("\ufe0f "))
            continue
        word = next((word for word in _WORDS if said.lower().startswith(word)), None)
        if word is not None:
            yield StatedMark(mark=_WORDS[word], of=said[len(word) :].strip(" :"))


def _table(rows: list[StatedRow], *, title: str, stated: int | None) -> StatedTable:
    if not rows:
        raise InputError(Problem(message="the table has no rows", remedy=_EXPECTED))
    if len(rows) > _MOST_ROWS:
        raise InputError(Problem(message=f"the table has {len(rows)} rows", remedy=f"at most {_MOST_ROWS}"))
    return StatedTable(title=title, stated=stated, rows=tuple(sorted(rows, key=lambda row: row.place)))


def _csv_rows(text: str) -> Iterator[list[str]]:
    try:
        dialect: Any = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        yield from (row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row))
    except csv.Error as error:
        raise InputError(Problem(message=f"is not CSV: {error}")) from None


def _markdown_rows(text: str) -> Iterator[list[str]]:
    """Cells of the first pipe table."""
    began = False
    for line in text.splitlines():
        bare = line.strip()
        if "|" not in bare:
            if began:
                return
            continue
        cells = [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", bare.strip("|"))]
        began = True
        if not all(_SEPARATOR.match(cell.strip()) for cell in cells):
            yield cells
