"""What a team's own measurement adds to the literature, in worlds of known truth: `make simulate` runs it.

    python benchmarks/own_data.py                      1,000 worlds a row
    python benchmarks/own_data.py --count 200 --on processes

A literature of ten sources is pooled, the team's own true effect is drawn, from what the literature foretells or from
outside of it, and measured on so many right-or-wrong items; `Mixture.update` takes the measurement in, as
`decision/own_data.py` does.  Told are how often 90 % intervals hold the team's own effect (the literature's word on a
new setting, the measurement alone, both together), how long they are, and whether P(the effect is worth it) means what
it says: its mean beside how often it is so, and the same among those of 90 % and more.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from simulated import LEVEL, TAILS, World, contaminated, drawn, fixed, from_priors, mostly_significant

from tierproof.experiment.trials.paired import Estimate, log_odds_ratio
from tierproof.pieces import in_pieces, place_of
from tierproof.synthesis import Mixture, Priors, Shape, pool
from tierproof.synthesis.model.prior import NORMAL

BASELINE = 0.7
"""The team's share of successes; a difference in odds of `WORTH` is what pays."""
WORTH = 0.1
ITEMS = (30, 100, 400)
LOOK = 25
SPREAD = math.hypot(0.3, 0.25)
"""Of true effects, in `fixed`."""


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    holds: bool
    """Whether what is assumed is true, so that coverage is promised."""
    draw: Callable[[np.random.Generator], World]
    """`new` of the world is the team's own true effect."""
    shape: Shape = NORMAL
    stopped: bool = False
    """Whether the team looks after every 25 items, and stops where 1.96 standard errors leave out no effect."""


def conflict(away: float) -> Callable[[np.random.Generator], World]:
    """A team whose own effect lies so many spreads of true effects above or below the mean."""

    def draw(rng: np.random.Generator) -> World:
        world = fixed()(rng)
        return World(world.y, world.se, world.source, world.mean, world.mean + rng.choice([-1, 1]) * away * SPREAD)

    return draw


def published(rng: np.random.Generator) -> World:
    """A literature in which unclear results are seen three times in ten; the team's own is one of all."""
    return drawn(rng, mean=0.3, tau_source=0.3, tau_record=0.25, sources=10, published=mostly_significant)


SCENARIOS = (
    Scenario("drawn from the priors, 8 sources", "all that is assumed holds", True, from_priors(8)),
    Scenario("typical, 10 sources", "mean 0.3, spreads 0.3 and 0.25", True, fixed()),
    Scenario("typical, stopped when clear", "a look after every 25 items", True, fixed(), stopped=True),
    Scenario(
        "heavy tails, shape known",
        "one setting in nine 3.5 times as far",
        True,
        fixed(tail=contaminated),
        shape=TAILS,
    ),
    Scenario("selection", "unclear results seen three times in ten", False, published),
    Scenario("conflict", "the team lies three spreads away", False, conflict(3.0)),
    Scenario("conflict, heavy tails assumed", "the same", False, conflict(3.0), shape=TAILS),
)


def measured(rng: np.random.Generator, effect: float, items: int, stopped: bool) -> Estimate:
    """The log odds ratio of so many right-or-wrong items; half of what both get right or wrong is the items' doing."""
    odds = BASELINE / (1 - BASELINE) * math.exp(effect)
    shares = (BASELINE, odds / (1 + odds))
    same = rng.random(items)
    places = [np.where(rng.random(items) < 0.5, same, rng.random(items)) for _ in shares]
    base, own = (np.where(place < share, 1.0, 0.0) for place, share in zip(places, shares, strict=True))
    found = log_odds_ratio(base, own)
    for look in range(LOOK, items, LOOK) if stopped else ():
        early = log_odds_ratio(base[:look], own[:look])
        if abs(early.value) > 1.96 * early.se:
            return early
    return found


@dataclass(frozen=True)
class Held:
    """Shares of worlds, and means over them."""

    literature: float
    alone: float
    together: float
    shorter: float
    """Median length of the interval of both together, over the measurement's."""
    told: float
    """Mean probability that it is worth it."""
    true: float
    sure: float
    """Share of those told with 90 % and more that are; NaN: none is."""


def cover(scenario: Scenario, count: int, seed: int) -> tuple[Held, ...]:
    """One for each of `ITEMS`, of the same worlds."""
    rng = np.random.default_rng(seed)
    rows = np.empty((len(ITEMS), count, 6))
    for k in range(count):
        world = scenario.draw(rng)
        foretold = pool(world.y, world.se, world.source, priors=Priors(shape=scenario.shape)).predictive
        for place, items in enumerate(ITEMS):
            own = measured(rng, world.new, items, scenario.stopped)
            together = foretold.update(own.value, own.se)
            low, high = own.interval(LEVEL)
            interval = together.interval(LEVEL)
            rows[place, k] = (
                _holds(foretold, world.new),
                low <= world.new <= high,
                _holds(together, world.new),
                (interval.high - interval.low) / (high - low),
                float(together.sf(WORTH)),
                world.new > WORTH,
            )
    return tuple(map(_held, rows))


def _held(rows: np.ndarray) -> Held:
    """Of the rows of `cover` (worlds, 6)."""
    literature, alone, together, _, told, true = map(float, rows.mean(axis=0))
    sure = rows[rows[:, 4] >= 0.9, 5]
    shorter = float(np.median(rows[:, 3]))
    return Held(literature, alone, together, shorter, told, true, float(sure.mean()) if len(sure) else math.nan)


def _holds(known: Mixture, truth: float) -> bool:
    return abs(float(known.cdf(truth)) - 0.5) <= LEVEL / 2


def _covered(asked: tuple[int, int]) -> tuple[Held, ...]:
    """One scenario by its number, drawn so often."""
    number, count = asked
    return cover(SCENARIOS[number], count, 2000 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="worlds a row")
    parser.add_argument("--on", help="where worlds are drawn: processes, processes:4, dask://..., ray://...")
    options = parser.parse_args()
    error = math.sqrt(LEVEL * (1 - LEVEL) / options.count)
    lines = [
        "# Own data on top of the literature, in worlds of known truth",
        "",
        f"Simulated on {time.strftime('%Y-%m-%d')}, {options.count:,} worlds a row; the standard error of a coverage "
        f"of 90 % is {error:.1%}.  Length: of the interval of both together, over the measurement's.",
        f"Worth it: log odds above {WORTH:g}.",
        "",
        "| scenario | what is true | promised | items | literature | own alone | together | length | P(worth it) | is "
        "| of those told 90 % |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    print("\n".join(lines))
    asked = [(number, options.count) for number in range(len(SCENARIOS))]
    for scenario, covered in zip(SCENARIOS, in_pieces(_covered, asked, place_of(options.on)), strict=True):
        promised = "88 to 92 %" if scenario.holds else "no"
        for items, found in zip(ITEMS, covered, strict=True):
            shares = (found.literature, found.alone, found.together)
            probabilities = (found.told, found.true, found.sure)
            held, told = (" | ".join(f"{one:.1%}" for one in each) for each in (shares, probabilities))
            line = (
                f"| {scenario.name} | {scenario.what} | {promised} | {items} | {held} | {found.shorter:.2f} | {told} |"
            )
            lines.append(line)
            print(line, flush=True)
    Path(__file__).with_name("own_data.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
