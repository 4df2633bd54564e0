"""What a file of items shows of itself: which columns hold what, and how its answers can be scored.

Enters: a file's first rows.  Leaves: roles of columns, the kind of a scorer, and what a person should know of either.
Must not know how a workload is written down.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.workload.files.data_sets import (
    EXPECTED,
    at_place,
    is_compared,
    parted_from_answer,
    places_in,
    target_at,
)
from tierproof.experiment.workload.files.item_files import (
    ABOVE_NAMES,
    INPUT_NAMES,
    INPUT_NOUNS,
    LIKELY_INPUTS,
    LIKELY_TARGETS,
    NOT_ASKED,
    NOT_TRUTH,
    TARGET_NAMES,
    TARGET_NOUNS,
    column_composed,
    column_named,
    rows_of,
)
from tierproof.experiment.workload.new_workload.answer_kinds import scorer_of
from tierproof.experiment.workload.new_workload.option_columns import (
    NUMBER_NAMES,
    choices_of,
    counted_from,
    numbering_of,
    options_of,
)
from tierproof.messages import Message, gettext
from tierproof.systems.parts.prompt import PLACE

__all__ = ["Seen", "look"]

LOOKED_AT = 200
OPEN = "open"
UNSURE = Message(
    "the answers number the options, and none of those seen is 0 or the last: they are taken to count from 0; "
    'where they count from 1, write target = "number from 1" into [scorer]'
)
NO_ANSWERS = Message(
    "no column looks like the right answer: name it with --target, or a model judges answers by a rubric alone"
)
LAST_TURNS = Message("the conversations end with the assistant's answer, which is taken for the right one")
FIRST_TURN = "turns.0"
ANSWERING = ("outputs.messages", "outputs.output", "outputs.text", "outputs.content")
"""Places of the answer where its name says less."""
TURNS = Message("of the turns of each conversation the first is asked")
NO_OPTIONS = Message("the options of multiple choice were not understood: the answers are compared as text")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a file shows of itself."""

    columns: tuple[str, ...]
    rows: int
    """Rows that were looked at."""
    input: str
    """The column that looks like the input; empty: none does."""
    target: str
    id: str
    above: tuple[str, ...]
    """Columns with what the input is about, such as the passage of a question; they are shown before it."""
    scorer: str
    """Kind of the scorer that fits the targets."""
    choices: str | tuple[str, ...] = ""
    """Column that holds the options of multiple choice, or one for each option; `input`: the request holds them."""
    numbering: str = ""
    """Of multiple choice, where the answers are the numbers of options: `number from 0` or `number from 1`."""
    advice: str = ""
    """What a person should know about the scorer, in a sentence."""
    candidates: tuple[str, ...] = ()
    """Columns of text that could be the input, where none has a usual name."""


def look(file: Path, *, input: str = "", target: str = "") -> Seen:
    """Look at a file's first rows.  Raises InputError where it cannot be read, is empty, or lacks a stated column."""
    rows = [row for _, row in itertools.islice(rows_of(file.parent, file.name), LOOKED_AT)]
    if not rows:
        raise InputError.of(gettext("holds no items"), file=file)
    columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    named = {"input": input, "target": target}
    places = places_in(rows[0])
    for role, stated in named.items():
        if stated and stated not in columns and stated not in places:
            # Headers as people type them, in another case.
            named[role] = column_named(columns, (stated,))
        if stated and not named[role]:
            message = gettext("there is no column '{name}'", name=stated)
            raise InputError.of(message, remedy=gettext("one of: {names}", names=", ".join(columns[:20])), file=file)
    asked, target = _roles(columns, rows, named["input"], named["target"])
    choices = choices_of(columns, rows, asked, target)
    targets = [target_at(row, target) if target else parted_from_answer(at_place(row, asked))[1] for row in rows]
    numbering = ""
    if choices and target:
        numbering = numbering_of(targets, [options_of(row, choices, asked) for row in rows])
        numbering = (counted_from(choices) or numbering) if numbering == OPEN else numbering
        scorer, advice = "choice", UNSURE if numbering == OPEN else ""
    else:
        scorer, advice = scorer_of(targets)
        if asked == FIRST_TURN:
            advice = TURNS
        if any(column_named(columns, (name,)) for name in ("choices", "options")) and scorer != "judge":
            advice = NO_OPTIONS
    return Seen(
        columns=columns,
        rows=len(rows),
        input=asked,
        target=target,
        id=column_named(columns, ("id",)),
        above=_above(columns, rows, asked, (target, *([choices] if isinstance(choices, str) else choices))),
        scorer=scorer,
        choices=choices,
        numbering="number from 0" if numbering == OPEN else numbering,
        advice=advice if target else LAST_TURNS if None not in targets else NO_ANSWERS,
        candidates=tuple(name for name in columns if name != target and isinstance(rows[0].get(name), str)),
    )


def _roles(columns: tuple[str, ...], rows: list[Mapping[str, Any]], input: str, target: str) -> tuple[str, str]:
    """The columns, or the places within one, of what is asked and of the right answer; `input`, `target`: stated."""
    first, places = rows[0], places_in(rows[0])
    target = target or column_named((name for name in columns if name != input), TARGET_NAMES)
    if target and isinstance(first.get(target), Mapping):
        target = _within(places, TARGET_NAMES, target) or target
    askable = [name for name in columns if name != target and not isinstance(first.get(name), Mapping)]
    asked = input or column_named(askable, INPUT_NAMES) or _within(places, INPUT_NAMES)
    asked = asked or column_named(askable, LIKELY_INPUTS) or _within(places, LIKELY_INPUTS)
    if not target and all(is_compared(row[EXPECTED]) for row in rows if EXPECTED in row) and EXPECTED in columns:
        target = EXPECTED
    if not target:
        left = [name for name in columns if name != asked and not _is_tree(first.get(name))]
        target = _within(places, TARGET_NAMES, but=asked) or next((one for one in ANSWERING if one in places), "")
        target = target or column_named(left, (*NUMBER_NAMES, *LIKELY_TARGETS, "query"))
        target = target or column_composed(left, TARGET_NOUNS, NOT_TRUTH)
    if not asked:
        texts = [name for name in columns if name != target and all(_is_text(row.get(name)) for row in rows)]
        # By a word of its name, or as all that is left beside the answer.
        asked = column_composed(texts, INPUT_NOUNS, NOT_ASKED) or (texts[0] if target and len(texts) == 1 else "")
    if asked == FIRST_TURN and isinstance(first.get(target), list):
        target = f"{target}.0"
    return asked, target


def _within(places: Mapping[str, str], usual: tuple[str, ...], column: str = "", *, but: str = "") -> str:
    """The place within a column (of any, or of that) that has the first of the usual names; empty: none has."""
    called = {
        name: place for place, name in reversed(list(places.items())) if place.startswith(f"{column}.") or not column
    }
    found = called.get(column_named(called, usual), "")
    return found if found != but else ""


def _is_tree(value: object) -> bool:
    """A table that holds lists within lists, such as a query that was parsed: nobody writes it as an answer."""
    lists = [one for one in value.values() if isinstance(one, list)] if isinstance(value, Mapping) else []
    return any(isinstance(inner, list) for one in lists for inner in one)


def _above(
    columns: tuple[str, ...], rows: list[Mapping[str, Any]], asked: str, others: tuple[str, ...]
) -> tuple[str, ...]:
    """Columns of text that belong before the input."""
    if not asked or column_named((asked,), ABOVE_NAMES):
        return ()
    named = (column_named((name for name in columns if name not in others), (one,)) for one in ABOVE_NAMES)
    whole = (name for name in named if name and all(_is_text(row.get(name)) for row in rows))
    return tuple(name for name in whole if name != asked and PLACE.fullmatch(f"{{{name}}}"))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
