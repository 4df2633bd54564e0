"""Answers compared as numbers, within a tolerance."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tierproof.experiment.scorers.score import Score, Scoring, targets_of
from tierproof.techniques.item import Item
from tierproof.techniques.likeness import number_in

__all__ = ["Number"]

Tolerance = Annotated[float, Meta(ge=0, le=1e15)]


class Number(Scoring, frozen=True, tag="number"):
    """The last number of the answer is within either tolerance of the target."""

    absolute: Tolerance = 0.0
    relative: Tolerance = 1e-6
    """Share of the target's size."""

    def mark(self, item: Item, answer: str) -> Score:
        given = number_in(answer)
        if given is None:
            return Score(0.0, "no number in the answer")
        right = any(self._near(given, value) for target in targets_of(item) if (value := number_in(target)) is not None)
        return Score(float(right), f"read as {given:.15g}")

    def _near(self, given: float, target: float) -> bool:
        return abs(given - target) <= max(self.absolute, self.relative * abs(target))

    def fault(self, item: Item) -> str:
        missing = super().fault(item)
        if missing:
            return missing
        return "" if any(number_in(target) is not None for target in targets_of(item)) else "its target is no number"
