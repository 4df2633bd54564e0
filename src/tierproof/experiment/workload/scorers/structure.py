"""Answers that are JSON: valid under a schema, or right field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta

from tierproof.errors import InputError
from tierproof.experiment.workload.files.resource_files import read_schema_file
from tierproof.experiment.workload.scorers.score import Place, Score, Scorer, Scoring
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.constraint import json_of, schema_checker
from tierproof.systems.texts.likeness import normal_form

__all__ = ["JsonFields", "JsonSchema"]


class JsonSchema(Scoring, frozen=True, tag="json-schema"):
    """The answer is JSON that a schema allows: the one stated here, else the workload's."""

    file: str = ""

    def at(self, place: Place) -> Scorer:
        schema = read_schema_file(place.folder / self.file) if self.file else place.schema
        if schema is None:
            remedy = Message("put schema.json into the workload, or state its file")
            raise InputError.of(Message("there is no schema to score by"), remedy=remedy, field="scorer.file")
        return CheckedSchema(schema_checker(schema))

    def fault(self, item: Item) -> str:
        return ""


class CheckedSchema(Scoring, frozen=True, tag="json-schema"):
    check: Callable[[str], str]

    def mark(self, item: Item, answer: str) -> Score:
        wrong = self.check(answer)
        return Score(float(not wrong), wrong)

    def fault(self, item: Item) -> str:
        return ""


class JsonFields(Scoring, frozen=True, tag="json-fields"):
    """Share of the target's fields that the answer has right, or 1 only if all are.

    A field that is left out is null, at every depth; texts are no numbers, and lists have an order.
    """

    fields: tuple[str, ...] = ()
    """Names at the top; empty: all of the target's."""
    all: bool = False
    relative: Annotated[float, Meta(ge=0, le=1)] = 1e-6
    """Tolerance of numbers, as a share of the target's."""

    def mark(self, item: Item, answer: str) -> Score:
        try:
            given = json_of(answer, among_words=True)
        except ValueError as error:
            return Score(0.0, f"the answer is not JSON: {error}")
        if not isinstance(given, dict):
            return Score(0.0, "the answer is no JSON object")
        target = _table(item.target)
        names = self.fields or tuple(target)
        wrong = [name for name in names if not self._same(given.get(name), target.get(name))]
        share = 1 - len(wrong) / len(names)
        return Score(float(not wrong) if self.all else share, f"wrong: {', '.join(wrong)}" if wrong else "")

    def _same(self, given: Any, target: Any) -> bool:
        if isinstance(target, bool) or target is None:
            return given is target
        if isinstance(target, int | float):
            number = isinstance(given, int | float) and not isinstance(given, bool)
            return number and abs(given - target) <= self.relative * abs(target)
        if isinstance(target, str):
            return isinstance(given, str) and normal_form(given) == normal_form(target)
        if isinstance(target, list):
            return (
                isinstance(given, list)
                and len(given) == len(target)
                and all(self._same(one, other) for one, other in zip(given, target, strict=True))
            )
        return (
            isinstance(given, dict)
            and isinstance(target, Mapping)
            and all(self._same(given.get(name), target.get(name)) for name in {*given, *target})
        )

    def fault(self, item: Item) -> str:
        target = _table(item.target)
        if not target:
            return Message("its target is no JSON object with fields")
        lacking = [name for name in self.fields if name not in target]
        return Message("its target has no field {lacking}", lacking=", ".join(lacking)) if lacking else ""


def _table(target: Any) -> Mapping[str, Any]:
    """A target that is a table, or JSON text of one, as CSV holds it."""
    if isinstance(target, str):
        try:
            target = json.loads(target)
        except ValueError:
            return {}
    return target if isinstance(target, Mapping) else {}
