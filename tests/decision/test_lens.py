"""Lenses and profiles as readers write them: what is accepted, what is refused and how, what scores mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from decision.stand_ins import EFFECT, SETTINGS, VALUE, appraisal, normal, technique
from tierproof.decision.ranking.lens import TIERS, Thresholds, lens_from, minimal_score, score, scored_outcomes, tier_of
from tierproof.decision.reader.profile import Profile, profile_from, with_settings
from tierproof.errors import InputError

TABLE: dict[str, Any] = {
    "id": "mine",
    "name": "Mine",
    "summary": "What I care for.",
    "score": "effect",
    "weights": {"quality": 1},
    "thresholds": {"S": 0.4, "A": 0.2, "B": 0.1, "C": 0},
}


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"thresholds": {"S": 0.1, "A": 0.2, "B": 0.1, "C": 0}}, "thresholds", "contradict"),
        ({"thresholds": {"S": 0.2, "A": 0.2, "B": 0.1, "C": 0}}, "thresholds", "contradict"),
        ({"thresholds": {"S": 0.4, "A": 0.2, "B": 0.1}}, "thresholds.C", "missing"),
        ({"thresholds": {"S": float("nan"), "A": 0.2, "B": 0.1, "C": 0}}, "thresholds", ""),
        ({"weights": {}}, "weights", "no outcome has a weight"),
        ({"weights": {"quality": 0}}, "weights", "no outcome has a weight"),
        ({"weights": {"quality": -1}}, "weights.quality", ""),
        ({"weights": {"beauty": 1}}, "weights.beauty", ""),
        ({"score": "net_benefit"}, "weights", "prices"),
        ({"score": "vibes"}, "score", ""),
        ({"colour": "red"}, "colour", "unknown field"),
        ({"name": 3}, "name", ""),
    ],
)
def test_a_lens_that_cannot_be_used_is_refused_with_place_and_remedy(
    change: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        lens_from(TABLE | change, file=Path("mine.toml"))
    (problem, *_) = caught.value.problems
    assert (problem.field or "").startswith(field)
    assert message in problem.message
    assert problem.file == Path("mine.toml")


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        profile_from({"horizon": 3, "baseline_success": 7, "cost_per_request": "dear"})
    assert {problem.field for problem in caught.value.problems} == {"horizon", "baseline_success", "cost_per_request"}
    assert "did you mean 'horizon_months'?" in str(caught.value)


@pytest.mark.parametrize(
    "table",
    [
        {"baseline_success": 1.0},
        {"baseline_success": 0},
        {"value_per_success": float("inf")},
        {"requests_per_month": 0},
        {"horizon_months": -1},
        {"latency_seconds": float("nan")},
        {"value_per_success": 0, "cost_per_request": 0, "latency_price": 0},
    ],
)
def test_impossible_profiles_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        profile_from(table)


def test_settings_apply_in_order_on_top_of_a_profile() -> None:
    base = profile_from({"value_per_success": 2, "name": "ours"})
    changed = with_settings(base, ["horizon_months = 6", "requests_per_month=1_000_000", "horizon_months=18"])
    assert changed == structs.replace(base, horizon_months=18.0, requests_per_month=1_000_000.0)
    assert with_settings(base, []) == base
    assert with_settings(base, ["name=theirs"]).name == "theirs"


@pytest.mark.parametrize("setting", ["horizon_months", "=3", "horizon_months=", "horizon_months=soon", "unheard=1"])
def test_settings_that_cannot_be_read_are_refused(setting: str) -> None:
    with pytest.raises(InputError) as caught:
        with_settings(Profile(), [setting])
    assert caught.value.problems[0].remedy


def saved(ratio: np.ndarray) -> np.ndarray:
    """Share of the larger of the two amounts: 1 - k where less is needed, 1 / k - 1 where more is."""
    return np.where(ratio <= 1, 1 - ratio, 1 / ratio - 1)


def test_no_row_is_decided_by_the_shape_of_a_penalty() -> None:
    """Time six times as long costs 5/6 of its weight, a thousandfold hardly more; undoing it gives the same back."""
    lens = structs.replace(EFFECT, weights={"latency": 0.1})
    scores = [
        float(np.median(score(lens, appraisal([technique("x")], [normal("x", "latency", theta, 1e-9)]), "x")))
        for theta in np.log([6.0, 1000.0, 1 / 6])
    ]
    assert scores == pytest.approx([-0.1 * 5 / 6, -0.0999, 0.1 * 5 / 6], rel=1e-6)


def test_scores_are_what_the_weights_say() -> None:
    known = [normal("x", "quality", 0.5, 0.4), normal("x", "latency", -0.4, 0.2), normal("x", "throughput", 0.7, 0.1)]
    made = appraisal([technique("x")], known, Profile(baseline_success=0.6))
    lens = structs.replace(EFFECT, weights={"quality": 1.0, "latency": 0.3, "throughput": 0.5})
    expected = (
        made.failures_removed("x")
        + 0.3 * saved(made.ratio("x", "latency"))
        + 0.5 * saved(1 / made.ratio("x", "throughput"))
    )
    assert np.allclose(score(lens, made, "x"), expected)
    assert scored_outcomes(lens) == ("quality", "throughput", "latency")
    assert np.allclose(score(VALUE, made, "x") * made.yardstick, made.net_benefit("x"))


def test_a_minimal_loss_in_each_lens_unit() -> None:
    profile = Profile(baseline_success=0.5, value_per_success=1.0, cost_per_request=0.1, latency_price=0.0)
    made = appraisal([technique("x")], [normal("x", "quality", -0.1, 1e-9)], profile)
    for lens in (EFFECT, VALUE):
        margin = minimal_score(lens, profile, SETTINGS.minimal_difference, made.yardstick)
        # A technique that loses exactly the minimal difference of quality, 0.1 in log odds, scores exactly minus that.
        assert margin == pytest.approx(-float(score(lens, made, "x").mean()), rel=1e-6)
    slow = structs.replace(EFFECT, weights={"latency": 2.0})
    assert minimal_score(slow, profile, SETTINGS.minimal_difference, 1.0) == pytest.approx(-2 * np.expm1(-0.1))


@settings(max_examples=200)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4, unique=True).map(
        lambda limits: sorted(limits, reverse=True)
    ),
    st.floats(-1e7, 1e7),
    st.floats(0, 1e6),
)
def test_tiers_rise_with_the_score(limits: list[float], value: float, more: float) -> None:
    thresholds = Thresholds(**dict(zip(TIERS, limits, strict=False)))
    assert TIERS.index(tier_of(thresholds, value + more)) <= TIERS.index(tier_of(thresholds, value))
    for tier, limit in zip(TIERS, limits, strict=False):
        assert tier_of(thresholds, limit) == tier


def test_what_relative_net_benefit_is_relative_to() -> None:
    # The system nets 100,000 x (0.07 - 0.005 - 0.001) = 6,400 a month by default; with worthless successes its spending
    # of 600 is what savings are shares of.
    rich = appraisal([technique("x")], [], Profile())
    assert (rich.baseline_net, rich.yardstick) == pytest.approx((6400, 6400))
    poor = appraisal([technique("x")], [], Profile(value_per_success=0))
    assert (poor.baseline_net, poor.yardstick) == pytest.approx((-600, 600))
