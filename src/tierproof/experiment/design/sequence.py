"""What bounded differences prove of their mean, at every moment: capital of bettors, and the interval that it leaves.

Enters: paired differences in [-1, 1], in the order of the items.  Leaves: log capital against a stated mean, and ends
of an interval.  Must not know arms, thresholds or decisions.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024) 1-27.  Whoever bets
the stake l on the mean being above m has after n items the capital

    K_n(m) = product over t <= n of (1 + l_t (x_t - m)),        0 <= l_t < 1 / (1 + m), chosen before x_t is seen.

While the mean is m or less no such capital is expected to grow (a non-negative supermartingale that starts at 1), so
the chance that it ever reaches b is at most 1 / b (Ville 1939).  A mean of several such capitals is one as well;
which stakes are in it decides how fast it grows, never whether it holds.  Where it grows is at best log K_n ~ n gap^2
/ (2 var), at the stake gap / var (Kelly 1956; their section 4).  So the stakes here are made for what is at stake
(`GAPS`, in margins), and one for half of the items, their section 4.1's sqrt(2 log(1 / error) / (var n)); var is that
of the items before.

K_n(m) falls in m, so all means that were ever refuted lie below one end, and the interval is exact, with no grid of
candidate means.  It is a function of the differences alone: who looks when, or how often a run was stopped and went
on, is not in it.

Without replacement (their section 5): if the question is the mean over a finite set of N items of which these are the
first in random order, the items left must have the mean m_t = (N m - x_1 - ... - x_(t-1)) / (N - t + 1), which takes
m's place. A mean that the items left cannot bring about any more is refuted for good.

Assumed is that the items come in random order; no distribution is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tierproof.experiment.trials.paired import Array

__all__ = ["Differences", "Side"]

Side = Literal[1, -1]
"""1: capital of whoever bets on a larger mean than the stated one; -1: on a smaller one."""

GAPS = (2.0, 4.0, 10.0)
"""Gaps to the stated mean, in margins, that stakes are made for.  Two: between a difference that just matters and the
nearest one that must not be taken for its opposite."""
WEIGHTS = (0.45, 0.1, 0.1)
HORIZON_WEIGHT = 0.35
"""Shares of the first capital; the last is the stake's for half of the items."""
LEAST_MARGIN = 0.005
BOLDNESS = 0.9
"""Share of a capital that may be lost at most on one item.  n items without any difference then refute a mean that is m
off by a capital near exp(0.9 m n)."""
PRIOR_VARIANCE = 0.25
PRIOR_WEIGHT = 10
"""Before anything is seen: arms that differ on a quarter of the items, as if from ten of them."""
GRID = 2**13
"""Ends are rounded outwards to the next of so many steps a unit."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Paired differences of one arm, and the stakes of the bettors on their mean."""

    values: Array
    """Each in [-1, 1]."""
    margin: float
    """Least difference that matters; above 0."""
    items: int
    """All there are."""
    error: float
    """Of the interval, both ends together: the chance that it ever leaves the mean out."""
    finite: bool = False
    """The question is the mean over these very items, not over what they stand for."""
    _stakes: Array = field(init=False)
    """Shape (stakes, n)."""

    def __post_init__(self) -> None:
        if not bool(np.all(np.abs(self.values) <= 1)):
            raise ValueError("differences lie within [-1, 1]")
        if not 0 < self.error < 1:
            raise ValueError("error lies within (0, 1)")
        if self.finite and len(self.values) > self.items:
            raise ValueError("more differences than items")
        x, n = self.values, len(self.values)
        weight = np.arange(n) + PRIOR_WEIGHT
        mean = _before(x) / weight
        variance = (_before(x * x) + PRIOR_WEIGHT * PRIOR_VARIANCE) / weight - mean * mean
        gaps = max(self.margin, LEAST_MARGIN) * np.array(GAPS)[:, None]
        half = max(1.0, self.items / 2)
        at_half = np.sqrt(2 * math.log(2 / self.error) / (variance * half))
        object.__setattr__(self, "_stakes", np.vstack((gaps / (variance + gaps * gaps), at_half)))

    def capital(self, mean: float, side: Side) -> Array:
        """Log capital after each item of whoever bets that the mean is larger (smaller) than `mean`."""
        x, n = self.values, len(self.values)
        if not n:
            return np.zeros(0)
        stated, gone = self._left(mean, side)
        with np.errstate(divide="ignore"):
            stakes = np.minimum(self._stakes, BOLDNESS / np.maximum(0.0, 1 + side * stated))
            paths = np.cumsum(np.log1p(side * stakes * (x - stated)), axis=1)
        weights = np.log(np.array((*WEIGHTS, HORIZON_WEIGHT)))[:, None]
        path: Array = np.logaddexp.reduce(paths + weights, axis=0)
        if gone is not None:
            path[gone:] = math.inf
        return path

    def _left(self, mean: float, side: Side) -> tuple[Array, int | None]:
        """The mean that an item is held against, item by item, and from which item on `mean` is impossible."""
        x, n = self.values, len(self.values)
        if not self.finite:
            return np.full(n, mean), None
        taken = np.arange(n + 1)
        rest = self.items * mean - np.concatenate(([0.0], np.cumsum(x)))
        # Of the sum that is left: no less than -1 and no more than 1 an item.  Rounding must refute nothing.
        impossible = np.flatnonzero(side * rest < -(self.items - taken) - 1e-9 * self.items)
        stated = np.clip(rest[:n] / (self.items - taken[:n]), -1.0, 1.0)
        return stated, max(0, int(impossible[0]) - 1) if len(impossible) else None

    def evidence(self, mean: float, side: Side) -> float:
        """Log capital now: an e-value of this moment, as long as nothing later than it decided on the moment."""
        path = self.capital(mean, side)
        return float(path[-1]) if len(path) else 0.0

    def best(self, mean: float, side: Side) -> float:
        """Highest log capital ever: it reaches log b with a chance of 1 / b at most, if the mean is `mean`."""
        path = self.capital(mean, side)
        return max(0.0, float(path.max())) if len(path) else 0.0

    def end(self, side: Side, log_capital: float) -> float:
        """One end: the last mean below which (side 1), or above which (side -1), every one was refuted at some time by
        a capital of `log_capital`.  Within [-1, 1], rounded outwards.
        """
        low, high = -GRID * side, GRID * side
        if self.best(low / GRID, side) < log_capital:
            return float(-side)
        # The capital falls from `low` to `high`: the last that is refuted.
        while abs(high - low) > 1:
            middle = (low + high) // 2
            if self.best(middle / GRID, side) >= log_capital:
                low = middle
            else:
                high = middle
        return low / GRID

    @property
    def interval(self) -> tuple[float, float]:
        """Holds the mean at all times together with probability 1 - `error`; narrows only."""
        need = math.log(2 / self.error)
        low, high = self.end(1, need), self.end(-1, need)
        if low <= high:
            return low, high
        # Both sides refuted what lies between, as happens with probability `error`.
        middle = float(np.clip(self.values.mean(), high, low))
        return middle, middle


def _before(values: Array) -> Array:
    """Sums of what came before each."""
    return np.concatenate(([0.0], np.cumsum(values)[:-1])) if len(values) else values
