"""Other answers to the same question."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.made import SETTINGS, effect, technique, world
from tierproof.evidence.effect import Effect
from tierproof.synthesis import Sensitivity, synthesise

POOLS = st.lists(
    st.builds(
        lambda estimate, se, source, number, **fields: effect(
            estimate, se, source=f"s{source}", number=number, **fields
        ),
        st.floats(-0.6, 0.9),
        st.floats(0.05, 0.8),
        st.integers(0, 4),
        st.integers(0, 10**6),
        independence=st.sampled_from(["authors", "rival", "independent"]),
        selection=st.sampled_from(["complete", "complete", "picked"]),
        doubtful=st.sampled_from([False, False, True]),
        baseline=st.sampled_from([20.0, 45.0, 80.0]),
    ),
    min_size=2,
    max_size=14,
    unique_by=lambda made: made.record.id,
)


@settings(max_examples=60, deadline=None)
@given(POOLS)
def test_what_is_said_to_oppose_is_what_the_card_shows(effects: list[Effect]) -> None:
    """Found at the main analysis' heterogeneities first, it is the same as fitting every one."""
    found = synthesise(effects, {"t": technique()}, SETTINGS, detail=True).get("t", "quality")
    if found is None:
        return
    sign = 1.0 if found.average.mean > 0 else -1.0
    others = {row.name: sign * row.average.median for row in found.sensitivity}
    near = min((abs(median) for median in others.values()), default=1.0)
    if near > 0.02:  # nearer to zero either answer is right
        assert bool(found.opposing) == any(median < 0 for median in others.values())


def rows(effects: list[Effect]) -> dict[str, Sensitivity]:
    found = synthesise(effects, {"t": technique()}, SETTINGS, detail=True).posteriors["t", "quality"]
    return {row.name: row for row in found.sensitivity}


def test_what_would_change_nothing_is_not_listed() -> None:
    assert sorted(rows(world(np.random.default_rng(1)))) == ["fixed effect", "without one"]


def test_each_choice_of_records() -> None:
    effects = world(np.random.default_rng(2), sources=6, interested=2, hype=0.5)
    effects.append(effect(2.0, source="picked", selection="picked"))
    effects.append(effect(3.0, source="doubtful", doubtful=True))
    found = rows(effects)
    assert (found["all records"].records, found["all records"].sources) == (31, 7)
    assert (found["independent"].records, found["independent"].sources) == (20, 4)
    assert (found["with doubtful"].records, found["with doubtful"].sources) == (31, 7)
    assert "complete" not in found  # the main analysis is that
    assert found["all records"].average.median > found["without one"].average.median


def test_the_most_influential_source_is_named() -> None:
    effects = [effect(0.1, 0.05, source=f"s{k}", number=j) for k in range(5) for j in range(3)]
    effects += [effect(2.5, 0.05, source="loud", number=j) for j in range(3)]
    found = rows(effects)["without one"]
    assert "loud" in found.what
    assert found.average.median == pytest.approx(0.1, abs=0.05)


def test_fixed_effect_is_the_inverse_variance_mean() -> None:
    found = rows([effect(0.1, 0.1), effect(0.5, 0.2, source="s2")])["fixed effect"]
    # (0.1 / 0.01 + 0.5 / 0.04) / (1 / 0.01 + 1 / 0.04) = 22.5 / 125, sd 125^-1/2; 90 % interval is 1.6449 sd wide.
    assert found.average.median == pytest.approx(0.18, rel=1e-9)
    assert found.average.high == pytest.approx(0.18 + 1.6448536269514722 * 125**-0.5, rel=1e-9)


def test_without_moderators_an_interested_world_looks_better() -> None:
    effects = world(np.random.default_rng(3), sources=10, interested=7, hype=0.8, mean=0.1)
    posterior = synthesise(effects, {"t": technique()}, SETTINGS, detail=True).posteriors["t", "quality"]
    plain = next(row for row in posterior.sensitivity if row.name == "no moderators")
    assert plain.average.median > posterior.average.mean + 0.1
    assert posterior.discount > 0.1


def test_one_source_cannot_be_left_out() -> None:
    assert "without one" not in rows([effect(0.1, number=k) for k in range(3)])
