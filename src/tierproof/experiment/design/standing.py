"""How an arm stands against the baseline: what is at stake, interval, worth, state.

Enters: paired trials.  Leaves: what they say of worth, and what an interval of one look settles.  Must not know looks,
which items come next, models or texts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tierproof.experiment.design.guarantee import Case, mean_reach
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.design.value import Belief
from tierproof.experiment.trials.paired import Array, fewest_telling
from tierproof.experiment.trials.trials import Pairs

__all__ = ["DECIDED", "UNDECIDED", "Extreme", "Stakes", "Standing", "State"]

State = Literal[
    "open",
    "better",
    "worse",
    "no difference that matters",
    "not worth more calls",
    "items used up",
    "turns on missing answers",
    "under stress",
    "control",
    "broken",
]

DECIDED = ("better", "worse", "no difference that matters")
"""States that are decisions; the others end an arm without one."""
UNDECIDED = ("open", "items used up", "not worth more calls", "turns on missing answers")
"""States of arms on which a decision may still be taken."""

PRIOR_DIFFERENCE = 0.25
"""Prior sd of a difference in mean score: before anything is measured, a gain of 25 points would be no surprise."""
PRIOR_SPREAD = 0.5
"""Prior guess of the sd of a paired difference between items: arms that differ on a quarter of the items."""
PRIOR_WEIGHT = 4
"""Items that the guess of the spread counts for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What the decision is about.  Adopting an arm is worth, for each request, in USD,

    value_per_success * (score - baseline's) - (cost - baseline's) - latency_price * (seconds - baseline's).
    """

    value_per_success: float = 0.10
    """USD that one more success is worth."""
    latency_price: float = 0.0005
    """USD that one second saved on one request is worth."""
    requests: float = 1_200_000
    """Requests that the decision will hold for."""
    months: float = 12
    """So long it will hold."""
    minimal_difference: float = 0.02
    """Least difference in mean score that would matter."""

    def worth(self, pairs: Pairs) -> Array:
        """Worth of the arm, item by item."""
        return self.value_per_success * pairs.differences - self._extra(pairs)

    def _extra(self, pairs: Pairs) -> Array:
        """What the arm takes beyond the baseline, in USD, item by item.

        Where either gave no answer it is the mean of the other items: a refusal is no cheap answer.
        """
        extra = pairs.usd[1] - pairs.usd[0] + self.latency_price * (pairs.seconds[1] - pairs.seconds[0])
        known = ~np.isnan(extra)
        return np.where(known, extra, extra[known].mean() if known.any() else 0.0)

    def threshold(self, pairs: Pairs) -> float:
        """Difference in score that pays for the arm's extra cost and time; NaN if a success is worth nothing."""
        if not len(pairs) or self.value_per_success == 0:
            return math.nan
        return float(self._extra(pairs).mean()) / self.value_per_success

    def threshold_reach(self, pairs: Pairs, *, error: float, items: int) -> float:
        """How far the true threshold may lie from that, at all times together with probability 1 - `error`."""
        if not len(pairs) or self.value_per_success == 0:
            return 0.0
        return mean_reach(self._extra(pairs), error=error, items=items) / abs(self.value_per_success)

    def decided(self, interval: tuple[float, float], threshold: float) -> State:
        """What an interval of one planned look settles, by the margin; `open` where it settles nothing."""
        low, high = interval
        margin = self.minimal_difference
        if low > threshold or (low > threshold - margin and high >= threshold + margin):
            return "better"
        if high < threshold or (high < threshold + margin and low <= threshold - margin):
            return "worse"
        return "no difference that matters" if threshold - margin < low and high < threshold + margin else "open"

    def decided_by(self, standing: Standing, error: float) -> State:
        """What one planned look settles wherever the threshold may lie, and whatever the missing answers were.

        `error`: of each side.  Too few items (`fewest_telling`) settle nothing.
        """
        if standing.pairs < fewest_telling(error):
            return "items used up"
        thresholds = (standing.threshold - standing.reach, standing.threshold + standing.reach)
        found = {self.decided(standing.interval, at) for at in thresholds}
        every = found | {self.decided(one.interval, at) for one in standing.extremes for at in thresholds}
        if len(every) == 1:
            state = every.pop()
            return "items used up" if state == "open" else state
        return "turns on missing answers" if len(found) == 1 and "open" not in found else "items used up"

    def p_worth(self, belief: Belief, shift: float = 0.0) -> float:
        """Probability that adopting it is worth it; `shift`: in the difference of scores."""
        return 0.5 * math.erfc(-(belief.mean + self.value_per_success * shift) / belief.sd / math.sqrt(2))

    def belief(self, pairs: Pairs) -> Belief:
        """Conjugate normal belief of the mean worth, from a neutral prior and the pairs.

        The prior's scale is a success's value, or the baseline's cost where that is 0.
        """
        worth = self.worth(pairs)
        n = len(worth)
        (paid, _), _ = pairs.taken
        scale = self.value_per_success or float(paid.mean() if len(paid) else 0.0) or 1e-3
        guess = PRIOR_WEIGHT * (PRIOR_SPREAD * scale) ** 2
        squares = float(np.sum((worth - worth.mean()) ** 2)) if n else 0.0
        spread = math.sqrt((guess + squares) / (PRIOR_WEIGHT + max(0, n - 1)))
        precision = (PRIOR_DIFFERENCE * scale) ** -2 + n / spread**2
        mean = float(worth.sum()) / spread**2 / precision
        return Belief(mean, precision**-0.5, spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """How an arm would stand if the answers that are missing were as bad for it as can be, or as good."""

    difference: float
    interval: tuple[float, float]
    p_worth: float
    differences: Differences | None = field(default=None, compare=False, repr=False)
    """As `Standing.differences`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an arm stands against the baseline."""

    arm: int
    state: State
    pairs: int
    difference: float
    """Mean paired difference in score; NaN without pairs."""
    interval: tuple[float, float]
    """Of that difference, for all arms together with the design's level.

    It holds at every look; at the end of a run whose length was fixed, at that one.
    """
    threshold: float
    """As `Stakes.threshold`."""
    reach: float = 0.0
    """How far the true threshold may lie from it; 0 where costs do not vary."""
    p_worth: float
    """Probability that adopting it is worth it, in a neutral model that knows nothing but these trials."""
    loss: float
    """What deciding now is expected to lose for want of knowledge, USD over the decision's requests."""
    differences: Differences | None = field(default=None, compare=False, repr=False)
    """What a decision rests on, so that it can be taken anew at another threshold; None at the end of a fixed run."""
    extremes: tuple[Extreme, ...] = ()
    """With the answers that one of the two lacks as bad for the arm as can be, and as good; none where none is
    missing."""
    missing: int = 0
    """Answers of the arm and of the baseline that never came, and that another run asks for again."""

    @property
    def guaranteed(self) -> bool:
        """Is the decision one that the run's guarantee holds for?"""
        return self.state in DECIDED

    @property
    def case(self) -> Case | None:
        """What a decision rests on; None at the end of a fixed run."""
        if self.differences is None:
            return None
        extremes = tuple(one.differences for one in self.extremes if one.differences is not None)
        return Case(self.differences, self.threshold, self.reach, extremes)

    @property
    def p_range(self) -> tuple[float, float]:
        """The least and the greatest probability that it is worth it, whatever the missing answers were."""
        found = [self.p_worth, *(one.p_worth for one in self.extremes)]
        return min(found), max(found)

    @property
    def reaches(self) -> tuple[float, float]:
        """The outermost ends of the interval, whatever the missing answers were."""
        lows, highs = zip(self.interval, *(one.interval for one in self.extremes), strict=True)
        return min(lows), max(highs)
