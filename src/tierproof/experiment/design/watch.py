"""Follows the arms of a run from look to look.

Enters: trials, what is at stake.  Leaves: one `Standing` an arm.  Must not know which items come next, models or texts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tierproof.experiment.design.guarantee import Case, Guarantee, Rule
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.design.standing import UNDECIDED, Extreme, Stakes, Standing, State
from tierproof.experiment.design.value import Belief
from tierproof.experiment.trials.paired import Array, Moments
from tierproof.experiment.trials.trials import BASELINE, Pairs, Trials

__all__ = ["PILOT", "Watch"]

PILOT = 16
"""Items that every arm gets before anything is decided."""


class Watch:
    """The arms of a run.  A settled one stays settled."""

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
        self._alone = replace(self.rule, guarantee="every-decision")
        self._arms = range(1, arms)
        self._stressed, self._controls = frozenset(stressed), frozenset(controls)
        self._stakes = {arm: replace(stakes, latency_price=0.0) if arm in untimed else stakes for arm in self._arms}
        self._settled: dict[int, State] = {}
        self._capital: dict[int, float] = {}
        """Log capitals of the decisions that were taken, at their moments."""
        self._seen: dict[int, tuple[Pairs, Case]] = {}
        self._seen_depth: dict[int, int] = {}
        self._missing: dict[int, int] = {}
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
            self._standings = self._told(tuple(self._standing(arm) for arm in self._arms))
        return self._standings

    def _told(self, standings: tuple[Standing, ...]) -> tuple[Standing, ...]:
        """What ended without a decision, for it would turn on answers that are missing, is told as such."""
        ended = {one.arm: one.case for one in standings if one.extremes and one.state in UNDECIDED and one.case}
        turning = self._alone.turning(ended)
        return tuple(
            replace(one, state="turns on missing answers") if one.arm in turning and one.state != "open" else one
            for one in standings
        )

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
            self._missing[arm] = trials.lost(BASELINE) + trials.lost(arm)
            self._seen[arm] = pairs, self._case(arm, pairs, trials.extremes(arm) or ())
            if self._breaks(arm, trials):
                self._settled.setdefault(arm, "broken")
            elif arm in self._stressed:
                self._settled.setdefault(arm, "control" if arm in self._controls else "under stress")
        undecided = {arm: case for arm, (_, case) in self._seen.items() if self.settled(arm) in UNDECIDED}
        # An arm that was measured before has seen items that others have yet to see: it is decided by itself alone.
        held = {arm: undecided.pop(arm) for arm in self.held if arm in undecided}
        for arm, (state, _) in self._alone.decide(held, {}).items():
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

    def _case(self, arm: int, pairs: Pairs, extremes: Sequence[Array]) -> Case:
        stakes = self._stakes[arm]
        reach = stakes.threshold_reach(pairs, error=self.rule.share(threshold_only=True), items=self.items)
        most = tuple(map(self._differences, extremes))
        return Case(self._differences(pairs.differences), stakes.threshold(pairs), reach, most)

    def _differences(self, values: Array) -> Differences:
        return Differences(
            values,
            self.rule.margin,
            self._of_items or self.items,
            (1 - self.level) / len(self._arms),
            finite=self._of_items is not None,
        )

    def _standing(self, arm: int) -> Standing:
        (pairs, case), belief = self._seen[arm], self.beliefs[arm]
        stakes = self._stakes[arm]
        gap = float(pairs.differences.mean()) if len(pairs) else math.nan
        return Standing(
            arm=arm,
            state=self._settled.get(arm, "open"),
            pairs=len(pairs),
            difference=gap,
            interval=case.differences.interval,
            threshold=case.threshold,
            reach=case.reach,
            p_worth=stakes.p_worth(belief),
            loss=belief.evpi * self.stakes.requests,
            differences=case.differences,
            missing=self._missing[arm],
            extremes=tuple(
                Extreme(
                    difference=(mean := float(one.values.mean())),
                    interval=one.interval,
                    p_worth=stakes.p_worth(belief, mean - gap),
                    differences=one,
                )
                for one in case.extremes
            ),
        )

    def closed(self, trials: Trials) -> tuple[Standing, ...]:
        """The standings at the end of a run whose length was fixed beforehand: one look, so classical intervals.

        `Moments.reach`, Bonferroni over the arms; over the items themselves narrower by sqrt(1 - n / N).  An arm that
        lacks answers, or the baseline's, stays as it stands at any look: who asks for them again looks once more.
        """
        return tuple(
            standing
            if standing.state == "broken" or standing.missing or standing.pairs < 2
            else self._closed(standing, trials)
            for standing in self.standings
        )

    def _closed(self, standing: Standing, trials: Trials) -> Standing:
        interval = self._one_look(trials.pairs(standing.arm).differences)
        extremes = tuple(
            replace(one, interval=self._one_look(one.differences.values), differences=None)
            for one in standing.extremes
            if one.differences is not None
        )
        standing = replace(standing, interval=interval, extremes=extremes, differences=None)
        if standing.state in ("under stress", "control"):
            return standing
        return replace(standing, state=self.stakes.decided_by(standing, self.rule.one_sided))

    def _one_look(self, values: Array) -> tuple[float, float]:
        error = (1 - self.level) / max(1, len(self._arms)) / 2
        moments = Moments.of(np.zeros_like(values), values)
        narrower = 1.0 if self._of_items is None else math.sqrt(max(0.0, 1 - len(values) / self._of_items))
        low, high = (moments.gap + side * narrower * moments.reach(side, error) for side in (-1, 1))
        return max(-1.0, low), min(1.0, high)
