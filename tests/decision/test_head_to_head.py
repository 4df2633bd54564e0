"""Two techniques head to head: closed forms, both directions of evidence, one answer whoever is named first."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs
from scipy import stats

from decision.stand_ins import appraisal, normal, posterior, technique
from tierproof.decision.compare import Direct, compare, direct_evidence
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Independence, Record, Source
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.posteriors.posterior import Context

PAIR = [technique("one"), technique("two")]
KNOWN = [
    posterior("one", "quality", Mixture.normal(0.6, 0.3), Mixture.normal(0.6, 0.5)),
    posterior("two", "quality", Mixture.normal(0.2, 0.4), Mixture.normal(0.2, 0.8)),
    normal("one", "cost", 0.4, 0.2),
    normal("two", "cost", 0.1, 0.2),
]


def direct(mean: float, sd: float, spread: float = 0.3) -> Direct:
    return Direct(
        average=Mixture.normal(mean, sd),
        predictive=Mixture.normal(mean, float(np.hypot(sd, spread))),
        records=("d",),
        sources=("s",),
    )


def test_indirect_difference_of_normals() -> None:
    comparison = compare(appraisal(PAIR, KNOWN, Profile()), "one", "two")
    quality = comparison.on("quality")
    assert quality is not None
    assert (quality.direct, quality.disagreement) == (None, None)
    # N(0.6, 0.3^2) - N(0.2, 0.4^2) = N(0.4, 0.5^2); in a new setting N(0.4, 0.89).
    assert quality.p_better == pytest.approx(stats.norm.cdf(0.8), abs=1e-9)
    assert quality.p_better_here == pytest.approx(stats.norm.cdf(0.4 / np.sqrt(0.89)), abs=1e-9)
    assert quality.difference.low == pytest.approx(0.4 - 1.6449 * 0.5, abs=1e-4)
    cost = comparison.on("cost")
    assert cost is not None
    # It costs more: N(0.3, 0.08) below zero.
    assert cost.p_better == pytest.approx(stats.norm.cdf(-0.3 / np.sqrt(0.08)), abs=1e-9)
    assert comparison.on("latency") is None


def test_direct_and_indirect_evidence_multiply() -> None:
    made = appraisal(PAIR, KNOWN, Profile())
    quality = compare(made, "one", "two", {"quality": direct(-0.1, 0.5)}).on("quality")
    assert quality is not None
    # Two normals of equal sd 0.5 at 0.4 and -0.1: N(0.15, 0.125).
    assert quality.average.mean == pytest.approx(0.15)
    assert quality.average.sd == pytest.approx(np.sqrt(0.125))
    assert quality.p_better_direct == pytest.approx(stats.norm.cdf(-0.2))
    assert quality.p_better_indirect == pytest.approx(stats.norm.cdf(0.8))
    assert quality.disagreement == pytest.approx(0.5 / np.sqrt(0.5))
    assert quality.new_setting.sd == pytest.approx(np.sqrt(0.125 + 0.09))


def test_direct_evidence_alone_answers_where_one_is_unknown() -> None:
    made = appraisal(PAIR, [KNOWN[0]], Profile())
    quality = compare(made, "one", "two", {"quality": direct(0.3, 0.1)}).on("quality")
    assert quality is not None
    assert quality.indirect is None
    assert quality.p_better == pytest.approx(stats.norm.cdf(3))


def test_product_of_mixtures_is_the_normalised_product_of_densities() -> None:
    mixed = Mixture(np.array([0.7, 0.3]), np.array([0.5, -0.5]), np.array([0.3, 0.9]))
    made = appraisal(PAIR, [posterior("one", "quality", mixed), normal("two", "quality", 0.0, 0.5)], Profile())
    quality = compare(made, "one", "two", {"quality": direct(0.2, 0.4)}).on("quality")
    assert quality is not None
    # By brute force on a fine grid: the indirect difference is the mixture with its sds widened by 0.5.
    x = np.linspace(-8, 8, 160_001)
    density = mixed.widen(0.5).pdf(x) * stats.norm.pdf(x, 0.2, 0.4)
    density /= density.sum()
    assert quality.average.mean == pytest.approx(float(x @ density), abs=1e-6)
    assert quality.p_better == pytest.approx(float(density[x > 0].sum()), abs=1e-4)


@pytest.mark.parametrize("evidence", [{}, {"quality": direct(0.3, 0.2)}, {"cost": direct(-0.5, 0.2)}])
def test_the_answer_does_not_depend_on_who_is_named_first(evidence: dict[str, Direct]) -> None:
    made = appraisal(PAIR, KNOWN, Profile())
    turned = {
        outcome: Direct(
            average=found.average.scale(-1), predictive=found.predictive.scale(-1), records=("d",), sources=("s",)
        )
        for outcome, found in evidence.items()
    }
    there, back = compare(made, "one", "two", evidence), compare(made, "two", "one", turned)  # type: ignore[arg-type]
    assert there.p_net_benefit + back.p_net_benefit == pytest.approx(1.0, abs=1e-9)
    assert there.net_benefit_difference.median == pytest.approx(-back.net_benefit_difference.median, abs=1e-6)
    for one, other in zip(there.outcomes, back.outcomes, strict=True):
        assert one.p_better + other.p_better == pytest.approx(1.0, abs=1e-9)
        assert one.difference.low == pytest.approx(-other.difference.high, abs=1e-9)


def test_direct_evidence_moves_the_money() -> None:
    made = appraisal(PAIR, KNOWN, Profile(value_per_success=1.0, cost_per_request=0.0, latency_price=0.0))
    alone = compare(made, "one", "two")
    against = compare(made, "one", "two", {"quality": direct(-1.0, 0.05, spread=0.05)})
    assert alone.p_net_benefit > 0.5
    # With hardly a doubt that two is better by 1 in log odds wherever they are tried, two is better in nearly any draw.
    assert against.p_net_benefit < 0.05


def test_what_cannot_be_compared() -> None:
    made = appraisal(PAIR, KNOWN, Profile())
    with pytest.raises(ValueError, match="another"):
        compare(made, "one", "one")
    with pytest.raises(KeyError, match="three"):
        compare(made, "one", "three")


def effect(key: str, estimate: float, *, of: str = "one", against: str = "two", **more: object) -> Effect:
    independence: Independence = more.pop("independence", "independent")  # type: ignore[assignment]
    record = Record(
        id=key,
        technique=of,
        comparator=against,
        comparator_technique=against,
        outcome="quality",
        metric="accuracy",
        unit="percent",
        higher_is_better=True,
        baseline=50.0,
        treated=60.0,
        setting="benchmark",
        independence=independence,
        source=Source(title=key),
        source_id=key,
        contrast="instead-of",
        selection="complete",
    )
    return Effect(
        estimate=estimate,
        se=0.1,
        scale="log_odds_ratio",
        n_assumed=False,
        record=structs.replace(record, **more),
        date=(2024, 12),
    )


def test_direct_records_are_found_in_both_directions() -> None:
    effects = [
        effect("a", 0.5),
        effect("b", 0.4),
        effect("c", -0.6, of="two", against="one"),
        effect("other", 9.0, against="three"),
        effect("doubtful", 9.0, doubtful=True),
        effect("mirror", 9.0, mirror_of="a"),
        effect("added", 9.0, contrast="added"),
        effect("lab", 9.0, setting="lab"),
    ]
    found = direct_evidence(effects, "one", "two", Priors())["quality"]
    assert found.records == ("a", "b", "c")
    assert found.sources == ("a", "b", "c")
    assert 0.3 < found.average.mean < 0.6
    back = direct_evidence(effects[::-1], "two", "one", Priors())["quality"]
    assert back.average.mean == pytest.approx(-found.average.mean, abs=1e-12)
    assert back.predictive.sd == pytest.approx(found.predictive.sd, abs=1e-12)
    early = direct_evidence(effects, "one", "two", Priors(), Context(as_of=(2023, 12)))
    assert early == {}
    assert "lab" in direct_evidence(effects, "one", "two", Priors(), Context(include_lab=True))["quality"].records


def test_whoever_made_the_other_one_is_a_rival() -> None:
    ours = [effect("a", 0.3), effect("b", 0.2)]
    claim = {"estimate": 1.0, "of": "two", "against": "one"}
    neutral = direct_evidence([*ours, effect("c", **claim)], "one", "two", Priors())["quality"]  # type: ignore[arg-type]
    rival = direct_evidence([*ours, effect("c", **claim, independence="authors")], "one", "two", Priors())["quality"]  # type: ignore[arg-type]
    # Part of what two's own authors found in favour of two is put down to their interest.
    assert rival.average.mean > neutral.average.mean
