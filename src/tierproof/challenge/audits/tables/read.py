"""The tier tables in a text, in whichever form they stand there.

Enters: text, the form that its file's name promises, a test of whether a cell names a technique.  Leaves: a
`StatedTable` for each table found.  Knows nothing of evidence, and reads no file itself.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any, Final, Literal

import msgspec

from tierproof.challenge.audits.tables.grids import Grid, csv_grids, html_grids, json_grids, pipe_grids
from tierproof.challenge.audits.tables.outline import chains, outlined
from tierproof.challenge.audits.tables.places import place_of
from tierproof.challenge.audits.tables.stated import MarkWord, StatedMark, StatedRow, StatedTable
from tierproof.challenge.audits.tables.table_columns import EXPECTED, Known, table_from_grid, table_from_rows
from tierproof.errors import InputError
from tierproof.messages import Message, gettext

__all__ = ["TableForm", "form_of", "read_table", "read_tables"]

TableForm = Literal["json", "csv", "markdown"]
_JSON: Final = Message('such as {"rows": [{"tier": 1, "name": "RAG"}]} or {"S": ["RAG"], "A": ["LoRA"]}')


def form_of(text: str, suffix: str = "") -> TableForm:
    """The form that a text which is not empty has, by its file's suffix or how it begins."""
    first = text.lstrip()[:1]
    if suffix in (".json", ".jsonl") or first == "{" or (first == "[" and suffix not in (".md", ".csv", ".txt")):
        return "json"
    return "csv" if suffix in (".csv", ".tsv") or (suffix != ".md" and "|" not in text) else "markdown"


def read_table(text: str, form: TableForm, known: Known = lambda _: False) -> StatedTable:
    """The tier table in `text`: of those that name a technique the first with places, else the first.

    Raises InputError where there is none, or a row has no name or an impossible place.
    """
    tables, problem = read_tables(text, form, known)
    naming = [[(_named(table, known), table) for table in found] for found in tables]
    chosen: tuple[tuple[int, bool], StatedTable] | None = None
    for found in naming:
        useful = [pair for pair in found if pair[0]]
        first = next((pair for pair in useful if pair[1].placed), next(iter(useful), None))
        if first is not None and (chosen is None or (first[0], first[1].placed) > chosen[0]):
            others = len(useful) - 1
            more = (
                gettext("The text holds {others} more with techniques in: this is one of them.", others=others)
                if others
                else ""
            )
            told = replace(first[1], reading=(*first[1].reading, *([more] if more else [])))
            chosen = ((first[0], told.placed), told)
    if chosen is not None:
        return chosen[1]
    plain = next((pair[1] for found in naming for pair in found), None)
    if plain is None:
        raise problem
    return plain


def _named(table: StatedTable, known: Known) -> int:
    return sum(row.technique is not None or known(row.name) for row in table.rows)


def read_tables(text: str, form: TableForm, known: Known) -> tuple[list[list[StatedTable]], InputError]:
    """Tables by way of reading, the form promised first, and what is wrong where there are none."""
    problem = InputError.of(gettext("no {form} table with a head and a row is in the text", form=form), remedy=EXPECTED)
    if form == "json":
        return [_from_json(text, known)], InputError.of(gettext("is not a table of names"), remedy=_JSON)
    ways: list[list[StatedTable]] = []
    wrong: list[InputError] = []
    readers = [_piped, _separated] if form == "markdown" else [_separated, _piped]
    for reader in (*readers, _listed):
        if reader is _separated and form == "markdown":
            continue
        try:
            ways.append(list(reader(text, known)))
        except InputError as error:
            wrong.append(error)
    return ways, wrong[0] if wrong else problem


def _piped(text: str, known: Known) -> Iterator[StatedTable]:
    grids = [*pipe_grids(text), *html_grids(text)]
    open_ones = [grid for grid in grids if not grid.fenced] or grids
    yield from _tables(open_ones, known)


def _separated(text: str, known: Known) -> Iterator[StatedTable]:
    try:
        grids = list(csv_grids(text))
    except csv.Error as error:
        raise InputError.of(gettext("is not CSV: {error}", error=error)) from None
    yield from _tables([grid for grid in grids if len(grid.cells) > 1 or len(grids) == 1], known)


def _listed(text: str, known: Known) -> Iterator[StatedTable]:
    if rows := outlined(text):
        yield table_from_rows(rows)
    for chain in chains(text):
        if sum(known(name) for _, name in chain) > 2:
            yield table_from_rows(chain, reading=(gettext("The line ranks from left to right."),))


def _tables(grids: list[Grid], known: Known) -> Iterator[StatedTable]:
    """One table a grid; grids under headings that are places are parts of one."""
    wrong: InputError | None = None
    any_found = False
    for under, group in groupby(grids, key=lambda grid: place_of(grid.under) is not None):
        found = []
        for grid in group:
            if len(grid.cells) < 2 and grid.headed:
                continue
            try:
                found.append(table_from_grid(grid, known))
            except InputError as error:
                wrong = wrong or error
        if under and len(found) > 1:
            found = [_joined(found)]
        any_found = any_found or bool(found)
        yield from found
    if not any_found and wrong is not None:
        raise wrong


def _joined(tables: list[StatedTable]) -> StatedTable:
    rows = sorted((row for table in tables for row in table.rows), key=lambda row: row.place)
    return replace(
        tables[0],
        rows=tuple(rows),
        left=tuple(row for table in tables for row in table.left),
        reading=(gettext("The headings above the tables are the places."),),
    )


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


_OWN_KEYS: Final = frozenset(("tier", "technique", "effectiveness"))


def _from_json(text: str, known: Known) -> list[StatedTable]:
    try:
        plain = _clean(_parsed(text))
    except json.JSONDecodeError as error:
        raise InputError.of(gettext("is not JSON: {msg}", msg=error.msg), line=error.lineno) from None
    except RecursionError:
        raise InputError.of(gettext("is nested too deep for a table"), remedy=_JSON) from None
    rows = plain.get("rows") if isinstance(plain, dict) else plain
    if isinstance(rows, list) and any(isinstance(row, dict) and _OWN_KEYS & row.keys() for row in rows):
        try:
            return [_own(msgspec.convert({"rows": plain} if isinstance(plain, list) else plain, _JsonTable))]
        except msgspec.ValidationError as error:
            problem = InputError.of(gettext("is not a table: {error}", error=error), remedy=_JSON)
            if not (found := list(_loose(plain, known))):
                raise problem from None
            return found
    return list(_loose(plain, known))


def _loose(plain: Any, known: Known) -> Iterator[StatedTable]:
    title = plain.get("title", "") if isinstance(plain, dict) else ""
    stated = plain.get("stated") if isinstance(plain, dict) else None
    for table in _tables(list(json_grids(plain)), known):
        yield replace(
            table,
            title=title if isinstance(title, str) else table.title,
            stated=stated if isinstance(stated, int) and 1900 <= stated <= 2100 else None,
        )


def _parsed(text: str) -> Any:
    """JSON, or one JSON object a line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
            raise
        return [json.loads(line) for line in lines]


def _clean(value: Any) -> Any:
    """Halves of surrogate pairs, which no output can hold, to question marks; numbers that are none to nothing."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _own(table: _JsonTable) -> StatedTable:
    marks = [tuple(StatedMark(mark=mark.mark, of=mark.of) for mark in row.effectiveness) for row in table.rows]
    plain = table_from_rows(
        [("" if row.tier is None else str(row.tier), row.name) for row in table.rows],
        title=table.title,
        stated=table.stated if table.stated is not None and 1900 <= table.stated <= 2100 else None,
    )
    by_name: dict[str, list[int]] = {}
    for index, row in enumerate(table.rows):
        by_name.setdefault(row.name, []).append(index)
    rows: list[StatedRow] = []
    for stated in plain.rows:
        index = by_name[stated.name].pop(0)
        rows.append(replace(stated, technique=table.rows[index].technique, marks=marks[index]))
    return replace(plain, rows=tuple(rows))
