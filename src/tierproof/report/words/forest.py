"""A forest plot in characters.

Enters: intervals on one scale.  Leaves: one string of fixed width an interval, on a common axis, and the axis itself.
Knows nothing of sources or colours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tierproof.report.words.numerals import Range
from tierproof.report.words.units import Unit

__all__ = ["Axis", "axis_over"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A line of `width` cells from `low` to `high`."""

    low: float
    high: float
    width: int

    def cell(self, x: float) -> int:
        return round((x - self.low) / (self.high - self.low) * (self.width - 1))

    def draw(self, value: Range, *, point: str = "●", bar: str = "─") -> str:
        """The interval with its point, no effect as a rule; what lies beyond the axis is an arrow at its end."""
        cells = [" "] * self.width
        zero = self.cell(0.0)
        if 0 <= zero < self.width:
            cells[zero] = "│"
        first, last = self.cell(value.low), self.cell(value.high)
        for cell in range(max(first, 0), min(last, self.width - 1) + 1):
            cells[cell] = bar
        middle = self.cell(value.median)
        if 0 <= middle < self.width:
            cells[middle] = point
        if first < 0:
            cells[0] = "‹"
        if last >= self.width:
            cells[-1] = "›"
        return "".join(cells)

    def labels(self, unit: Unit) -> str:
        """Tick labels, each centred under its place, as many as do not touch."""
        line = [" "] * self.width
        for x, label in sorted(unit.ticks(self.low, self.high, most=self.width // 6), key=lambda tick: abs(tick[0])):
            start = min(max(self.cell(x) - len(label) // 2, 0), self.width - len(label))
            span = slice(max(start - 1, 0), start + len(label) + 1)
            if start >= 0 and not "".join(line[span]).strip():
                line[start : start + len(label)] = label
        return "".join(line)


def axis_over(values: Sequence[Range], around: Iterable[Range], width: int) -> Axis:
    """An axis that holds no effect, all of `around`, and the points of `values` but the most extreme twentieth."""
    points = sorted(value.median for value in values)
    cut = len(points) // 20
    kept = [*points[cut : len(points) - cut], 0.0]
    for value in around:
        kept += [value.low, value.high]
    kept = [x for x in kept if math.isfinite(x)]
    low, high = min(kept), max(kept)
    margin = 0.05 * (high - low) or 0.5
    return Axis(low - margin, high + margin, max(width, 8))
