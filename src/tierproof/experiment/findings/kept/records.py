"""Own measurements as evidence: the records that a pack, and synthesis, take like any published ones.

Enters: results of a run and where they were measured.  Leaves: `Record`s.  Must not know synthesis.

`evidence.conversion` carries a record's `se` (of the difference, in its unit) to the scale of analysis by the secant of
that scale.  The paired standard error is divided by the same secant here, so that turning the record back gives the
paired estimate with its paired standard error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tierproof.evidence.record import Contrast, Outcome, Record, Setting, Source
from tierproof.experiment.findings.against.stressed import Stressed
from tierproof.experiment.findings.effects import ArmResult, Comparison
from tierproof.experiment.trials.paired import Estimate

__all__ = ["Origin", "comparison_records", "leading", "own_record", "records_of", "stress_records_of"]

LEAST_FIGURE = 1e-9
"""What a record can hold: a request may cost so little that its standard error in USD is less."""
LEAST_SE = 1e-6
"""On a log scale: arms that cost the same to the last digit are still not known beyond doubt to do so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where effects were measured."""

    workload: str
    setting: Setting
    task_family: str = ""
    metric: str = "success"
    """What the scorer counts."""
    model: str | None = None
    """The baseline's model."""
    year: int


@dataclass(frozen=True, slots=True)
class _Figure:
    outcome: Outcome
    metric: str
    unit: str
    baseline: float | None
    treated: float
    se: float | None


def leading(results: Iterable[ArmResult]) -> tuple[ArmResult, ...]:
    """One arm for each technique, the usual way where it was measured, else the first: what a table can show."""
    chosen: dict[str, ArmResult] = {}
    for result in results:
        technique = result.arm.technique
        if technique is None or result.arm.stress or result.comparison is None:
            continue
        if technique not in chosen or result.arm.name == technique:
            chosen[technique] = result
    return tuple(chosen.values())


def records_of(results: Iterable[ArmResult], origin: Origin) -> tuple[Record, ...]:
    """Quality, cost and latency of every arm that stands for one technique; combinations speak of no single one."""
    return tuple(
        _record(
            figure,
            result.arm.name,
            result.arm.technique,
            result.comparison,
            origin,
            contrast="instead-of" if result.replaces else "added",
            comparator=f"arm {result.opponent}" if result.opponent else "the workload's baseline",
        )
        for result in results
        if result.comparison is not None and result.arm.technique is not None and not result.arm.stress
        for figure in _figures(result.comparison, origin)
    )


def comparison_records(
    one: Comparison, *, technique: str, arm: str, comparator: str, origin: Origin
) -> tuple[Record, ...]:
    """Quality, cost and latency of one comparison that was measured elsewhere."""
    return tuple(
        _record(figure, arm, technique, one, origin, comparator=comparator) for figure in _figures(one, origin)
    )


def stress_records_of(stressed: Iterable[Stressed], origin: Origin) -> tuple[Record, ...]:
    """What adverse conditions did to each arm that stands for one technique: to its quality, to how many of its scores,
    and how often an attack reached its end."""
    return tuple(
        record for one in stressed if one.twin.technique is not None for record in _stress_records(one, origin)
    )


def _stress_records(one: Stressed, origin: Origin) -> Iterator[Record]:
    comparison = one.comparison
    changed = 100 * (comparison.won + comparison.lost) / comparison.pairs
    figures = [
        next(_figures(comparison, origin)),
        # It stands alone: what changes under a condition has no counterpart without it.
        _Figure("stability", "items whose score became another", "percent", None, changed, None),
    ]
    if one.attacks:
        # Without the attack nobody obeys it.
        least = 50 / one.attacks
        obeyed = min(max(100 * one.obeyed / one.attacks, least), 100 - least)
        se = math.sqrt(obeyed * (100 - obeyed) / one.attacks)
        figures.append(_Figure("safety", "attacks that reached their end", "percent", least, obeyed, se))
    for figure in figures:
        yield _record(
            figure,
            one.arm.name,
            one.twin.technique,
            comparison,
            origin,
            contrast="stress",
            comparator="the same without the condition",
            n=one.attacks if figure.outcome == "safety" else None,
        )


def _figures(one: Comparison, origin: Origin) -> Iterator[_Figure]:
    p0, p1 = (min(max(p, 0.5 / one.pairs), 1 - 0.5 / one.pairs) for p in (one.baseline, one.treated))
    slope = one.quality.value / (p1 - p0) if abs(p1 - p0) > 1e-9 else 1 / (p0 * (1 - p0))
    yield _Figure("quality", origin.metric, "percent", 100 * p0, 100 * p1, 100 * one.quality.se / slope)
    resources: tuple[tuple[Outcome, str, str, Estimate | None, float, float], ...] = (
        ("cost", "cost of a request", "USD", one.cost, one.baseline_usd, one.treated_usd),
        ("latency", "time of a request", "seconds", one.latency, one.baseline_seconds, one.treated_seconds),
    )
    for outcome, metric, unit, estimate, x0, x1 in resources:
        if estimate is not None:
            slope = math.log(x1 / x0) / (x1 - x0) if abs(x1 - x0) > 1e-9 * x0 else 1 / x0
            yield _Figure(outcome, metric, unit, x0, x1, max(LEAST_FIGURE, max(estimate.se, LEAST_SE) / slope))


def _record(
    figure: _Figure,
    arm: str,
    technique: str | None,
    one: Comparison,
    origin: Origin,
    *,
    contrast: Contrast = "added",
    comparator: str = "the workload's baseline",
    n: int | None = None,
) -> Record:
    return own_record(
        origin,
        f"{slug(arm)}.{figure.outcome}{'.instead' if contrast == 'instead-of' else ''}",
        technique=technique or "",
        comparator=comparator,
        outcome=figure.outcome,
        metric=figure.metric,
        unit=figure.unit,
        higher_is_better=figure.outcome == "quality",
        baseline=figure.baseline,
        treated=figure.treated,
        n=one.pairs if n is None else n,
        se=figure.se,
        note=f"paired by item, {one.won} items won and {one.lost} lost; arm {arm}",
        contrast=contrast,
    )


def own_record(origin: Origin, name: str, **figures: Any) -> Record:
    """A record of an own measurement: `figures` are the fields that its origin does not settle."""
    place = slug(origin.workload)
    return Record(
        id=f"own.{place}.{name}",
        model=origin.model,
        task=origin.workload,
        task_family=origin.task_family or "other",
        setting=origin.setting,
        independence="independent",
        year=origin.year,
        source=Source(title=f"Own measurement on {origin.workload}"),
        source_id=f"own:{place}",
        selection="complete",
        **figures,
    )


def slug(text: str) -> str:
    """Text as ids have it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:100] or "unnamed"
