"""Arms against the arm that differs from them in the technique alone, where that is not the baseline.

Enters: results against the baseline, and the trials.  Leaves: results with other opponents.  Must not know records.

A model tuned with frozen embeddings owes most of its gain to tuning; what freezing does shows against the model tuned
without.  Which arm that is, the technique's recipe says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from tierproof.experiment.findings.arm import Options, opponent_of
from tierproof.experiment.findings.effects import LEAST_PAIRS, ArmResult, Comparison, compare
from tierproof.experiment.trials.trials import BASELINE, Trials
from tierproof.experiment.workload.scorers.agreement import JudgeError

__all__ = ["fairly_compared", "in_place_of"]


def fairly_compared(
    results: Sequence[ArmResult],
    trials: Trials,
    stated: Options,
    error: JudgeError | None = None,
    *,
    without: Collection[str] = (),
) -> tuple[ArmResult, ...]:
    """The results, each against what shows its technique; without a comparison where that arm is missing.

    `without`: arms that were not measured, though they were tried.
    """
    fair = []
    for result in results:
        opponent = "" if result.arm.name == trials.arms[BASELINE] else opponent_of(result.arm.name, stated)
        if not opponent:
            fair.append(result)
            continue
        comparison = None if opponent in without else _between(trials, result.arm.name, opponent, error)
        fair.append(dataclasses.replace(result, comparison=comparison, opponent=opponent))
    return tuple(fair)


def in_place_of(
    results: Sequence[ArmResult],
    trials: Trials,
    stated: Options,
    error: JudgeError | None = None,
    *,
    without: Collection[str] = (),
) -> tuple[ArmResult, ...]:
    """Further results: arms in the place of one that reaches the same end, where both were measured."""
    further = []
    for result in results:
        opponent = (
            "" if result.arm.name == trials.arms[BASELINE] else opponent_of(result.arm.name, stated, instead=True)
        )
        known = opponent and opponent not in without
        comparison = _between(trials, result.arm.name, opponent, error) if known else None
        if comparison is not None:
            further.append(dataclasses.replace(result, comparison=comparison, opponent=opponent, replaces=True))
    return tuple(further)


def _between(trials: Trials, arm: str, opponent: str, error: JudgeError | None) -> Comparison | None:
    if opponent not in trials.arms:
        return None
    pairs = trials.pairs(trials.arms.index(arm), against=trials.arms.index(opponent))
    return compare(pairs, error) if len(pairs) >= LEAST_PAIRS else None
