"""A scorer from a workload's `[scorer]` table.

Enters: the table and where it stands.  Leaves: a scorer with its files read.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.workload.scorers.choice import Choice
from tierproof.experiment.workload.scorers.code import Code
from tierproof.experiment.workload.scorers.function import Function
from tierproof.experiment.workload.scorers.judge import Judge
from tierproof.experiment.workload.scorers.number import Number
from tierproof.experiment.workload.scorers.score import Place, Scorer, Scoring
from tierproof.experiment.workload.scorers.structure import JsonFields, JsonSchema
from tierproof.experiment.workload.scorers.text import Exact, Normalised, Regex, TokenF1
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["KINDS", "scorer_from"]

KINDS: Mapping[str, type[Scoring]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (Exact, Normalised, Number, Choice, TokenF1, Regex, JsonSchema, JsonFields, Code, Function, Judge)
}


def scorer_from(table: Mapping[str, Any], place: Place) -> Scorer:
    """The scorer that a table describes.  Raises InputError with the field that is wrong."""
    kind = str(table.get("kind", ""))
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1)
        hint = (
            Message("did you mean {near}?", near=near[0]) if near else Message("one of {names}", names=", ".join(KINDS))
        )
        message = (
            Message("there is no scorer of kind '{kind}'", kind=kind)
            if kind
            else Message("the scorer's kind is missing")
        )
        raise InputError.of(message, remedy=hint, field="scorer.kind")
    try:
        scorer = msgspec.convert(table, KINDS[kind])
    except msgspec.ValidationError as error:
        fault, _, where = str(error).partition(" - at `$.")
        field = f"scorer.{where.rstrip('`')}" if where else "scorer"
        raise InputError.of(kept(fault), field=field) from None
    return scorer.at(place)
