"""Plain units against closed forms, and a source's point against a calculation by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report import made
from tierproof.answers.studies import author_year, studies_of
from tierproof.evidence.conversion import effects_of
from tierproof.evidence.record import Source
from tierproof.report.words.forest import axis_over
from tierproof.report.words.units import failures_removed, unit_of
from tierproof.synthesis.posteriors.posterior import Interval
from tierproof.synthesis.synthesise import synthesise


def test_failures_removed_is_the_share_of_failures_gone() -> None:
    # At p0 = 0.7, odds 7/3; twice the odds is 14/3, p1 = 14/17, failures 3/17 of 0.3: removed 1 - (3/17)/0.3 = 7/17.
    # Tolerance: rounding of doubles.
    assert failures_removed(math.log(2), 0.7) == pytest.approx(7 / 17, abs=1e-12)
    assert failures_removed(0.0, 0.7) == 0.0


@given(st.floats(-1e4, 1e4), st.floats(0.001, 0.999))
def test_failures_removed_is_finite_and_at_most_all(theta: float, p0: float) -> None:
    removed = failures_removed(theta, p0)
    assert math.isfinite(removed)
    assert removed <= 1.0
    assert (removed >= 0) == (theta >= 0) or abs(theta) < 1e-9


@given(
    st.sampled_from(["quality", "cost", "safety", "throughput"]),
    st.floats(0.05, 0.95),
    st.floats(-3, 3),
    st.floats(0.1, 4),
)
def test_ticks_are_ordered_inside_and_say_what_they_mark(outcome: str, p0: float, low: float, width: float) -> None:
    scale = "log_ratio" if outcome in ("cost", "throughput") else "log_odds_ratio"
    unit = unit_of(outcome, scale, p0)  # type: ignore[arg-type]
    ticks = unit.ticks(low, low + width)
    places = [at for at, _ in ticks]
    assert places == sorted(places)
    assert all(low <= at <= low + width for at in places)
    assert all(unit.text(at) == label for at, label in ticks)


def test_a_source_s_point_is_its_records_mean_by_their_weights() -> None:
    records = (
        made.record("alpha-a1", "alpha", source_id="a", treated=70.0),
        made.record("alpha-a2", "alpha", source_id="a", treated=64.0, independence="vendor"),
        made.record("alpha-b1", "alpha", source_id="b", treated=58.0, selection="picked"),
    )
    pack = made.pack(records=records)
    effects = effects_of(pack.records, pack.settings).effects
    posterior = synthesise(effects, pack.techniques, pack.settings).posteriors["alpha", "quality"]
    studies = {study.source_id: study for study in studies_of(posterior, effects)}

    share = dict(zip(posterior.records, posterior.record_weights, strict=True))
    first, second = (next(e for e in effects if e.record.id == f"alpha-a{i}") for i in (1, 2))
    w1, w2, tau = share["alpha-a1"], share["alpha-a2"], posterior.tau_record.median
    mean = (w1 * first.estimate + w2 * second.estimate) / (w1 + w2)
    sd = math.sqrt(w1**2 * (first.se**2 + tau**2) + w2**2 * (second.se**2 + tau**2)) / (w1 + w2)
    # Tolerances: rounding of doubles; 1.6449 is the normal's 95 % quantile in four decimals.
    assert studies["a"].point.median == pytest.approx(mean, abs=1e-12)
    assert studies["a"].point.high - mean == pytest.approx(1.6449 * sd, rel=1e-4)
    assert sum(study.weight for study in studies.values()) == pytest.approx(1.0, abs=1e-9)
    assert studies["a"].interested
    assert not studies["a"].picked
    assert studies["b"].picked


def test_a_plot_keeps_its_width_and_marks_what_lies_beyond() -> None:
    values = [Interval(0.2, 0.1, 0.3), Interval(9.0, 8.0, 10.0)] + [Interval(0.1, 0.0, 0.2)] * 30
    axis = axis_over(values, [Interval(0.2, -0.5, 0.9)], 40)
    drawn = [axis.draw(value) for value in values]
    assert all(len(line) == 40 for line in drawn)
    assert "●" in drawn[0]
    assert drawn[1].endswith("›")


def test_sources_are_named_as_people_cite_them() -> None:
    assert author_year(Source(title="T", authors="Wei, Wang, Schuurmans"), 2022) == "Wei et al. 2022"
    assert author_year(Source(title="T", authors="OpenAI"), None) == "OpenAI"
    assert author_year(Source(title="A title"), 2024) == "A title 2024"


def test_odds_are_always_of_the_good_event() -> None:
    assert unit_of("wrong-answers", "log_odds_ratio", 0.7).name == "odds of no wrong answer"
    assert unit_of("safety", "log_odds_ratio", 0.7).name == "odds of a safe answer"
