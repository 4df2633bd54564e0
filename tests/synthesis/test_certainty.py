"""Certainty: each domain takes levels off for its own reason, and says so with numbers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from synthesis.made import SETTINGS, effect, technique, world
from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Words
from tierproof.synthesis import Certainty, Context, synthesise
from tierproof.synthesis.trust.certainty import asymmetry

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


def test_a_wide_spread_on_one_side_of_zero_is_inconsistent() -> None:
    """All sources gain, from hardly to thirtyfold odds: no sign is in doubt, and the size is anybody's guess."""
    spread = [effect(0.2 + 0.6 * k, 0.05, source=f"s{k}", number=j) for k in range(8) for j in range(4)]
    found = certainty(spread)
    assert levels(found)["inconsistency"] >= 1
    assert "differ by a factor of" in next(d.reason for d in found.domains if d.name == "inconsistency")


def test_high_needs_two_sources_that_gain_by_neither_side() -> None:
    rivals = [msgspec.structs.replace(made.record, independence="rival") for made in GOOD]
    mixed = [msgspec.structs.replace(made, record=record) for made, record in zip(GOOD, rivals, strict=True)]
    assert certainty(mixed).level != "high"
    assert "0 of 12 sources gain by neither side" in certainty(mixed).domains[0].reason


def test_sizes_assumed_for_most_of_the_weight_take_a_level_off() -> None:
    assumed = [msgspec.structs.replace(made, n_assumed=True) for made in GOOD]
    assert levels(certainty(assumed))["imprecision"] == levels(certainty(GOOD))["imprecision"] + 1


def test_an_outcome_whose_intervals_missed_loses_a_level() -> None:
    for held, off in ((0.7, 1), (0.9, 0)):
        settings = msgspec.structs.replace(SETTINGS, left_out_coverage={"quality": held})
        found = synthesise(GOOD, {"t": technique()}, settings).posteriors["t", "quality"].certainty
        assert levels(found)["imprecision"] == off


@pytest.mark.parametrize(("baseline", "off"), [(0.5, 0), (0.95, 1)])
def test_evidence_from_other_baselines_is_indirect(baseline: float, off: int) -> None:
    """All of it is at 50 %, within a logit of 50 and not of 95."""
    found = certainty(GOOD, Context(baseline=baseline))
    assert levels(found)["indirectness"] == off
    assert "succeed in the median record" in next(d.reason for d in found.domains if d.name == "indirectness")


def test_narrowing_to_a_task_never_makes_evidence_surer_that_is_hardly_of_it() -> None:
    rng = np.random.default_rng(4)
    effects = world(rng, mean=0.4, tau_source=0.4, sources=14, task_family="math")
    effects += [effect(0.5, 0.1, source="chat", number=k, task_family="chat") for k in range(3)]
    whole, chat = certainty(effects), certainty(effects, Context(task_family="chat"))
    order = ("high", "moderate", "low", "very low")
    assert order.index(chat.level) > order.index(whole.level)
    for domain in whole.domains:
        assert levels(chat)[domain.name] >= domain.levels


def test_narrowing_never_makes_evidence_surer() -> None:
    """Most of the weight is on math, where a gain is surer than over all tasks: a part of the evidence is no more than
    all of it."""
    rng = np.random.default_rng(2)
    for gain in np.linspace(0.2, 0.6, 9):
        effects = [
            effect(float(gain + 0.2 * rng.normal()), 0.1, source=f"s{k}", number=j, task_family=task, params_b=size)
            for k in range(6)
            for j, (task, size) in enumerate((("math", 7.0), ("math", 8.0), ("math", 9.0), ("code", 70.0)))
        ]
        whole = certainty(effects)
        for task in (None, "math", "code"):
            part = certainty(effects, Context(task_family=task))
            narrow = certainty(effects, Context(task_family=task, params_b=8.0))
            for wide, below in ((whole, part), (part, narrow)):
                for domain in wide.domains:
                    assert levels(below)[domain.name] >= domain.levels, (gain, task, domain.name)


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


def test_narrowing_to_a_size_never_makes_evidence_surer_that_is_hardly_of_it() -> None:
    """Effects grow with size: at 300 billion, of which one record is, the column carries the average far from none."""
    rng = np.random.default_rng(4)
    effects = [
        effect(float(0.05 + 0.1 * np.log10(size) + 0.05 * rng.normal()), 0.05, source=f"s{k}", params_b=float(size))
        for k, size in enumerate([0.5, 0.5, 1, 1, 1, 2, 2, 2, 3, 3, 4, 300])
    ]
    order = ("high", "moderate", "low", "very low")
    whole, large = certainty(effects), certainty(effects, Context(params_b=300.0))
    assert levels(whole)["imprecision"] >= 1
    assert order.index(large.level) >= order.index(whole.level)
    assert levels(large)["imprecision"] >= levels(whole)["imprecision"]


def test_a_trend_that_chance_makes_is_not_told_as_one() -> None:
    effects = [effect(0.5 + 0.01 * (-1) ** k, 0.05 + 0.01 * k, source=f"s{k}") for k in range(8)]
    reason = next(d.reason for d in certainty(effects).domains if d.name == "publication bias")
    assert reason.startswith("no sign that less precise sources report better figures")


def test_wrong_answers_from_other_baselines_are_indirect_too() -> None:
    """Read at the reader's 70 % of successes; the evidence's systems are right in 95 of 100."""
    effects = [
        effect(0.5, 0.1, source=f"s{k}", outcome="wrong-answers", metric="wrong answers", baseline=5.0 + 0.1 * k,
               treated=3.0, higher_is_better=False)
        for k in range(6)
    ]  # fmt: skip
    found = synthesise(effects, {"t": technique()}, SETTINGS, Context(baseline=0.7)).posteriors["t", "wrong-answers"]
    assert levels(found.certainty)["indirectness"] >= 1
    assert found.baselines is not None and found.baselines.near == 0.0


def indirectness(version: str, context: Context) -> str:
    settings = msgspec.structs.replace(
        SETTINGS, version=version, words=Words(tasks={"knowledge-qa": "knowledge questions"})
    )
    old = [effect(0.5, 0.1, source=f"s{k}", year=1970 + 2 * k, task_family="knowledge-qa") for k in range(6)]
    # Another technique's newer record: the age of one average does not hang on who else was looked at.
    new = effect(0.1, 0.1, technique="new", source="n", year=1990)
    found = synthesise([*old, new], {"t": technique(), "new": technique("new")}, settings, context)
    certainty = found.posteriors["t", "quality"].certainty
    return str(next(domain.reason for domain in certainty.domains if domain.name == "indirectness"))


@pytest.mark.parametrize(
    ("version", "as_of", "told"),
    [
        ("1994", None, "as of 1994-12 half of the weight is 20 years old or older, and the newest record is of 1980"),
        ("2026-11-30", None, "as of 2026-11 half of the weight is 51.9 years old"),
        ("2026-11-30", (1984, 6), "as of 1984-06 half of the weight is 9.5 years old"),
        ("1994", (2030, 6), "as of 2030-06 half of the weight is 55.5 years old"),
        ("first", None, "as of 1990-12 half of the weight is 16 years old"),
    ],
)
def test_age_is_told_against_the_date_of_the_pack(version: str, as_of: tuple[int, int] | None, told: str) -> None:
    """Six sources from 1970 to 1980 of one weight: half of it is of 1974 or before, at the end of its year."""
    assert told in indirectness(version, Context(as_of=as_of))


def test_a_task_stands_by_its_name_in_a_reason() -> None:
    assert "6 of 6 records are on knowledge questions" in indirectness("1994", Context(task_family="knowledge-qa"))
    assert Words().task("tool-use") == "tool use"
