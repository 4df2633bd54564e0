"""What the times of arms, taken apart from the run, say of results and standings.

Enters: results against a baseline or another opponent, how arms stand, and times.  Leaves: the same with their times.
Without times there is no latency, and time decides nothing.  Must not know how times were taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tierproof.experiment.design.guarantee import Rule
from tierproof.experiment.design.standing import DECIDED, UNDECIDED, Stakes, Standing, State
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.timing.interleaved import LEAST_TIMED, Times
from tierproof.experiment.trials.paired import Array, Estimate, log_ratio
from tierproof.experiment.trials.student import t_quantile
from tierproof.experiment.trials.trials import BASELINE, Trials

__all__ = ["standings_with_times", "with_times"]


def with_times(results: Sequence[ArmResult], arms: Mapping[str, int], times: Times | None) -> tuple[ArmResult, ...]:
    """The results with the times of their arms and comparisons.  `arms`: places by name."""
    found = []
    for result in results:
        place = arms[result.arm.name]
        base, own = _pair(times, arms.get(result.opponent, BASELINE), place)
        comparison = result.comparison
        if comparison is not None:
            timed = len(own) >= LEAST_TIMED
            comparison = replace(
                comparison,
                latency=log_ratio(base, own) if timed else None,
                baseline_seconds=float(base.mean()) if timed else math.nan,
                treated_seconds=float(own.mean()) if timed else math.nan,
            )
        seconds = float(own.mean()) if len(own) >= LEAST_TIMED else math.nan
        found.append(replace(result, seconds=seconds, comparison=comparison))
    return tuple(found)


def standings_with_times(
    standings: Sequence[Standing], trials: Trials, stakes: Stakes, times: Times | None, rule: Rule
) -> tuple[Standing, ...]:
    """How arms stand where the time that they take beyond the baseline is counted at its price.

    Decisions are taken anew, by the same rule, at the differences that pay for the time as well.
    """
    moved = [_with_time(standing, trials, stakes, times) for standing in standings]
    cases = {one.arm: case for one in moved if (case := one.case) is not None and one.state in (*DECIDED, *UNDECIDED)}
    decisions, turning = rule.decide(cases, {}), rule.turning(cases)
    return tuple(
        _decided(one, standing, stakes, rule, decisions.get(one.arm), turns=one.arm in turning)
        if one is not standing
        else standing
        for one, standing in zip(moved, standings, strict=True)
    )


def _decided(
    one: Standing,
    before: Standing,
    stakes: Stakes,
    rule: Rule,
    decision: tuple[State, float] | None,
    *,
    turns: bool,
) -> Standing:
    if math.isnan(one.threshold):
        return one
    if one.differences is None:
        # The end of a fixed run.
        return replace(one, state=stakes.decided_by(one, rule.one_sided))
    if turns:
        return replace(one, state="turns on missing answers")
    undecided: State = "not worth more calls" if before.state == "not worth more calls" else "items used up"
    return replace(one, state=undecided if decision is None else decision[0])


def _with_time(standing: Standing, trials: Trials, stakes: Stakes, times: Times | None) -> Standing:
    base, own = _pair(times, BASELINE, standing.arm)
    if (
        len(own) < LEAST_TIMED
        or stakes.latency_price == 0
        or standing.state in ("broken", "under stress", "control", "open")
    ):
        return standing
    gaps = own - base
    extra = Estimate(float(gaps.mean()), float(gaps.std(ddof=1)) / math.sqrt(len(gaps)))
    belief = replace(stakes, latency_price=0.0).belief(trials.pairs(standing.arm))
    price = stakes.latency_price
    moved = replace(belief, mean=belief.mean - price * extra.value, sd=math.hypot(belief.sd, price * extra.se))
    found = replace(
        standing,
        p_worth=stakes.p_worth(moved),
        loss=moved.evpi * stakes.requests,
        extremes=tuple(
            replace(one, p_worth=stakes.p_worth(moved, one.difference - standing.difference))
            for one in standing.extremes
        ),
    )
    if stakes.value_per_success == 0:
        return found
    value = abs(stakes.value_per_success)
    return replace(
        found,
        threshold=standing.threshold + price * extra.value / stakes.value_per_success,
        reach=standing.reach + t_quantile(0.975, len(gaps) - 1) * price * extra.se / value,
    )


def _pair(times: Times | None, one: int, other: int) -> tuple[Array, Array]:
    return (np.zeros(0), np.zeros(0)) if times is None else times.pairs(one, other)
