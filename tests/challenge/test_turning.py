"""Turning points against what they are defined by: the share of draws on either side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierproof.challenge.weighing.turning import bisected, linear_crossing

NUMBERS = st.lists(st.floats(-5, 5).filter(lambda x: abs(x) > 1e-3), min_size=3, max_size=60)


def share(slope: np.ndarray, offset: np.ndarray, x: float) -> float:
    return float(np.mean(slope * x + offset > 0))


@settings(max_examples=200)
@given(NUMBERS, st.integers(0, 2**32 - 1), st.sampled_from([0.2, 0.5, 0.8]), st.floats(0.01, 100))
def test_a_crossing_separates_the_sides(slopes: list[float], seed: int, level: float, now: float) -> None:
    slope = np.array(slopes)
    offset = np.random.default_rng(seed).normal(size=len(slope))
    found = linear_crossing(slope, offset, level, now=now)
    if found is None:
        # No crossing: P stays on one side of the level at every breakpoint, tried between all of them.
        at = np.sort(-offset / slope)
        between = np.concatenate(([1e-9], (at[1:] + at[:-1]) / 2, [at[-1] + 1.0]))
        sides = {share(slope, offset, x) >= level for x in between if x > 0}
        assert len(sides) == 1
        return
    # As close to the crossing as doubles allow: the step is at the crossing itself.
    near = abs(found.at) * 1e-9
    inside, outside = (
        (found.at + near, found.at - near) if found.side == "above" else (found.at - near, found.at + near)
    )
    assert share(slope, offset, inside) >= level > share(slope, offset, outside)


def test_the_crossing_of_one_line_is_its_root() -> None:
    """-3 + 2 x is positive above 1.5, in closed form; every draw is the same, so any level is crossed there."""
    slope, offset = np.full(10, 2.0), np.full(10, -3.0)
    found = linear_crossing(slope, offset, 0.8, now=1.0)
    assert found is not None
    assert (found.at, found.side) == (pytest.approx(1.5, rel=1e-15), "above")


def test_the_nearest_of_two_crossings_is_taken() -> None:
    """Half the draws gain from x = 1 on, half stop gaining at x = 10: P is 1 between and 1/2 outside."""
    slope, offset = np.array([1.0, -1.0]), np.array([-1.0, 10.0])
    low, high = linear_crossing(slope, offset, 0.8, now=2.0), linear_crossing(slope, offset, 0.8, now=9.0)
    assert low is not None and high is not None
    assert (low.at, low.side) == (1.0, "above")
    assert (high.at, high.side) == (10.0, "below")


def test_bisection_finds_a_normal_quantile() -> None:
    """P(N(0, 1) <= x) = 0.8 at x = 0.841621; the bracket stops at a thousandth."""
    from scipy.stats import norm

    found = bisected(lambda x: float(norm.cdf(x)), 0.8, 0.1, 3.0)
    assert found is not None
    assert found.at == pytest.approx(0.841621, rel=2e-3)
    assert found.side == "above"
    assert bisected(lambda x: float(norm.cdf(x)), 0.8, 1.0, 3.0) is None
