"""Plain units of an analysis scale: what a log odds ratio means to somebody whose system fails three times in ten.

Enters: points on an analysis scale.  Leaves: the same points in the reader's units, as text and as ticks of an axis.
Axes stay linear on the analysis scale, where intervals are symmetric; only their labels change.  Knows nothing of
evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tierproof.answers.card import Answer
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Outcome
from tierproof.messages import gettext
from tierproof.report.words import numerals
from tierproof.report.words.numerals import Range
from tierproof.report.words.terms import ODDS, termed

__all__ = ["Unit", "failures_removed", "unit_for", "unit_of"]

_SHARES = (-9.0, -4.0, -2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99)
_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def failures_removed(theta: float, p0: float) -> float:
    """Share of the failures of a system with success rate `p0` that a log odds ratio `theta` removes; negative: adds.

    1 - (1 - p1) / (1 - p0) with p1 = expit(logit(p0) + theta), written so that neither end overflows.
    """
    odds = math.exp(max(-700.0, min(700.0, theta)))
    # (1 - p1) / (1 - p0) = 1 / ((1 - p0) + p0 * odds)
    return 1.0 - 1.0 / ((1.0 - p0) + p0 * odds)


def _theta(share: float, p0: float) -> float | None:
    """The log odds ratio that removes `share` of the failures; None where no finite one does."""
    odds = (1.0 / (1.0 - share) - (1.0 - p0)) / p0
    return math.log(odds) if odds > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How points on one outcome's analysis scale are told to people."""

    name: str
    """Axis title."""
    better: str
    """Which way is better: `right` or `left`."""
    text: Callable[[float], str]
    """One point, such as `29 %` or `×0.6`."""
    marks: tuple[tuple[float, str], ...]
    """Candidate ticks: point on the analysis scale and label, ascending."""

    def interval(self, value: Range) -> str:
        """`29 % (12 to 44)`, `×1.5 (1.1 to 2.8)`: the unit is said once."""
        low, high = (self.text(end).rstrip("%").rstrip().removeprefix("×") for end in (value.low, value.high))
        return numerals.spanned(self.text(value.median), low, high)

    def ticks(self, low: float, high: float, most: int = 6) -> tuple[tuple[float, str], ...]:
        """At most `most` ticks within [low, high], no effect among them if it is there, evenly thinned around it."""
        inside = [mark for mark in self.marks if low <= mark[0] <= high]
        gap = (high - low) / max(most, 1)
        kept: list[tuple[float, str]] = []
        for mark in sorted(inside, key=lambda m: abs(m[0])):
            if all(abs(mark[0] - other[0]) >= gap for other in kept):
                kept.append(mark)
        return tuple(sorted(kept))


def unit_for(answer: Answer) -> Unit:
    """The unit in which a card tells an outcome."""
    return unit_of(answer.outcome, answer.posterior.scale, answer.baseline_success)


def unit_of(outcome: Outcome, scale: Scale, p0: float) -> Unit:
    """The unit in which an outcome's effects are shown to a reader whose system succeeds with probability `p0`."""
    if scale == "log_odds_ratio" and outcome == "quality":
        shares = [(_theta(share, p0), numerals.percent(share)) for share in _SHARES]
        return Unit(
            name=gettext("failures removed, of a system that succeeds {p0} of the time", p0=numerals.percent(p0)),
            better="right",
            text=lambda theta: numerals.percent(failures_removed(theta, p0)),
            marks=tuple((theta, label) for theta, label in shares if theta is not None),
        )
    ratios = tuple((math.log(ratio), numerals.ratio(ratio)) for ratio in _RATIOS)
    if scale == "log_odds_ratio":
        return Unit(name=termed(outcome, ODDS), better="right", text=_ratio_text, marks=ratios)
    if scale == "log_ratio":
        better = "right" if outcome == "throughput" else "left"
        return Unit(
            name=gettext("{outcome}, as a multiple of what it was", outcome=outcome),
            better=better,
            text=_ratio_text,
            marks=ratios,
        )
    numbers = tuple((float(point), numerals.figure(float(point))) for point in (-100, -10, -1, 0, 1, 10, 100))
    return Unit(
        name=gettext("difference in {outcome}", outcome=outcome), better="right", text=numerals.figure, marks=numbers
    )


def _ratio_text(theta: float) -> str:
    return numerals.ratio(math.exp(theta)) if theta < 700 else numerals.UNKNOWN
