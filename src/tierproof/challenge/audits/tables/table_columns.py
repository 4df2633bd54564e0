"""A grid of cells to the rows of a tier table: which column is the place, which the name, which say what of it.

Enters: a `Grid`, and a test of whether a cell names a technique.  Leaves: a `StatedTable`.  Knows nothing of evidence.

A column is the place where its head says so and of nothing else ("Tier", "Our rank", not "Level of effort" or "Pricing
tier") and its cells are places; or where all its cells are rings of a radar, or letters with an S or a shade among
them, or under a year (the latest speaks).  What else could be places is passed by with a word.  Without a place, rows
rank by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tierproof.challenge.audits.tables.grids import Grid
from tierproof.challenge.audits.tables.places import Place, from_worst, orders_otherwise, otherwise, place_of
from tierproof.challenge.audits.tables.stated import LeftRow, StatedMark, StatedRow, StatedTable
from tierproof.challenge.audits.tables.stated_marks import bare_mark, marks_in
from tierproof.challenge.audits.tables.words import WORDS, words_of
from tierproof.errors import InputError
from tierproof.messages import Message, gettext

__all__ = ["EXPECTED", "table_from_grid", "table_from_rows"]

EXPECTED: Final = Message("a head such as | Tier | Technique |, then one row a technique")
_MOST_ROWS: Final = 500
_MOSTLY: Final = 0.6
_SHOWN: Final = 60
_OUTERMOST: Final = 4.0
"""Place of a radar's outermost ring."""
_LAST_NEED: Final = 5.0

Known = Callable[[str], bool]


def table_from_grid(grid: Grid, known: Known) -> StatedTable:
    """The table in `grid`.  Raises InputError where no column holds names, or a place column holds no place."""
    if (crosswise := _crosswise(grid)) is not None:
        return crosswise
    first = grid.cells[0]
    headed = grid.headed if grid.headed is not None else _is_head(grid.cells, known)
    head = tuple(words_of(cell) for cell in first) if headed else tuple(() for _ in first)
    body = grid.cells[1:] if headed else grid.cells
    width = max((len(row) for row in body), default=0)
    columns = [[row[i] if i < len(row) else "" for row in body] for i in range(max(width, len(first)))]
    heads = [head[i] if i < len(head) else () for i in range(len(columns))]
    place = _place_column(heads, columns)
    name = _name_column(heads, columns, known, place)
    if name is None:
        raise InputError.of(gettext("no column holds the names"), remedy=EXPECTED)
    _best_first(grid.under if place is None else " ".join(heads[place]), ordered=place is None)
    _best_first(" ".join(heads[name]), ordered=False)
    marks = next((i for i, words in enumerate(heads) if i not in (place, name) and set(words) & WORDS.mark_heads), None)
    whole = place_of(grid.under) if place is None and grid.under else None
    inverse = _scores(heads, place)
    if place is not None and inverse:
        columns[place] = _plain(columns[place])
    placed = [(columns[place][i] if place is not None else grid.under if whole else "") for i in range(len(body))]
    rows = [
        _Row(shown, columns[name][i], _marks(i, columns, first if headed else (), marks, (place, name)))
        for i, shown in enumerate(placed)
        if any(cell.strip() for cell in body[i])
    ]
    reading = _reading(first if headed else (), heads, columns, place, placed=place is not None or whole is not None)
    joined = grid.sheet and place is not None and place < name and not inverse
    return table_from_rows(
        rows, title=grid.under if whole is None else "", reading=reading, inverse=inverse, joined=joined
    )


def _best_first(line: str, *, ordered: bool) -> None:
    """Refuses what is ordered otherwise: `line` is the line over rows that rank by their order, or the place's head."""
    if from_worst(line) or (ordered and place_of(line) is None and orders_otherwise(line)):
        raise otherwise(line)


@dataclass(frozen=True, slots=True)
class _Row:
    shown: str
    name: str
    marks: tuple[StatedMark, ...] = ()


def table_from_rows(
    rows: Sequence[_Row] | Sequence[tuple[str, str]],
    *,
    title: str = "",
    stated: int | None = None,
    reading: Sequence[str] = (),
    inverse: bool = False,
    joined: bool = False,
) -> StatedTable:
    """Rows with places as written, or with none at all; `inverse`: of numbers more is better; `joined`: an empty place
    may be one with the place above it."""
    given = [row if isinstance(row, _Row) else _Row(*row) for row in rows]
    if not given:
        raise InputError.of(gettext("the table has no rows"), remedy=EXPECTED)
    if len(given) > _MOST_ROWS:
        raise InputError.of(
            gettext("the table has {given} rows", given=len(given)),
            remedy=gettext("at most {most_rows}", most_rows=_MOST_ROWS),
        )
    placed = any(row.shown.strip() for row in given)
    found = _on_one_scale([place_of(row.shown) for row in given])
    scales = Counter(place.scale for place in found if place is not None)
    if placed and not scales:
        nth, row = next((n, row) for n, row in enumerate(given, start=1) if row.shown.strip())
        remedy = gettext(
            "a number, 1 the best, or S, A, B, C, D; or a radar's ring, such as adopt, trial, assess, hold"
        )
        raise InputError.of(gettext("row {nth}: '{shown}' is no place", nth=nth, shown=row.shown[:20]), remedy=remedy)
    scale = max(scales, key=lambda name: scales[name]) if scales else ""
    kept: list[StatedRow] = []
    left: list[LeftRow] = []
    above: tuple[str, Place] | None = None
    inherited = False
    for order, (row, stands) in enumerate(zip(given, found, strict=True), start=1):
        shown = " ".join(row.shown.split())
        if not row.name.strip():
            left.append(LeftRow(name=gettext("row {order}", order=order), why=gettext("it has no name")))
            continue
        if not placed:
            kept.append(StatedRow(place=float(order), shown=str(order), name=row.name, marks=row.marks))
            continue
        at = stands
        if not shown and above is not None and joined:
            # Cells that were joined in a sheet come out empty below the first.
            shown, at, inherited = above[0], above[1], True
        if at is None or at.scale != scale:
            why = gettext("'{shown}' is no place", shown=shown[:_SHOWN]) if shown else gettext("it has no place")
            left.append(
                LeftRow(name=row.name, why=why if at is None else gettext("{why} on the scale of the others", why=why))
            )
            continue
        above = (shown, at)
        value = -at.value if inverse and scale == "number" else at.value
        kept.append(StatedRow(place=value, shown=shown, name=row.name, marks=row.marks))
    if not kept:
        raise InputError.of(gettext("row 1 has no name or no place: {why}", why=left[0].why), remedy=EXPECTED)
    told = [*reading]
    if inherited:
        told.append(gettext("A row without a place of its own has that of the row above."))
    if scale == "score" or (inverse and scale == "number"):
        told.append(gettext("The place is a score: more is better."))
    elif scale == "number" and min(row.place for row in kept) > 1:
        told.append(gettext("No row is 1: of the numbers the least is taken as the best."))
    return StatedTable(
        title=title,
        stated=stated,
        rows=tuple(sorted(kept, key=lambda row: row.place)),
        left=tuple(left),
        reading=tuple(told),
        placed=placed,
    )


def _on_one_scale(places: list[Place | None]) -> list[Place | None]:
    """A radar's outermost ring is the last place of needs too: "must, should, avoid"."""
    scales = Counter(place.scale for place in places if place is not None)
    if not scales["need"] or scales["ring"] > scales["need"]:
        return places
    return [
        Place("need", _LAST_NEED)
        if place is not None and place.scale == "ring" and place.value == _OUTERMOST
        else place
        for place in places
    ]


def _plain(cells: Sequence[str]) -> list[str]:
    """Scores without the sign of percent."""
    return [re.sub(r"\s*%\s*$", "", cell) for cell in cells]


def _is_head(cells: Sequence[Sequence[str]], known: Known) -> bool:
    """Whether the first row of separated values is a head: it names columns, or at least no technique and no place."""
    first = cells[0]
    words = {word for cell in first for word in words_of(cell)}
    if any(known(cell) for cell in first):
        return False
    if words & (WORDS.tier_heads | WORDS.place_heads | WORDS.name_heads | WORDS.mark_heads):
        return True
    return len(first) > 1 and not any(place_of(cell) for cell in first)


def _crosswise(grid: Grid) -> StatedTable | None:
    """A table whose heads are the places, with the names below each."""
    heads = [place_of(cell) for cell in grid.cells[0]]
    stated = [(i, place) for i, place in enumerate(heads) if place is not None]
    empty = sum(not cell.strip() for cell in grid.cells[0])
    if len(stated) < 2 or len(stated) + empty < len(heads) or len(grid.cells) < 2 or grid.headed is False:
        return None
    if len({place.scale for _, place in stated}) > 1 or len({place.value for _, place in stated}) < len(stated):
        return None
    below = [row[i] for row in grid.cells[1:] for i, _ in stated if i < len(row) and row[i].strip()]
    if not below or any(place_of(cell) for cell in below):
        return None
    rows = [(grid.cells[0][i], row[i]) for i, _ in stated for row in grid.cells[1:] if i < len(row) and row[i].strip()]
    return table_from_rows(rows, title=grid.under, reading=(gettext("The heads of the columns are the places."),))


def _place_column(heads: Sequence[Sequence[str]], columns: Sequence[Sequence[str]]) -> int | None:
    # Of columns that differ in their year alone the latest speaks; of others the head of fewer words, then the first.
    ranked = [
        (
            _place_fit(words, column),
            max((int(w) for w in words if w.isdecimal() and len(w) == 4), default=0),
            -len(words),
            -i,
        )
        for i, (words, column) in enumerate(zip(heads, columns, strict=True))
        if not (tuple(words) == ("no",) and ("yes",) in map(tuple, heads))  # votes, and no numbers of rows
    ]
    best = max(ranked, default=(0, 0, 0, 0))
    return -best[3] if best[0] else None


def _place_fit(words: Sequence[str], column: Sequence[str]) -> int:
    """How surely a column is the place: 0 not at all."""
    cells = [cell for cell in column if cell.strip()]
    if _says(words, WORDS.score_heads):
        cells = _plain(cells)
    places = [place for place in _on_one_scale([place_of(cell) for cell in cells]) if place is not None]
    scales = {place.scale for place in places}
    mostly, wholly = len(places) >= _MOSTLY * len(cells), len(places) == len(cells) and len(scales) == 1
    spoken_for = bool(set(words) & (WORDS.tier_heads | WORDS.place_heads))
    fits = (
        (6 if mostly else 1, _says(words, WORDS.tier_heads)),
        (5, wholly and scales == {"ring"}),
        (4, mostly and _says(words, WORDS.place_heads)),
        (4, mostly and scales == {"need"} and len(places) > 1),
        (3, mostly and _says(words, WORDS.score_heads) and scales <= {"number", "letter", "score"}),
        (2, wholly and scales == {"letter"} and _tierlike(cells) and not spoken_for),
        (2, wholly and scales == {"letter"} and _is_year(words)),
        (2, wholly and not words and len({place.value for place in places}) > 1),
    )
    return max((fit for fit, holds in fits if holds and cells), default=0)


def _tierlike(cells: Sequence[str]) -> bool:
    """Letters of a tier list and not of an enumeration: an S or a shade among them."""
    return any(re.search(r"^s|[+-]$", cell.strip().lower()) for cell in cells)


def _is_year(words: Sequence[str]) -> bool:
    """A head that is a year and nothing else: the places of then."""
    return len(words) == 1 and words[0].isdecimal() and len(words[0]) == 4


def _could_be_places(cells: Sequence[str]) -> bool:
    """Whether each cell is a place of a scale that is no plain number, which most columns of figures hold."""
    places = [place_of(cell) for cell in cells if cell.strip()]
    return bool(places) and all(place is not None and place.scale != "number" for place in places)


def _says(words: Sequence[str], heads: frozenset[str]) -> bool:
    """Whether a head says one of `heads`, and nothing that makes it the place of something else."""
    if not set(words) & heads:
        return False
    if words[0] in ("no", "nr") and len(words) > 1:
        return False
    return all(
        word in heads or word in WORDS.neutral_heads or word.isdigit() or word in WORDS.tier_heads for word in words
    )


def _scores(heads: Sequence[Sequence[str]], place: int | None) -> bool:
    return place is not None and _says(heads[place], WORDS.score_heads)


def _name_column(
    heads: Sequence[Sequence[str]], columns: Sequence[Sequence[str]], known: Known, place: int | None
) -> int | None:
    """The column with the most names of techniques; of equals one whose head says so, then the first."""
    fits = [
        (sum(known(cell) for cell in column), bool(set(words) & WORDS.name_heads), any(c.strip() for c in column), -i)
        for i, (words, column) in enumerate(zip(heads, columns, strict=True))
        if i != place
    ]
    best = max(fits, default=None)
    return -best[3] if best is not None and best[2] else None


def _marks(
    row: int,
    columns: Sequence[Sequence[str]],
    heads: Sequence[str],
    marks: int | None,
    taken: tuple[int | None, ...],
) -> tuple[StatedMark, ...]:
    """Marks in the column of marks; a sign alone elsewhere is of what its column's head says."""
    found = list(marks_in(columns[marks][row])) if marks is not None else []
    for i, column in enumerate(columns):
        if i in taken or i == marks or i >= len(heads) or not heads[i].strip():
            continue
        if (mark := bare_mark(column[row])) is not None and all(bare_mark(c) for c in column if c.strip(" -–—")):
            found.append(StatedMark(mark=mark, of=heads[i]))
    return tuple(found)


def _reading(
    first: Sequence[str],
    heads: Sequence[Sequence[str]],
    columns: Sequence[Sequence[str]],
    place: int | None,
    *,
    placed: bool,
) -> tuple[str, ...]:
    """What a reader should know of how the places were found."""
    told = []
    if not placed and len(columns[0]) > 1:
        told.append(gettext("No column is a place: rows rank by their order."))
    passed = [
        i
        for i, (words, column) in enumerate(zip(heads, columns, strict=True))
        if i != place
        and i < len(first)
        and (
            (set(words) & (WORDS.tier_heads | WORDS.place_heads) and any(place_of(cell) for cell in column))
            or _place_fit(words, column)
            or _could_be_places(column)
        )
    ]
    if place is not None and place < len(first) and (passed or not _says(heads[place], WORDS.tier_heads)):
        told.append(gettext("The place is the column '{first}'.", first=first[place][:_SHOWN]))
    told += [gettext("The column '{first}' is not read as the place.", first=first[i][:_SHOWN]) for i in passed]
    return tuple(told)
