"""Coverage of the intervals over simulated meta-analyses, where the model holds and where it does not.

`make simulate` runs it and writes `benchmarks/coverage.md`.  Enters: scenarios, each a way to draw a world of known
truth.  Leaves: how often the 90 % intervals of the average effect and of the effect in a new setting hold the truth.
Every scenario has its own fixed seed.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Record, Source
from tierproof.pieces import in_pieces, place_of
from tierproof.synthesis import Mixture, Priors, Shape, pool
from tierproof.synthesis.model.baseline import calibrated
from tierproof.synthesis.model.conditional import coefficients_at
from tierproof.synthesis.model.model import fit
from tierproof.synthesis.model.prior import NORMAL
from tierproof.synthesis.pooling import pool_effects
from tierproof.synthesis.values.context import Context

LEVEL = 0.9
Draw = Callable[[np.random.Generator], "World"]


@dataclass(frozen=True)
class World:
    y: np.ndarray
    se: np.ndarray
    """As reported."""
    source: np.ndarray
    mean: float
    new: float
    """True effect in one new record of a new source."""
    interested: np.ndarray | None = None
    rival: np.ndarray | None = None
    """1 where a source reports another's arm beside its own."""
    baseline: np.ndarray | None = None
    """Observed logits of the comparators' shares of successes."""
    baseline_variance: np.ndarray | None = None
    """Of their errors."""
    here: float = 0.0
    """The reader's baseline, a logit: `mean` and `new` are true there."""


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    holds: bool
    """Whether the model is true of it, so that coverage is promised."""
    draw: Draw
    shape: Shape = NORMAL
    moderated: bool = False
    """Whether interest and baseline are columns."""
    naive: bool = False
    """Whether observed baselines are a column as they are."""
    one_column: bool = False
    """Whether interest is one column of figures, as if what sets an own arm apart from others' were all hype."""
    read: bool = False
    """Whether it is pooled from records and read at the reader's baseline as a table does: no farther than found."""


def drawn(
    rng: np.random.Generator,
    *,
    mean: float,
    tau_source: float,
    tau_record: float,
    sources: int,
    most: int = 8,
    tail: Callable[[np.random.Generator], float] = lambda rng: 1.0,
    published: Callable[[np.random.Generator, float, float], bool] = lambda rng, y, se: True,
    reported: float = 1.0,
    hype: float = 0.0,
    interested: float = 0.0,
) -> World:
    """A world of the model: sources of 1 to `most` records, standard errors as accuracies on 100 to 2,000 items have.

    `tail` multiplies a source's deviations; `published` says whether a source, by its mean and standard error, is seen;
    `reported` multiplies standard errors as written down; a share `interested` of sources adds `hype` to its figures.
    """
    parts: list[tuple[np.ndarray, np.ndarray, bool]] = []
    while len(parts) < sources:
        times, authors = tail(rng), bool(rng.random() < interested)
        count = int(rng.integers(1, most + 1))
        se = 2.0 / np.sqrt(np.exp(rng.uniform(math.log(100), math.log(2000), count)) / 2)
        true = mean + times * (tau_source * rng.normal() + tau_record * rng.normal(size=count))
        y = true + se * rng.normal(size=count) + hype * authors
        if published(rng, float(y.mean()), float(np.sqrt((se**2).sum()) / count)):
            parts.append((y, se * reported, authors))
    new = mean + tail(rng) * (tau_source * rng.normal() + tau_record * rng.normal())
    sizes = [len(y) for y, _, _ in parts]
    return World(
        y=np.concatenate([y for y, _, _ in parts]),
        se=np.concatenate([se for _, se, _ in parts]),
        source=np.repeat(np.arange(sources), sizes),
        mean=mean,
        new=new,
        interested=np.repeat([float(authors) for _, _, authors in parts], sizes),
    )


def at_baselines(
    *,
    slope: float,
    hype: float = 0.0,
    sources: int = 30,
    items: int = 80,
    usual: float = 0.3,
    spreads: tuple[float, float] = (0.2, 0.15),
) -> Draw:
    """Counts of successes of `items` a side, read at a logit of 0.4.

    True baselines are N(-0.4, 0.5^2) in logits, with an effect of `usual` at their mean that changes by `slope` a logit
    and spreads by `spreads`; six in ten sources add `hype`.
    """
    between, within = spreads

    def draw(rng: np.random.Generator) -> World:
        counts = rng.integers(1, 5, sources)
        source = np.repeat(np.arange(sources), counts)
        n = len(source)
        true = -0.4 + 0.5 * rng.normal(size=n)
        authors = (rng.random(sources) < 0.6 * bool(hype))[source]
        effect = usual + slope * (true + 0.4) + between * rng.normal(size=sources)[source]
        effect += within * rng.normal(size=n)
        shares = [1 / (1 + np.exp(-at)) for at in (true, true + effect + hype * authors)]
        seen = [np.clip(rng.binomial(items, share) / items, 0.5 / items, 1 - 0.5 / items) for share in shares]
        logits, errors = [np.log(p / (1 - p)) for p in seen], [1 / (items * p * (1 - p)) for p in seen]
        there = usual + slope * 0.8
        return World(
            y=logits[1] - logits[0],
            se=np.sqrt(errors[0] + errors[1]),
            source=source,
            mean=there,
            new=there + between * rng.normal() + within * rng.normal(),
            interested=authors.astype(float),
            baseline=logits[0],
            baseline_variance=errors[0],
            here=0.4,
        )

    return draw


def own_arms(rng: np.random.Generator) -> World:
    """Twenty sources: a third independent, a third that report their own method alone, a third that set it beside
    others' in one table.  Where authors report their own, 0.3 is added; within a table it is also better in truth than
    the others, 0.25 above and they 0.25 below what a method usually does, which is 0.3 and what is asked for."""
    sources = 20
    kind = rng.permutation(np.arange(sources) % 3)
    counts = 2 * rng.integers(1, 5, sources)
    source = np.repeat(np.arange(sources), counts)
    n = len(source)
    second = np.concatenate([np.arange(count) % 2 for count in counts]).astype(bool)
    tables = kind[source] == 2
    own = (kind[source] == 1) | (tables & ~second)
    rival = tables & second
    se = 2.0 / np.sqrt(np.exp(rng.uniform(math.log(100), math.log(2000), n)) / 2)
    better = 0.25 * (tables & own) - 0.25 * rival
    true = 0.3 + better + 0.2 * rng.normal(size=sources)[source] + 0.15 * rng.normal(size=n)
    return World(
        y=true + 0.3 * own + se * rng.normal(size=n),
        se=se,
        source=source,
        mean=0.3,
        new=0.3 + 0.2 * rng.normal() + 0.15 * rng.normal(),
        interested=own.astype(float),
        rival=rival.astype(float),
    )


def from_priors(sources: int) -> Draw:
    """Truth drawn from the priors: a correct posterior then covers exactly what it says (Cook et al. 2006)."""

    def draw(rng: np.random.Generator) -> World:
        mean, between, within = 1.5 * rng.normal(), abs(0.5 * rng.normal()), abs(0.5 * rng.normal())
        return drawn(rng, mean=mean, tau_source=between, tau_record=within, sources=sources)

    return draw


def fixed(**world: object) -> Draw:
    settings = {"mean": 0.3, "tau_source": 0.3, "tau_record": 0.25, "sources": 10, **world}
    return lambda rng: drawn(rng, **settings)  # type: ignore[arg-type]


def contaminated(rng: np.random.Generator) -> float:
    """Most sources near the mean, one in nine far away."""
    return 3.5 if rng.random() < 0.11 else 0.65


def mostly_significant(rng: np.random.Generator, y: float, se: float) -> bool:
    """Every favourable clear result is seen, of the others three in ten."""
    return y / se > 1.645 or rng.random() < 0.3


TAILS = Shape(multipliers=(0.65, 3.5), weights=(0.89, 0.11))
SCENARIOS = (
    Scenario("drawn from the priors, 3 sources", "all that is assumed holds", True, from_priors(3)),
    Scenario("drawn from the priors, 8 sources", "the same", True, from_priors(8)),
    Scenario("drawn from the priors, 25 sources", "the same", True, from_priors(25)),
    Scenario("typical, 10 sources", "mean 0.3, spreads 0.3 and 0.25", True, fixed()),
    Scenario("typical, 30 sources", "the same", True, fixed(sources=30)),
    Scenario("no heterogeneity", "spreads 0: the priors expect some", False, fixed(tau_source=0.0, tau_record=0.0)),
    Scenario(
        "strong heterogeneity",
        "spreads 1 and 0.8: the priors expect less",
        False,
        fixed(tau_source=1.0, tau_record=0.8),
    ),
    Scenario("few sources", "3 sources, spreads 0.3 and 0.25", False, fixed(sources=3)),
    Scenario("heavy tails, normal shape", "one source in nine 3.5 times as far", False, fixed(tail=contaminated)),
    Scenario("heavy tails, shape known", "the same, predicted with that shape", False, fixed(tail=contaminated), TAILS),
    Scenario("selection", "unclear results seen three times in ten", False, fixed(published=mostly_significant)),
    Scenario("errors understated", "reported standard errors are half the true ones", False, fixed(reported=0.5)),
    Scenario("hype ignored", "six in ten sources add 0.3", False, fixed(hype=0.3, interested=0.6)),
    Scenario(
        "hype, with the moderator",
        "the same, interest as a column",
        True,
        fixed(hype=0.3, interested=0.6),
        moderated=True,
    ),
    Scenario(
        "own arms, one column",
        "20 sources, 7 of which set their own method beside others'; interest by figure",
        False,
        own_arms,
        moderated=True,
        one_column=True,
    ),
    Scenario(
        "own arms, between and within apart",
        "the same, interest by source and own arms as columns",
        False,
        own_arms,
        moderated=True,
    ),
    *(
        Scenario(f"baselines, slope {slope:g}, {how}", what, False, at_baselines(slope=slope), **column)
        for slope in (0.0, -0.4)
        for how, what, column in (
            ("ignored", "80 items a side; read 0.8 logits above the mean", {}),
            ("naive column", "observed baselines as they are", {"naive": True}),
            ("calibrated", "chance in baselines taken out, their spread taken as known", {"moderated": True}),
        )
    ),
    Scenario(
        "baselines, slope -0.4, and hype",
        "six in ten sources add 0.3; both are columns",
        False,
        at_baselines(slope=-0.4, hype=0.3),
        moderated=True,
    ),
    *(
        Scenario(
            f"baselines, slope {slope:g}, few sources alike",
            "4 sources, 800 items a side, effect 0.15, spreads 0.05; carried no farther than found",
            False,
            at_baselines(slope=slope, sources=4, items=800, usual=0.15, spreads=(0.05, 0.05)),
            read=True,
        )
        for slope in (0.0, -0.4)
    ),
)


@dataclass(frozen=True)
class Coverage:
    average: float
    new_setting: float
    bias: float
    width: float


def cover(scenario: Scenario, count: int, seed: int) -> Coverage:
    """Share of `count` worlds whose truth lies within the 90 % intervals."""
    rng = np.random.default_rng(seed)
    hits = np.zeros((count, 2), dtype=bool)
    bias = width = 0.0
    for k in range(count):
        world = scenario.draw(rng)
        if scenario.read:
            average, predictive = as_read(world)
        elif scenario.moderated or scenario.naive:
            average, predictive = with_columns(world, naive=scenario.naive, apart=not scenario.one_column)
        else:
            pooled = pool(world.y, world.se, world.source, priors=Priors(shape=scenario.shape))
            average, predictive = pooled.average, pooled.predictive
        places = np.array([float(average.cdf(world.mean)), float(predictive.cdf(world.new))])
        hits[k] = np.abs(places - 0.5) <= LEVEL / 2
        bias += average.mean - world.mean
        interval = predictive.interval(LEVEL)
        width += interval.high - interval.low
    in_average, in_new = (float(share) for share in hits.mean(axis=0))
    return Coverage(in_average, in_new, bias / count, width / count)


def with_columns(world: World, *, naive: bool, apart: bool = True) -> tuple[Mixture, Mixture]:
    """Average and predictive at the reader's baseline, of an independent, with the columns that the world has."""
    n = len(world.y)
    y, se, columns, at, sds = world.y, world.se, [np.ones(n)], [1.0], [1.5]
    if world.interested is not None and world.interested.any():
        interested = world.interested
        if world.rival is not None and apart:
            interested, rival = (by_source(column, world.source) for column in (interested, world.rival))
            own = world.interested - world.rival - (interested - rival)
            columns, at, sds = [*columns, rival, own], [*at, 0.0, 0.0], [*sds, 0.2, 1.0]
        columns, at, sds = [*columns, interested], [*at, 0.0], [*sds, 0.5]
    if world.baseline is not None and world.baseline_variance is not None:
        found = None if naive else calibrated(world.baseline, world.baseline_variance, np.full(n, 1 / n))
        column = world.baseline if found is None else found.baseline
        columns, at, sds = [*columns, column - column.mean()], [*at, world.here - float(column.mean())], [*sds, 0.5]
        if found is not None:
            y, reported = y + found.shift, se
            se = np.sqrt(reported**2 - found.taken_off())
            usual = 1.0 / (se**2 + 0.4**2)
            first = coefficients_at(
                np.column_stack((*columns, y)), usual, world.source, (np.zeros(len(sds)), np.array(sds)), 0.4
            )
            se = np.sqrt(reported**2 - found.taken_off(float(first[-1])))
    fitted = fit(y, se, world.source, np.column_stack(columns), prior_sd=sds)
    return fitted.average(at), fitted.predictive(at)


def as_read(world: World) -> tuple[Mixture, Mixture]:
    """Average and predictive of quality as a table reads them: from records, at the reader's baseline."""
    if world.baseline is None:
        raise ValueError("needs baselines")
    shares = 1 / (1 + np.exp(-np.array([world.baseline, world.baseline + world.y])))
    effects = [
        Effect(
            estimate=float(y),
            se=float(se),
            scale="log_odds_ratio",
            n_assumed=False,
            record=Record(
                id=f"{k:04d}",
                technique="simulated",
                comparator="none",
                outcome="quality",
                metric="exact",
                unit="percent",
                higher_is_better=True,
                baseline=float(100 * without),
                treated=float(100 * own),
                setting="benchmark",
                independence="independent",
                source=Source(title="simulated"),
                source_id=f"{source:03d}",
                contrast="added",
                selection="complete",
            ),
            date=None,
        )
        for k, (y, se, source, without, own) in enumerate(zip(world.y, world.se, world.source, *shares, strict=True))
    ]
    here = Context(baseline=1 / (1 + math.exp(-world.here)))
    pooling = pool_effects(effects, here, Priors(baseline_sd=0.25)).at(here)
    return pooling.average(), pooling.predictive()


def by_source(column: np.ndarray, source: np.ndarray) -> np.ndarray:
    """The plain mean of `column` (n,) over each record's source."""
    return np.asarray((np.bincount(source, weights=column) / np.bincount(source))[source])


def _covered(asked: tuple[int, int]) -> tuple[Coverage, float]:
    """One scenario by its number, drawn so often, and the seconds that it took."""
    number, count = asked
    start = time.perf_counter()
    return cover(SCENARIOS[number], count, 1000 + number), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="meta-analyses per scenario, 500 or more")
    parser.add_argument("--on", help="where scenarios are drawn: processes, processes:4, dask://..., ray://...")
    options = parser.parse_args()
    count = max(500, options.count)
    error = math.sqrt(LEVEL * (1 - LEVEL) / count)
    lines = [
        "# Coverage of 90 % intervals over simulated meta-analyses",
        "",
        f"Simulated on {time.strftime('%Y-%m-%d')}, {count:,} a scenario; the standard error of a coverage of 90 % is "
        f"{error:.1%}. Bias: of the average effect.",
        "",
        "| scenario | what is true | promised | average | new setting | bias | width, new setting |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    print("\n".join(lines))
    covered = in_pieces(_covered, [(number, count) for number in range(len(SCENARIOS))], place_of(options.on))
    for scenario, (found, seconds) in zip(SCENARIOS, covered, strict=True):
        promised = "88 to 92 %" if scenario.holds else "no"
        line = (
            f"| {scenario.name} | {scenario.what} | {promised} | {found.average:.1%} | {found.new_setting:.1%} "
            f"| {found.bias:+.3f} | {found.width:.2f} |"
        )
        lines.append(line)
        print(line, f"  {seconds:.0f} s", flush=True)
    Path(__file__).with_name("coverage.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
