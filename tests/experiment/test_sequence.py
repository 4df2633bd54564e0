"""Confidence sequences: they hold at every look, and narrow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tierproof.experiment.design.sequence import ConfidenceSequence

KINDS = [([0.22, 0.70, 0.08], 0.14), ([0.05, 0.9, 0.05], 0.0), ([0.0, 0.98, 0.02], -0.02)]


@pytest.mark.parametrize(("shares", "mean"), KINDS)
def test_the_mean_is_never_left_out_more_often_than_stated(shares: list[float], mean: float) -> None:
    rng = np.random.default_rng(8)
    repetitions, missed = 150, 0
    for _ in range(repetitions):
        sequence = ConfidenceSequence(0.1)
        values = rng.choice([1.0, 0.0, -1.0], p=shares, size=400)
        for start in range(0, 400, 20):
            sequence.update(values[start : start + 20])
            low, high = sequence.interval
            if not low <= mean <= high:
                missed += 1
                break
    # P(missed > 26 of 150) under a rate of 0.1 is 0.002.
    assert missed <= 26


def test_a_fixed_interval_watched_in_the_same_way_fails() -> None:
    """What the sequence is for: the same looks with a normal 90 % interval leave the mean out far more often."""
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(150):
        values = rng.choice([1.0, 0.0, -1.0], p=[0.22, 0.70, 0.08], size=400)
        for stop in range(20, 401, 20):
            seen = values[:stop]
            if abs(seen.mean() - 0.14) > 1.645 * seen.std(ddof=1) / math.sqrt(stop):
                missed += 1
                break
    assert missed > 40


def test_it_narrows_to_near_a_fixed_interval() -> None:
    rng = np.random.default_rng(2)
    values = rng.choice([1.0, 0.0, -1.0], p=[0.22, 0.70, 0.08], size=5000)
    sequence = ConfidenceSequence(0.05)
    widths = []
    for start in range(0, 5000, 100):
        sequence.update(values[start : start + 100])
        low, high = sequence.interval
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    fixed = 2 * 1.96 * values.std() / math.sqrt(5000)
    # Holding at every look costs a factor that grows as sqrt(log log n): between 1.5 and 2.5 at sizes like these.
    assert fixed < widths[-1] < 2.5 * fixed


def test_looking_changes_nothing() -> None:
    values = np.random.default_rng(4).choice([1.0, 0.0, -1.0], size=700)
    often, once = ConfidenceSequence(0.05), ConfidenceSequence(0.05)
    once.update(values)
    for start in range(0, 700, 37):
        often.update(values[start : start + 37])
        _ = often.interval
    # Candidates are dropped at chunk ends, which differ; capital is looked at after every item in both.
    assert often.interval == pytest.approx(once.interval, abs=0.004)


def test_nothing_is_known_before_the_first_item_and_bad_input_is_refused() -> None:
    sequence = ConfidenceSequence(0.05)
    assert sequence.interval == (-1.0, 1.0)
    sequence.update(np.zeros(0))
    assert sequence.interval == (-1.0, 1.0)
    for bad in (1.5, math.nan):
        with pytest.raises(ValueError, match="differences"):
            sequence.update(np.array([bad]))
    with pytest.raises(ValueError, match="alpha"):
        ConfidenceSequence(0.0)


@pytest.mark.parametrize("value", [1.0, -1.0, 0.0])
def test_constant_differences(value: float) -> None:
    sequence = ConfidenceSequence(0.05)
    sequence.update(np.full(2000, value))
    low, high = sequence.interval
    assert low <= value <= high
    assert high - low < 0.05
