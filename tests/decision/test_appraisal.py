"""Net benefit against closed forms and a published economic evaluation; what must rise with what."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from scipy import integrate, stats

from decision.stand_ins import EFFECT, VALUE, appraisal, fixed, normal, technique
from tierproof.decision.appraisals.appraisal import failures_removed, interval_of, one_off_usd, triangular
from tierproof.decision.appraisals.cost_effectiveness import cost_effectiveness
from tierproof.decision.appraisals.draws import LEVELS
from tierproof.decision.ranking.tiers import tier_table
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.technique import Assumption, Effort

PROFILE = Profile(
    baseline_success=0.7,
    value_per_success=0.2,
    cost_per_request=0.01,
    latency_seconds=4.0,
    latency_price=0.001,
    requests_per_month=300_000,
    horizon_months=12,
    engineer_day_usd=800,
)


@pytest.mark.parametrize(("mean", "sd", "p0"), [(0.4, 0.3, 0.7), (-0.2, 1.2, 0.55), (1.5, 0.8, 0.97), (0.0, 2.0, 0.05)])
def test_expected_successes_against_quadrature(mean: float, sd: float, p0: float) -> None:
    made = appraisal(
        [technique("x")], [normal("x", "quality", mean, sd)], structs.replace(PROFILE, baseline_success=p0)
    )
    logit = math.log(p0 / (1 - p0))
    p1, _ = integrate.quad(
        lambda t: stats.norm.pdf(t, mean, sd) / (1 + math.exp(-logit - t)), mean - 9 * sd, mean + 9 * sd
    )
    # scipy's quad is good to 1e-8; the midpoint rule on 2,048 levels was off by 0.02 percent at most.
    assert made.successes("x").mean() / 300_000 == pytest.approx(p1 - p0, rel=5e-4, abs=1e-6)


def held_lognormal_mean(mean: float, sd: float) -> float:
    """E exp(X) of X ~ N(mean, sd^2) held within its 90 % interval: the lognormal's mean of what lies within, by
    completing the square, and 5 percent at either end."""
    z = stats.norm.ppf(0.95)
    inside = math.exp(mean + sd**2 / 2) * (stats.norm.cdf(z - sd) - stats.norm.cdf(-z - sd))
    return float(inside + 0.05 * (math.exp(mean - z * sd) + math.exp(mean + z * sd)))


@pytest.mark.parametrize("sd", [0.4, 1.0, 3.0])
def test_expected_costs_against_a_closed_form(sd: float) -> None:
    made = appraisal([technique("x")], [normal("x", "cost", -0.3, sd), normal("x", "latency", 0.2, sd)], PROFILE)
    # The ends lie between two of 2,048 levels, of which the outer counts: a level is 0.0043 sd
    # there, so the ends are 1.3 percent off at sd 3, and the mean, half of which they carry, 0.6 percent.
    assert made.ratio("x", "cost").mean() == pytest.approx(held_lognormal_mean(-0.3, sd), rel=1e-2)
    parts = made.parts("x")
    assert parts["cost"].mean() == pytest.approx(-3000 * (made.ratio("x", "cost").mean() - 1))
    assert parts["latency"].mean() == pytest.approx(-1200 * (held_lognormal_mean(0.2, sd) - 1), rel=1e-2)
    assert parts["quality"].mean() == 0.0  # nothing known of quality: no effect
    assert np.allclose(made.net_benefit("x"), sum(parts.values()))


def test_costs_beyond_what_anyone_would_pay_do_not_decide() -> None:
    """A cost ratio of N(0, 3^2) on the log scale has a mean of 90 and a median of 1.  Held, the mean is inside of the
    90 % interval, whose ends and middle stay; quality keeps its tails."""
    made = appraisal([technique("x")], [normal("x", "cost", 0.0, 3.0), normal("x", "quality", 0.0, 3.0)], PROFILE)
    cost = made.interval("x", "cost")
    # Quantiles of the normal; draws stand for them to 0.01 sd.
    assert (cost.low, cost.median, cost.high) == pytest.approx((-3 * 1.6449, 0.0, 3 * 1.6449), abs=0.03)
    assert math.exp(cost.low) < made.ratio("x", "cost").mean() < math.exp(cost.high) / 5
    assert interval_of(made.theta("x", "cost")).high == pytest.approx(cost.high, abs=0.02)
    assert np.abs(made.theta("x", "cost")).max() < 3 * 1.66 < 3 * 3.2 < np.abs(made.theta("x", "quality")).max()
    joint = made.given({("x", "cost"): 2.0 * made.theta("x", "quality")})
    assert np.abs(joint.theta("x", "cost")).max() < 2 * 3 * 1.66  # whatever depends on what
    assert np.array_equal(
        made.given({("x", "cost"): made.theta("x", "cost")}).theta("x", "cost"), made.theta("x", "cost")
    )


def test_net_benefit_by_hand() -> None:
    # All fixed: theta takes 0.7 to expit(logit 0.7 + ln 2) = 14/17, cost falls to a half, latency to a quarter.
    effort = Effort(engineer_days=fixed(9), weeks=fixed(2), one_off_usd=fixed(2400), running_usd_month=fixed(150))
    known = [normal("x", outcome, value, 1e-9) for outcome, value in
             (("quality", math.log(2)), ("cost", math.log(0.5)), ("latency", math.log(0.25)))]  # fmt: skip
    made = appraisal([technique("x", effort=effort)], known, PROFILE)
    successes = 300_000 * (14 / 17 - 0.7)
    expected = 0.2 * successes + 3000 * 0.5 + 1200 * 0.75 - 150 - (9 * 800 + 2400) / 12
    assert made.net_benefit("x") == pytest.approx(np.full(2048, expected), rel=1e-6)
    assert made.baseline_net == pytest.approx(300_000 * (0.14 - 0.01 - 0.004))
    assert made.spending == pytest.approx(4200)
    assert one_off_usd(technique("x", effort=effort), PROFILE) == 9 * 800 + 2400


def test_a_published_evaluation() -> None:
    """Zidovudine with lamivudine against zidovudine: 50,602 against 44,663 pounds, 8.937 against 7.991 life years, so
    6,276 pounds a life year gained.

    J. V. Chancellor et al., PharmacoEconomics 12 (1997) 54-66, as worked out in A. Briggs, K. Claxton and M. Sculpher,
    "Decision Modelling for Health Economic Evaluation" (2006), exercise 2.5.
    """
    extra_cost, extra_years = 50_602 - 44_663, 8.937 - 7.991
    # A life year is a success here: two requests at p0 = 0.5 leave one success to gain, of which 0.946 is gained.
    theta = math.log((1 + extra_years) / (1 - extra_years))
    profile = Profile(
        baseline_success=0.5,
        value_per_success=10_000,
        cost_per_request=0,
        latency_price=0,
        requests_per_month=2,
        engineer_day_usd=0,
    )
    effort = Effort(engineer_days=fixed(0), weeks=fixed(0), running_usd_month=fixed(extra_cost))
    made = appraisal([technique("x", effort=effort)], [normal("x", "quality", theta, 1e-9)], profile)
    plane = cost_effectiveness(made, "x")
    assert plane.quadrant == "costs more, gains more"
    # The published ratio comes of unrounded means; three digits of life years leave 0.1 percent.
    assert plane.ratio == pytest.approx(6276, rel=1e-3)
    assert made.net_benefit("x").mean() == pytest.approx(10_000 * extra_years - extra_cost, rel=1e-6)
    for value, pays in ((6000, False), (6600, True)):
        assert (made.under(structs.replace(profile, value_per_success=value)).net_benefit("x").mean() > 0) == pays


@pytest.mark.parametrize(
    ("quality", "cost", "quadrant"),
    [
        (0.5, -0.5, "dominant"),
        (-0.5, 0.5, "dominated"),
        (0.5, 0.5, "costs more, gains more"),
        (-0.5, -0.5, "costs less, gains less"),
    ],
)
def test_quadrants(quality: float, cost: float, quadrant: str) -> None:
    made = appraisal(
        [technique("x")], [normal("x", "quality", quality, 0.01), normal("x", "cost", cost, 0.01)], PROFILE
    )
    plane = cost_effectiveness(made, "x")
    assert plane.quadrant == quadrant
    assert (plane.ratio is None) == (quadrant in {"dominant", "dominated"})
    assert plane.p_dominant == float(quadrant == "dominant")
    assert plane.p_dominated == float(quadrant == "dominated")
    if plane.ratio is not None:
        # The ratio is the value of a success at which adopting and not adopting are worth the same.
        even = made.under(structs.replace(PROFILE, value_per_success=plane.ratio))
        assert even.net_benefit("x").mean() == pytest.approx(0.0, abs=1e-6 * abs(plane.extra_cost))


@pytest.mark.parametrize(("low", "mode", "high"), [(0, 2, 8), (-1, -1, 3), (0, 5, 5), (2, 2, 2)])
def test_triangular_against_scipy(low: float, mode: float, high: float) -> None:
    drawn = triangular(Assumption(low=low, mode=mode, high=high), LEVELS)
    if high > low:
        expected = stats.triang((mode - low) / (high - low), loc=low, scale=high - low).ppf(LEVELS)
        assert np.allclose(drawn, expected, atol=1e-12)
    else:
        assert np.array_equal(drawn, np.full_like(LEVELS, mode))


def test_failures_removed_keeps_its_digits() -> None:
    # At p0 = 1 - 1e-9 the formula (p1 - p0) / (1 - p0) keeps seven digits; an odds ratio of 2 halves failures but for
    # one part in 1e9.
    assert float(failures_removed(1 - 1e-9, np.asarray(math.log(2)))) == pytest.approx(0.5, rel=1e-8)
    assert float(failures_removed(0.7, np.asarray(1e-12))) == pytest.approx(0.7e-12, rel=1e-9)
    assert float(failures_removed(0.7, np.asarray(-math.inf))) == pytest.approx(-7 / 3, rel=1e-6)


def test_interval_is_of_the_draws() -> None:
    interval = interval_of(LEVELS)
    assert (interval.low, interval.median, interval.high) == pytest.approx((0.05, 0.5, 0.95), abs=1e-3)


effects = st.tuples(
    st.floats(-3, 3), st.floats(0.01, 2), st.floats(-3, 3), st.floats(0.01, 2), st.floats(-3, 3), st.floats(0.01, 2)
)
profiles = st.builds(
    Profile,
    baseline_success=st.floats(1e-6, 1 - 1e-6),
    value_per_success=st.floats(1e-6, 1e6),
    cost_per_request=st.floats(0, 1e4),
    latency_seconds=st.floats(1e-3, 1e4),
    latency_price=st.floats(0, 10),
    requests_per_month=st.floats(1, 1e10),
    horizon_months=st.floats(0.1, 240),
    engineer_day_usd=st.floats(0, 1e5),
)


@settings(max_examples=40)
@given(effects, profiles, st.floats(1.0, 10.0))
def test_what_net_benefit_rises_with(numbers: tuple[float, ...], profile: Profile, factor: float) -> None:
    known = [
        normal("x", outcome, numbers[2 * k], numbers[2 * k + 1])
        for k, outcome in enumerate(("quality", "cost", "latency"))
    ]
    effort = Effort(engineer_days=Assumption(low=0, mode=3, high=20), weeks=fixed(1))
    made = appraisal([technique("x", effort=effort)], known, profile)
    before = made.net_benefit("x")
    slack = 1e-9 * (1 + np.abs(before).max())
    dearer = made.under(structs.replace(profile, value_per_success=profile.value_per_success * factor)).net_benefit("x")
    gains = made.successes("x") > 0
    assert np.all((dearer - before)[gains] >= -slack)
    assert np.all((dearer - before)[~gains] <= slack)
    longer = made.under(structs.replace(profile, horizon_months=min(profile.horizon_months * factor, 1200)))
    assert np.all(longer.net_benefit("x") - before >= -slack)
    cheaper = made.under(structs.replace(profile, engineer_day_usd=profile.engineer_day_usd / factor))
    assert np.all(cheaper.net_benefit("x") - before >= -slack)
    # More of the same business: everything but effort grows in proportion.
    larger = made.under(structs.replace(profile, requests_per_month=profile.requests_per_month * factor))
    assert np.allclose(
        larger.net_benefit("x") + made.effort("x"), factor * (before + made.effort("x")), rtol=1e-9, atol=slack * factor
    )


@settings(max_examples=40)
@given(effects, profiles)
def test_nothing_on_a_screen_is_not_a_number(numbers: tuple[float, ...], profile: Profile) -> None:
    known = [
        normal("x", outcome, 10 * numbers[2 * k], 10 * numbers[2 * k + 1])
        for k, outcome in enumerate(("quality", "cost", "latency"))
    ]
    made = appraisal([technique("x"), technique("y")], known, profile)
    for lens in (EFFECT, VALUE):
        for row in tier_table(made, lens).rows:
            shown = [
                *(part for i in (row.score, row.failures_removed, row.net_benefit, row.net_benefit_relative)
                  for part in (i.median, i.low, i.high)),
                row.p_tier, row.p_harm, row.evpi, row.evpi_choice, row.net_benefit_mean,
                row.cost_effectiveness.extra_cost, row.cost_effectiveness.ratio or 0.0,
                *row.tier_probabilities.values(),
            ]  # fmt: skip
            assert np.all(np.isfinite(shown))
            assert sum(row.tier_probabilities.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(("cost", "quadrant"), [(-0.5, "costs less, as good"), (0.5, "costs more, as good")])
def test_no_ratio_is_told_of_successes_that_stay_what_they_are(cost: float, quadrant: str) -> None:
    """A mean of -0.001 with an sd of 0.01 is within the minimal difference: cost over next to nothing says nothing."""
    known = [normal("x", "quality", -0.001, 0.01), normal("x", "cost", cost, 0.01)]
    plane = cost_effectiveness(appraisal([technique("x")], known, PROFILE), "x")
    assert (plane.quadrant, plane.ratio) == (quadrant, None)
