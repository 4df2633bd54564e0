"""Simulated experiments whose truth is known: right-or-wrong arms with stated true differences from the baseline.

For simulations alone: scores are drawn, nothing is called.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tierproof.experiment.design.design import Design
from tierproof.experiment.design.standing import Standing
from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.trials import Trials


@dataclass(frozen=True)
class World:
    """`effects`: true differences in success.  `noise`: share of items that an arm wins, and loses, without effect."""

    effects: Sequence[float]
    baseline: float = 0.6
    noise: float = 0.08
    usd: float = 0.002
    """Price of the baseline's request; arms cost `extra_usd` more."""
    extra_usd: float = 0.0
    extra_seconds: float = 0.0
    """Of the arms, beside the baseline's one second."""

    def scores(self, items: int, rng: np.random.Generator) -> Array:
        """Scores of shape (1 + arms, items), the baseline's first; arms answer independently, given the baseline."""
        right = rng.random(items) < self.baseline
        rows = [right]
        for effect in self.effects:
            lost = (self.noise + max(-effect, 0.0)) / self.baseline
            won = (self.noise + max(effect, 0.0)) / (1 - self.baseline)
            draw = rng.random(items)
            rows.append(np.where(right, draw >= lost, draw < won))
        return np.array(rows, dtype=np.float64)


@dataclass(frozen=True)
class Played:
    trials: int
    standings: tuple[Standing, ...]
    looks: tuple[tuple[Standing, ...], ...]

    def adopted(self) -> tuple[bool, ...]:
        """The decisions that a reader would take: the run's own, else adopt what is likelier worth it than not."""
        return tuple(
            standing.state == "better" if standing.state in ("better", "worse") else standing.p_worth > 0.5
            for standing in self.standings
        )


def played(
    world: World,
    design: Design,
    scores: Array,
    most: int | None = None,
    *,
    usd: Array | None = None,
    looks: bool = False,
) -> Played:
    """Play a design on drawn scores, until it ends or `most` trials are used up.

    `usd`: prices of each arm's items, in the shape of `scores`; None: the world's.  `looks`: keep how arms stood at
    each.
    """
    trials = Trials([str(number) for number in range(len(scores))])
    count = 0
    kept: list[tuple[Standing, ...]] = []
    while batches := design.next_round(trials):
        if looks and count:
            kept.append(design.standings)
        left = math.inf if most is None else most - count
        for batch in batches:
            stop = min(batch.stop, batch.start + int(min(left, batch.stop - batch.start)))
            left -= stop - batch.start
            count += stop - batch.start
            price = world.usd + (world.extra_usd if batch.arm else 0.0)
            trials.add_columns(
                batch.arm,
                batch.start,
                scores[batch.arm, batch.start : stop],
                price if usd is None else usd[batch.arm, batch.start : stop],
                1.0 + (world.extra_seconds if batch.arm else 0.0),
            )
        if most is not None and count >= most:
            design.look(trials)
            break
    kept.append(design.standings)
    return Played(count, design.standings, tuple(kept))
