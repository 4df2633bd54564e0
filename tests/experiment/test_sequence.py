"""Capital of bettors and the interval it leaves: they hold at every look, and the interval is narrow."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierproof.experiment.design.sequence import Differences, Side
from tierproof.experiment.trials.paired import Array

KINDS = [([0.22, 0.70, 0.08], 0.14), ([0.05, 0.9, 0.05], 0.0), ([0.0, 0.98, 0.02], -0.02)]
MARGIN = 0.02


def of(values: Array, items: int = 1000, error: float = 0.05, *, finite: bool = False) -> Differences:
    return Differences(np.asarray(values, dtype=np.float64), MARGIN, items, error, finite)


def drawn(shares: list[float], size: int, rng: np.random.Generator) -> Array:
    return rng.choice([1.0, 0.0, -1.0], p=shares, size=size)


@pytest.mark.parametrize(("shares", "mean"), KINDS)
@pytest.mark.parametrize("side", [1, -1])
def test_capital_against_the_true_mean_is_expected_to_stay_what_it_was(
    shares: list[float], mean: float, side: Side
) -> None:
    """A supermartingale at the boundary of what it is held against: its mean is 1 at any item, and after any stop."""
    rng = np.random.default_rng(3)
    ends, stopped = [], []
    for _ in range(1500):
        path = np.exp(of(drawn(shares, 120, rng)).capital(mean, side))
        ends.append(path[-1])
        # A stop that hangs on what was seen: at a capital of 3, or at the end.
        stopped.append(path[np.argmax(path >= 3)] if (path >= 3).any() else path[-1])
    for values in (ends, stopped):
        # Three standard errors; a bettor who peeked at the next item would be at twice that by the tenth item.
        assert abs(np.mean(values) - 1) <= 3 * np.std(values) / math.sqrt(1500)


@pytest.mark.parametrize(("shares", "mean"), KINDS)
def test_the_mean_is_never_left_out_more_often_than_stated(shares: list[float], mean: float) -> None:
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(400):
        one = of(drawn(shares, 400, rng), items=400, error=0.1)
        missed += max(one.best(mean, 1), one.best(mean, -1)) >= math.log(2 / 0.1)
    # P(more than 59 of 400) under a rate of 0.1 is 0.001.
    assert missed <= 59


def test_the_interval_says_what_the_capital_does() -> None:
    rng = np.random.default_rng(5)
    for shares, mean in KINDS:
        one = of(drawn(shares, 300, rng), error=0.2)
        low, high = one.interval
        out = max(one.best(mean, 1), one.best(mean, -1)) >= math.log(2 / 0.2)
        # Ends are rounded outwards by a step at most.
        assert out or low <= mean <= high
        for end, side in ((low, 1), (high, -1)):
            assert one.best(end, side) >= math.log(10) > one.best(end + side * 2**-13, side)  # type: ignore[arg-type]


def test_a_fixed_interval_watched_in_the_same_way_fails() -> None:
    """What the sequence is for: the same looks with a normal 90 % interval leave the mean out far more often."""
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(150):
        values = drawn([0.22, 0.70, 0.08], 400, rng)
        for stop in range(20, 401, 20):
            seen = values[:stop]
            if abs(seen.mean() - 0.14) > 1.645 * seen.std(ddof=1) / math.sqrt(stop):
                missed += 1
                break
    assert missed > 40


@pytest.mark.parametrize(("finite", "most"), [(False, 1.25), (True, 1.0)])
def test_at_half_of_the_items_it_is_near_a_classical_interval(finite: bool, most: float) -> None:
    rng = np.random.default_rng(2)
    ratios = []
    for _ in range(5):
        values = drawn([0.12, 0.80, 0.08], 1000, rng)
        low, high = of(values, items=2000, error=0.05 / 12, finite=finite).interval
        ratios.append((high - low) / (2 * NormalDist().inv_cdf(1 - 0.05 / 24) * values.std() / math.sqrt(1000)))
    # sqrt(2 ln(2 / error)) is 1.22 times the normal point where the stake is right for this depth (Waudby-Smith and
    # Ramdas 2024, section 4.1); that the interval only narrows gains a little.  Over the items themselves it is
    # sqrt(1/2) of that.
    assert np.mean(ratios) <= most


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=1, max_size=60),
    cut=st.integers(0, 60),
    finite=st.booleans(),
)
def test_it_narrows_only_and_knows_nothing_of_looks(values: list[float], cut: int, finite: bool) -> None:
    whole, part = (of(np.array(one), items=80, finite=finite) for one in (values, values[:cut]))
    (low, high), (before_low, before_high) = whole.interval, part.interval
    assert before_low <= low <= high <= before_high or low == high
    assert part.capital(0.1, 1).tobytes() == whole.capital(0.1, 1)[:cut].tobytes()


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-1, 1), min_size=1, max_size=40),
    means=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    finite=st.booleans(),
)
def test_capital_falls_with_the_mean_that_it_is_held_against(
    values: list[float], means: tuple[float, float], finite: bool
) -> None:
    one = of(np.array(values), items=50, finite=finite)
    lower, upper = sorted(means)
    with np.errstate(invalid="ignore"):
        assert bool(np.all(one.capital(lower, 1) >= one.capital(upper, 1) - 1e-9))
        assert bool(np.all(one.capital(upper, -1) >= one.capital(lower, -1) - 1e-9))


def test_the_mean_over_the_items_themselves_is_held_and_known_at_the_end() -> None:
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(300):
        values = rng.permutation(np.repeat([1.0, 0.0, -1.0], [30, 150, 20]))
        one = of(values, items=200, error=0.1, finite=True)
        missed += max(one.best(0.05, 1), one.best(0.05, -1)) >= math.log(20)
    # As above: P(more than 46 of 300) under a rate of 0.1 is 0.002.
    assert missed <= 46
    low, high = one.interval
    assert (low, high) == pytest.approx((0.05, 0.05), abs=2**-12)


def test_nothing_is_known_before_the_first_item_and_bad_input_is_refused() -> None:
    assert of(np.zeros(0)).interval == (-1.0, 1.0)
    assert of(np.zeros(0)).evidence(0.0, 1) == of(np.zeros(0)).best(0.0, -1) == 0.0
    for bad in (1.5, math.nan):
        with pytest.raises(ValueError, match="differences"):
            of(np.array([bad]))
    with pytest.raises(ValueError, match="error"):
        of(np.zeros(3), error=0.0)
    with pytest.raises(ValueError, match="items"):
        of(np.zeros(3), items=2, finite=True)


@pytest.mark.parametrize("value", [1.0, -1.0, 0.0])
def test_constant_differences(value: float) -> None:
    low, high = of(np.full(2000, value)).interval
    assert low <= value <= high
    assert high - low < 0.05
