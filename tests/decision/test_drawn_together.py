"""What one operating point measures is drawn together: the bill of a cheap point with the success of that point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from decision.stand_ins import appraisal, normal
from decision.stand_ins import technique as plain
from synthesis.made import SETTINGS, effect, technique
from tierproof.decision.appraisals.appraisal import Appraisal, appraise
from tierproof.decision.appraisals.copula import joined, proper
from tierproof.decision.appraisals.draws import DRAWS, cells
from tierproof.decision.own_data import with_own
from tierproof.decision.reader.profile import Profile
from tierproof.decision.worth.information import evpi
from tierproof.decision.worth.sampling import evsi
from tierproof.evidence.effect import Effect
from tierproof.synthesis.synthesise import synthesise
from tierproof.synthesis.values.same_point import pairing_of

DEAR, CHEAP = 0.1, 1.2


def curve(rng: np.random.Generator, sources: int, *, told: bool = True) -> list[Effect]:
    """Four operating points a source on one curve: what is saved is paid for in successes.

    The log cost ratio is -s, the log odds ratio 0.4 - s up to a little of the source's own, with s from 0.1 (dear,
    good) to 1.2 (cheap, bad).  `told`: whether the records say which point is which.
    """
    made = []
    for i in range(sources):
        own = 0.1 * rng.normal()
        for j, saved in enumerate(np.linspace(DEAR, CHEAP, 4)):
            point = f"point {j}" if told else None
            common = {"source": f"source-{i}", "model": point, "independence": "independent"}
            quality = 0.4 - saved + own + 0.05 * rng.normal()
            made.append(effect(float(quality), 0.05, number=2 * j, outcome="quality", **common))
            made.append(
                effect(float(-saved), 0.05, number=2 * j + 1, outcome="cost", metric="USD", unit="usd", **common)
            )
    return made


def half_at_the_same_quality(made: Appraisal) -> float:
    """P(a new setting costs half at most and loses less than the minimal difference)."""
    good = made.theta("t", "quality") > -SETTINGS.minimal_difference["quality"]
    return float(np.mean(good & (made.ratio("t", "cost") <= 0.5)))


def appraised(effects: list[Effect]) -> Appraisal:
    return appraise(synthesise(effects, {"t": technique()}, SETTINGS), {"t": technique()}, SETTINGS, Profile())


@pytest.mark.parametrize("sources", [3, 8])
def test_no_claim_is_supported_by_mixing_points(sources: int) -> None:
    """Half the cost is s > 0.69, where quality is below 0.4 - 0.69 = -0.29, two thirds of the spread of a source's own
    (0.11) from -0.08: the truth is that one setting in a hundred has both."""
    rng = np.random.default_rng(20261130)
    saved, own = rng.uniform(DEAR, CHEAP, 200_000), np.hypot(0.1, 0.05) * rng.normal(size=200_000)
    truth = float(np.mean((saved > np.log(2)) & (0.4 - saved + own > -SETTINGS.minimal_difference["quality"])))
    assert truth < 0.01
    together, apart = (appraised(curve(np.random.default_rng(sources), sources, told=told)) for told in (True, False))
    # Every quantity alone is drawn as it was: only who meets whom changes.
    for outcome in ("quality", "cost"):
        assert np.array_equal(np.sort(together.theta("t", outcome)), np.sort(apart.theta("t", outcome)))
    assert apart.synthesis.pairs == {}
    assert half_at_the_same_quality(apart) > 0.15  # what mixing would say
    # Predictives are wider than the truth (their average is not known), so more than 1 percent; a fifth is left.
    assert half_at_the_same_quality(together) < 0.05
    assert together.correlations("t")[0, 1] > 0.8
    spread = [float(np.std(made.net_benefit("t"))) for made in (together, apart)]
    assert spread[0] < spread[1]  # saving and loss offset one another


def test_draws_do_not_hang_on_what_was_asked_before() -> None:
    first, second = (appraised(curve(np.random.default_rng(5), 5)) for _ in range(2))
    first.net_benefit("t")  # draws everything at the profile's own baseline
    there = structs.replace(first.profile, baseline_success=0.9)
    assert np.array_equal(first.under(there).net_benefit("t"), second.under(there).net_benefit("t"))
    # More baselines than are kept, by way of one another and back.
    here = first
    for share in (*np.linspace(0.05, 0.95, 30), 0.9):
        here = here.under(structs.replace(there, baseline_success=float(share)))
        here.net_benefit("t")
    assert np.array_equal(here.net_benefit("t"), second.under(there).net_benefit("t"))
    back = here.under(first.profile)
    assert np.array_equal(back.net_benefit("t"), first.net_benefit("t"))
    # What is replaced here says nothing of elsewhere.
    other = first.given({("t", "cost"): np.zeros(DRAWS)})
    assert not np.array_equal(other.net_benefit("t"), first.net_benefit("t"))
    assert np.array_equal(first.under(there).net_benefit("t"), second.under(there).net_benefit("t"))


def test_unrelated_outcomes_stay_unrelated() -> None:
    """Truth: correlation 0.  With 40 points z has an sd of 1 / sqrt(37) = 0.16 before the prior: 0.4 is 2.5 of it."""
    rng = np.random.default_rng(7)
    made = []
    for i in range(8):
        for j in range(5):
            common = {"source": f"source-{i}", "model": f"point {j}"}
            made.append(effect(float(0.3 * rng.normal()), 0.05, number=2 * j, **common))
            made.append(effect(float(0.3 * rng.normal()), 0.05, number=2 * j + 1, outcome="cost", unit="usd", **common))
    assert abs(appraised(made).correlations("t")[0, 1]) < 0.4


def test_points_that_cannot_be_told_apart_pair_with_none() -> None:
    twice = [
        effect(0.1, number=0),
        effect(0.2, number=1),
        *(effect(0.1 * j, number=2 + j, outcome="cost") for j in range(6)),
    ]
    assert synthesise(twice, {"t": technique()}, SETTINGS).pairs == {}


def test_own_measurements_owe_nothing_to_the_pairs_of_others() -> None:
    synthesis = synthesise(curve(np.random.default_rng(1), 4), {"t": technique()}, SETTINGS)
    assert ("quality", "cost") in synthesis.pairs["t"]
    own = with_own(synthesis, [effect(0.2, 0.1, source="own", outcome="cost", unit="usd")])
    assert own.pairs["t"] == {}


def test_correlations_by_hand() -> None:
    # Two sources of four points, all on one line, and the sources' means on another that runs down.
    figures = np.array([(x + 10 * s, x - 10 * s) for s in (0, 1) for x in (0.0, 1.0, 2.0, 3.0)])
    found = pairing_of(["a"] * 4 + ["b"] * 4, figures)
    # r is held at 0.999, z = 3.8; six degrees of freedom are worth seven pairs, whose 4 count against the prior's 4.
    assert found.within == pytest.approx(np.tanh(np.arctanh(0.999) / 2))
    assert found.between == found.within  # two sources tell nothing of their own
    assert (found.pairs, found.sources) == (8, 2)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_any_three_correlations_can_be_drawn(entries: list[float]) -> None:
    matrix = np.eye(3)
    matrix[np.triu_indices(3, 1)] = entries
    matrix = proper(np.triu(matrix) + np.triu(matrix, 1).T)
    assert np.linalg.eigvalsh(matrix)[0] > 0
    columns = np.stack([cells("x")[outcome] for outcome in ("quality", "cost", "latency")])
    drawn = joined(columns, matrix)
    assert all(np.array_equal(np.sort(row), np.arange(DRAWS)) for row in drawn)
    # Spearman's rho of a Gaussian copula is 6 / pi asin(r / 2); 2,048 points of a net hold it to about a hundredth.
    assert np.corrcoef(drawn) == pytest.approx(6 / np.pi * np.arcsin(matrix / 2), abs=0.05)


def test_an_experiment_is_worth_no_more_than_knowing_all() -> None:
    made = appraise(
        synthesise(curve(np.random.default_rng(3), 6), {"t": technique()}, SETTINGS), {"t": technique()}, SETTINGS
    )
    everything = evpi(made.net_benefit("t"))
    # The same integral over 512 groups instead of 2,048 points: within 2 percent, and some USD.
    assert evsi(made, "t", 10_000_000) == pytest.approx(everything, rel=0.03, abs=5)


def test_what_nobody_measured_together_is_drawn_apart() -> None:
    made = appraisal([plain("x")], [normal("x", "quality", 0.1, 0.5), normal("x", "cost", 0.1, 0.5)])
    assert np.array_equal(made.correlations("x"), np.eye(3))
    assert made.places("x") is cells("x")
