"""Which arm gets which items next.

Enters: paired trials so far and what is at stake.  Leaves: rounds of batches.  Must not know models, calls or texts.
Deterministic: the same trials give the same rounds, so that a resumed run retraces its steps in the journal.

All arms see the same items in the same order from the first on, so any two are paired on the shorter one's items.  A
round is played to its end before the next is planned; its length grows with what is known, so that waiting at its end
costs little.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from tierproof.experiment.design.standing import PILOT, Stakes, Standing, Watch
from tierproof.experiment.design.value import best_sample
from tierproof.experiment.findings.paired import items_needed
from tierproof.experiment.run.trials import BASELINE, Trials

__all__ = ["STRESSED_ITEMS", "AdaptiveDesign", "Batch", "Design", "FixedDesign"]

SECOND_USD = 1e-4
"""What a second of an endpoint's time counts for, beside its price: 0.36 USD an hour, the rent of a small machine.
Without it an endpoint of one's own would be free, and its arms would never be worth stopping."""
LEAST_SECONDS = 0.01
GROWTH = 0.25
"""A round is at least so long, as a share of all trials before it."""
NO_TWINS: Mapping[int, int] = MappingProxyType({})
STRESSED_ITEMS = items_needed(0.10, 0.20)
"""Items for an arm under stress: what finds a loss of 10 points with 80 % power where a fifth of the scores change."""
BATCHES = 16
"""Batches that a round is dealt out in."""


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
        round_trials: int = 1024,
        twins: Mapping[int, int] = NO_TWINS,
        untimed: Collection[int] = (),
        held: Mapping[int, int] | None = None,
    ) -> None:
        """`twins`: arms under stress, and each one's arm without.  `untimed`: arms whose times say nothing.

        `held`: arms that get no further items, and how many they have had.
        """
        super().__init__(Watch(arms, n, stakes, level, stressed=twins, untimed=untimed, held=held))
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
    """Batches go where they are worth most for their price; settled arms stop.

    After a pilot for all, each round deals its batches, one by one, to the open arm whose further items have the
    highest expected value per dollar (`value.best_sample`), as if earlier batches of the round had come out as
    expected.  An arm is settled when its interval lies on one side of the difference that pays for it, or so near it
    that no difference that matters is left, or when no further sample is expected to gain what it costs.

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
        round_trials: int = 64,
        pilot: int = PILOT,
        twins: Mapping[int, int] = NO_TWINS,
        untimed: Collection[int] = (),
        held: Mapping[int, int] | None = None,
    ) -> None:
        """`twins`, `untimed`, `held`: as of `FixedDesign`."""
        super().__init__(Watch(arms, items, stakes, level, stressed=twins, untimed=untimed, held=held))
        self._shortest = round_trials
        self._pilot = min(pilot, items)
        self._twins = twins

    def next_round(self, trials: Trials) -> tuple[Batch, ...]:
        watch = self._watch
        before = tuple(watch.depth)
        if before[BASELINE]:
            length = max(self._shortest, int(GROWTH * sum(before)))
            step = max(4, length // BATCHES)
            watch.look(trials, lambda arm: self._rate(arm, trials, step) > 0)
            self._deal(trials, length, step)
            self._stress()
        else:
            watch.depth = [watch.held.get(arm, self._pilot) for arm in range(len(before))]
            # As deep as those that were measured before: answers to the baseline's items are there.
            watch.depth[BASELINE] = min(watch.items, max(watch.depth))
        return tuple(
            Batch(arm, start, stop)
            for arm, (start, stop) in enumerate(zip(before, watch.depth, strict=True))
            if stop > start and arm not in watch.held
        )

    def _deal(self, trials: Trials, left: int, step: int) -> None:
        """Give out about `left` trials; the baseline goes as deep as the deepest arm."""
        watch = self._watch
        rates = {
            standing.arm: self._rate(standing.arm, trials, step) for standing in watch.standings if standing.is_open
        }
        while left > 0 and rates:
            arm = max(rates, key=lambda arm: (rates[arm], -arm))
            count = min(step, watch.items - watch.depth[arm])
            if rates[arm] <= 0 or count <= 0:
                del rates[arm]
                continue
            watch.depth[arm] += count
            deeper = max(0, watch.depth[arm] - watch.depth[BASELINE])
            watch.depth[BASELINE] += deeper
            left -= count + deeper
            watch.beliefs[arm] = watch.beliefs[arm].after(count)
            rates[arm] = self._rate(arm, trials, step)

    def _stress(self) -> None:
        """Give arms under stress what is planned, and the arms that they are compared with."""
        watch = self._watch
        broken = {standing.arm for standing in watch.standings if standing.state == "broken"}
        planned = min(STRESSED_ITEMS, watch.items)
        for pair in self._twins.items():
            if broken.isdisjoint(pair):
                for arm in {BASELINE, *pair} - watch.held.keys():
                    watch.depth[arm] = max(watch.depth[arm], planned)

    def _rate(self, arm: int, trials: Trials, step: int) -> float:
        """Expected value of an arm's further items, in USD for each USD of their price; 0 if they are not worth it."""
        watch = self._watch
        price = _price(trials, arm)
        if watch.depth[arm] >= watch.depth[BASELINE]:
            # The deepest arm pays for the baseline's items as well.
            price += _price(trials, BASELINE)
        most = watch.items - watch.depth[arm]
        return best_sample(watch.beliefs[arm], scale=watch.stakes.requests, price=price, least=step, most=most)


def _price(trials: Trials, arm: int) -> float:
    """Expected price of one more item for an arm, USD; above 0, also for a system that calls no model."""
    _, usd, seconds = trials.means(arm)
    return usd + SECOND_USD * max(seconds, LEAST_SECONDS) if math.isfinite(usd) else SECOND_USD
