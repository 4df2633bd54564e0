"""What making models took, and how steady training is, as evidence.

Enters: arms whose models were made, with reports; results of a run.  Leaves: `Record`s.  Must not know synthesis.

Training costs nothing before there is any, and a ratio to nothing is none: the records compare an arm with an opponent
that was trained without the technique or in another way.  What an arm took by itself stands in `training.json`.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tierproof.evidence.record import Contrast, Outcome, Record, Scope
from tierproof.experiment.calls.workshop import Trained
from tierproof.experiment.findings.arm import Arm, Options, opponent_of
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.kept.records import Origin, own_record, slug
from tierproof.systems.training.job import Report
from tierproof.techniques import parse_arm

__all__ = ["TrainedArm", "stability_records", "trained_arms", "training_records", "without_seed"]

SEED = "seed"
LEAST_SE = 1e-6
"""Of a mean log ratio over seeds that agree to the last digit."""


@dataclass(frozen=True, slots=True)
class TrainedArm:
    arm: str
    technique: str | None
    made: Trained
    before: tuple[Trained, ...] = ()
    """Models that were made on the way to it, in their order."""


@dataclass(frozen=True, slots=True)
class _Figure:
    outcome: Outcome
    metric: str
    unit: str
    scope: Scope
    treated: float
    baseline: float
    """The opponent's; 0: has none."""


def trained_arms(arms: Sequence[Arm], trained: Mapping[str, Trained]) -> tuple[TrainedArm, ...]:
    """Arms whose model was made."""
    return tuple(
        TrainedArm(arm.name, arm.technique, trained[arm.system.model], _before(arm.system.model, trained))
        for arm in arms
        if arm.system.model in trained
    )


def _before(model: str, trained: Mapping[str, Trained]) -> tuple[Trained, ...]:
    base = trained[model].base
    return (*_before(base, trained), trained[base]) if base in trained else ()


def training_records(trained: Sequence[TrainedArm], origin: Origin, stated: Options) -> tuple[Record, ...]:
    """Time, operations and memory of training against an opponent's; memory of the weights against the base's.

    Arms that differ in their seed alone make one record: the mean over seeds, with its standard error from the log
    ratios of the pairs where there are two and more.
    """
    reports = {one.arm: one.made.report for one in trained if one.made.report is not None}
    groups: dict[tuple[str, Contrast, str], list[_Figure]] = defaultdict(list)
    techniques: dict[str, str] = {}
    for one in trained:
        report = reports.get(one.arm)
        if report is None or one.technique is None:
            continue
        name = without_seed(one.arm)
        techniques[name] = one.technique
        if report.weight_bytes != report.base_weight_bytes and report.base_weight_bytes:
            groups[name, "added", ""].append(_weights(report))
        for instead in (False, True):
            opponent = opponent_of(one.arm, stated, instead=instead)
            other = reports.get(opponent)
            if other is not None:
                contrast: Contrast = "instead-of" if instead else "added"
                groups[name, contrast, without_seed(opponent)] += _costs(report, other)
    return tuple(
        record
        for (name, contrast, opponent), figures in groups.items()
        for record in _records(
            figures, name=name, technique=techniques[name], contrast=contrast, opponent=opponent, origin=origin
        )
    )


def _weights(report: Report) -> _Figure:
    mega = 2**20
    return _Figure(
        "memory", "memory of the weights", "MiB", "request", report.weight_bytes / mega, report.base_weight_bytes / mega
    )


def _costs(report: Report, other: Report) -> Iterator[_Figure]:
    yield _Figure("cost", "training time", "seconds", "training", report.seconds, other.seconds)
    yield _Figure(
        "cost", "training operations (estimate)", "FLOPs", "training", report.flops_estimate, other.flops_estimate
    )
    mega = 2**20
    yield _Figure(
        "memory",
        "memory of tensors in training",
        "MiB",
        "training",
        report.tensor_bytes / mega,
        other.tensor_bytes / mega,
    )


def _records(
    figures: Sequence[_Figure], *, name: str, technique: str, contrast: Contrast, opponent: str, origin: Origin
) -> Iterator[Record]:
    by_metric: dict[str, list[_Figure]] = defaultdict(list)
    for figure in figures:
        if figure.treated > 0 and figure.baseline > 0:
            by_metric[figure.metric].append(figure)
    for metric, same in by_metric.items():
        first = same[0]
        # Geometric means, so that the record's log ratio is the mean of the pairs' log ratios.
        treated = math.exp(statistics.fmean(math.log(one.treated) for one in same))
        baseline = math.exp(statistics.fmean(math.log(one.baseline) for one in same))
        tail = f".against-{slug(opponent)}" if opponent else ""
        yield own_record(
            origin,
            f"{slug(name)}{tail}.training.{slug(metric)}",
            technique=technique,
            comparator=f"arm {opponent}" if opponent else "the base model",
            outcome=first.outcome,
            metric=metric,
            unit=first.unit,
            higher_is_better=False,
            baseline=baseline,
            treated=treated,
            se=_standard_error(same, treated, baseline),
            note=f"{len(same)} seed{'' if len(same) == 1 else 's'}",
            contrast=contrast,
            scope=first.scope,
        )


def _standard_error(same: Sequence[_Figure], treated: float, baseline: float) -> float | None:
    """Of the difference, in the figure's unit: divided by the secant of the logarithm, as `records` does.

    None from a single seed, and for figures that no seed changes.
    """
    if len(same) < 2 or same[0].scope != "training":
        return None
    ratios = [math.log(one.treated / one.baseline) for one in same]
    se = max(LEAST_SE, statistics.stdev(ratios) / math.sqrt(len(ratios)))
    gap = treated - baseline
    slope = math.log(treated / baseline) / gap if abs(gap) > 1e-9 * baseline else 1 / baseline
    return max(se / slope, 1e-9)


def stability_records(results: Iterable[ArmResult], origin: Origin) -> tuple[Record, ...]:
    """Standard deviation of the score over seeds, in points, of arms that were run with two seeds and more.

    It stands alone: it describes, and shows no effect.
    """
    groups: dict[str, list[ArmResult]] = defaultdict(list)
    for result in results:
        if result.arm.technique is not None and not result.arm.stress and result.answered:
            groups[without_seed(result.arm.name)].append(result)
    return tuple(
        own_record(
            origin,
            f"{slug(name)}.stability",
            technique=same[0].arm.technique or "",
            comparator="none",
            outcome="stability",
            metric=f"standard deviation of the score over {len(same)} seeds",
            unit="points",
            higher_is_better=False,
            baseline=None,
            treated=100 * statistics.stdev(one.score for one in same),
            n=min(one.answered for one in same),
            contrast="variant",
        )
        for name, same in groups.items()
        if len(same) > 1
    )


def without_seed(name: str) -> str:
    """An arm's name without its seed; arms that differ in it alone have the same."""
    steps = parse_arm(name) if "seed" in name else ()
    if not any(SEED in step.options for step in steps):
        return name
    return re.sub(r"\(\)", "", re.sub(r"(?<=\()\s*seed=\d+\s*(,\s*)?|,\s*seed=\d+", "", name))
