"""A measurement as a person sees it: watched while it runs, stopped by Ctrl-C, reported at the end.

Enters: a workload's folder and the options of a command.  Leaves: a running table on a terminal, lines elsewhere, a
page and files.  Knows nothing of statistics or calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tierproof.answers.document import json_text
from tierproof.answers.forecast import ForecastAnswer, forecast_answer
from tierproof.answers.gated import ended_worse
from tierproof.answers.measure import MeasureAnswer, measure_answer, stakes_of, updates_of
from tierproof.answers.safe_text import clean
from tierproof.answers.view import View, aliases_of, view_of
from tierproof.decision.own_data import Update
from tierproof.doors.background import ANSWER, remove_progress
from tierproof.doors.watching import tell, teller, watch
from tierproof.errors import InputError
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.event_loop import run
from tierproof.experiment.calls.journals.shared_tables import was_begun
from tierproof.experiment.calls.money.budget import Budget, parse_budget
from tierproof.experiment.design.guarantee import About, Guarantee, about_of, guarantee_of
from tierproof.experiment.findings.against.ablated import parts_of
from tierproof.experiment.findings.arm import names_of
from tierproof.experiment.findings.kept.whole import replace_file
from tierproof.experiment.run.forecast import forecast
from tierproof.experiment.run.measurement import JOURNAL, Measurement, measure
from tierproof.experiment.run.runner import Ending, Run
from tierproof.experiment.workload.arm_names import arm_in_ids, names_in
from tierproof.experiment.workload.diagnosis import refuse_absent
from tierproof.experiment.workload.folder import known_names, load_workload
from tierproof.experiment.workload.scorer_trials import doubts_of
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import LANGUAGES, gettext, speaking
from tierproof.pieces import HERE, Place, place_of
from tierproof.postgres import Database
from tierproof.report.blocks import Block
from tierproof.report.render.html.measured import measure_document
from tierproof.report.words.forecast import forecast_blocks
from tierproof.report.words.measured_blocks import measure_blocks
from tierproof.systems.register.registry import parse_arm

__all__ = ["Measuring"]


@dataclass(kw_only=True)
class Measuring:
    """One command's worth of measuring."""

    workload: Workload
    view: View
    names: tuple[str, ...]
    budget: Budget
    fixed: int | None
    guarantee: Guarantee = "every-decision"
    about: About = "requests"
    repeats: int = 1
    noise_floor: bool = False
    batch: bool = False
    """Items are asked in batches of the models' providers."""
    ablate: str = ""
    """A composed arm, to be measured without each of its parts."""
    folder: Path
    journal: Path | Database
    place: Place = HERE
    """Where models of arms are trained."""
    found: Measurement | None = None
    changed: tuple[Update, ...] = field(default=())
    stopped_by: signal.Signals | None = None
    """The signal that ended the run before its end."""
    chosen: bool = False
    """The arms were named, so each that cannot be measured is told of with its reason."""

    @classmethod
    def of(
        cls,
        folder: Path,
        *,
        techniques: str = "",
        budget: Sequence[str] = (),
        fixed: int | None = None,
        guarantee: str = "every-decision",
        about: str = "requests",
        repeats: int = 1,
        noise_floor: bool = False,
        ablate: str = "",
        batch: bool = False,
        journal: str | None = None,
        output: Path | None = None,
        lens: str = "effect",
        pack: Path | None = None,
        on: str | None = None,
        items: Any = None,
    ) -> Self:
        """`items`: a data frame, or a list of tables, in place of the folder's.

        Raises InputError for anything that cannot be used.
        """
        promised = guarantee_of(guarantee, fixed=fixed is not None or batch)
        spoken_of = about_of(about)
        aliases = aliases_of(pack)
        workload = load_workload(folder, aliases, items=items)
        known = tuple(known_names())
        view = view_of(pack, lens=lens, profile=dict(workload.profile))
        if not view.pack.settings.arms:
            raise InputError.of(
                gettext("the pack '{name}' has no arms that could be measured", name=view.pack.settings.name),
                remedy=gettext("leave --pack out, or add your own figures to the pack's evidence/ as records"),
                field="arms",
                file=view.pack.path / "pack.toml",
            )
        system = arm_in_ids(ablate, known, aliases) if ablate else ""
        wanted = [arm_in_ids(name, known, aliases) for name in names_in(techniques)]
        for name in wanted:
            parse_arm(name, aliases)
        if system and techniques:
            message = gettext("--ablate names its arms by itself: the whole, and the whole without each part")
            raise InputError.of(message, remedy=gettext("leave one of the two out"), field="techniques")
        results = output or workload.path / "results"
        if system:
            parts_of(system)
        return cls(
            workload=workload,
            view=view,
            names=names_of(workload, wanted),
            chosen=bool(techniques or system),
            budget=parse_budget(budget) if budget else Budget(),
            fixed=len(workload.items) if batch and fixed is None else fixed,
            guarantee=promised,
            about=spoken_of,
            repeats=repeats,
            noise_floor=noise_floor,
            ablate=system,
            batch=batch,
            # What was answered is shared; what it came to stands apart, for it was held against something else.
            folder=results / _ablation_folder(system) if system else results,
            journal=results / JOURNAL if journal is None else Database(journal),
            place=place_of(on),
        )

    def forecast(self, *, lacks: bool = True, explain: bool = False) -> tuple[ForecastAnswer, list[Block]]:
        """What the run will take, as data and as blocks; with `lacks` also which arms lack what, each where it is to be
        explained or was named.
        """
        found = asyncio.run(
            forecast(
                self.workload,
                names=self.names,
                fixed=self.fixed,
                stakes=stakes_of(self.view),
                guarantee=self.guarantee,
                finite=self.about == "items",
                repeats=self.repeats,
                noise_floor=self.noise_floor,
                ablate=self.ablate,
                batch=self.batch,
                journal=self.journal if isinstance(self.journal, Path) else None,
            )
        )
        blocks = forecast_blocks(found, self.budget, lacks=lacks, explain=explain or self.chosen)
        return forecast_answer(found, self.budget), blocks

    def refuse_old_results(self) -> None:
        """Raises InputError if the folder holds a run already."""
        if self._was_begun():
            raise InputError.of(
                gettext("holds the journal of an earlier run"),
                remedy=gettext("name another --output, or leave --afresh out to go on with it"),
                file=self.folder,
            )

    def _was_begun(self) -> bool:
        if isinstance(self.journal, Path):
            return self.journal.exists()
        return was_begun(self.journal, self.workload.name)

    def run(self, *, quiet: bool) -> Ending:
        """Measure, and write the page.  Raises InputError where the run cannot start or results cannot be written."""
        self.found = run(self._run(quiet=quiet))
        with _undisturbed():
            self.changed = updates_of(self.found, self.view)
            with speaking(LANGUAGES[0]):  # programs read it
                replace_file(self.folder / ANSWER, json_text(self.answer()))
            replace_file(self.folder / "report.html", measure_document(self.found, self.changed))
        return self.found.ending

    async def _run(self, *, quiet: bool) -> Measurement:
        watchers: list[asyncio.Task[None]] = []
        task = asyncio.current_task()
        assert task is not None

        def begun(run: Run, caller: Caller) -> None:
            if not quiet:
                watchers.append(asyncio.create_task(watch(run, caller, self.budget)))
            watchers.append(asyncio.create_task(tell(run, caller, self.budget, self.folder)))
            handler = self._interruption(run, task)
            # Not on Windows, nor in a thread that is not the first: there Ctrl-C cancels at once.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                for number in (signal.SIGINT, signal.SIGTERM):
                    asyncio.get_running_loop().add_signal_handler(number, handler, number)

        if not self._was_begun():
            # What an earlier run was answered can be shown without its endpoint.
            await refuse_absent(self.workload)
        for doubt in () if quiet else await doubts_of(self.workload):
            sys.stderr.write(gettext("doubtful: {doubt}", doubt=clean(doubt)) + "\n")
        try:
            return await measure(
                self.workload,
                self.folder,
                names=self.names,
                budget=self.budget,
                fixed=self.fixed,
                stakes=stakes_of(self.view),
                guarantee=self.guarantee,
                about=self.about,
                repeats=self.repeats,
                noise_floor=self.noise_floor,
                ablate=self.ablate,
                batch=self.batch,
                journal=self.journal,
                watch=begun,
                place=self.place,
                told=(lambda line: None) if quiet else teller(),
            )
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
            remove_progress(self.folder)

    def _interruption(self, run: Run, task: asyncio.Task[Any]) -> Callable[[signal.Signals], None]:
        """The first Ctrl-C, or a request to end, lets calls in flight finish; the second gives them up.

        What comes when there is nothing left to give up is too late to change anything.
        """

        def handle(number: signal.Signals) -> None:
            if run.over:
                return
            if self.stopped_by is None:
                self.stopped_by = number
                run.stop()
                if self.batch:
                    # What a provider has on its desk is in the journal, and may take a day.
                    task.cancel()
                    told = gettext("stopping; batches go on with their provider, and the same command with them")
                    sys.stderr.write(f"\n{told}\n")
                    return
                told = gettext("stopping after the calls in flight; Ctrl-C again gives them up")
                sys.stderr.write(f"\n{told}\n")
            elif not task.cancelling():
                task.cancel()

        return handle

    def answer(self) -> MeasureAnswer:
        assert self.found is not None
        return measure_answer(self.found, self.changed)

    @property
    def gate(self) -> tuple[int, str]:
        """How `--fail-if-worse` ends, and why."""
        assert self.found is not None
        return ended_worse(self.found)

    def blocks(self, *, explain: bool = False) -> list[Block]:
        assert self.found is not None
        return list(measure_blocks(self.found, self.changed, explain=explain or self.chosen))


def _ablation_folder(system: str) -> str:
    """A folder for each system that is taken apart."""
    name = re.sub(r"[^a-z0-9]+", "-", system.lower()).strip("-")[:60]
    return f"ablation-{name}-{hashlib.blake2b(system.encode(), digest_size=3).hexdigest()}"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """While results are written, a further Ctrl-C changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
