"""A measurement from end to end: a workload and a budget go in, what was found comes out.

Enters: a workload, names of arms, a budget, what is at stake.  Leaves: a `Measurement`; in its folder the journal, the
per-item outcomes and the evidence records.  Must not know screens, packs or posteriors.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tierproof.errors import InputError, Problem, reason_of
from tierproof.evidence.record import Record
from tierproof.experiment.calls.batching import Waits
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.journals.opened import opened
from tierproof.experiment.calls.journals.shared import SharedJournal
from tierproof.experiment.calls.journals.spend import Spend
from tierproof.experiment.calls.money.budget import Budget, BudgetExhausted
from tierproof.experiment.calls.sharing import Dealt
from tierproof.experiment.calls.signals import Signals, draws_differ, form_obeyed, tools_obeyed
from tierproof.experiment.calls.workshop import LocalWorkshop, Told
from tierproof.experiment.design.design import AdaptiveDesign, Design, FixedDesign
from tierproof.experiment.design.guarantee import About, Guarantee
from tierproof.experiment.design.protocol import Pledge, Protocol, hash_of, items_of, pledge_of
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.against.ablated import Part, build_ablated
from tierproof.experiment.findings.against.stressed import Stressed, twins_of, with_twins
from tierproof.experiment.findings.arm import Arm, build_arms, control_of, controls_of
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.findings import Findings, findings_of
from tierproof.experiment.findings.kept.outcomes import Outcomes
from tierproof.experiment.findings.kept.sittings import earlier_of, note_sitting, notes_of, settings_of
from tierproof.experiment.findings.kept.training_records import TrainedArm
from tierproof.experiment.findings.kept.whole import replace_file
from tierproof.experiment.findings.repeats.noise import Noise
from tierproof.experiment.findings.repeats.repeated import Repeated
from tierproof.experiment.findings.soundness import answered_otherwise, forms_of, keeps_anyway, outside, undrawn
from tierproof.experiment.findings.timing.interleaved import Times, timed
from tierproof.experiment.run.again import asked_again
from tierproof.experiment.run.beforehand import folder_made, index_of, refuse_impossible
from tierproof.experiment.run.runner import FIRST_PATIENCE, Ending, Run
from tierproof.experiment.trials.retrieved.arms import Retrieved
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import Trials, in_random_order
from tierproof.experiment.workload.scorer_trials import doubts_of
from tierproof.experiment.workload.scorers.score import Scorer
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message
from tierproof.pieces import HERE, Place
from tierproof.postgres import Database
from tierproof.systems.models.prices import with_prices
from tierproof.systems.models.wire.refusals import CallFailed, RetryPolicy
from tierproof.systems.resources import Resources
from tierproof.systems.training.making.store import Store, usual_limits, usual_store
from tierproof.written_messages import kept

__all__ = ["JOURNAL", "Measurement", "Watching", "measure"]

JOURNAL = "journal.sqlite"
PROTOCOL = "protocol.json"
PLEDGED = ("scorer", "requests or resources", "models")
MOST_BATCHED = 20_000
"""Trials that wait for batches at once."""
RUN, ABLATION = "measure", "ablate"
MOST_WORKERS = 1024
EXAMPLES = 60
"""Items that are shown side by side."""

Watching = Callable[[Run, Caller], None]
"""Told of a run when it starts, so that it can be watched and stopped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What was found."""

    workload: Workload
    folder: Path
    results: tuple[ArmResult, ...]
    """The baseline's first."""
    stressed: tuple[Stressed, ...]
    """Arms under adverse conditions, against themselves without."""
    left_out: Mapping[str, str]
    """Arms that could not be built, and why."""
    records: tuple[Record, ...]
    """Of every arm that stands for one technique."""
    table_records: tuple[Record, ...]
    """Those of one arm a technique."""
    trained: tuple[TrainedArm, ...] = ()
    """Arms whose model was made for them, with what that took."""
    examples: tuple[tuple[Trial, ...], ...]
    """Items side by side: those on which arms differ first, then others."""
    ending: Ending
    spend: Spend
    budget: Budget
    stakes: Stakes
    fixed: int | None
    """Items for every arm in the classical design; None: adaptive."""
    level: float
    """Probability that all intervals hold together; at every look."""
    guarantee: Guarantee
    """What the decisions of the run promise."""
    about: About
    """What intervals and decisions are about: requests like these items, or the items alone."""
    seconds: float
    """Time that the run took, in all its sessions."""
    retrieved: Mapping[str, Retrieved] = field(default_factory=dict)
    """What the searches of arms came to, by the arms' names; of those that search, under no adverse condition."""
    days: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """First and last day (UTC) on which the answers of an arm came, by its name."""
    joined: tuple[str, ...] = ()
    """Arms that an earlier run into this folder measured, which stand beside those of this one."""
    apart: Mapping[str, str] = field(default_factory=dict)
    """Arms that an earlier run measured otherwise, so that they are not shown, and in what."""
    timed: int = 0
    """Items on which arms were timed, apart from the run."""
    repeats: int = 1
    """Answers an item."""
    repeated: Mapping[str, Repeated] = field(default_factory=dict)
    """What the repeats of arms' items came to, by the arms' names; empty where each was asked once."""
    batches: Mapping[str, int] = field(default_factory=dict)
    """What became of the requests that went into batches, over all sittings; empty: none did."""
    pledge: Pledge | None = None
    """What it set itself before its first call, and whether that was kept."""
    parts: tuple[Part, ...] = ()
    """Of a whole system, the first arm, where each other arm lacks one."""
    noise: Noise | None = None
    """What chance alone makes of a difference, where that was measured."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """Arms whose cost was not measured here, and why."""
    excesses: Mapping[str, str] = field(default_factory=dict)
    """Models whose endpoints bill more than a request asks for, and what."""
    repriced: tuple[str, ...] = ()
    """Models whose price has changed since some of their answers came."""
    damaged: int = 0
    """Answers in the journal that could not be read any more, and were asked for again."""
    doubts: tuple[str, ...] = ()
    """What is doubtful of the workload or its endpoints, in sentences."""


async def measure(
    workload: Workload,
    folder: Path,
    *,
    names: Iterable[str],
    budget: Budget | None = None,
    fixed: int | None = None,
    stakes: Stakes | None = None,
    level: float = 0.95,
    guarantee: Guarantee = "every-decision",
    about: About = "requests",
    repeats: int = 1,
    noise_floor: bool = False,
    ablate: str = "",
    batch: bool = False,
    waits: Waits | None = None,
    journal: Path | Database | None = None,
    retry: RetryPolicy | None = None,
    environ: Mapping[str, str] | None = None,
    watch: Watching | None = None,
    store: Store | None = None,
    place: Place = HERE,
    told: Told = lambda line: None,
) -> Measurement:
    """Run the arms `names` against the workload's baseline, or go on with a run that was cut off.

    Answers that the folder's journal holds are not asked for again.  A run that stops early, for whatever reason,
    leaves the results so far; `ending` says why.  Models that arms need are made first, in `store` (None: the user's
    cache), of which `told` hears; `place`: on how many processes at once, as `Seats` says.

    `repeats`: independent answers an item, of every arm; effects are of their means.  `noise_floor`: the baseline is
    measured against itself as well.  `ablate`: a composed arm, which stands in the baseline's place, against itself
    without each of its parts; `names` are then not looked at.  `batch`: items are asked in batches of the models'
    providers, all of them or the `fixed` first; nothing is timed.  `waits`: for them.  `journal`: None: the folder's;
    in a database several processes share the run.

    Raises InputError where the run cannot start or results cannot be written.
    """
    fixed = len(workload.items) if batch and fixed is None else fixed
    await refuse_impossible(workload, fixed, repeats)
    spent, at_stake = budget or Budget(), stakes or Stakes()
    own_journal = folder_made(folder) / JOURNAL
    what = f"{ABLATION} {ablate}" if ablate else RUN
    with opened(folder, journal or own_journal, run=what, workload=workload.name, budget=spent, batch=batch) as kept:
        names, items = tuple(names), in_random_order(workload.items)
        pledge = _pledged(
            kept,
            folder,
            Protocol(
                arms=() if ablate else names,
                ablate=ablate,
                fixed=fixed,
                guarantee=guarantee,
                about=about,
                level=level,
                repeats=repeats,
                noise_floor=noise_floor,
                minimal_difference=at_stake.minimal_difference,
                value_per_success=at_stake.value_per_success,
                latency_price=at_stake.latency_price,
                requests=at_stake.requests,
                settings={name: digest for name, digest in settings_of(workload, ()).items() if name in PLEDGED},
                items=items_of(items),
            ),
        )
        async with (
            index_of(workload),
            LocalWorkshop(
                store or Store(usual_store(), limits=usual_limits(spent.minutes), place=place),
                folder / "server.log",
                told=told,
            ) as workshop,
            Caller(
                await workshop.opened(with_prices(workload.models)),
                journal=kept,
                budget=spent,
                retry=retry,
                environ=environ,
                waits=waits or Waits() if batch else None,
            ) as caller,
        ):
            workshop.join(caller)
            ready, arms, left_out = await _built(workload, names, caller, workshop, ablate=ablate, told=told)
            workers = (
                min(MOST_BATCHED, (fixed or 0) * (len(arms) + noise_floor) * repeats)
                if batch
                else min(MOST_WORKERS, sum(spec.concurrency for spec in caller.models.values()))
            )
            scorer = ready.scorer
            seen = _seen(at_stake, scorer)
            untimed = [place for place, arm in enumerate(arms) if arm.system.model in workshop.untimed]
            own = (*arms, control_of(arms[0])) if noise_floor else arms
            earlier = earlier_of(folder, workload, items, {*(arm.name for arm in own), *left_out}, repeats=repeats)
            arms = (*own, *earlier.arms)
            design = _design(
                fixed,
                len(arms),
                len(items),
                workers,
                guarantee=guarantee,
                about=about,
                # Calls are sent as fast as they are taken, so their times say nothing of the arms, and decide nothing.
                stakes=dataclasses.replace(seen, latency_price=0.0),
                level=level,
                repeats=repeats,
                twins=twins_of(arms) | controls_of(arms),
                controls=controls_of(arms),
                held=earlier.held(len(own)),
            )
            with Outcomes(folder, [arm.name for arm in arms], repeats=repeats) as outcomes:
                run = Run(
                    arms,
                    items,
                    scorer=scorer,
                    caller=caller,
                    design=design,
                    workers=workers,
                    take=outcomes.add,
                    forms=forms_of(arms, workload.resources),
                    repeats=repeats,
                    first_patience=workers if batch else FIRST_PATIENCE,
                    dealt=partial(Dealt, share=kept.share, process=kept.process)
                    if isinstance(kept, SharedJournal)
                    else None,
                    groundedness=ready.groundedness,
                )
                for trial in earlier.trials:
                    run.trials.add(trial)
                    outcomes.add(trial)
                if watch is not None:
                    watch(run, caller)
                ending = await caller.waiting(run.play())
                times = None
                if ending.kind == "complete" and not batch:
                    apart = {*untimed, *twins_of(own), *controls_of(own)}
                    times = await _times(own, run, caller, load=workload.load, without=apart)
                run.over = True
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    task.uncancel()
                outcomes.save()
                times = earlier.with_times(times, len(own), workload.load)
                found = findings_of(
                    arms,
                    run.trials,
                    design.standings,
                    scorer=scorer,
                    signals=caller.signals,
                    models=caller.models,
                    made=workshop,
                    stakes=seen,
                    rule=design.rule,
                    times=times,
                    workload=workload,
                    earlier=earlier,
                    sure=[*await _sure(own, run, caller, workload.resources), *earlier.notes],
                )
                days = {**kept.days(), **{name: note.days for name, note in earlier.notes.items() if note.days}}
                again = await asked_again(own, found.results, run, caller, signals=caller.signals, earlier=earlier)
                notes = notes_of(
                    found.results[: len(own)],
                    run.trials,
                    times,
                    unseen=found.unseen,
                    days=days,
                    workload=workload,
                    kinds=again.kinds,
                )
                note_sitting(folder, notes, earlier)
                _save(folder, found)
                return Measurement(
                    workload=ready,
                    folder=folder,
                    results=found.results,
                    stressed=found.stressed,
                    left_out=left_out,
                    records=found.records,
                    table_records=found.table_records,
                    trained=found.trained,
                    examples=_examples(run.trials, outcomes),
                    ending=ending,
                    spend=kept.spend(),
                    budget=spent,
                    stakes=at_stake,
                    fixed=fixed,
                    level=level,
                    guarantee=guarantee,
                    about=about,
                    seconds=caller.ledger.seconds,
                    unseen=found.unseen,
                    retrieved=run.retrieved(),
                    days={arm.name: days[arm.name] for arm in arms if arm.name in days},
                    joined=tuple(arm.name for arm in earlier.arms),
                    apart=earlier.apart,
                    timed=0 if times is None else int((~np.isnan(times.seconds[0])).sum()),
                    excesses=caller.excesses,
                    repriced=caller.repriced,
                    damaged=kept.damaged,
                    doubts=(
                        *await doubts_of(workload),
                        *answered_otherwise(caller.signals, caller.models),
                        *outside(workload.resources, searched=bool(run.retrieved())),
                    ),
                    repeats=repeats,
                    repeated=again.repeated,
                    noise=again.noise,
                    pledge=pledge,
                    batches=caller.batching.tally() if caller.batching is not None else {},
                    parts=found.parts,
                )


async def _built(
    workload: Workload, names: Iterable[str], caller: Caller, workshop: LocalWorkshop, *, ablate: str, told: Told
) -> tuple[Workload, tuple[Arm, ...], Mapping[str, str]]:
    """The workload with its scorers made ready (a judge then tells how far it agrees with people), the arms, and those
    that cannot be built with the reason.  Raises InputError where an endpoint or the budget forbids it, and where no
    arm is left.
    """
    try:
        judge = workload.groundedness
        ready = dataclasses.replace(
            workload,
            scorer=await workload.scorer.prepared(caller, told),
            groundedness=None if judge is None else await judge.prepared(caller, told),
        )
        arms, left_out = (
            await build_ablated(workload, ablate, caller, workshop)
            if ablate
            else await build_arms(workload, with_twins(names), caller, workshop)
        )
    except CallFailed as error:
        remedy = Message("start the endpoint or mend its base_url, then run the same command")
        message = Message(
            "an endpoint gave no answer while arms and scorers were prepared: {error}", error=kept(reason_of(error))
        )
        raise InputError.of(message, remedy=remedy, field="models") from None
    except BudgetExhausted as stop:
        remedy = Message(
            "raise the budget: scorers and techniques that prepare themselves call models before the first item"
        )
        raise InputError.of(stop.told, remedy=remedy, field="budget") from None
    if left_out and len(arms) == 1:
        raise InputError(*(Problem(field=name, message=why) for name, why in left_out.items()))
    return ready, arms, left_out


def _pledged(journal: Journal | SharedJournal, folder: Path, protocol: Protocol) -> Pledge:
    """Written down before the first call; also as a file, whose SHA-256 is the hash."""
    written = protocol.written()
    registered = journal.register(written, hash_of(written))
    replace_file(folder / PROTOCOL, registered[0].plan.decode("utf-8", "replace"))
    return pledge_of(registered, protocol)


def _design(
    fixed: int | None,
    arms: int,
    items: int,
    workers: int,
    *,
    guarantee: Guarantee,
    about: About,
    repeats: int,
    **rounds: Any,
) -> Design:
    finite = about == "items"
    if fixed is None:
        least = max(64, 2 * workers)
        return AdaptiveDesign(
            arms, items, guarantee=guarantee, finite=finite, round_trials=least, repeats=repeats, **rounds
        )
    most = max(1024, 16 * workers) // repeats
    return FixedDesign(arms, fixed, of_items=items if finite else None, round_trials=most, **rounds)


def _seen(stakes: Stakes, scorer: Scorer) -> Stakes:
    """Stakes as they look through the scorer: a fallible judge shows a true difference d as d times Youden's J."""
    error = scorer.error
    if error is None:
        return stakes
    shrunk = max(error.informative, 1e-3)
    return dataclasses.replace(
        stakes,
        value_per_success=stakes.value_per_success / shrunk,
        minimal_difference=stakes.minimal_difference * shrunk,
    )


def _save(folder: Path, found: Findings) -> None:
    """The records, and `training.json`: what making the models took; no such file where none was made."""
    lines = "".join(msgspec.json.encode(record).decode() + "\n" for record in found.records)
    replace_file(folder / "evidence.jsonl", lines)
    if found.trained:
        text = msgspec.json.format(msgspec.json.encode(found.trained, enc_hook=str)).decode()
        replace_file(folder / "training.json", text + "\n")


async def _times(own: Sequence[Arm], run: Run, caller: Caller, *, load: int, without: Collection[int]) -> Times | None:
    """Times of the run's own arms but those at the places `without`; None where someone wants an end."""
    apart = {*without, *(place for place in range(len(own)) if run.trials.refuses(place))}
    with contextlib.suppress(asyncio.CancelledError):
        return await timed(own, run.items, caller, load=load, without=apart, stopped=lambda: run.stopping)
    return None


async def _sure(arms: Sequence[Arm], run: Run, caller: Caller, resources: Resources) -> list[str]:
    """Arms whose draws never differed on an item though their endpoint draws, or was asked for none (temperature 0)."""
    for arm in arms:
        seen = caller.signals.get(arm.name)
        if seen is not None and seen.offered is not None and not (seen.tools_called or run.stopping):
            # One that ran to its end without a call: does the endpoint take tools?
            seen.tools_obeyed = await tools_obeyed(caller, seen.offered, purpose=f"{arm.name}, probing")
        if seen is not None and arm is not arms[0] and arm.name in run.forms and keeps_anyway(run.trials):
            seen.form_obeyed = await form_obeyed(caller, arm.system.model, resources, purpose=f"{arm.name}, probing")
    found = []
    for name in undrawn(arms, run.trials):
        request = caller.signals.get(name, Signals()).sampled
        if request is None or await draws_differ(caller, request, purpose=f"{name}, probing"):
            found.append(name)
    return found


def _examples(trials: Trials, outcomes: Outcomes) -> tuple[tuple[Trial, ...], ...]:
    chosen = trials.telling(EXAMPLES)
    return tuple(outcomes.of_item(position) for position in chosen)
