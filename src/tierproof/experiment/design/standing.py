"""How an arm stands against the baseline after a look at the trials: interval, worth, state.

Enters: paired trials, what is at stake.  Leaves: one `Standing` an arm.  Must not know which items come next, models or
texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tierproof.experiment.design.sequence import ConfidenceSequence
from tierproof.experiment.design.value import Belief
from tierproof.experiment.findings.paired import Array, difference
from tierproof.experiment.run.trials import BASELINE, Pairs, Trials

__all__ = ["PILOT", "Stakes", "Standing", "State", "Watch"]

State = Literal[
    "open",
    "better",
    "worse",
    "no difference that matters",
    "not worth more calls",
    "items used up",
    "under stress",
    "broken",
]

PRIOR_DIFFERENCE = 0.25
"""Prior sd of a difference in mean score: before anything is measured, a gain of 25 points would be no surprise."""
PRIOR_SPREAD = 0.5
"""Prior guess of the sd of a paired difference between items: arms that differ on a quarter of the items."""
PRIOR_WEIGHT = 4
"""Items that the guess of the spread counts for."""
PILOT = 16
"""Items that every arm gets before anything is decided."""


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

    def decided(self, interval: tuple[float, float], threshold: float) -> State:
        """What an interval of the difference in score settles; `open` where it settles nothing."""
        low, high = interval
        if low > threshold:
            return "better"
        if high < threshold:
            return "worse"
        margin = self.minimal_difference
        return "no difference that matters" if threshold - margin < low and high < threshold + margin else "open"

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
    p_worth: float
    """Probability that adopting it is worth it, in a neutral model that knows nothing but these trials."""
    loss: float
    """What deciding now is expected to lose for want of knowledge, USD over the decision's requests."""

    @property
    def is_open(self) -> bool:
        return self.state == "open"


class Watch:
    """Follows the arms of a run from look to look.  A settled arm stays settled."""

    def __init__(
        self,
        arms: int,
        items: int,
        stakes: Stakes,
        level: float,
        *,
        stressed: Collection[int] = (),
        untimed: Collection[int] = (),
        held: Mapping[int, int] | None = None,
    ) -> None:
        """`level`: probability that the intervals of all arms hold at every look.

        `stressed`: arms under a condition that nobody would adopt, on which nothing is decided.
        `held`: arms that get no further items, and how many they have had.
        `untimed`: arms whose times say nothing, and so decide nothing.
        """
        self.items = items
        self.stakes = stakes
        self.level = level
        self.depth = [0] * arms
        """Items given out, by arm."""
        self.held = dict(held or {})
        for arm, items_had in self.held.items():
            self.depth[arm] = items_had
        self.beliefs: dict[int, Belief] = {}
        self.standings: tuple[Standing, ...] = ()
        # Bonferroni: the intervals hold for all arms together.
        alpha = (1 - level) / max(1, arms - 1)
        self._sequences = {arm: ConfidenceSequence(alpha) for arm in range(1, arms)}
        self._seen = dict.fromkeys(self._sequences, 0)
        self._stressed = frozenset(stressed)
        self._stakes = {
            arm: replace(stakes, latency_price=0.0) if arm in untimed else stakes for arm in self._sequences
        }
        self._settled: dict[int, State] = {}

    @property
    def most_left(self) -> int:
        """Most trials that may still be given out."""
        open_arms = [arm for arm in self._sequences if arm not in self._settled and arm not in self.held]
        deepest = self.items if open_arms else self.depth[0]
        return sum(self.items - self.depth[arm] for arm in open_arms) + deepest - self.depth[0]

    def look(self, trials: Trials, pays: Callable[[int], bool] | None = None) -> None:
        """Take in what has come back of the items given out.

        `pays`: would further items be worth their price?  Asked for arms that are open otherwise.
        """
        self.standings = tuple(self._look_at(arm, trials, pays) for arm in self._sequences)

    def _look_at(self, arm: int, trials: Trials, pays: Callable[[int], bool] | None) -> Standing:
        sequence = self._sequences[arm]
        sequence.update(trials.pairs(arm, self._seen[arm]).differences)
        self._seen[arm] = min(self.depth[BASELINE], self.depth[arm])
        pairs = trials.pairs(arm)
        belief = self.beliefs[arm] = self._stakes[arm].belief(pairs)
        threshold = self._stakes[arm].threshold(pairs)
        state = self._settled.get(arm) or self._state(arm, trials, sequence.interval, threshold)
        if state == "open" and pays is not None and not pays(arm):
            state = "not worth more calls"
        if state != "open":
            self._settled[arm] = state
        return Standing(
            arm=arm,
            state=state,
            pairs=len(pairs),
            difference=float(pairs.differences.mean()) if len(pairs) else math.nan,
            interval=sequence.interval,
            threshold=threshold,
            p_worth=0.5 * math.erfc(-belief.mean / belief.sd / math.sqrt(2)),
            loss=belief.evpi * self.stakes.requests,
        )

    def _state(self, arm: int, trials: Trials, interval: tuple[float, float], threshold: float) -> State:
        if trials.refuses(arm) or (trials.tried[arm] >= min(PILOT, self.items) and not trials.sound(arm)):
            return "broken"
        if arm in self._stressed:
            return "under stress"
        state = self.stakes.decided(interval, threshold)
        used_up = self.depth[arm] >= self.items or arm in self.held
        return "items used up" if state == "open" and used_up else state

    def closed(self, trials: Trials) -> tuple[Standing, ...]:
        """The standings at the end of a run whose length was fixed beforehand: one look, so classical intervals.

        Paired normal intervals, Bonferroni over the arms.
        """
        level = 1 - (1 - self.level) / max(1, len(self._sequences))
        return tuple(self._closed(standing, trials.pairs(standing.arm), level) for standing in self.standings)

    def _closed(self, standing: Standing, pairs: Pairs, level: float) -> Standing:
        if standing.state == "broken" or len(pairs) < 2:
            return standing
        low, high = difference(*pairs.score).interval(level)
        interval = (max(-1.0, low), min(1.0, high))
        if standing.state == "under stress":
            return replace(standing, interval=interval)
        state = self.stakes.decided(interval, standing.threshold)
        return replace(standing, interval=interval, state="items used up" if state == "open" else state)
