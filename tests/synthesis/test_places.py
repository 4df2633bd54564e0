"""Where a reader stands, beside his baseline: how far his model's size and his task may carry an average."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from synthesis.made import SETTINGS, effect, technique
from tierproof.evidence import effects_of, load_pack
from tierproof.evidence.effect import Effect
from tierproof.synthesis import Context, Posterior, Priors, priors_of, synthesise
from tierproof.synthesis.model.regressors import BASELINE, SIZE, TASK
from tierproof.synthesis.pooling import Pooling, pool_effects
from tierproof.synthesis.posteriors.answering import evidence_for
from tierproof.synthesis.synthesise import learned_across, priors_for
from tierproof.synthesis.values.context import OF_SUCCESSES

LOOSE = structs.replace(SETTINGS, priors={"size_sd": 1.0, "task_sd": 1.0, "baseline_sd": 1e-6})
"""Coefficients are as the records say: what they carry is what is looked at."""


def quality(effects: list[Effect], context: Context) -> Posterior:
    return synthesise(effects, {"t": technique()}, LOOSE, context).posteriors["t", "quality"]


def falling_with_size(largest: float = 0.02) -> list[Effect]:
    """Six sources that all gain, less with each size and next to nothing with the largest: no line says so."""
    return [
        effect(y, 0.02, source=f"s{j}", number=k, params_b=size)
        for j in range(6)
        for k, (size, y) in enumerate(((0.01, 0.6), (0.1, 0.3), (1.0, 0.02), (3.0, largest)))
    ]


def test_a_size_carries_no_average_to_a_sign_that_no_source_shows() -> None:
    found, plain = (quality(falling_with_size(), Context(params_b=size)) for size in (3.0, None))
    assert found.source_range is not None
    assert found.source_range[0] > 0
    assert found.carried is not None
    assert found.carried.to_none
    assert float(found.average.quantile(0.5)) == pytest.approx(0.0, abs=1e-4)
    # How far the size carries is not known then: as far as to none at least.
    assert found.average.sd > plain.average.mean > 0.2


def test_records_of_the_readers_size_that_show_the_sign_carry_it() -> None:
    found = quality(falling_with_size(largest=-0.3), Context(params_b=3.0))
    assert found.source_range is not None
    assert found.source_range[0] > 0
    assert found.carried is not None
    assert not found.carried.to_none
    assert found.average.mean < -0.05


def test_beyond_the_evidence_its_nearest_size_is_what_is_known() -> None:
    averages = [quality(falling_with_size(), Context(params_b=size)).average.mean for size in (0.0001, 0.01, 0.1)]
    assert averages[0] == averages[1]
    assert averages[1] > averages[2]


def test_a_task_that_none_is_about_carries_no_average_to_a_sign_that_no_source_shows() -> None:
    """One source each loses on three tasks; on a fourth all gain, so that a task of its own lies between."""
    effects = [
        effect(y, 0.02, source=f"s{j}", number=k, task_family=task)
        for j in range(4)
        for k, (task, y) in enumerate((("code", -0.3), ("code", -0.3), ("code", -0.3), ("math", 0.5)))
    ]
    on_math, unmet = (quality(effects, Context(task_family=task)) for task in ("math", "agent"))
    assert on_math.source_range is not None
    assert on_math.source_range[1] < 0
    assert on_math.average.mean > 0.3
    assert unmet.carried is not None
    assert unmet.carried.to_none
    assert float(unmet.average.quantile(0.5)) == pytest.approx(0.0, abs=1e-4)


def found_there(pooling: Pooling, place: Context) -> tuple[float, float]:
    """The least and the greatest that any source shows: of all its records, and of those near the reader in any way.

    No effect may always be said, and so may what the records say at their own place.
    """
    asked = place if pooling.effects[0].record.outcome in OF_SUCCESSES else replace(place, baseline=None)
    kinds = [pooling.design.read_at(asked).near(kind) for kind in (BASELINE, SIZE, TASK)]
    own = float(pooling.fit.average(pooling.design.middle).quantile(0.5))
    means = [0.0, own]
    for some in (subset for size in range(4) for subset in combinations(kinds, size)):
        kept = pooling.weights * np.logical_and.reduce([np.ones(len(pooling.weights), dtype=bool), *some])
        of_source = np.bincount(pooling.figures.source, weights=kept)
        sums = np.bincount(pooling.figures.source, weights=kept * pooling.figures.estimate)
        means += (sums[of_source > 0] / of_source[of_source > 0]).tolist()
    return min(means), max(means)


def assert_no_farther_than_found(pooling: Pooling, place: Context) -> None:
    low, high = found_there(pooling, place)
    told = float(pooling.at(place).average().quantile(0.5))
    # A thousandth of a log odds is a fortieth of a point: three steps towards where it stops leave less.
    assert low - 1e-3 <= told <= high + 1e-3, (pooling.effects[0].record.id, place, low, told, high)


@pytest.mark.parametrize("pack_name", ["production_ai", "production_vision", "bcg_vaccine"])
def test_no_average_that_is_told_lies_where_no_source_has_been(pack_name: str) -> None:
    pack = load_pack(pack_name)
    context, priors = Context(baseline=pack.settings.profile.get("baseline_success", 0.7)), priors_of(pack.settings)
    evidence = evidence_for(effects_of(pack.records, pack.settings).effects, pack.techniques, context)
    pooled = {key: pool_effects(found.used, context, priors) for key, found in evidence.items() if found.used}
    across = {outcome: learned_across(pooled, outcome, priors) for outcome in {outcome for _, outcome in pooled}}
    shares, sizes, tasks = (0.05, 0.3, 0.5, 0.7, 0.9, 0.98), (None, 0.5, 8, 400), pack.settings.task_families
    places = [
        context,
        *(Context(baseline=share, params_b=size) for share in shares for size in sizes),
        *(Context(baseline=share, task_family=task) for share in (0.3, 0.7, 0.98) for task in tasks),
    ]
    for (name, outcome), alone in pooled.items():
        pooling = alone.learning(priors_for(name, across[outcome], outcome, share=priors.interest_kept))
        for place in places:
            assert_no_farther_than_found(pooling, place)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_average_of_any_figures_lies_where_no_source_has_been(data: st.DataObject) -> None:
    """Few sources with slopes of their own, some that gain by the difference, read anywhere."""
    effects = []
    for source in range(data.draw(st.integers(1, 4))):
        centre, slope, grows = (data.draw(st.floats(-1.0, 1.0)) for _ in range(3))
        owner = data.draw(st.sampled_from(["independent", "authors"]))
        for number in range(data.draw(st.integers(1, 6))):
            baseline, size = data.draw(st.floats(5.0, 95.0)), data.draw(st.sampled_from([None, 0.5, 8.0, 70.0]))
            y = centre + slope * (baseline - 50.0) / 25.0 + grows * (0.0 if size is None else np.log10(size) / 2)
            effects.append(effect(float(y), data.draw(st.sampled_from([0.02, 0.1, 0.4])), source=f"s{source}",
                                  number=number, baseline=baseline, params_b=size, independence=owner,
                                  task_family=data.draw(st.sampled_from(["code", "math"]))))  # fmt: skip
    learned = {"interested": (data.draw(st.sampled_from([0.0, 0.4])), 0.1), "baseline": (-0.1, 0.1)}
    pooling = pool_effects(effects, Context(), Priors()).learning(learned)
    for place in (Context(baseline=0.05), Context(baseline=0.95, params_b=400), Context(task_family="math")):
        assert_no_farther_than_found(pooling, place)
