"""Where a reader stands, beside his baseline: how far his model's size and his task may carry an average."""

from __future__ import annotations

import pytest
from msgspec import structs

from synthesis.made import SETTINGS, effect, technique
from tierproof.evidence.effect import Effect
from tierproof.synthesis import Context, Posterior, synthesise

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
