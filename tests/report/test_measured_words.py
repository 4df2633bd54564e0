"""An arm of a measurement in words."""

from __future__ import annotations

from experiment.test_effects import ARMS, right, trials
from tierproof.experiment.findings.effects import results_of
from tierproof.report.words.measured import arm_words


def test_costs_are_multiples_and_nothing_is_free() -> None:
    scores = right(30, 0.5, 1), right(30, 0.5, 2), right(30, 0.5, 3)
    baseline, dear, free = map(arm_words, results_of(ARMS, trials(*scores, usd=(0.01, 0.02, 0.0)), ()))
    assert (baseline.cost, dear.cost, free.cost) == ("$10/1k", "×2", "free")
