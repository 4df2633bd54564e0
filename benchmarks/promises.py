"""Whether runs keep their promise in worlds made to break it: `make simulate` runs it.

    python benchmarks/promises.py                      200 runs a world, an hour on one core
    python benchmarks/promises.py --repetitions 40 --on processes
    python benchmarks/promises.py --only "one arm"

In each world most effects lie at the margin, a hair beyond it, or at the threshold, where wrong decisions are
likeliest.  Told are, for each guarantee, runs without a decision that is wrong by the margin (promised: 95 % of them,
`every-decision`), the mean share of wrong decisions among those taken (promised: at most 5 %, `false-decisions`),
arms settled and calls.

Last, what the same bets would promise if settled arms handed their share of the error on (Holm's step), on effects
that lie at the margin: it does not hold, which is why the design does not do it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from experiment.worlds import Played, World, played
from tierproof.experiment.design.design import AdaptiveDesign
from tierproof.experiment.design.guarantee import Guarantee
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.trials.paired import Array
from tierproof.pieces import HERE, Place, in_pieces, place_of

STAKES = Stakes(latency_price=0.0)
MARGIN = STAKES.minimal_difference
HAIR = 1e-9
ITEMS = 2000


@dataclass(frozen=True)
class Drawn:
    """One run's truth and what it will see."""

    scores: Array
    effects: Array
    """True differences from the baseline, of the population or of the items."""
    thresholds: Array
    usd: Array | None = None
    finite: bool = False


def _binary(effects: tuple[float, ...], noise: float = 0.08) -> Callable[[np.random.Generator], Drawn]:
    def draw(rng: np.random.Generator) -> Drawn:
        scores = World(effects=effects, noise=noise).scores(ITEMS, rng)
        return Drawn(scores, np.array(effects), np.zeros(len(effects)))

    return draw


def _graded(rng: np.random.Generator) -> Drawn:
    """Scores between 0 and 1; differences of small spread, skewed to rare large losses."""
    effects = np.array([MARGIN, -MARGIN] * 4)
    base = rng.beta(4, 3, ITEMS)
    rows = [base]
    for effect in effects:
        # A few items lose 0.3, others gain a little: mean exactly `effect` as nothing is clipped below.
        lost = rng.random(ITEMS) < 0.05
        shift = np.where(lost, -0.3, (effect + 0.015) / 0.95)
        rows.append(base + shift)
    scaled = 0.25 + 0.5 * np.array(rows)  # within [0, 1]; differences are halved
    return Drawn(scaled, effects * 0.5, np.where(effects > 0, -0.5 * MARGIN, 0.5 * MARGIN))


def _correlated(rng: np.random.Generator) -> Drawn:
    """All arms are one arm with a few words changed: they win and lose the same items."""
    effects = (MARGIN,) * 12
    one = World(effects=(MARGIN,)).scores(ITEMS, rng)
    return Drawn(np.vstack((one[:1], np.repeat(one[1:], 12, axis=0))), np.array(effects), np.zeros(12))


def _ordered(rng: np.random.Generator) -> Drawn:
    """Hard items come first in the file; the run puts them in random order."""
    effects = np.array([MARGIN, -MARGIN] * 3)
    level = np.linspace(0.3, 0.9, ITEMS)
    rows = [rng.random(ITEMS) < level]
    for effect in effects:
        # Gains all lie among the hard items.
        chance = np.clip(2 * abs(effect) * (level < 0.6) / np.where(effect > 0, 1 - level, level), 0, 1)
        turned = rng.random(ITEMS) < chance
        rows.append(np.where(turned, effect > 0, rows[0]))
    scores = np.array(rows, dtype=np.float64)
    return Drawn(scores[:, rng.permutation(ITEMS)], effects, np.zeros(6))


def _estimated(rng: np.random.Generator) -> Drawn:
    """The extra cost that decides varies by item, and rare items cost ten times as much."""
    effects = (0.05 + MARGIN,) * 4 + (0.05 - MARGIN,) * 4
    scores = World(effects=effects).scores(ITEMS, rng)
    usd = np.full(scores.shape, 0.002)
    for row in range(1, len(usd)):
        # Mean extra cost 0.005 USD, what 5 points at 0.10 USD are worth.
        usd[row] += 0.0025 * rng.lognormal(-0.32, 0.8, ITEMS) + np.where(rng.random(ITEMS) < 0.1, 0.025, 0.0)
    return Drawn(scores, np.array(effects), np.full(8, 0.05), usd)


def _unequal(rng: np.random.Generator) -> Drawn:
    """Some arms cost a hundred times what others do."""
    effects = (MARGIN, -MARGIN, 0.0, MARGIN, -MARGIN, 0.0)
    thresholds = np.array([0.0, 0.0, 0.0, 0.2, 0.2, 0.2])
    scores = World(effects=tuple(np.array(effects) + thresholds)).scores(ITEMS, rng)
    usd = np.full(scores.shape, 0.0002)
    usd[1:] += 0.1 * thresholds[:, None]
    return Drawn(scores, np.array(effects) + thresholds, thresholds, usd)


def _finite(rng: np.random.Generator) -> Drawn:
    """The items themselves are the question."""
    scores = World(effects=(MARGIN, -MARGIN) * 3).scores(600, rng)
    return Drawn(scores, (scores[1:] - scores[0]).mean(axis=1), np.zeros(6), finite=True)


def _graded_few(rng: np.random.Generator) -> Drawn:
    """Three arms; scores in tenths, each arm's of a spread of its own, one of them more even than the baseline."""
    effects = np.array([MARGIN, -MARGIN, MARGIN])
    level = rng.beta(3, 2, ITEMS)
    rows = [level + rng.normal(0.0, 0.05, ITEMS)]
    rows += [
        0.9 * level + 0.1 * 0.6 + effect + rng.normal(0.0, spread, ITEMS)
        for effect, spread in zip(effects, (0.02, 0.1, 0.2), strict=True)
    ]
    # Rounded and cut off to [0, 1], so what an arm truly gains is reckoned from a population of a million.
    return Drawn(_tenths(np.array(rows)), _gains(), np.zeros(3))


def _tenths(scores: Array) -> Array:
    return np.round(np.clip(scores, 0.0, 1.0), 1)


@cache
def _gains() -> Array:
    """The true differences of `_graded_few`, within 0.0004."""
    rng = np.random.default_rng(14)
    level = rng.beta(3, 2, 1_000_000)
    base = _tenths(level + rng.normal(0.0, 0.05, len(level))).mean()
    gained = []
    for effect, spread in ((MARGIN, 0.02), (-MARGIN, 0.1), (MARGIN, 0.2)):
        arm = 0.9 * level + 0.1 * 0.6 + effect + rng.normal(0.0, spread, len(level))
        gained.append(_tenths(arm).mean())
    return np.array(gained) - base


def _rare(rng: np.random.Generator) -> Drawn:
    """Differences lie in one item in fifty, and the baseline is right on nearly all."""
    effects = (MARGIN, -MARGIN) * 2
    return Drawn(World(effects=effects, baseline=0.97, noise=0.0).scores(ITEMS, rng), np.array(effects), np.zeros(4))


WORLDS: dict[str, Callable[[np.random.Generator], Drawn]] = {
    "all at the margin, half on each side": _binary((MARGIN,) * 6 + (-MARGIN,) * 6),
    "all at the margin, one side": _binary((MARGIN,) * 12),
    "two arms": _binary((MARGIN, -MARGIN)),
    "all at the threshold": _binary((0.0,) * 8),
    "answers that hardly ever differ": _binary((MARGIN, -MARGIN) * 4, noise=0.001),
    "noisy scores": _binary((MARGIN, -MARGIN) * 4, noise=0.25),
    "graded scores, skewed": _graded,
    "arms that are one arm": _correlated,
    "sorted file": _ordered,
    "estimated thresholds, heavy tails": _estimated,
    "unequal costs": _unequal,
    "the items themselves": _finite,
    "one arm": _binary((-MARGIN,)),
    "three arms, graded, of unequal spread": _graded_few,
    "rare differences": _rare,
}
RESUMED = "stopped four times and gone on with"
"""The world with all at the margin, its decisions read at each stop as well."""


def states_of(result: Played) -> tuple[str, ...]:
    return tuple(one.state if one.guaranteed else "" for one in result.standings)


def _sittings(drawn: Drawn, guarantee: Guarantee, repetition: int, stops: int) -> tuple[list[tuple[str, ...]], int]:
    """What was decided at each stop and at the end, and the trials; a run that goes on reads its answers anew."""
    arms, items = drawn.scores.shape
    whole = arms * items
    cuts: list[int | None] = sorted(np.random.default_rng([repetition, 1]).integers(1, whole // 2, stops).tolist())
    decided, trials = [], 0
    for most in [*cuts, None]:
        design = AdaptiveDesign(arms, items, stakes=STAKES, guarantee=guarantee, finite=drawn.finite)
        result = played(World(effects=()), design, drawn.scores, most, usd=drawn.usd)
        decided.append(states_of(result))
        trials = result.trials
    return decided, trials


def one_run(asked: tuple[str, Guarantee, int]) -> tuple[float, ...]:
    """Of one run: is every decision kept, the share of wrong ones, arms settled, calls as a share of all."""
    name, guarantee, repetition = asked
    world = WORLDS["all at the margin, half on each side" if name == RESUMED else name]
    drawn = world(np.random.default_rng(repetition))
    arms, items = drawn.scores.shape
    decided, trials = _sittings(drawn, guarantee, repetition, 4 if name == RESUMED else 0)
    gaps = drawn.effects - drawn.thresholds
    wrongs, shares = [], []
    for one in map(np.array, decided):
        wrong = (one == "better") & (gaps <= -MARGIN + HAIR) | (one == "worse") & (gaps >= MARGIN - HAIR)
        wrongs.append(bool(wrong.any()))
        shares.append(wrong.sum() / max(1, (one != "").sum()))
    settled = (np.array(decided[-1]) != "").mean()
    return float(not any(wrongs)), float(max(shares)), float(settled), trials / arms / items


def kept(name: str, guarantee: Guarantee, repetitions: int, place: Place = HERE) -> tuple[float, ...]:
    """Means of `one_run`."""
    asked = [(name, guarantee, repetition) for repetition in range(repetitions)]
    return tuple(np.mean(list(in_pieces(one_run, asked, place)), axis=0).tolist())


def handed_on(repetitions: int, arms: int = 12) -> float:
    """Runs with a decision wrong by the margin, if an arm that is settled handed its share of 5 % on to the others."""
    effects = (MARGIN,) * (arms // 2) + (-MARGIN,) * (arms - arms // 2)
    broken = 0
    for repetition in range(repetitions):
        scores = World(effects=effects).scores(ITEMS, np.random.default_rng(repetition))
        pairs = []
        for row in scores[1:]:
            one = Differences(row - scores[0], MARGIN, ITEMS, 0.05 / arms)
            pairs.append((one.capital(-MARGIN, 1), one.capital(MARGIN, -1)))
        capital = np.array(pairs)[:, :, 15::4]  # looks after every fourth item
        live = np.ones(arms, dtype=bool)
        for look in range(capital.shape[2]):
            while True:
                hit = live & (capital[:, :, look].max(axis=1) >= math.log(live.sum() / 0.05 if live.any() else 1.0))
                if not hit.any():
                    break
                says_better = capital[hit, 0, look] > capital[hit, 1, look]
                if (says_better != (np.array(effects)[hit] > 0)).any():
                    broken += 1
                    live[:] = False
                live &= ~hit
            if not live.any():
                break
    return broken / repetitions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--only", action="append", help="a world; may be said again")
    parser.add_argument("--on", help="where runs are played: processes, processes:4, dask://..., ray://...")
    options = parser.parse_args()
    place = place_of(options.on)
    print("| world | guarantee | runs with none wrong | wrong share | arms settled | calls |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in options.only or [*WORLDS, RESUMED]:
        for guarantee in get_args(Guarantee):
            runs, share, settled, calls = kept(name, guarantee, options.repetitions, place)
            print(f"| {name} | {guarantee} | {runs:.1%} | {share:.2%} | {settled:.1%} | {calls:.1%} |", flush=True)
    if options.only:
        return
    print(f"\nHolm's step, at the margin: {handed_on(5 * options.repetitions):.1%} of runs have a wrong decision")


if __name__ == "__main__":
    main()
