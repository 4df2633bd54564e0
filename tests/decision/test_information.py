"""The value of information: closed forms, limits, and what must not happen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from scipy import stats

from decision.stand_ins import appraisal, fixed, normal, technique
from tierproof.decision.appraisals.appraisal import Appraisal
from tierproof.decision.reader.profile import Profile
from tierproof.decision.worth.information import evpi, evpi_of_choice, evppi_of_choice
from tierproof.decision.worth.sampling import (
    chance_settled,
    chance_to_decide,
    evsi,
    sample_size_for,
    sample_size_to_decide,
    standard_error,
)
from tierproof.evidence.technique import Effort

LEVELS = (np.arange(2048) + 0.5) / 2048


def normal_evpi(mean: float, sd: float) -> float:
    """E max(X, 0) - max(E X, 0) of X ~ N(mean, sd^2): sd times the unit normal loss at |mean| / sd (Raiffa and
    Schlaifer 1961, section 5.4)."""
    z = abs(mean) / sd
    return float(sd * (stats.norm.pdf(z) - z * stats.norm.sf(z)))


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (1.0, 1.0), (-2.0, 3.0), (5.0, 1.0)])
def test_evpi_of_a_normal_is_the_unit_normal_loss(mean: float, sd: float) -> None:
    # The midpoint rule cuts the normal off at 3.5 sd: an error below 1e-4 sd.
    assert evpi(mean + sd * stats.norm.ppf(LEVELS)) == pytest.approx(normal_evpi(mean, sd), abs=1e-4 * sd)


def test_evpi_by_hand() -> None:
    # Two options beside doing nothing, five futures: best of each future 12, 12, 20, 11, 14, mean 13.8; best mean 13.
    one, other = np.array([9.0, 12, 14, 11, 14]), np.array([12.0, 10, 20, 10, 13])
    assert evpi_of_choice([one, other]) == pytest.approx(0.8)
    # Knowing `one` alone: max(one, 13) = 13, 13, 14, 13, 14, mean 13.4.  Knowing `other` alone: max(other, 12), mean
    # 13.8, less the 13 that it gives anyway.
    assert evppi_of_choice({"one": one, "other": other}) == pytest.approx({"one": 0.4, "other": 0.8})
    assert evpi_of_choice([]) == 0.0
    assert evpi(np.array([-1.0, 3.0]) - 2.0) == pytest.approx(0.5)


def linear(mean: float, sd: float, effort: float = 0.0) -> Appraisal:
    """A technique whose net benefit is linear in theta as far as anyone can tell: 0.25 theta a success at p0 = 0.5."""
    profile = Profile(
        baseline_success=0.5,
        value_per_success=1.0,
        cost_per_request=0.0,
        latency_price=0.0,
        requests_per_month=4_000_000,
        horizon_months=10,
        engineer_day_usd=0,
    )
    running = Effort(engineer_days=fixed(0), weeks=fixed(0), running_usd_month=fixed(effort))
    return appraisal([technique("x", effort=running)], [normal("x", "quality", mean, sd)], profile)


@pytest.mark.parametrize("items", [100, 10_000, 1_000_000])
def test_evsi_of_a_normal(items: int) -> None:
    mean, sd = 0.01, 0.02
    made = linear(mean, sd)
    # Before the experiment its posterior mean is N(mean, sd^4 / (sd^2 + se^2)); at p0 = p1 = 0.5, correlation 1/2, one
    # item has variance 4 + 4 - 4 = 4.  Net benefit is 1e6 theta up to theta^3 / 12, which changes less than 1 percent.
    se = 2 / math.sqrt(items)
    assert standard_error("quality", items, p0=0.5, theta=0.0) == pytest.approx(se)
    expected = 1e6 * normal_evpi(mean, sd**2 / math.hypot(sd, se))
    # 512 effects and results on a net: 2 percent of the value, and some USD where hardly anything can be learnt.
    assert evsi(made, "x", items) == pytest.approx(expected, rel=0.02, abs=30)


@pytest.mark.parametrize("items", [100, 10_000, 1_000_000])
def test_evsi_against_another_choice(items: int) -> None:
    """The other nets N(0.005, 0.03^2) a million times over, independently: its mean counts, and no more than that."""
    mean, sd = 0.01, 0.02
    made = linear(mean, sd)
    other = 1e6 * stats.norm(0.005, 0.03).ppf(LEVELS[np.random.default_rng(1).permutation(len(LEVELS))])
    expected = 1e6 * normal_evpi(mean - 0.005, sd**2 / math.hypot(sd, 2 / math.sqrt(items)))
    # As above, and the regression's slope, whose error over 2,048 draws is 0.03 / 0.02 / sqrt(2048) = 3 percent.
    assert evsi(made, "x", items, made.net_benefit("x") - other) == pytest.approx(expected, rel=0.1, abs=50)
    assert evsi(made, "x", items, made.net_benefit("x")) == pytest.approx(evsi(made, "x", items), rel=0.01, abs=1)


def test_evsi_grows_to_evpi() -> None:
    effort = Effort(engineer_days=fixed(3), weeks=fixed(4))
    known = [normal("x", "quality", 0.5, 0.5), normal("x", "cost", 0.4, 0.5), normal("x", "latency", 0.3, 0.4)]
    made = appraisal([technique("x", effort=effort)], known, Profile())
    sizes = [1, 10, 100, 1000, 10_000, 10_000_000]
    worth = [evsi(made, "x", items) for items in sizes]
    assert worth == sorted(worth)
    assert worth[-1] > 3 * worth[0] > 0
    everything = evpi(made.net_benefit("x"))
    # The same integral over 512 groups instead of 2,048 points: within 2 percent.
    assert worth[-1] == pytest.approx(everything, rel=0.02)


def test_nothing_is_learnt_of_what_is_not_known_to_vary() -> None:
    made = appraisal([technique("x")], [], Profile())
    assert evsi(made, "x", 1000) == 0.0


def test_standard_error_of_paired_proportions() -> None:
    # Simulated pairs: with probability 1/2 both arms share one uniform number, else they are independent, which at
    # p0 = p1 makes the correlation of successes 1/2.
    # 400 experiments of 2,000 items: an sd from 400 is good to 3.5 percent.
    rng = np.random.default_rng(20)
    shared = rng.random((400, 2000)) < 0.5
    first, second = rng.random((400, 2000)), rng.random((400, 2000))
    baseline = (first < 0.7).mean(axis=1)
    treated = (np.where(shared, first, second) < 0.7).mean(axis=1)
    effects = np.log(treated / (1 - treated)) - np.log(baseline / (1 - baseline))
    assert effects.std() == pytest.approx(standard_error("quality", 2000, p0=0.7, theta=0.0), rel=0.1)
    assert standard_error("cost", 100, p0=0.7, theta=0.0) == pytest.approx(0.05)


def test_items_until_a_claim_is_settled() -> None:
    mean, sd, unit = 0.3, 0.4, 3.0
    theta = mean + sd * stats.norm.ppf(LEVELS)

    def exact(items: float) -> float:
        """P(|posterior mean| / posterior sd > z90), the posterior mean being normal before the experiment."""
        se = unit / math.sqrt(items)
        after, spread = sd * se / math.hypot(sd, se), sd**2 / math.hypot(sd, se)
        z = stats.norm.ppf(0.9) * after
        return float(stats.norm.sf((z - mean) / spread) + stats.norm.cdf((-z - mean) / spread))

    for items in (10, 100, 1000):
        assert chance_settled(theta, 0.0, unit / math.sqrt(items)) == pytest.approx(exact(items), abs=0.03)
    needed = sample_size_for(theta, 0.0, unit)
    assert needed is not None
    # The exact chance crosses 0.8 within a fifth of that size: it rises slowly there, by 0.03 from 0.8 n to 1.25 n.
    assert exact(needed * 1.25) >= 0.8 >= exact(needed / 1.25)
    assert sample_size_for(theta, -1.0, unit) == 0
    # Half of all effects lie so near the threshold, on both sides, that a million items cannot tell them apart.
    split = np.concatenate((theta, np.full(1024, 0.3 - 1e-6), np.full(1024, 0.3 + 1e-6)))
    assert sample_size_for(split, 0.3, unit) is None


def test_items_until_a_decision_is_settled() -> None:
    clear, open_ = linear(0.5, 0.01), linear(0.01, 0.05)
    assert sample_size_to_decide(clear, "x") == 0
    needed = sample_size_to_decide(open_, "x")
    assert needed is not None
    assert chance_to_decide(open_, "x", needed) >= 0.8 > chance_to_decide(open_, "x", needed / 2)
    # The gain is known, 497 USD a month; whether it pays is up to effort, which no experiment measures: 0 to 22 days
    # written off over a year cost less than that with probability 1 - (1 - 7.46 / 22)^2 = 0.56.
    effort = Effort(engineer_days=structs.replace(fixed(0), high=22), weeks=fixed(1))
    unsettled = appraisal([technique("x", effort=effort)], [normal("x", "quality", 0.25, 0.001)], Profile())
    assert sample_size_to_decide(unsettled, "x") is None


@settings(max_examples=25)
@given(st.floats(-1, 1), st.floats(0.01, 1.5), st.floats(-1, 1), st.floats(0.01, 1), st.integers(1, 10**6))
def test_sample_information_is_worth_something_but_less_than_perfect(
    quality: float, sd: float, cost: float, cost_sd: float, items: int
) -> None:
    known = [normal("x", "quality", quality, sd), normal("x", "cost", cost, cost_sd)]
    made = appraisal([technique("x")], known, Profile())
    worth = evsi(made, "x", items)
    scale = float(np.std(made.net_benefit("x")))
    assert 0.0 <= worth <= evpi(made.net_benefit("x"))
    assert evsi(made, "x", 4 * items) >= worth - 0.01 * scale
    assert 0 <= chance_to_decide(made, "x", items) <= 1
