"""Answers compared as numbers, within a tolerance."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta

from tierproof.experiment.workload.scorers.score import Score, Scoring, targets_of
from tierproof.systems.item import Item
from tierproof.systems.likeness import number_in

__all__ = ["Number"]

COMMA = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[.\u00a0\u202f ]\d{3})+,\d+|\d+,(?!\d{3}(?!\d))\d+)(?![\d.,]*\d)")
"""A number whose comma can only be the decimal mark: `1,5`, `1.234,567`, and not `1,500`."""
POINT = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?!\d{3}(?!\d))\d+)(?![\d.,]*\d)")
"""The same of the point."""
SWAPPED = str.maketrans(",.", ".,")
Tolerance = Annotated[float, Meta(ge=0, le=1e15)]


class Number(Scoring, frozen=True, tag="number"):
    """The last number of the answer is within either tolerance of the target."""

    absolute: Tolerance = 0.0
    relative: Tolerance = 1e-6
    """Share of the target's size."""
    decimal: Literal["as the target", "point", "comma"] = "as the target"
    """The decimal mark; a point in an answer that can only be decimal may be that as well."""

    def mark(self, item: Item, answer: str) -> Score:
        given: float | None = None
        for target in targets_of(item):
            comma = self._has_comma(target)
            value = _read(target, comma)
            for manner in (comma, False) if comma and POINT.search(answer) else (comma,):
                given = _read(answer, manner)
                if given is not None and value is not None and self._near(given, value):
                    return Score(1.0, f"read as {given:.15g}")
        return Score(0.0, "no number in the answer" if given is None else f"read as {given:.15g}")

    def _has_comma(self, target: str) -> bool:
        return self.decimal == "comma" or (self.decimal == "as the target" and bool(COMMA.search(target)))

    def _near(self, given: float, target: float) -> bool:
        return abs(given - target) <= max(self.absolute, self.relative * abs(target))

    def fault(self, item: Item) -> str:
        missing = super().fault(item)
        if missing:
            return missing
        if any(_read(target, self._has_comma(target)) is not None for target in targets_of(item)):
            return ""
        return "its target is no number"


def _read(text: str, comma: bool) -> float | None:
    """The last number, in English notation or in that with a decimal comma."""
    return number_in(text.translate(SWAPPED) if comma else text)
