"""Measures, events and one spread: agreement with metafor, and with integrals done another way.

`references/make_events.R` made nielweise2007.csv and measures.csv (metafor 3.8-1).
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierproof.synthesis import Priors, pool
from tierproof.synthesis.pools.scales import priors_for
from tierproof.synthesis.pools.two_by_two import TwoByTwo, corrected, log_likelihood, pool_exact

FOLDER = Path(__file__).parent / "references"
EMPTY = {"events": 0, "items": 50, "events_baseline": 0, "items_baseline": 60}


def reference(measure: str) -> dict[str, float]:
    with (FOLDER / "measures.csv").open(newline="", encoding="utf-8") as lines:
        return {row["quantity"]: float(row["value"]) for row in csv.DictReader(lines) if row["measure"] == measure}


def column(known: dict[str, float], letter: str) -> np.ndarray:
    return np.array([known[f"{letter}{i}"] for i in range(1, 1 + sum(name[0] == letter for name in known))])


@pytest.fixture(scope="module")
def trials() -> TwoByTwo:
    with (FOLDER / "nielweise2007.csv").open(newline="", encoding="utf-8") as lines:
        rows = [[int(row[name]) for name in ("ai", "n1i", "ci", "n2i")] for row in csv.DictReader(lines)]
    return TwoByTwo(**dict(zip(EMPTY, np.array(rows).T, strict=True)))


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_corrections_are_the_usual_ones(trials: TwoByTwo, measure: Literal["OR", "RR"]) -> None:
    known = reference(measure)
    y, se = corrected(trials.only(trials.informative()), measure)
    # Both are closed forms in double precision; the file has 12 digits.
    assert y == pytest.approx(column(known, "y"), rel=1e-11)
    assert se**2 == pytest.approx(column(known, "v"), rel=1e-11)


def test_the_exact_likelihood_has_its_maximum_where_metafor_finds_it(trials: TwoByTwo) -> None:
    known = reference("exact OR")
    mean, tau = known["mean"], known["tau2"] ** 0.5
    at_best = float(log_likelihood(trials, np.array([mean]), np.array([tau]))[0, 0])
    # metafor integrates numerically to about 1e-6 a study.
    assert at_best == pytest.approx(known["log likelihood"], abs=2e-5)
    around = log_likelihood(trials, mean + np.array([-0.05, 0.0, 0.05]), tau + np.array([-0.05, 0.0, 0.05]))
    assert around.argmax() == 4


def test_a_trial_without_events_tells_nothing(trials: TwoByTwo) -> None:
    assert trials.informative().sum() == 17
    empty = TwoByTwo(**{name: np.append(getattr(trials, name), value) for name, value in EMPTY.items()})
    assert pool_exact(empty, Priors()).mean == pool_exact(trials, Priors()).mean


def test_exact_and_normal_agree_where_events_are_many() -> None:
    many = TwoByTwo(
        events=np.array([300, 420, 250]),
        items=np.array([1000, 1200, 900]),
        events_baseline=np.array([350, 500, 300]),
        items_baseline=np.array([1000, 1200, 900]),
    )
    exact = pool_exact(many, Priors())
    plain = pool(*corrected(many), priors=Priors())
    # At these counts the likelihood is normal to a hundredth of its sd.
    assert exact.mean == pytest.approx(plain.mean, abs=0.02 * plain.sd)
    assert exact.sd == pytest.approx(plain.sd, rel=0.02)


BOTH_SIDES = [(0, 30, 4, 30), (2, 40, 3, 35)]
NO_EVENTS = [(0, 50, 5, 50), (0, 40, 7, 40), (0, 300, 9, 100)]
NOTHING_ELSE = [(50, 50, 40, 50), (30, 30, 20, 30)]


@pytest.mark.parametrize(
    ("rows", "mean_sd", "scale"),
    [
        (BOTH_SIDES, 1.5, 0.5),
        (NO_EVENTS, 1.5, 0.5),
        (NO_EVENTS, 5.0, 1.5),
        (NO_EVENTS, 12.0, 1.0),
        (NOTHING_ELSE, 8.0, 1.0),
    ],
)
def test_the_exact_posterior_by_brute_force(
    rows: list[tuple[int, int, int, int]], mean_sd: float, scale: float
) -> None:
    """Also where one arm never has an event, so that only the prior ends the posterior, far from any correction."""
    reach = 4.5 * mean_sd + 4 * scale
    mu, tau = np.linspace(-reach, reach, 401), np.linspace(0.02, 5, 150) * scale
    theta = np.linspace(-reach - 6 * scale, reach + 6 * scale, 3001)
    each = []
    for a, n1, c, n0 in rows:
        ways = {j: math.comb(n1, j) * math.comb(n0, a + c - j) for j in range(max(0, a + c - n0), min(n1, a + c) + 1)}
        each.append(1.0 / sum(way / ways[a] * np.exp((j - a) * theta) for j, way in ways.items()))
    weight = np.zeros((len(mu), len(tau)))
    for k, t in enumerate(tau):
        normal = np.exp(-0.5 * ((theta[None] - mu[:, None]) / t) ** 2)
        normal /= normal.sum(axis=1, keepdims=True)
        weight[:, k] = np.prod([normal @ one for one in each], axis=0) * np.exp(-0.5 * (t / scale) ** 2)
    by_mean = weight.sum(axis=1) * np.exp(-0.5 * (mu / mean_sd) ** 2)
    by_mean /= by_mean.sum()
    ours = pool_exact(tables(rows), Priors(mean_sd=mean_sd, tau_source_scale=scale))
    # The brute grid has some 200 steps in what the posterior holds: two digits.
    assert ours.mean == pytest.approx(float(by_mean @ mu), rel=0.01)
    assert ours.sd == pytest.approx(float(by_mean @ (mu - by_mean @ mu) ** 2) ** 0.5, rel=0.01)


def tables(rows: list[tuple[int, int, int, int]]) -> TwoByTwo:
    events, items, events_baseline, items_baseline = np.array(rows).T
    return TwoByTwo(events=events, items=items, events_baseline=events_baseline, items_baseline=items_baseline)


@pytest.mark.parametrize(("rows", "one_ended"), [(BOTH_SIDES, False), (NO_EVENTS, True), (NOTHING_ELSE, True)])
def test_where_one_arm_never_has_an_event_only_one_end_is_told(
    rows: list[tuple[int, int, int, int]], one_ended: bool
) -> None:
    assert tables(rows).one_ended() is one_ended
    assert tables([(c, n0, a, n1) for a, n1, c, n0 in rows]).one_ended() is one_ended
    assert tables([*rows, (0, 30, 0, 30)]).one_ended() is one_ended
    if one_ended:  # corrected estimates are no figures that a prior could contradict
        assert pool_exact(tables(rows), Priors()).conflict is None


def test_a_likelihood_of_thousands_of_outcomes_is_a_probability_too() -> None:
    """Of 4,081 outcomes it is taken as normal; at an odds ratio of 1 it is C(n, a) C(n, m - a) / C(2 n, m)."""
    n, a, c = 4_100, 2_070, 2_050
    ways = math.log(math.comb(n, a)) + math.log(math.comb(n, c)) - math.log(math.comb(2 * n, a + c))
    found = log_likelihood(tables([(a, n, c, n)]), np.array([0.0]), np.array([0.0]))
    assert found[0, 0] == pytest.approx(ways, abs=1e-3)


def test_a_spread_that_does_not_fit_says_nothing_against_the_mean() -> None:
    found = pool([5.0, -5.0, 0.0, 2.0], [0.1] * 4).conflict
    assert found is not None
    assert found.mean_sd == Priors().mean_sd
    assert found.tau_scale > 2.0


@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM"])
def test_defaults_are_weak_against_real_figures(measure: str) -> None:
    known = reference(measure)
    y, se = column(known, "y"), column(known, "v") ** 0.5
    named = {"MD": "MD", "SMD": "SMD", "ROM": "log-ratio"}[measure]
    ours = pool(y, se, priors=priors_for(named, y, se))  # type: ignore[arg-type]
    assert ours.conflict is None
    # Nine trials: a weak prior moves the mean by less than a third of its standard error.
    assert ours.mean == pytest.approx(known["REML mean"], abs=known["REML se"] / 3)


def test_one_spread_has_one_half_normal_prior() -> None:
    """Against a grid of its own: k = 3, log marginal likelihood of (mu, tau) summed on 800 x 2000 points."""
    y, se = np.array([0.4, 0.2, 0.3]), np.array([0.1, 0.1, 0.1])
    tau = (np.arange(800) + 0.5) * (3.0 / 800)
    mu = np.linspace(-3, 3, 2001)
    variance = se[:, None] ** 2 + tau[None] ** 2
    log_likelihood_ = sum(
        -0.5 * (y[i] - mu[:, None]) ** 2 / variance[i][None] - 0.5 * np.log(variance[i])[None] for i in range(3)
    )
    log_posterior = log_likelihood_ - 0.5 * (mu[:, None] / 1.5) ** 2 - 0.5 * (tau / 0.5)[None] ** 2
    mass = np.exp(log_posterior - log_posterior.max())
    mass /= mass.sum()
    for ours in (pool(y, se), pool(y, se, ["a", "b", "c"])):
        by_mean, by_tau = np.cumsum(mass.sum(axis=1)), np.cumsum(mass.sum(axis=0))
        # Steps of 0.003 in mu and 0.004 in tau.
        assert ours.interval.low == pytest.approx(float(np.interp(0.025, by_mean, mu)), abs=0.005)
        assert ours.interval.high == pytest.approx(float(np.interp(0.975, by_mean, mu)), abs=0.005)
        assert ours.tau.median == pytest.approx(float(np.interp(0.5, by_tau, tau)), abs=0.005)
        assert ours.tau.high == pytest.approx(float(np.interp(0.975, by_tau, tau)), abs=0.01)
        assert ours.tau_source is None and ours.tau_record is None


def test_the_total_spread_of_three_levels_by_drawing() -> None:
    rng = np.random.default_rng(3)
    source = np.repeat(np.arange(8), 4)
    y = 0.4 * rng.normal(size=8)[source] + 0.3 * rng.normal(size=32) + 0.1 * rng.normal(size=32)
    ours = pool(y, np.full(32, 0.1), source)
    assert ours.tau_source is not None and ours.tau_record is not None
    # The total is no less than either part, and no more than both parts at their upper ends.
    assert ours.tau.median >= max(ours.tau_source.median, ours.tau_record.median) - 1e-6
    assert ours.tau.high <= math.hypot(ours.tau_source.high, ours.tau_record.high)
    assert ours.i2 == pytest.approx(ours.i2_source + ours.i2_record)  # type: ignore[operator]


RAW = [
    ([10.0, 50, 30, 20, 60, 40], [10.0, 10, 12, 9, 20, 10], (32.5, 7.1)),
    ([-25.0, -31, -28], [8.0, 9, 7], (-27.8, 4.5)),
    ([1e6, 1e6 + 20, 1e6 - 10, 1e6 + 5, 1e6 + 30, 1e6 + 60, 1e6 + 70, 1e6 + 105], [10.0] * 8, (1_000_035, 14.0)),
]


@pytest.mark.parametrize(("y", "se", "metafor"), RAW)
def test_raw_units_contradict_the_default_and_suit_their_own(
    y: list[float], se: list[float], metafor: tuple[float, float]
) -> None:
    found = pool(y, se).conflict
    assert found is not None and found.grave
    fitting = Priors(mean_sd=found.mean_sd, tau_source_scale=found.tau_scale, tau_record_scale=found.tau_scale)
    for priors in (fitting, priors_for("MD", np.array(y), np.array(se))):
        ours = pool(y, se, priors=priors)
        assert ours.conflict is None
        # REML by metafor; a weak prior of the spread of few figures leaves half a standard error of room.
        assert ours.mean == pytest.approx(metafor[0], abs=metafor[1] / 2)


@given(
    centre=st.floats(-2.0, 2.0),
    figures=st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=8, unique=True),
)
def test_figures_of_usual_size_are_not_warned_of(centre: float, figures: list[float]) -> None:
    assert pool([centre + one for one in figures], [0.2] * len(figures)).conflict is None


def test_copies_are_counted() -> None:
    assert pool([0.3] * 10, [0.2] * 10).repeats == 9
    assert pool([0.3, 0.3, 0.4], [0.2, 0.1, 0.2]).repeats == 0
