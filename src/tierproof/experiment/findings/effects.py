"""What a finished or stopped run says of each arm: its means, and paired effects against the baseline.

Enters: paired trials, the scorer's own error where it was measured.  Leaves: an `ArmResult` an arm.  Must not know
calls, rounds or what is decided on them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tierproof.experiment.design.standing import Standing
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.trials.paired import Array, Estimate, difference, exact_mcnemar, log_odds_ratio, log_ratio
from tierproof.experiment.trials.trials import BASELINE, Pairs, Trials
from tierproof.experiment.workload.scorers.agreement import JudgeError

__all__ = ["ArmResult", "Comparison", "compare", "results_of"]

LEAST_PAIRS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An arm against the baseline, over the items that both answered."""

    pairs: int
    baseline: float
    """Mean score on these items; so below."""
    treated: float
    difference: Estimate
    """In score, from -1 to 1."""
    quality: Estimate
    """Log odds ratio; up is better."""
    cost: Estimate | None
    """Log ratio of USD a request, over the items to which both gave an answer; None where either is free."""
    latency: Estimate | None
    """Log ratio of seconds a request."""
    baseline_usd: float
    treated_usd: float
    baseline_seconds: float
    treated_seconds: float
    won: int
    """Items that the arm got better than the baseline."""
    lost: int
    p_exact: float | None
    """Exact McNemar test, two-sided, of one look; None for scores between right and wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResult:
    """All that is reported of one arm."""

    arm: Arm
    answered: int
    """Items with a score."""
    tried: int
    """Answers that were asked for."""
    repeats: int = 1
    """Of them, for each item."""
    failed: int
    """Those without a score: the endpoint kept failing or refused, or the answer could not be scored."""
    refused: int = 0
    """Those of them that the endpoint refused for good."""
    refused_as_wrong: float | None = None
    """Mean difference to the baseline if what only one of the two was refused were wrong; None: there is none such."""
    broken: int
    """Those scored 0 because the system raised."""
    ended: Mapping[str, int] = field(default_factory=dict)
    """Replies that were no whole answer, by how they ended: `cut off`, `filtered`, `declined`,
    `tool call`, `empty`.  They are scored as they
    are.
    """
    score: float
    """Mean over all scored items; NaN without any."""
    usd: float
    """Mean of a request that was answered; so below."""
    seconds: float
    calls: float
    """Mean of an answer."""
    estimated: bool = False
    """Its cost, or the baseline's beside it, rests on tokens that the endpoint did not report."""
    unmeasured: str = ""
    """Why it was not measured here; it then has neither comparison nor standing."""
    comparison: Comparison | None = None
    """None for the baseline, and below two pairs."""
    opponent: str = ""
    """The arm that the comparison is with; empty: the baseline."""
    replaces: bool = False
    """The opponent reaches the same end in another way."""
    standing: Standing | None = None


def results_of(
    arms: Sequence[Arm], trials: Trials, standings: Iterable[Standing], error: JudgeError | None = None
) -> tuple[ArmResult, ...]:
    """One result an arm, the baseline's first."""
    by_arm = {standing.arm: standing for standing in standings}
    results = []
    for number, arm in enumerate(arms):
        score, usd, seconds = trials.means(number)
        pairs = trials.pairs(number)
        standing = by_arm.get(number)
        results.append(
            ArmResult(
                arm=arm,
                answered=trials.answered(number),
                tried=trials.tried[number],
                repeats=trials.repeats,
                failed=trials.failed[number],
                refused=trials.refused[number],
                refused_as_wrong=trials.refused_as_wrong(number) if number else None,
                broken=trials.broken[number],
                ended=dict(trials.ended[number]),
                score=score,
                usd=usd,
                seconds=seconds,
                calls=trials.calls[number] / max(1, trials.tried[number]),
                estimated=trials.estimated[number] + trials.estimated[BASELINE] > 0,
                comparison=compare(pairs, error) if number and len(pairs) >= LEAST_PAIRS else None,
                standing=standing if standing is None or error is None else _true_standing(standing, error),
            )
        )
    return tuple(results)


def compare(pairs: Pairs, error: JudgeError | None = None) -> Comparison:
    """The paired effects.  `error`: shares and differences are put right by it, and its uncertainty is added."""
    score0, score1 = pairs.score
    gap, quality = difference(score0, score1), log_odds_ratio(score0, score1)
    p0, p1 = float(score0.mean()), float(score1.mean())
    if error is not None:
        p0, p1, gap, quality = _true_quality(p0, p1, gap, len(pairs), error)
    usd, seconds = pairs.taken
    enough = len(usd[0]) >= LEAST_PAIRS
    binary = bool(((score0 == 0) | (score0 == 1)).all() and ((score1 == 0) | (score1 == 1)).all())
    return Comparison(
        pairs=len(pairs),
        baseline=p0,
        treated=p1,
        difference=gap,
        quality=quality,
        cost=log_ratio(*usd) if enough else None,
        latency=log_ratio(*seconds) if enough else None,
        baseline_usd=_mean(usd[0]),
        treated_usd=_mean(usd[1]),
        baseline_seconds=_mean(seconds[0]),
        treated_seconds=_mean(seconds[1]),
        won=int((score1 > score0).sum()),
        lost=int((score1 < score0).sum()),
        p_exact=exact_mcnemar(score0, score1) if binary else None,
    )


def _true_quality(
    p0: float, p1: float, gap: Estimate, n: int, error: JudgeError
) -> tuple[float, float, Estimate, Estimate]:
    """Shares, difference and log odds ratio behind what a fallible judge saw."""
    true0, true1 = error.share(p0, 0.0).value, error.share(p1, 0.0).value
    put_right = error.difference(gap.value, gap.se)
    kept0, kept1 = (min(max(p, 0.5 / n), 1 - 0.5 / n) for p in (true0, true1))
    ratio = _logit(kept1) - _logit(kept0)
    least = 1 / n * math.sqrt(2 / (kept0 * (1 - kept0)) / (kept1 * (1 - kept1)))
    # The secant of the logit: its z is the difference's.
    slope = ratio / (kept1 - kept0) if abs(kept1 - kept0) > 1e-9 else 1 / (kept0 * (1 - kept0))
    se = max(put_right.se * slope, least)
    return true0, true1, Estimate(put_right.value, put_right.se), Estimate(ratio, se)


def _true_standing(standing: Standing, error: JudgeError) -> Standing:
    """The interval of the true difference; the judge's own uncertainty widens it by two standard errors."""
    return replace(
        standing,
        interval=_true_interval(standing.interval, error),
        difference=_true_gap(standing.difference, error),
        threshold=standing.threshold / error.informative,
        reach=standing.reach / error.informative,
        extremes=tuple(
            replace(one, difference=_true_gap(one.difference, error), interval=_true_interval(one.interval, error))
            for one in standing.extremes
        ),
    )


def _true_interval(interval: tuple[float, float], error: JudgeError) -> tuple[float, float]:
    low, high = (
        error.difference(end, 0.0).value + sign * 1.96 * error.difference(end, 0.0).se
        for end, sign in zip(interval, (-1, 1), strict=True)
    )
    return max(-1.0, low), min(1.0, high)


def _true_gap(gap: float, error: JudgeError) -> float:
    return gap if math.isnan(gap) else error.difference(gap, 0.0).value


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else math.nan


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)
