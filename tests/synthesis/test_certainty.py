"""Certainty: each domain takes levels off for its own reason, and says so with numbers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from synthesis.made import SETTINGS, effect, technique, world
from tierproof.evidence.effect import Effect
from tierproof.synthesis import Certainty, Context, synthesise
from tierproof.synthesis.certainty import asymmetry

GOOD = world(np.random.default_rng(1), mean=0.8, tau_source=0.05, tau_record=0.05, sources=12)
"""Twelve independent sources that agree on a clear gain."""


def certainty(effects: list[Effect], context: Context | None = None, minimal: float = 0.08) -> Certainty:
    settings = msgspec.structs.replace(SETTINGS, minimal_difference={"quality": minimal})
    return synthesise(effects, {"t": technique()}, settings, context or Context()).posteriors["t", "quality"].certainty


def levels(found: Certainty) -> dict[str, int]:
    return {domain.name: domain.levels for domain in found.domains}


def test_agreeing_independent_precise_evidence_is_certain() -> None:
    found = certainty(GOOD)
    assert found.level == "high"
    assert set(levels(found).values()) == {0}
    assert len(found.domains) == 5
    assert all(any(character.isdigit() for character in domain.reason) for domain in found.domains)


def test_interested_sources_are_a_risk_of_bias() -> None:
    authors = world(np.random.default_rng(1), mean=0.8, tau_source=0.05, tau_record=0.05, sources=12, interested=10)
    assert levels(certainty(authors))["risk of bias"] == 1
    few = world(np.random.default_rng(1), mean=0.8, tau_source=0.05, tau_record=0.05, sources=12, interested=3)
    assert levels(certainty(few))["risk of bias"] == 0


def test_contradicting_sources_are_inconsistent() -> None:
    split = [effect(0.9 if k % 2 else -0.8, 0.05, source=f"s{k}") for k in range(10)]
    assert levels(certainty(split))["inconsistency"] == 2


def test_spread_below_the_minimal_difference_is_no_inconsistency() -> None:
    nothing = world(np.random.default_rng(2), mean=0.0, tau_source=0.01, tau_record=0.01, sources=12, records=40)
    found = certainty(nothing)
    assert levels(found)["inconsistency"] == 0
    assert levels(found)["imprecision"] == 0  # surely no effect is as precise as surely a gain


def test_few_sources_are_imprecise() -> None:
    one = [effect(0.8, 0.05, number=k) for k in range(20)]
    found = certainty(one)
    assert levels(found)["imprecision"] >= 1
    assert "only 1 source" in next(d.reason for d in found.domains if d.name == "imprecision")


def test_a_wide_interval_is_imprecise() -> None:
    assert levels(certainty([effect(0.1, 1.0, source=f"s{k}") for k in range(5)]))["imprecision"] == 2


@pytest.mark.parametrize(
    ("fields", "context", "taken"),
    [
        ({"task_family": "math"}, Context(task_family="code"), 1),
        ({"task_family": "math"}, Context(task_family="math"), 0),
        ({"params_b": 7.0}, Context(params_b=400.0), 1),
        ({"params_b": 7.0}, Context(params_b=8.0), 0),
        ({}, Context(params_b=8.0), 1),
        ({"setting": "lab"}, Context(include_lab=True), 1),
        ({"year": 2020}, Context(as_of=(2026, 1)), 1),
        ({"year": 2020}, Context(as_of=(2021, 1)), 0),
        ({"year": 2020, "setting": "lab"}, Context(as_of=(2026, 1), include_lab=True), 2),
    ],
)
def test_evidence_of_another_setting_is_indirect(fields: dict[str, object], context: Context, taken: int) -> None:
    made = world(np.random.default_rng(1), mean=0.8, tau_source=0.05, tau_record=0.05, sources=12, **fields)
    assert levels(certainty(made, context))["indirectness"] == taken


def test_small_sources_that_report_more_point_to_missing_ones() -> None:
    rng = np.random.default_rng(3)
    skewed = [
        effect(float(0.2 + 2.5 * se + 0.3 * se * rng.normal()), float(se), source=f"s{k}")
        for k, se in enumerate(np.linspace(0.02, 0.5, 14))
    ]
    found = certainty(skewed)
    assert levels(found)["publication bias"] == 1
    assert "less precise sources report better figures" in found.domains[-1].reason


def test_levels_add_up_and_end_at_very_low() -> None:
    worst = [
        effect(1.0, 0.8, selection="picked", independence="vendor", year=2015),
        effect(-1.0, 0.8, source="s2", year=2025),
    ]
    assert certainty(worst).level == "very low"


def test_asymmetry_of_equally_precise_sources_is_nothing() -> None:
    assert asymmetry(np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.2, 0.2]))[0] == 0.0


def test_asymmetry_never_claims_less_spread_than_chance_has() -> None:
    """Perfectly straight points would give an error of zero; the dispersion is held at 1."""
    se = np.array([0.1, 0.2, 0.3, 0.4])
    slope, error = asymmetry(1.0 + 2.0 * se, se)
    assert slope == pytest.approx(2.0, abs=1e-9)
    assert error > 0.5
