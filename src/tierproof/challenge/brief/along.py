"""An option along one figure of the profile: what it nets there, and where that changes its sign.

Enters: an option, a quantity.  Leaves: an `Along`.  Knows nothing of other options.

Net benefit is linear in each price and volume of the profile, and in one over the horizon, draw by draw; so two
evaluations tell it everywhere, its mean and its median included.  Places are the quantity's figures, or one over them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from msgspec import structs

from tierproof.challenge.brief.option import Drawn
from tierproof.decision.reader.profile import Profile, profile_from
from tierproof.errors import InputError
from tierproof.synthesis.values.normal import Array

__all__ = ["LINEAR", "Along", "along", "at_figure", "could_have", "figure_at", "pays_within", "turning"]

LINEAR: Final[tuple[str, ...]] = (
    "value_per_success",
    "requests_per_month",
    "cost_per_request",
    "latency_price",
    "engineer_day_usd",
    "horizon_months",
)
"""Fields of the profile."""
_INVERSE: Final = "horizon_months"
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Along:
    """Net benefit at a place, in each draw (n,): `at_none + place * slope`, USD a month."""

    option: Drawn
    here: float
    """Today's place."""
    there: float
    """Another."""
    means: tuple[float, float]
    """Mean net benefit at the two."""
    at_none: Array
    slope: Array

    def pays(self, place: float) -> bool:
        """As `Drawn.pays`."""
        if not self.option.techniques:
            return True
        net = self.at_none + place * self.slope
        return bool(net.mean() > 0 and np.median(net) > 0)

    def mean(self, place: float) -> float:
        """Of net benefit."""
        return self.means[0] + (place - self.here) * (self.means[1] - self.means[0]) / (self.there - self.here)

    def mean_root(self, less: Along | None = None) -> Iterator[float]:
        """The place above none, if any, at which the mean, less another's, is none."""
        first, second = (
            mine - other for mine, other in zip(self.means, less.means if less else (0.0, 0.0), strict=True)
        )
        if first != second:
            root = self.here - first * (self.there - self.here) / (second - first)
            if math.isfinite(root) and root > 0:
                yield root

    def crossings(self, low: float, high: float) -> Iterator[float]:
        """Places within (low, high) between which the median changes its sign, two to each change.

        As many draws are above none as below between the two, whose middle is the median's root or near it.
        """
        steps = self.slope != 0
        roots, signs = -self.at_none[steps] / self.slope[steps], np.sign(self.slope[steps])
        within = (roots > low) & (roots < high)
        order = np.argsort(roots[within], kind="stable")
        roots, signs = roots[within][order], signs[within][order]
        above = np.count_nonzero(self.at_none + low * self.slope > 0)
        surplus = above - len(self.at_none) // 2 + np.concatenate([[0], np.cumsum(signs)])
        clear = np.flatnonzero(surplus)
        for turn in np.flatnonzero(np.diff(np.sign(surplus[clear]))):
            yield float(roots[clear[turn]])
            yield float(roots[clear[turn + 1] - 1])


def along(option: Drawn, quantity: str) -> Along:
    """The option as one of `LINEAR` changes and the rest of the profile stays."""
    here = figure_at(float(getattr(option.appraisal.profile, quantity)), quantity)
    there = 2.0 * here if here > 0 else 1.0
    first = option.joint.net_benefit
    second = option.under(at_figure(option.appraisal.profile, quantity, figure_at(there, quantity))).joint.net_benefit
    slope = (second - first) / (there - here)
    return Along(
        option=option,
        here=here,
        there=there,
        means=(float(first.mean()), float(second.mean())),
        at_none=first - here * slope,
        slope=slope,
    )


def figure_at(place: float, quantity: str) -> float:
    """The quantity's figure at a place, or the place of a figure."""
    return 1.0 / place if quantity == _INVERSE else place


def at_figure(profile: Profile, quantity: str, figure: float) -> Profile:
    """The profile with another figure, whether a reader could have it or not."""
    change: dict[str, Any] = {quantity: figure}
    return structs.replace(profile, **change)


def could_have(profile: Profile) -> bool:
    """Whether a reader could state it: effort is written off over a month or a century, not over a minute."""
    try:
        profile_from(structs.asdict(profile))
    except InputError:
        return False
    return True


def pays_within(option: Drawn) -> tuple[float, float] | None:
    """From which value of a success on the option pays, and up to which (inf: any more), in the mean and the median.

    Of several such ranges the one that holds today's value, or else the nearest; None where no value makes it pay.
    """
    line = along(option, "value_per_success")
    marks = sorted({*line.mean_root(), *line.crossings(0.0, math.inf)})
    between = [0.0, *(0.5 * (one + other) for one, other in pairwise(marks)), 2.0 * marks[-1]] if marks else [0.0]
    ends = [0.0]
    ranges: list[tuple[float, float]] = []
    for one, other in pairwise(between):
        if line.pays(one) != line.pays(other):
            ends.append(turning(line.pays, one, other))
            if line.pays(one):
                ranges.append((ends[-2], ends[-1]))
    if line.pays(between[-1]):
        ranges.append((ends[-1], math.inf))
    return min(ranges, key=lambda r: max(r[0] - line.here, line.here - r[1], 0.0), default=None)


def turning(holds: Callable[[float], bool], inner: float, outer: float) -> float:
    """Between `inner`, where it holds or does not, and `outer`, where that is otherwise: where it turns."""
    here = holds(inner)
    for _ in range(_HALVINGS):
        middle = 0.5 * (inner + outer)
        inner, outer = (middle, outer) if holds(middle) == here else (inner, middle)
    return 0.5 * (inner + outer)
