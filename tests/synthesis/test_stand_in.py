"""Triangular assumptions as mixtures, against scipy's triangular distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tierproof.errors import InputError
from tierproof.evidence.technique import Assumption
from tierproof.synthesis.posteriors.stand_in import stand_in, triangle


@pytest.mark.parametrize(
    ("low", "mode", "high"), [(-0.45, 0.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 0.2, 3.0), (5.0, 5.5, 6.0)]
)
def test_the_triangle(low: float, mode: float, high: float) -> None:
    ours = triangle(low, mode, high)
    reference = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
    assert ours.mean == pytest.approx(reference.mean(), abs=1e-10)  # closed forms on both sides
    assert ours.sd == pytest.approx(reference.std(), rel=1e-6)
    x = np.linspace(low - 0.1, high + 0.1, 400)
    assert np.abs(ours.cdf(x) - reference.cdf(x)).max() < 0.01  # what the docstring promises


@settings(max_examples=80)
@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3).map(sorted))
def test_any_triangle_is_a_distribution(ends: list[float]) -> None:
    low, mode, high = ends
    ours = triangle(low, mode, high)
    # An edge that lies on the mode but for 1e-4 of the width is dropped, which moves the mean by less than that.
    assert ours.mean == pytest.approx((low + mode + high) / 3, abs=1e-4)
    assert ours.sd <= 0.25 * (high - low) + 1e-4  # of all triangles none has a larger sd than (high - low) / sqrt(18)


def test_one_value_is_nearly_a_point() -> None:
    ours = triangle(0.3, 0.3, 0.3)
    assert ours.mean == 0.3
    assert ours.sd < 1e-3


def test_resources_are_assumed_as_ratios() -> None:
    ours = stand_in(Assumption(low=0.5, mode=1.0, high=2.0), "cost", technique="t")
    assert ours.mean == pytest.approx(0.0, abs=1e-12)  # symmetric in the logarithm
    assert float(ours.quantile(0.9999)) < math.log(2.0) + 0.1


def test_a_ratio_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="ratio of 0 for cost"):
        stand_in(Assumption(low=0.0, mode=1.0, high=2.0), "cost", technique="t")
