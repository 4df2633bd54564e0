"""How an arm stands against the baseline after a look at the trials: interval, worth, state.

Enters: paired trials, what is at stake.  Leaves: one `Standing` an arm.  Must not know which items come next, models or
texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from tierproof.experiment.design.guarantee import Case, Guarantee, Rule, mean_reach
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.design.value import Belief
from tierproof.experiment.trials.paired import Array, difference
from tierproof.experiment.trials.trials import Pairs, Trials

__all__ = ["DECIDED", "PILOT", "UNDECIDED", "Stakes", "Standing", "State", "Watch"]

State = Literal[
    "open",
    "better",
    "worse",
    "no difference that matters",
    "not worth more calls",
    "items used up",
    "under stress",
    "control",
    "broken",
]

DECIDED = ("better", "worse", "no difference that matters")
"""States that are decisions; the others end an arm without one."""
UNDECIDED = ("open", "items used up", "not worth more calls")
"""States of arms on which a decision may still be taken."""

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
    reach: float = 0.0
    """How far the true threshold may lie from it; 0 where costs do not vary."""
    p_worth: float
    """Probability that adopting it is worth it, in a neutral model that knows nothing but these trials."""
    loss: float
    """What deciding now is expected to lose for want of knowledge, USD over the decision's requests."""
    differences: Differences | None = field(default=None, compare=False, repr=False)
    """What a decision rests on, so that it can be taken anew at another threshold; None at the end of a fixed run."""

    @property
    def guaranteed(self) -> bool:
        """Is the decision one that the run's guarantee holds for?"""
        return self.state in DECIDED


class Watch:
    """Follows the arms of a run from look to look.  A settled arm stays settled."""

    def __init__(
        self,
        arms: int,
        items: int,
        stakes: Stakes,
        level: float,
        *,
        guarantee: Guarantee = "every-decision",
        of_items: int | None = None,
        stressed: Collection[int] = (),
        controls: Collection[int] = (),
        untimed: Collection[int] = (),
        held: Mapping[int, int] | None = None,
    ) -> None:
        """`level`: probability that the intervals of all arms hold at every look, and of the guarantee.

        `of_items`: intervals and decisions are about the mean over so many items, all that there are; None: about what
        they stand for.
        `stressed`: arms under a condition that nobody would adopt, on which nothing is decided; `controls`: those of
        them that are the baseline itself.
        `held`: arms that get no further items, and how many they have had.
        `untimed`: arms whose times say nothing, and so decide nothing.
        """
        self.items = items
        self.stakes = stakes
        self.level = level
        self._of_items = of_items
        self.depth = [0] * arms
        """Items given out, by arm."""
        self.held = dict(held or {})
        for arm, items_had in self.held.items():
            self.depth[arm] = items_had
        self.beliefs: dict[int, Belief] = {}
        self.rule = Rule(
            guarantee=guarantee,
            error=1 - level,
            arms=max(1, arms - 1 - len(stressed)),
            margin=stakes.minimal_difference,
        )
        self._arms = range(1, arms)
        self._stressed, self._controls = frozenset(stressed), frozenset(controls)
        self._stakes = {arm: replace(stakes, latency_price=0.0) if arm in untimed else stakes for arm in self._arms}
        self._settled: dict[int, State] = {}
        self._capital: dict[int, float] = {}
        """Log capitals of the decisions that were taken, at their moments."""
        self._seen: dict[int, tuple[Pairs, Case]] = {}
        self._seen_depth: dict[int, int] = {}
        self._standings: tuple[Standing, ...] | None = ()

    @property
    def most_left(self) -> int:
        """Most trials that may still be given out."""
        open_arms = self.open_arms
        deepest = self.items if open_arms else self.depth[0]
        return sum(self.items - self.depth[arm] for arm in open_arms) + deepest - self.depth[0]

    @property
    def open_arms(self) -> list[int]:
        """Arms that nothing has settled."""
        return [arm for arm in self._arms if arm not in self._settled and arm not in self.held]

    def settled(self, arm: int) -> State:
        return self._settled.get(arm, "open")

    @property
    def standings(self) -> tuple[Standing, ...]:
        """As of the last look; intervals are worked out when somebody asks."""
        if self._standings is None:
            self._standings = tuple(self._standing(arm) for arm in self._arms)
        return self._standings

    def look(self, trials: Trials, pays: Callable[[int], bool] | None = None) -> None:
        """Take in what has come back of the items given out.

        `pays`: would further items be worth their price?  Asked for arms that are open otherwise.
        """
        self._standings = None
        for arm in self._arms:
            if arm in self._settled and self._seen_depth.get(arm) == self.depth[arm]:
                continue  # nothing new came of it
            self._seen_depth[arm] = self.depth[arm]
            pairs = trials.pairs(arm)
            self.beliefs[arm] = self._stakes[arm].belief(pairs)
            self._seen[arm] = pairs, self._case(arm, pairs)
            if self._breaks(arm, trials):
                self._settled.setdefault(arm, "broken")
            elif arm in self._stressed:
                self._settled.setdefault(arm, "control" if arm in self._controls else "under stress")
        undecided = {arm: case for arm, (_, case) in self._seen.items() if self.settled(arm) in UNDECIDED}
        # An arm that was measured before has seen items that others have yet to see: it is decided by itself alone.
        alone = replace(self.rule, guarantee="every-decision")
        held = {arm: undecided.pop(arm) for arm in self.held if arm in undecided}
        for arm, (state, _) in alone.decide(held, {}).items():
            self._settled[arm] = state
        for arm, (state, capital) in self.rule.decide(undecided, self._capital).items():
            self._settled[arm], self._capital[arm] = state, capital
        for arm in self.held.keys() - self._settled.keys():
            self._settled[arm] = "items used up"
        for arm in self.open_arms:
            if self.depth[arm] >= self.items:
                self._settled[arm] = "items used up"
            elif pays is not None and not pays(arm):
                self._settled[arm] = "not worth more calls"

    def _breaks(self, arm: int, trials: Trials) -> bool:
        return trials.refuses(arm) or (trials.tried[arm] >= min(PILOT, self.items) and not trials.sound(arm))

    def _case(self, arm: int, pairs: Pairs) -> Case:
        stakes = self._stakes[arm]
        differences = Differences(
            pairs.differences,
            self.rule.margin,
            self._of_items or self.items,
            (1 - self.level) / len(self._arms),
            finite=self._of_items is not None,
        )
        reach = stakes.threshold_reach(pairs, error=self.rule.share(threshold_only=True), items=self.items)
        return Case(differences, stakes.threshold(pairs), reach)

    def _standing(self, arm: int) -> Standing:
        (pairs, case), belief = self._seen[arm], self.beliefs[arm]
        return Standing(
            arm=arm,
            state=self._settled.get(arm, "open"),
            pairs=len(pairs),
            difference=float(pairs.differences.mean()) if len(pairs) else math.nan,
            interval=case.differences.interval,
            threshold=case.threshold,
            reach=case.reach,
            p_worth=0.5 * math.erfc(-belief.mean / belief.sd / math.sqrt(2)),
            loss=belief.evpi * self.stakes.requests,
            differences=case.differences,
        )

    def closed(self, trials: Trials) -> tuple[Standing, ...]:
        """The standings at the end of a run whose length was fixed beforehand: one look, so classical intervals.

        Paired normal intervals, Bonferroni over the arms; over the items themselves narrower by sqrt(1 - n / N).
        """
        level = 1 - (1 - self.level) / max(1, len(self._arms))
        return tuple(self._closed(standing, trials.pairs(standing.arm), level) for standing in self.standings)

    def _closed(self, standing: Standing, pairs: Pairs, level: float) -> Standing:
        if standing.state == "broken" or len(pairs) < 2:
            return standing
        gap = difference(*pairs.score)
        if self._of_items is not None:
            gap = replace(gap, se=gap.se * math.sqrt(max(0.0, 1 - len(pairs) / self._of_items)))
        low, high = gap.interval(level)
        interval = (max(-1.0, low), min(1.0, high))
        standing = replace(standing, interval=interval, differences=None)
        if standing.state in ("under stress", "control"):
            return standing
        state = self.stakes.decided(interval, standing.threshold)
        return replace(standing, state="items used up" if state == "open" else state)
