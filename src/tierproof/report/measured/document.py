"""A measurement as plain data: what `--json` prints and programs read.

Enters: a `Measurement` and what own data does to the table.  Leaves: a dict of JSON types, figures in full precision.
Knows nothing of layouts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tierproof.decision.own import Update
from tierproof.evidence.record import Outcome
from tierproof.experiment.design.standing import Standing
from tierproof.experiment.findings.effects import ArmResult, Comparison
from tierproof.experiment.findings.paired import Estimate
from tierproof.experiment.run.budget import Amount
from tierproof.experiment.run.measurement import Measurement
from tierproof.report.table.document import interval_dict
from tierproof.report.words.stressed import stress_dicts
from tierproof.report.words.training import training_dicts
from tierproof.synthesis.posterior import Interval

__all__ = ["SCHEMA", "finite", "measure_dict"]

SCHEMA = "tierproof/measure/1"
"""Grows by new fields only; a field that changes its meaning makes it 2."""


def measure_dict(found: Measurement, updates: Iterable[Update] = ()) -> dict[str, Any]:
    """Everything but the per-item outcomes, ready for `json.dumps`."""
    workload = found.workload
    budget = found.budget
    return {
        "schema": SCHEMA,
        "workload": {
            "name": workload.name,
            "items": len(workload.items),
            "setting": workload.setting,
            "task_family": workload.task_family,
            "scorer": str(workload.scorer),
        },
        "design": {
            "kind": "adaptive" if found.fixed is None else "fixed",
            "items": found.fixed,
            "level": found.level,
            "value_per_success_usd": found.stakes.value_per_success,
            "latency_price_usd": found.stakes.latency_price,
            "requests": found.stakes.requests,
            "minimal_difference": found.stakes.minimal_difference,
        },
        "ending": {"kind": found.ending.kind, "message": found.ending.message},
        "spend": {
            **_amount(found.spend.total),
            "presumed": _amount(found.spend.presumed),
            "seconds": found.seconds,
            "excesses": dict(found.excesses),
        },
        "budget": {"usd": budget.usd, "tokens": budget.tokens, "calls": budget.calls, "minutes": budget.minutes},
        "arms": [_arm(result) for result in found.results],
        "stressed": stress_dicts(found.stressed),
        "trained": training_dicts(found.trained),
        "left_out": dict(found.left_out),
        "updates": [_update(update) for update in updates],
        "folder": str(found.folder),
    }


def _amount(amount: Amount) -> dict[str, Any]:
    return {"usd": amount.usd, "calls": amount.calls, "tokens": amount.tokens}


def _arm(result: ArmResult) -> dict[str, Any]:
    return {
        "name": result.arm.name,
        "technique": result.arm.technique,
        "stress": result.arm.stress,
        "diff": list(result.arm.diff),
        "answered": result.answered,
        "failed": result.failed,
        "broken": result.broken,
        "score": finite(result.score),
        "usd": finite(result.usd),
        "seconds": finite(result.seconds),
        "calls": result.calls,
        "usd_estimated": result.estimated,
        "standing": None if result.standing is None else _standing(result.standing),
        "comparison": None if result.comparison is None else _comparison(result.comparison),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    low, high = standing.interval
    return {
        "state": standing.state,
        "pairs": standing.pairs,
        "difference": finite(standing.difference),
        "low": low,
        "high": high,
        "threshold": finite(standing.threshold),
        "p_worth": standing.p_worth,
        "expected_loss_usd": standing.loss,
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    return {
        "pairs": one.pairs,
        "baseline": one.baseline,
        "treated": one.treated,
        "won": one.won,
        "lost": one.lost,
        "p_exact": one.p_exact,
        "difference": _estimate(one.difference),
        "quality_log_odds_ratio": _estimate(one.quality),
        "cost_log_ratio": _estimate(one.cost),
        "latency_log_ratio": _estimate(one.latency),
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else {"value": estimate.value, "se": estimate.se}


def _update(update: Update) -> dict[str, Any]:
    return {
        "technique": update.technique,
        "name": update.name,
        "tier_before": update.before.tier,
        "tier_after": update.after.tier,
        "net_benefit_before": interval_dict(update.before.net_benefit),
        "net_benefit_after": interval_dict(update.after.net_benefit),
        "literature": _intervals(update.literature),
        "own": _intervals(update.own),
        "together": _intervals(update.together),
    }


def _intervals(intervals: Mapping[Outcome, Interval]) -> dict[str, Any]:
    return {outcome: interval_dict(interval) for outcome, interval in intervals.items()}


def finite(value: float) -> float | None:
    """JSON knows no NaN."""
    return value if math.isfinite(value) else None
