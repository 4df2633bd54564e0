"""Figures become effects by closed forms.

Expected values are worked out by hand from the counts, or written out as the textbook formula beside the case.
Tolerance 1e-12 throughout: both sides are a handful of floating-point operations, whose error is near 1e-15.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from tierproof.evidence import Effect, Record, Settings, Source, effects_of
from tierproof.evidence.conversion import log_odds_ratio, log_ratio
from tierproof.evidence.reading.faults import Implausible

SETTINGS = Settings(name="t", title="t", assumed_n=200, assumed_log_ratio_sd=0.3)


def exactly(value: float) -> Any:
    return pytest.approx(value, rel=1e-12, abs=1e-12)


def record(**fields: Any) -> Record:
    known: dict[str, Any] = {
        "id": "r",
        "technique": "x",
        "comparator": "without",
        "outcome": "quality",
        "metric": "accuracy",
        "unit": "percent",
        "higher_is_better": True,
        "baseline": 50,
        "treated": 75,
        "n": 100,
        "setting": "benchmark",
        "independence": "independent",
        "year": 2024,
        "source": {"title": "t"},
        "source_id": "title:t",
        "contrast": "added",
        "selection": "complete",
    }
    return msgspec.convert(known | fields, Record)


def effect(**fields: Any) -> Effect:
    conversion = effects_of([record(**fields)], SETTINGS)
    assert conversion.left_out == ()
    return conversion.effects[0]


def reason(**fields: Any) -> str:
    conversion = effects_of([record(**fields)], SETTINGS)
    assert conversion.effects == ()
    return conversion.left_out[0][1]


def test_a_share_becomes_the_log_odds_ratio_of_its_two_by_two_table() -> None:
    # 75 of 100 against 50 of 100: odds 3 against 1; variance 1/75 + 1/25 + 1/50 + 1/50.
    found = effect()
    assert found.scale == "log_odds_ratio"
    assert found.estimate == exactly(math.log(3))
    assert found.se == exactly(math.sqrt(1 / 75 + 1 / 25 + 1 / 50 + 1 / 50))
    assert not found.n_assumed


def test_arms_of_unequal_size_keep_their_own_numbers() -> None:
    # The first BCG trial: 4 of 123 against 11 of 139 fell ill.
    found = effect(baseline=100 * 11 / 139, treated=100 * 4 / 123, n=123, n_baseline=139, higher_is_better=False)
    assert found.estimate == exactly(-math.log(4 * 128 / (119 * 11)))
    assert found.se**2 == exactly(1 / 4 + 1 / 119 + 1 / 11 + 1 / 128)


def test_an_error_rate_changes_sign_so_that_up_is_better() -> None:
    up, down = effect(baseline=40, treated=10), effect(baseline=40, treated=10, higher_is_better=False)
    assert down.estimate == exactly(-up.estimate) and down.estimate > 0
    assert down.se == exactly(up.se)


def test_none_and_all_are_kept_half_an_item_away() -> None:
    # 0 of 100 counts as 0.5 of 100, 100 of 100 as 99.5: logit = ln(0.5/99.5) and its negative.
    found = effect(baseline=0, treated=100)
    assert found.estimate == exactly(2 * math.log(99.5 / 0.5))
    assert found.se == exactly(math.sqrt(2 * (1 / 0.5 + 1 / 99.5)))


def test_without_n_the_packs_n_stands_in_and_is_marked() -> None:
    found = effect(n=None)
    assert found.n_assumed
    assert found.se == exactly(effect(n=200).se)


def test_a_given_standard_error_keeps_the_sources_own_z() -> None:
    # Difference 25 points with standard error 5: z = 5, on either scale.
    found = effect(n=None, se=5.0)
    assert found.estimate / found.se == exactly(5.0)
    assert not found.n_assumed


def test_where_the_figures_meet_the_standard_error_is_the_delta_methods() -> None:
    # d logit(p)/dp = 1 / (p q) = 4 at one half.
    assert effect(baseline=50, treated=50, se=5.0).se == exactly(4 * 0.05)
    # A millionth of a point apart the secant has the same limit; the quotient keeps about eight digits.
    assert effect(baseline=50, treated=50 + 1e-6, se=5.0).se == pytest.approx(0.2, rel=1e-7)


@pytest.mark.parametrize(
    ("outcome", "higher_is_better", "metric", "unit", "expected"),
    [
        ("cost", False, "USD per task", "usd", math.log(2)),
        ("latency", False, "seconds", "seconds", math.log(2)),
        ("memory", False, "GPU memory", "GB", math.log(2)),
        ("throughput", True, "tokens per second", "tokens", math.log(2)),
        # A speed-up of 2 halves the time; a cost-saving ratio of 2 halves the cost.
        ("latency", True, "wall-clock speedup", "ratio", -math.log(2)),
        ("cost", True, "cost-saving ratio", "ratio", -math.log(2)),
        ("latency", True, "generation rate", "tokens per second", -math.log(2)),
    ],
)
def test_a_resource_becomes_the_log_ratio_of_what_its_outcome_names(
    outcome: str, higher_is_better: bool, metric: str, unit: str, expected: float
) -> None:
    found = effect(
        outcome=outcome, higher_is_better=higher_is_better, metric=metric, unit=unit, baseline=1.5, treated=3.0
    )
    assert found.scale == "log_ratio"
    assert found.estimate == exactly(expected)
    assert found.se == 0.3 and found.n_assumed


def test_a_given_standard_error_of_a_resource_keeps_its_z() -> None:
    found = effect(outcome="cost", metric="USD", unit="usd", higher_is_better=False, baseline=1.0, treated=3.0, se=0.5)
    assert found.estimate / found.se == exactly(2.0 / 0.5)
    assert not found.n_assumed


@pytest.mark.parametrize("outcome", ["quality", "stability", "safety"])
def test_every_outcome_of_success_is_on_the_odds_scale(outcome: str) -> None:
    assert effect(outcome=outcome).scale == "log_odds_ratio"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"metric": "perplexity", "unit": "ppl", "higher_is_better": False}, "no share of successes"),
        ({"metric": "BLEU", "unit": "points"}, "no share of successes"),
        ({"metric": "Elo", "unit": "points"}, "no share of successes"),
        ({"metric": "change in accuracy", "unit": "points", "baseline": 0, "treated": 3}, "without the levels"),
        ({"metric": "relative score", "unit": "ratio", "baseline": 1, "treated": 1.1}, "without the levels"),
        ({"outcome": "stability", "metric": "spread", "unit": "points", "baseline": None}, "stands alone"),
        ({"outcome": "cost", "metric": "USD", "unit": "usd", "treated": 0}, "zero"),
        ({"outcome": "cost", "metric": "cache hit rate", "unit": "percent"}, "more of it is better"),
        ({"outcome": "latency", "metric": "share in time", "unit": "seconds"}, "more of it is better"),
        (
            {"outcome": "throughput", "metric": "tokens", "unit": "tokens", "higher_is_better": False},
            "contradicts the outcome",
        ),
    ],
)
def test_what_cannot_be_pooled_is_left_out_with_its_reason(fields: dict[str, Any], told: str) -> None:
    assert told in reason(**fields)


@pytest.mark.parametrize(
    ("source_id", "year", "date"),
    [
        ("arxiv:2304.01373", 2023, (2023, 4)),
        ("arxiv:2304.01373", None, (2023, 4)),
        ("arxiv:2304.01373", 2024, (2024, 12)),  # printed later: the figures may be of then
        ("arxiv:2313.01373", 2023, (2023, 12)),  # no such month
        ("doi:10.1/x", 2022, (2022, 12)),
        ("doi:10.1/x", None, None),
    ],
)
def test_the_date_is_the_sources(source_id: str, year: int | None, date: tuple[int, int] | None) -> None:
    assert effect(source_id=source_id, year=year).date == date


def test_doubtful_records_and_mirrors_are_converted_too() -> None:
    assert effect(doubtful=True).record.doubtful
    assert effect(mirror_of="another").record.mirror_of == "another"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"treated": 101}, "treated"),
        ({"baseline": -0.1}, "baseline"),
        ({"outcome": "cost", "unit": "usd", "treated": -1}, "treated"),
        ({"baseline": None}, "baseline"),
        ({"mirror_of": "r"}, "mirror_of"),
    ],
)
def test_an_impossible_record_cannot_be_made(fields: dict[str, Any], field: str) -> None:
    plain = {name: getattr(record(), name) for name in Record.__struct_fields__}
    with pytest.raises(Implausible) as caught:
        Record(**{**plain, "source": Source(title="t"), **fields})
    assert caught.value.fault.field == field


def test_the_bare_arithmetic_takes_plain_numbers() -> None:
    estimate, se = log_odds_ratio(0.5, 0.75, 100, 100)
    assert (estimate, se) == (effect().estimate, effect().se)
    assert log_ratio(2.0, 1.0, None, 0.1) == (math.log(0.5), 0.1)
