"""Paired effects against statsmodels' values on the same data, and their power by simulation."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from tierproof.experiment.trials.paired import (
    Array,
    difference,
    exact_mcnemar,
    items_needed,
    log_odds_ratio,
    log_ratio,
)


class Reference(NamedTuple):
    """Cells: items that both arms got right, that the arm won, that it lost, that both got wrong.

    Made with statsmodels 0.15.0.  Log odds ratio and its standard error: GEE, binomial, independence working
    correlation, robust, the item as group.  p: stats.contingency_tables.mcnemar(exact=True).  Difference:
    DescrStatsW(treated - baseline).mean and .std_mean.
    """

    cells: tuple[int, int, int, int]
    ratio: float
    ratio_se: float
    p: float
    gap: float
    gap_se: float


REFERENCES = [
    # McNemar's classical example.
    Reference(
        (101, 59, 121, 33),
        *(-0.8426675920030364, 0.18129276216007698, 4.4344492637551645e-06, -0.19745222929936307, 0.041314697536707155),
    ),
    Reference((40, 12, 3, 25), 0.46875700535688414, 0.19658223095766866, 0.03515625, 0.1125, 0.04704478744044292),
    Reference((180, 15, 15, 90), 0.0, 0.08025238937804768, 1.0, 0.0, 0.018287923898986376),
    Reference((7, 5, 0, 3), 1.5198257537444124, 0.6099375455928331, 0.0625, 0.3333333333333333, 0.12598815766974242),
]
BASELINE_SECONDS = np.array([1.2, 0.8, 2.5, 1.1, 0.9, 3.0, 1.7, 0.6, 1.4, 2.2])
TREATED_SECONDS = np.array([1.9, 1.0, 3.1, 1.6, 1.5, 3.3, 2.9, 0.7, 1.8, 2.6])


def scores(both: int, won: int, lost: int, neither: int) -> tuple[Array, Array]:
    baseline = np.repeat([1.0, 0.0, 1.0, 0.0], [both, won, lost, neither])
    treated = np.repeat([1.0, 1.0, 0.0, 0.0], [both, won, lost, neither])
    return baseline, treated


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: str(reference.cells))
def test_effects_agree_with_statsmodels(reference: Reference) -> None:
    pairs = scores(*reference.cells)
    # The reference solves by iteration to 1e-12 or so; both are closed forms here.
    assert log_odds_ratio(*pairs).value == pytest.approx(reference.ratio, rel=1e-10, abs=1e-12)
    # Wider by as much as Student's interval of so few items is than the normal one, by scipy.
    few = stats.t.ppf(0.975, sum(reference.cells) - 1) / stats.norm.ppf(0.975)
    assert log_odds_ratio(*pairs).se == pytest.approx(reference.ratio_se * few, rel=1e-10)
    # Sums of lgamma differences lose a few digits against the reference's beta function.
    assert exact_mcnemar(*pairs) == pytest.approx(reference.p, rel=1e-9)
    assert difference(*pairs).value == pytest.approx(reference.gap, rel=1e-12)
    assert difference(*pairs).se == pytest.approx(reference.gap_se, rel=1e-12)


def test_the_log_ratio_agrees_with_statsmodels() -> None:
    # GEE, Poisson, independence, robust: 0.2811673914305871, 0.05469340287927976; the robust variance divides by n,
    # ours by n - 1.
    estimate = log_ratio(BASELINE_SECONDS, TREATED_SECONDS)
    assert estimate is not None
    assert estimate.value == pytest.approx(0.2811673914305871, rel=1e-10)
    # And wider for ten items, and for their skewness in both directions (Hall 1983), by scipy.
    z = stats.norm.ppf(0.975)
    influence = TREATED_SECONDS / TREATED_SECONDS.mean() - BASELINE_SECONDS / BASELINE_SECONDS.mean()
    skewed = 1 + abs(stats.skew(influence)) * (2 * z * z + 1) / 6 / z / math.sqrt(10)
    wider = math.sqrt(10 / 9) * stats.t.ppf(0.975, 9) / z * skewed
    assert estimate.se == pytest.approx(0.05469340287927976 * wider, rel=1e-10)
    assert log_ratio(np.zeros(3), np.ones(3)) is None


def test_graded_scores_pair_too() -> None:
    # For scores s the sandwich variance is that of the influences s / (p q), item by item: the definition, apart.
    rng = np.random.default_rng(5)
    baseline = rng.random(200)
    treated = np.clip(baseline + rng.normal(0.05, 0.2, 200), 0, 1)
    p0, p1 = baseline.mean(), treated.mean()
    influence = (treated - p1) / (p1 * (1 - p1)) - (baseline - p0) / (p0 * (1 - p0))
    se = math.sqrt((influence**2).sum()) / 200 * stats.t.ppf(0.975, 199) / stats.norm.ppf(0.975)
    assert log_odds_ratio(baseline, treated).se == pytest.approx(se, rel=1e-10)


def test_pairing_pays_where_arms_agree() -> None:
    pairs = scores(both=180, won=15, lost=15, neither=90)
    unpaired = math.sqrt(2 / (300 * 0.65 * 0.35))
    assert log_odds_ratio(*pairs).se < 0.5 * unpaired


@pytest.mark.parametrize("cells", [(20, 0, 0, 0), (0, 0, 0, 20), (0, 20, 0, 0), (19, 1, 0, 0), (10, 0, 0, 10)])
def test_ends_and_identical_arms_are_no_certainty(cells: tuple[int, int, int, int]) -> None:
    estimate = log_odds_ratio(*scores(*cells))
    assert math.isfinite(estimate.value)
    # Twenty items cannot settle a log odds ratio to a tenth.
    assert estimate.se > 0.1


def test_too_few_or_unpaired_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="paired"):
        difference(np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="paired"):
        log_odds_ratio(np.ones(3), np.ones(4))


def test_planned_items_have_the_planned_power() -> None:
    # Connor (1987) for a gain of 10 points, 25 % of items discordant, power 0.8.
    n = items_needed(0.10, 0.25, power=0.8)
    rng = np.random.default_rng(11)
    repetitions = 2000
    found = 0
    for _ in range(repetitions):
        won, lost, _ = rng.multinomial(n, [0.175, 0.075, 0.75])
        # The uncorrected McNemar statistic, which the formula plans for.
        found += (won - lost) ** 2 / (won + lost) > 1.959964**2
    # Three Monte Carlo standard errors (0.009 each) and the formula's own error of a point.
    assert found / repetitions == pytest.approx(0.8, abs=0.037)
    with pytest.raises(ValueError, match="discordant"):
        items_needed(0.3, 0.2)


def test_the_intervals_cover_as_stated() -> None:
    rng = np.random.default_rng(3)
    true = math.log(0.7 / 0.3) - math.log(0.6 / 0.4)
    repetitions, covered = 1500, 0
    for _ in range(repetitions):
        cells = rng.multinomial(200, [0.52, 0.18, 0.08, 0.22])
        low, high = log_odds_ratio(*scores(*map(int, cells))).interval(0.95)
        covered += low <= true <= high
    # Three Monte Carlo standard errors of 0.0056.
    assert covered / repetitions == pytest.approx(0.95, abs=0.017)


def test_effects_of_few_items_are_no_surer_than_few_items_are() -> None:
    """What becomes evidence is read as a normal estimate: at three items that lie close, and at a dozen skewed costs.

    Without Student's factor 76 % of the first hold the truth at 95 %, and 83 % of the third at n = 4.
    """
    rng = np.random.default_rng(4)
    held = np.zeros(3)
    for _ in range(400):
        base = rng.uniform(0.5, 0.7, 3)
        odds = log_odds_ratio(base, base + 0.05 + rng.normal(0.0, 0.01, 3))
        costs = rng.lognormal(0.0, 0.5, 12)
        cost = log_ratio(costs, 1.5 * costs * rng.lognormal(-0.02, 0.2, 12))
        times = rng.lognormal(0.0, 0.5, 4)
        time = log_ratio(times, 1.5 * times * rng.lognormal(-0.02, 0.2, 4))
        assert cost is not None and time is not None
        true = math.log(0.65 / 0.35) - math.log(0.6 / 0.4)
        for place, (one, truth) in enumerate(((odds, true), (cost, math.log(1.5)), (time, math.log(1.5)))):
            low, high = one.interval()
            held[place] += low <= truth <= high
    # 95 % of 400 are 380; the delta method itself leaves 94 %: three standard errors of 4.7.
    assert (held >= 362).all()


@pytest.mark.parametrize(("spread", "n"), [(1.0, 8), (1.5, 8), (1.5, 12), (1.5, 30), (2.0, 30)])
@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_the_ratio_of_costs_with_heavy_tails_holds_the_truth(spread: float, n: int, shared: float) -> None:
    """By the delta method alone 75 to 94 % of them do, the fewest where both costs rise together.

    The largest costs, on which the mean of a month depends, are those that few items have not met.
    """
    rng = np.random.default_rng([n, int(10 * spread), int(shared)])
    held = 0
    for _ in range(600):
        base = rng.normal(0.0, spread, n)
        own = base + rng.normal(-0.02, 0.2, n) if shared else rng.normal(0.0, spread, n)
        found = log_ratio(np.exp(base), 1.5 * np.exp(own))
        assert found is not None
        low, high = found.interval()
        held += low <= math.log(1.5) <= high
    # At least 95 % of 600, less three standard errors of 5.3.
    assert held >= 554


@pytest.mark.parametrize("gap", [0.0, 1.0])
def test_no_exception_in_n_items_is_no_certainty(gap: float) -> None:
    """The rule of three: the 95 % bound of a share of which n items show none is near 3 / n."""
    reach = difference(np.zeros(80), np.full(80, gap)).interval()[1] - gap
    assert reach == pytest.approx(3 / 80, rel=0.1)


def test_odds_of_graded_scores_that_hardly_differ_are_no_surer_than_of_right_or_wrong_ones() -> None:
    """What none of n items showed may be three in n: as evidence 0.3 points would else be certain of twenty items."""
    base = np.linspace(0.4, 0.9, 20)
    graded = log_odds_ratio(base, base + np.tile([0.003, -0.003], 10))
    # One item won and one lost, by hand: sqrt(2) / n in points, Student's t of 19 over the normal's.
    slope = 1 / (0.65 * 0.35)
    assert graded.se == pytest.approx(math.sqrt(2) / 20 * slope * stats.t.ppf(0.975, 19) / stats.norm.ppf(0.975))
