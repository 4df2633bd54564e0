"""What a file of items shows of itself: which columns hold what, and how its answers can be scored.

Enters: a file's first rows.  Leaves: roles of columns, the kind of a scorer, and what a person should know of either.
Must not know how a workload is written down.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.item_files import (
    INPUT_NAMES,
    LIKELY_INPUTS,
    LIKELY_TARGETS,
    TARGET_NAMES,
    column_named,
    rows_of,
)
from tierproof.experiment.workload.new_workload.answer_kinds import scorer_of
from tierproof.experiment.workload.new_workload.option_columns import (
    NUMBER_NAMES,
    choices_of,
    numbering_of,
    options_of,
)
from tierproof.messages import Message, gettext

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
        raise InputError(Problem(file=file, message=gettext("holds no items")))
    columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    named = {"input": input, "target": target}
    for role, stated in named.items():
        if stated and stated not in columns:
            # Headers as people type them, in another case.
            named[role] = column_named(columns, (stated,))
        if stated and not named[role]:
            message = gettext("there is no column '{name}'", name=stated)
            remedy = gettext("one of: {names}", names=", ".join(columns[:20]))
            raise InputError(Problem(file=file, message=message, remedy=remedy))
    input, target = named["input"], named["target"]
    target = target or column_named((name for name in columns if name != input), TARGET_NAMES)
    asked = input or column_named((name for name in columns if name != target), (*INPUT_NAMES, *LIKELY_INPUTS))
    if not target:
        target = column_named((name for name in columns if name != asked), (*NUMBER_NAMES, *LIKELY_TARGETS))
    choices = choices_of(columns, rows, asked, target)
    targets = [row.get(target) for row in rows]
    numbering = ""
    if choices and target:
        numbering = numbering_of(targets, [options_of(row, choices, asked) for row in rows])
        scorer, advice = "choice", UNSURE if numbering == OPEN else ""
    else:
        scorer, advice = scorer_of(targets)
        if any(column_named(columns, (name,)) for name in ("choices", "options")) and scorer != "judge":
            advice = NO_OPTIONS
    return Seen(
        columns=columns,
        rows=len(rows),
        input=asked,
        target=target,
        id=column_named(columns, ("id",)),
        scorer=scorer,
        choices=choices,
        numbering="number from 0" if numbering == OPEN else numbering,
        advice=advice if target else NO_ANSWERS,
        candidates=tuple(name for name in columns if name != target and isinstance(rows[0].get(name), str)),
    )
