"""All that a run found, put together: results, what stress did, what training took, and the evidence records.

Enters: arms and their trials, how they stand, what replies showed of the endpoints.  Leaves: `Findings`.  Must not know
calls, files or screens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tierproof.evidence.record import Record
from tierproof.experiment.calls.signals import Signals
from tierproof.experiment.calls.workshop import Trained
from tierproof.experiment.design.guarantee import Rule
from tierproof.experiment.design.standing import Stakes, Standing
from tierproof.experiment.findings.against.ablated import Part, worth_of_parts
from tierproof.experiment.findings.against.opponents import fairly_compared, in_place_of
from tierproof.experiment.findings.against.stressed import Stressed, stressed_of
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import ArmResult, results_of
from tierproof.experiment.findings.kept.records import Origin, leading, records_of, stress_records_of
from tierproof.experiment.findings.kept.sittings import Earlier
from tierproof.experiment.findings.kept.training_records import (
    TrainedArm,
    stability_records,
    trained_arms,
    training_records,
)
from tierproof.experiment.findings.soundness import measured_only, uncharged, unmeasured, unseen_savings
from tierproof.experiment.findings.timing.counted import standings_with_times, with_times
from tierproof.experiment.findings.timing.interleaved import Times
from tierproof.experiment.trials.trials import BASELINE, Trials
from tierproof.experiment.workload.scorers.score import Scorer
from tierproof.experiment.workload.workload import Workload
from tierproof.systems.models.chat import ModelSpec
from tierproof.techniques import recipes

__all__ = ["Findings", "findings_of"]


class _Made(Protocol):
    """The models that were made for arms."""

    trained: dict[str, Trained]


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    results: tuple[ArmResult, ...]
    """The baseline's first."""
    stressed: tuple[Stressed, ...]
    trained: tuple[TrainedArm, ...]
    records: tuple[Record, ...]
    """Of every arm that stands for one technique and was measured."""
    table_records: tuple[Record, ...]
    """Those of one arm a technique."""
    unseen: Mapping[str, str]
    """Arms whose cost was not measured, and why."""
    parts: tuple[Part, ...] = ()
    """Of a whole system, where the arms lack one each."""


def findings_of(
    arms: Sequence[Arm],
    trials: Trials,
    standings: Iterable[Standing],
    *,
    scorer: Scorer,
    signals: Mapping[str, Signals],
    models: Mapping[str, ModelSpec],
    made: _Made,
    stakes: Stakes,
    rule: Rule,
    times: Times | None,
    workload: Workload,
    earlier: Earlier | None = None,
    sure: Collection[str] = (),
) -> Findings:
    """`signals`: by the arms' names.  `stakes`: as they look through the scorer.

    `times`: None where none were taken.  `earlier`: what is joined from earlier runs; its arms are among `arms`.

    `sure`: arms whose model is never in doubt, though its endpoint draws.
    """
    earlier = earlier or Earlier()
    places = {arm.name: place for place, arm in enumerate(arms)}
    standings = standings_with_times(tuple(standings), trials, stakes, times, rule)
    results = with_times(results_of(arms, trials, standings, scorer.error), places, times)
    by_cache = frozenset(one.technique for one in recipes().values() if one.saves_by_cache)
    unseen = unseen_savings(arms, signals, by_cache) | uncharged(arms)
    unseen |= {name: note.unseen for name, note in earlier.notes.items() if note.unseen}
    results = measured_only(results, unmeasured(arms, trials, signals, models, sure=sure), unseen)
    sound = tuple(result for result in results if not result.unmeasured and not result.arm.control)
    without: Collection[str] = {result.arm.name for result in results if result.unmeasured}
    stressed = tuple(
        one
        for one in stressed_of(arms, trials, scorer.error)
        if one.arm.name not in without and one.twin.name not in without
    )
    # Of an arm that lacks a part nothing is known beside the workload's baseline, so it leaves no record.
    whole = arms[BASELINE].whole
    sound = () if whole else sound
    origin, options = _origin(workload, arms), workload.resources.options
    fair = with_times(fairly_compared(sound, trials, options, scorer.error, without=without), places, times)
    instead = with_times(in_place_of(sound, trials, options, scorer.error, without=without), places, times)
    trained = (*trained_arms(arms, made.trained), *earlier.trained)
    return Findings(
        results=results,
        stressed=stressed,
        trained=trained,
        records=(
            *records_of((*fair, *instead), origin),
            *stress_records_of(stressed, origin),
            *training_records(trained, origin, options),
            *stability_records(sound, origin),
        ),
        table_records=records_of(leading(fair), origin),
        unseen=unseen,
        parts=worth_of_parts(results, stakes, unseen, scorer.error) if whole else (),
    )


def _origin(workload: Workload, arms: Sequence[Arm]) -> Origin:
    return Origin(
        workload=workload.name,
        setting=workload.setting,
        task_family=workload.task_family,
        metric=str(workload.scorer)[:200] or "success",
        model=arms[0].system.model,
        year=date.today().year,
    )
