"""Which arm gets which items next.

Enters: paired trials so far and what is at stake.  Leaves: rounds of batches.  Must not know models, calls or texts.
Deterministic: the same trials give the same rounds, so that a resumed run retraces its steps in the journal.

All arms see the same items in the same order from the first on, so any two are paired on the shorter one's items.  A
round is played to its end before the next is planned, so that at a look all open arms have seen the same items
(`guarantee` says why); its length grows with the depth, so that waiting at its end costs little.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from tierproof.experiment.design.guarantee import Guarantee, Rule
from tierproof.experiment.design.standing import Stakes, Standing
from tierproof.experiment.design.value import best_sample
from tierproof.experiment.design.watch import PILOT, Watch
from tierproof.experiment.trials.paired import items_needed
from tierproof.experiment.trials.trials import BASELINE, Trials

__all__ = ["STRESSED_ITEMS", "AdaptiveDesign", "Batch", "Design", "FixedDesign"]

SECOND_USD = 1e-4
"""What a second of an endpoint's time counts for, beside its price: 0.36 USD an hour, the rent of a small machine.
Without it an endpoint of one's own would be free, and its arms would never be worth stopping."""
LEAST_SECONDS = 0.01
GROWTH = 1 / 32
"""A round takes open arms at least so much further, as a share of the items that they have had."""
LEAST_STEP = 4
NO_TWINS: Mapping[int, int] = MappingProxyType({})
STRESSED_ITEMS = items_needed(0.10, 0.20)
"""Items for an arm under stress: what finds a loss of 10 points with 80 % power where a fifth of the scores change."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Items `start` to `stop` - 1 for one arm."""

    arm: int
    start: int
    stop: int


class Design(Protocol):
    """Plans the rounds of a run."""

    @property
    def level(self) -> float:
        """Probability that all intervals hold at every look."""
        ...

    @property
    def rule(self) -> Rule:
        """When a decision is settled."""
        ...

    @property
    def standings(self) -> tuple[Standing, ...]:
        """One for each arm but the baseline, as of the last look."""
        ...

    @property
    def most_left(self) -> int:
        """Most trials that may come after the present round."""
        ...

    def next_round(self, trials: Trials) -> tuple[Batch, ...]:
        """Look at what came back and leave the next batches, one an arm at most; none when nothing is left to do."""
        ...

    def look(self, trials: Trials) -> None:
        """Look at what came back of a round that was cut short."""
        ...


class _Watching:
    """What the designs share: they follow their arms by a watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @property
    def level(self) -> float:
        return self._watch.level

    @property
    def rule(self) -> Rule:
        return self._watch.rule

    @property
    def standings(self) -> tuple[Standing, ...]:
        return self._watch.standings

    @property
    def most_left(self) -> int:
        return self._watch.most_left

    def look(self, trials: Trials) -> None:
        self._watch.look(trials)


class FixedDesign(_Watching):
    """The classical design: the first N items for every arm.  Nothing that is seen changes what is done.

    While it runs intervals hold at every look; at its end they are the classical ones of a single look.
    """

    def __init__(
        self,
        arms: int,
        n: int,
        *,
        stakes: Stakes,
        level: float = 0.95,
        of_items: int | None = None,
        round_trials: int = 1024,
        twins: Mapping[int, int] = NO_TWINS,
        controls: Collection[int] = (),
        untimed: Collection[int] = (),
        held: Mapping[int, int] | None = None,
    ) -> None:
        """`twins`: arms under stress, and each one's arm without; of `controls` among them it is the baseline.

        `untimed`: arms whose times say nothing.

        `of_items`: intervals and decisions are about the mean over so many items, of which these are the first N.
        `held`: arms that get no further items, and how many they have had.
        """
        watch = Watch(
            arms, n, stakes, level, of_items=of_items, stressed=twins, controls=controls, untimed=untimed, held=held
        )
        super().__init__(watch)
        self._step = max(1, round_trials // arms)
        self._closed: tuple[Standing, ...] = ()

    @property
    def standings(self) -> tuple[Standing, ...]:
        return self._closed or self._watch.standings

    def next_round(self, trials: Trials) -> tuple[Batch, ...]:
        watch = self._watch
        start = watch.depth[BASELINE]
        if start:
            watch.look(trials)
        stop = min(watch.items, start + self._step)
        if start == stop:
            self._closed = watch.closed(trials)
        taking = [arm for arm in range(len(watch.depth)) if arm not in watch.held]
        for arm in taking:
            watch.depth[arm] = stop
        return tuple(Batch(arm, start, stop) for arm in taking) if start < stop else ()


class AdaptiveDesign(_Watching):
    """All open arms get the same items, round by round; an arm that is settled gets no more.

    An arm is settled when its decision carries the guarantee (`guarantee.Rule`), when its items are used up, or when
    further items are not worth their price: no sample is expected to gain what it costs (`value.best_sample`), and a
    decision that is wrong by the margin would cost less than the items that guard against it.

    Nobody would adopt an arm under stress, so information on it has no price: it and its arm without get a number of
    items that is planned beforehand.
    """

    def __init__(
        self,
        arms: int,
        items: int,
        *,
        stakes: Stakes,
        level: float = 0.95,
        guarantee: Guarantee = "every-decision",
        finite: bool = False,
        round_trials: int = 64,
        pilot: int = PILOT,
        repeats: int = 1,
        twins: Mapping[int, int] = NO_TWINS,
        controls: Collection[int] = (),
        untimed: Collection[int] = (),
        held: Mapping[int, int] | None = None,
    ) -> None:
        """`twins`, `controls`, `untimed`, `held`: as of `FixedDesign`.

        `finite`: intervals and decisions are about the mean over these very items.  `repeats`: answers an item.
        """
        super().__init__(
            Watch(
                arms,
                items,
                stakes,
                level,
                guarantee=guarantee,
                of_items=items if finite else None,
                stressed=twins,
                controls=controls,
                untimed=untimed,
                held=held,
            )
        )
        self._repeats = repeats
        self._shortest = round_trials
        self._pilot = min(pilot, items)
        self._twins = twins

    def next_round(self, trials: Trials) -> tuple[Batch, ...]:
        watch = self._watch
        before = tuple(watch.depth)
        if before[BASELINE]:
            watch.look(trials, lambda arm: self._pays(arm, trials))
            self._deal()
        else:
            watch.depth = [watch.held.get(arm, self._pilot) for arm in range(len(before))]
            # As deep as those that were measured before: answers to the baseline's items are there.
            watch.depth[BASELINE] = min(watch.items, max(watch.depth))
        return tuple(
            Batch(arm, start, stop)
            for arm, (start, stop) in enumerate(zip(before, watch.depth, strict=True))
            if stop > start and arm not in watch.held
        )

    def _deal(self) -> None:
        """Take all open arms, and the baseline, to the same item; and arms under stress on the way, with their arms."""
        watch = self._watch
        open_arms = watch.open_arms
        planned = min(STRESSED_ITEMS, watch.items)
        deep = planned
        if open_arms:
            now = max(watch.depth[arm] for arm in open_arms)
            deep = min(watch.items, now + self._step(now, len(open_arms)))
        going = set(open_arms)
        for pair in self._twins.items():
            if not any(watch.settled(arm) == "broken" for arm in pair):
                going.update(pair)
        for arm in going - watch.held.keys():
            reach = deep if arm in open_arms else min(deep, planned)
            for one in (BASELINE, arm):
                watch.depth[one] = max(watch.depth[one], reach)

    def _step(self, depth: int, arms: int) -> int:
        """Items that the open arms get in the next round."""
        return max(LEAST_STEP, math.ceil(self._shortest / self._repeats / (arms + 1)), int(GROWTH * depth))

    def _pays(self, arm: int, trials: Trials) -> bool:
        """Are further items of the arm worth their price?"""
        watch = self._watch
        stakes, depth, arms = watch.stakes, watch.depth[arm], len(watch.open_arms)
        price = self._repeats * (_price(trials, arm) + _price(trials, BASELINE) / arms)
        step = self._step(depth, arms)
        guarded = stakes.minimal_difference * abs(stakes.value_per_success) * stakes.requests
        if guarded >= price * (depth + step):
            return True
        most = watch.items - depth
        return best_sample(watch.beliefs[arm], scale=stakes.requests, price=price, least=step, most=most) > 0


def _price(trials: Trials, arm: int) -> float:
    """Expected price of one more answer of an arm, USD; above 0, also for a system that calls no model."""
    _, usd, seconds = trials.means(arm)
    return usd + SECOND_USD * max(seconds, LEAST_SECONDS) if math.isfinite(usd) else SECOND_USD
