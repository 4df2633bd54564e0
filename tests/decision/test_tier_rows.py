"""The tier table: what is ranked, what is not, what each column means, and that nothing but evidence moves it."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from scipy import stats

from decision.stand_ins import EFFECT, SETTINGS, VALUE, appraisal, fixed, normal, posterior, technique
from tierproof.decision.ranking.lens import TIERS
from tierproof.decision.ranking.marks import mark_of, p_gain_and_loss, p_harm
from tierproof.decision.ranking.tiers import can_adopt, tier_table
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.technique import Effort, SubRow
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import Posterior

PROFILE = Profile(baseline_success=0.5)
"""At p0 = 0.5 an effect theta removes tanh(theta / 2) of the failures."""


@pytest.mark.parametrize(("theta", "tier"), [(0.9, "S"), (0.5, "A"), (0.2, "B"), (0.05, "C"), (-0.05, "D")])
def test_the_tier_is_that_of_the_median(theta: float, tier: str) -> None:
    # tanh(0.45) = 0.42, tanh(0.25) = 0.24, tanh(0.1) = 0.10, tanh(0.025) = 0.02: one in each tier of the stand-in lens.
    row = tier_table(appraisal([technique("x")], [normal("x", "quality", theta, 0.3)], PROFILE), EFFECT).row("x")
    assert row.tier == tier
    assert row.score.median == pytest.approx(np.tanh(theta / 2), abs=1e-3)
    # The probability of this tier or better is that of theta beyond the tier's limit: 2 artanh(limit).
    if tier != "D":
        limit = 2 * np.arctanh(getattr(EFFECT.thresholds, tier))
        assert row.p_tier == pytest.approx(stats.norm.sf(limit, theta, 0.3), abs=1e-3)
    assert row.p_harm == pytest.approx(stats.norm.cdf(-0.1, theta, 0.3), abs=1e-3)
    assert row.fragility == pytest.approx(stats.norm.cdf(-0.1, theta, 0.3), abs=1e-6)
    assert row.failures_removed.low == pytest.approx(np.tanh((theta - 1.6449 * 0.3) / 2), abs=1e-3)


def test_tier_probabilities_are_those_between_the_limits() -> None:
    row = tier_table(appraisal([technique("x")], [normal("x", "quality", 0.3, 0.5)], PROFILE), EFFECT).row("x")
    limits = [2 * np.arctanh(getattr(EFFECT.thresholds, tier)) for tier in TIERS[:-1]]
    above = [0.0, *stats.norm.sf(limits, 0.3, 0.5), 1.0]
    assert list(row.tier_probabilities) == list(TIERS)
    assert list(row.tier_probabilities.values()) == pytest.approx(np.diff(above), abs=1e-3)


def test_ranks_follow_the_joint_distribution() -> None:
    techniques = [technique("best"), technique("middle"), technique("worst")]
    known = [
        normal("best", "quality", 0.5, 0.3),
        normal("middle", "quality", 0.2, 0.3),
        normal("worst", "quality", -9, 0.1),
    ]
    table = tier_table(appraisal(techniques, known, PROFILE), EFFECT)
    assert [(row.technique, row.rank, row.rank_low, row.rank_high) for row in table.rows] == [
        ("best", 1, 1, 2),  # P(middle above best) = Phi(-0.3 / 0.42) = 0.24
        ("middle", 2, 1, 2),
        ("worst", 3, 3, 3),
    ]


def test_the_table_does_not_depend_on_order_or_company() -> None:
    names = ["a", "b", "c", "d"]
    known = [normal(name, "quality", 0.1 * k, 0.4) for k, name in enumerate(names)]
    full = tier_table(appraisal(map(technique, names), known, PROFILE), EFFECT)
    for order in itertools.permutations(range(4)):
        again = tier_table(appraisal([technique(names[k]) for k in order], [known[k] for k in order], PROFILE), EFFECT)
        assert again == full
    fewer = tier_table(appraisal(map(technique, "ac"), [known[0], known[2]], PROFILE), EFFECT)
    for name in "ac":
        own = {"score", "tier", "p_tier", "net_benefit", "evpi", "marks", "p_harm"}
        assert all(getattr(fewer.row(name), part) == getattr(full.row(name), part) for part in own)


def test_without_enough_evidence_there_is_no_tier() -> None:
    techniques = [
        technique("assumed"),
        technique("known"),
        technique("nothing"),
        technique("quick", aims=("latency",)),
        technique("slow", aims=("quality",)),
    ]
    known = [
        normal("assumed", "quality", 1.0, 0.1, basis="assumed"),
        normal("known", "quality", 0.2, 0.1),
        normal("quick", "latency", -0.5, 0.1),
        normal("slow", "latency", 0.5, 0.1),
    ]
    table = tier_table(appraisal(techniques, known, PROFILE), EFFECT)
    assert {row.technique: row.tier for row in table.rows} == {
        "known": "B",
        "quick": "C",  # aims at time alone, which is known; quality counts as unchanged and is said to be unknown
        "assumed": None,
        "nothing": None,
        "slow": None,
    }
    assert [row.rank for row in table.rows] == [1, 2, None, None, None]
    assert all((row.tier is None) == bool(row.why_no_tier) for row in table.rows)
    assert table.row("quick").unknown == {"quality"}
    assert table.row("quick").fragility is None
    assert table.row("assumed").assumed == {"quality"}
    assert table.row("nothing").marks == {"quality": "unknown"}
    assert table.row("nothing").p_tier == 0.0
    assert table.row("known").records == 2
    with pytest.raises(KeyError):
        table.row("unheard-of")


def test_an_empty_table_is_a_table() -> None:
    table = tier_table(appraisal([], [], PROFILE), VALUE)
    assert table.rows == ()
    assert table.evpi == 0.0


def test_roles() -> None:
    techniques = [technique("a", role="application"), technique("o", role="owner"), technique("m", role="maker")]
    made = appraisal(techniques, [normal(t.id, "quality", 0.1, 0.1) for t in techniques], PROFILE)
    assert {row.technique for row in tier_table(made, EFFECT).rows} == {"a", "o", "m"}
    assert {row.technique for row in tier_table(made, EFFECT, role="application").rows} == {"a"}
    assert {row.technique for row in tier_table(made, EFFECT, role="owner").rows} == {"a", "o"}
    assert tier_table(made, EFFECT, role="application").row("a").rank_high == 1
    assert can_adopt(None, techniques[2])


def test_what_cannot_be_used_for_lack_of_resources_is_left_out() -> None:
    techniques = [technique("free"), technique("tooled", needs=("tools",)), technique("both", needs=("tools", "gpus"))]
    made = appraisal(techniques, [normal(t.id, "quality", 0.1, 0.1) for t in techniques], PROFILE)
    assert len(tier_table(made, EFFECT).rows) == 3
    assert {row.technique for row in tier_table(made, EFFECT, at_hand=()).rows} == {"free"}
    assert {row.technique for row in tier_table(made, EFFECT, at_hand={"tools", "corpus"}).rows} == {"free", "tooled"}


@pytest.mark.parametrize(
    ("average", "predictive", "mark"),
    [
        ((0.5, 0.2), (0.5, 0.4), "clear gain"),
        ((0.5, 0.2), (0.5, 1.2), "fragile"),  # a gain on average, but P(worse by more than 0.1 here) = Phi(-0.5) = 0.31
        ((0.1, 0.2), (0.1, 0.3), "fragile"),  # Phi(-2/3) = 0.2525, just over the quarter
        ((0.1, 0.2), (0.1, 0.29), "marginal"),  # Phi(-0.69) = 0.245, just under it
        ((0.0, 0.05), (0.0, 0.1), "no effect"),  # within 0.1 of nothing with probability 0.95
        ((-0.5, 0.2), (-0.5, 0.3), "clear loss"),
    ],
)
def test_marks(average: tuple[float, float], predictive: tuple[float, float], mark: str) -> None:
    up = posterior("x", "quality", Mixture.normal(*average), Mixture.normal(*predictive))
    assert mark_of(up, 0.1) == mark
    # Less cost is a gain: the same mark for the mirrored effect.
    down = posterior(
        "x", "cost", Mixture.normal(-average[0], average[1]), Mixture.normal(-predictive[0], predictive[1])
    )
    assert mark_of(down, 0.1) == mark
    assert p_gain_and_loss(down, 0.1) == pytest.approx(p_gain_and_loss(up, 0.1), abs=1e-12)
    assert p_harm(down, 0.1) == pytest.approx(p_harm(up, 0.1), abs=1e-12)
    assert mark_of(posterior("x", "quality", up.average, up.predictive, basis="assumed"), 0.1) == "assumed"
    assert mark_of(None, 0.1) == "unknown"


def test_other_analyses_are_made_only_where_they_decide() -> None:
    """They may be ten fits: what is fragile whatever they say, or open without them, does not wait for them."""

    def never() -> str:
        raise AssertionError("asked for")

    for average, predictive, mark in (((0.5, 0.2), (0.5, 1.2), "fragile"), ((0.1, 0.2), (0.1, 0.29), "marginal")):
        made = posterior("x", "quality", Mixture.normal(*average), Mixture.normal(*predictive))
        known = {each.name: getattr(made, each.name) for each in fields(made) if each.name != "opposing"}
        assert mark_of(Posterior.on_demand({"opposing": never}, **known), 0.1) == mark


@pytest.mark.parametrize(("mean", "mark"), [(0.5, "marginal"), (-0.5, "fragile"), (0.0, "marginal")])
def test_one_source_makes_nothing_clear(mean: float, mark: str) -> None:
    """How far sources differ is then the prior's word; a loss that is likely in a new setting stays a warning."""
    many = posterior("x", "quality", Mixture.normal(mean, 0.05))
    assert mark_of(many, 0.1) in ("clear gain", "clear loss", "no effect")
    assert mark_of(replace(many, sources=("only",)), 0.1) == mark


def test_marks_stand_for_aims_first_and_then_all_that_is_known() -> None:
    made = appraisal(
        [technique("x", aims=("latency", "control", "quality", "memory"))],
        [normal("x", "cost", 0.0, 0.01), normal("x", "quality", 0.9, 0.1)],
        PROFILE,
    )
    row = tier_table(made, VALUE).row("x")
    assert list(row.marks.items()) == [
        ("latency", "unknown"), ("quality", "clear gain"), ("memory", "unknown"), ("cost", "no effect"),
    ]  # fmt: skip


def test_certainty_is_the_lowest_of_the_critical_outcomes() -> None:
    known = [
        normal("x", "quality", 0.1, 0.1, certainty="moderate"),
        normal("x", "latency", 0.1, 0.1, certainty="low"),
        normal("x", "memory", 0.1, 0.1, certainty="very low"),
    ]
    both = appraisal([technique("x", aims=("quality", "latency", "memory"))], known, PROFILE)
    assert tier_table(both, EFFECT).row("x").certainty == "low"  # the lens does not score memory
    one = appraisal([technique("x", aims=("quality",))], known, PROFILE)
    assert tier_table(one, EFFECT).row("x").certainty == "moderate"


def test_a_form_with_its_own_effect_has_its_own_row() -> None:
    forms = (SubRow(id="mild", name="Mild", subtypes=("m",)), SubRow(id="wild", name="Wild", subtypes=("w",)))
    own = {"mild": normal("x", "quality", 0.31, 0.3), "wild": normal("x", "quality", -1.0, 0.1)}
    known = normal("x", "quality", 0.3, 0.1, sub_rows=own)
    made = appraisal([technique("x", sub_rows=forms)], [known], PROFILE)
    mild, wild = tier_table(made, EFFECT).row("x").sub_rows
    assert (mild.name, mild.tier, mild.differs) == ("Mild", "B", False)
    assert (wild.tier, wild.differs) == ("D", True)
    assert wild.failures_removed.median == pytest.approx(np.tanh(-0.5), abs=1e-3)
    assert (wild.records, wild.sources) == (2, 2)


def test_effort_and_evidence_columns() -> None:
    effort = Effort(engineer_days=fixed(4), weeks=fixed(2), running_usd_month=fixed(10))
    made = appraisal([technique("x", effort=effort)], [normal("x", "cost", np.log(0.5), 1e-9)], PROFILE)
    row = tier_table(made, VALUE).row("x")
    assert row.why_no_tier  # aims at quality, of which nothing is known
    assert row.effort_days.mode == 4
    assert row.cost_ratio is not None
    assert row.cost_ratio.median == pytest.approx(0.5)
    assert row.latency_ratio is None


thetas = st.lists(st.tuples(st.floats(-2, 2), st.floats(0.05, 1.5)), min_size=1, max_size=6)


@settings(max_examples=30)
@given(thetas, st.sampled_from([EFFECT, VALUE]), st.floats(0.05, 0.95))
def test_what_holds_for_every_table(numbers: list[tuple[float, float]], lens: object, p0: float) -> None:
    names = [f"t{k}" for k in range(len(numbers))]
    known = [normal(name, "quality", *pair) for name, pair in zip(names, numbers, strict=True)]
    made = appraisal(map(technique, names), known, structs.replace(PROFILE, baseline_success=p0))
    table = tier_table(made, lens)  # type: ignore[arg-type]
    assert [row.rank for row in table.rows] == list(range(1, len(names) + 1))
    medians = [row.score.median for row in table.rows]
    assert medians == sorted(medians, reverse=True)
    tiers = [TIERS.index(row.tier or "D") for row in table.rows]
    assert tiers == sorted(tiers)
    for row in table.rows:
        assert row.rank is not None
        assert 1 <= row.rank_low <= row.rank <= row.rank_high <= len(names)
        assert row.p_tier >= 0.5 - 1e-3  # the tier is that of the median, so half of the draws reach it
        assert 0 <= row.evpi_choice <= table.evpi + 1e-9
        assert row.evpi >= 0
    assert SETTINGS.minimal_difference["quality"] == 0.1
