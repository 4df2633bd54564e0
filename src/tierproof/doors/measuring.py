"""A measurement as a person sees it: watched while it runs, stopped by Ctrl-C, reported at the end.

Enters: a workload's folder and the options of a command.  Leaves: a running table on a terminal, lines elsewhere, a
page and files.  Knows nothing of statistics or calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast, get_args

from rich.console import Console, Group
from rich.live import Live

from tierproof.answers.document import json_text
from tierproof.answers.forecast import ForecastAnswer, forecast_answer
from tierproof.answers.measure import MeasureAnswer, measure_answer, stakes_of, updates_of
from tierproof.answers.safe_text import clean
from tierproof.answers.view import View, aliases_of, view_of
from tierproof.decision.own_data import Update
from tierproof.doors.background import ANSWER, ArmProgress, Progress, put_progress, remove_progress
from tierproof.errors import InputError, Problem
from tierproof.experiment.design.forecast import forecast
from tierproof.experiment.design.guarantee import About, Guarantee
from tierproof.experiment.findings.against.ablated import parts_of
from tierproof.experiment.findings.arm import names_of
from tierproof.experiment.findings.effects import ArmResult, results_of
from tierproof.experiment.findings.kept.outcomes import replace_file
from tierproof.experiment.run.caller import Caller
from tierproof.experiment.run.measurement import JOURNAL, Measurement, measure
from tierproof.experiment.run.money.budget import Budget, parse_budget
from tierproof.experiment.run.runner import Ending, Run
from tierproof.experiment.workload.arm_names import arm_in_ids
from tierproof.experiment.workload.diagnosis import refuse_absent
from tierproof.experiment.workload.folder import known_names, load_workload
from tierproof.experiment.workload.workload import Workload
from tierproof.report.blocks import Block, Told
from tierproof.report.render.html.measured import measure_document
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.forecast import forecast_blocks
from tierproof.report.words.measured_blocks import arms_grid, measure_blocks

__all__ = ["Measuring"]

REFRESH_SECONDS = 0.5
LEAST_MATTER = 0.01
"""Of the score, a point: what `--fail-if-worse` lets go."""
TELL_SECONDS = 1.0
LINE_SECONDS = 15.0
"""Between two lines where there is no terminal."""


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
    ablate: str = ""
    """A composed arm, to be measured without each of its parts."""
    folder: Path
    journal: Path
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
        output: Path | None = None,
        lens: str = "effect",
        pack: Path | None = None,
    ) -> Self:
        """Raises InputError for anything that cannot be used."""
        if guarantee not in get_args(Guarantee):
            raise _unknown("guarantee", guarantee, get_args(Guarantee))
        if about not in get_args(About):
            raise _unknown("about", about, get_args(About))
        if fixed is not None and guarantee != "every-decision":
            raise InputError(
                Problem(
                    message="--fixed decides once, at its end, and promises that no decision is wrong by the margin",
                    field="guarantee",
                    remedy="leave --guarantee out, or --fixed",
                )
            )
        aliases = aliases_of(pack)
        workload = load_workload(folder, aliases)
        known = tuple(known_names())
        view = view_of(pack, lens=lens, profile=dict(workload.profile))
        if not view.pack.settings.arms:
            raise InputError(
                Problem(
                    message=f"the pack '{view.pack.settings.name}' has no arms that could be measured",
                    file=view.pack.path / "pack.toml",
                    field="arms",
                    remedy="leave --pack out, or add your own figures to the pack's evidence/ as records",
                )
            )
        system = arm_in_ids(ablate, known, aliases) if ablate else ""
        if system and techniques:
            message = "--ablate names its arms by itself: the whole, and the whole without each part"
            raise InputError(Problem(field="techniques", message=message, remedy="leave one of the two out"))
        results = output or workload.path / "results"
        if system:
            parts_of(system)
        return cls(
            workload=workload,
            view=view,
            names=names_of(workload, [arm_in_ids(name, known, aliases) for name in _split(techniques)]),
            chosen=bool(techniques or system),
            budget=parse_budget(budget) if budget else Budget(),
            fixed=fixed,
            guarantee=cast(Guarantee, guarantee),
            about=cast(About, about),
            repeats=repeats,
            noise_floor=noise_floor,
            ablate=system,
            # What was answered is shared; what it came to stands apart, for it was held against something else.
            folder=results / _ablation_folder(system) if system else results,
            journal=results / JOURNAL,
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
                journal=self.journal,
            )
        )
        blocks = forecast_blocks(found, self.budget, lacks=lacks, explain=explain or self.chosen)
        return forecast_answer(found, self.budget), blocks

    def refuse_old_results(self) -> None:
        """Raises InputError if the folder holds a run already."""
        if self.journal.exists():
            raise InputError(
                Problem(
                    file=self.journal.parent,
                    message="holds the journal of an earlier run",
                    remedy="name another --output, or leave --afresh out to go on with it",
                )
            )

    def run(self, *, quiet: bool) -> Ending:
        """Measure, and write the page.  Raises InputError where the run cannot start or results cannot be written."""
        self.found = asyncio.run(self._run(quiet=quiet))
        with _undisturbed():
            self.changed = updates_of(self.found, self.view)
            replace_file(self.folder / ANSWER, json_text(self.answer()))
            replace_file(self.folder / "report.html", measure_document(self.found, self.changed))
        return self.found.ending

    async def _run(self, *, quiet: bool) -> Measurement:
        watchers: list[asyncio.Task[None]] = []
        task = asyncio.current_task()
        assert task is not None

        def watch(run: Run, caller: Caller) -> None:
            if not quiet:
                watchers.append(asyncio.create_task(_watch(run, caller, self.budget)))
            watchers.append(asyncio.create_task(_tell(run, caller, self.budget, self.folder)))
            handler = self._interruption(run, task)
            # Not on Windows, nor in a thread that is not the first: there Ctrl-C cancels at once.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                for number in (signal.SIGINT, signal.SIGTERM):
                    asyncio.get_running_loop().add_signal_handler(number, handler, number)

        if not self.journal.exists():
            # What an earlier run was answered can be shown without its endpoint.
            await refuse_absent(self.workload)
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
                journal=self.journal,
                watch=watch,
                told=(lambda line: None) if quiet else _teller(),
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
                sys.stderr.write("\nstopping after the calls in flight; Ctrl-C again gives them up\n")
            elif not task.cancelling():
                task.cancel()

        return handle

    def answer(self) -> MeasureAnswer:
        assert self.found is not None
        return measure_answer(self.found, self.changed)

    @property
    def exit_code(self) -> int:
        """Of `--fail-if-worse`: 1 where an arm's whole interval lies below the baseline or it gave no answers, 3 where
        one reaches more than a point below, else 0; arms under stress, and the baseline itself, are no candidates."""
        assert self.found is not None
        standings = [
            one.standing
            for one in self.found.results
            if one.standing is not None
            and not (one.arm.stress or one.arm.control)
            and one.arm.name not in self.found.joined
        ]
        if any(one.state == "broken" or one.interval[1] < 0 for one in standings):
            return 1
        return 3 if not standings or any(one.interval[0] < -LEAST_MATTER for one in standings) else 0

    def blocks(self, *, explain: bool = False) -> list[Block]:
        assert self.found is not None
        return list(measure_blocks(self.found, self.changed, explain=explain or self.chosen))


def _ablation_folder(system: str) -> str:
    """A folder for each system that is taken apart."""
    name = re.sub(r"[^a-z0-9]+", "-", system.lower()).strip("-")[:60]
    return f"ablation-{name}-{hashlib.blake2b(system.encode(), digest_size=3).hexdigest()}"


def _unknown(field: str, given: str, known: Sequence[str]) -> InputError:
    return InputError(Problem(message=f"'{given}' is none", field=field, remedy=f"name one of {', '.join(known)}"))


def _split(text: str) -> list[str]:
    """Names at the commas that are not within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


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


async def _watch(run: Run, caller: Caller, budget: Budget) -> None:
    """A table that refreshes itself on a terminal; a line now and then elsewhere."""
    console = Console(stderr=True)
    start = time.monotonic()
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE_SECONDS)
            sys.stderr.write(_progress(run, caller, budget, start) + "\n")
    with _live(console) as live:
        while True:
            began = time.monotonic()
            results = results_of(run.arms, run.trials, run.design.standings)
            width = max(60, console.width)
            blocks = arms_grid(results), Told(_progress(run, caller, budget, start), "note")
            live.update(Group(*block_lines(blocks, width)), refresh=True)
            # Calls come first: over many items the table costs more, and is drawn less often.
            await asyncio.sleep(max(REFRESH_SECONDS, 30 * (time.monotonic() - began)))


async def _tell(run: Run, caller: Caller, budget: Budget, folder: Path) -> None:
    """A file that tells other processes how far it is."""
    start = time.monotonic()
    while True:
        began = time.monotonic()
        put_progress(folder, _progress_of(run, caller, budget, began - start))
        await asyncio.sleep(max(TELL_SECONDS, 30 * (time.monotonic() - began)))


def _progress_of(run: Run, caller: Caller, budget: Budget, seconds: float) -> Progress:
    taken = caller.ledger.taken
    return Progress(
        pid=os.getpid(),
        at=time.time(),
        done=run.done,
        ahead=run.ahead,
        seconds=seconds,
        usd=taken.usd,
        calls=taken.calls,
        tokens=taken.tokens,
        budget=str(budget),
        cap=budget.usd,
        trouble=clean(caller.trouble),
        arms=tuple(_arm_progress(one) for one in results_of(run.arms, run.trials, run.design.standings)),
    )


def _arm_progress(one: ArmResult) -> ArmProgress:
    score = one.score if math.isfinite(one.score) else None
    standing = one.standing
    if standing is None or not all(map(math.isfinite, (standing.difference, *standing.interval))):
        return ArmProgress(name=one.arm.name, items=one.answered, score=score)
    low, high = standing.interval
    return ArmProgress(
        name=one.arm.name,
        items=one.answered,
        score=score,
        difference=standing.difference,
        low=low,
        high=high,
        state=standing.state,
    )


def _teller() -> Callable[[str], None]:
    """Says what is made before the first item: on a terminal in one line that changes, elsewhere now and then."""
    last = -LINE_SECONDS
    console = Console(stderr=True)

    def tell(line: str) -> None:
        nonlocal last
        now = time.monotonic()
        if console.is_terminal:
            shown, room = Text(line), max(20, console.width - 1)
            shown.truncate(room)
            shown.append(" " * (room - shown.cell_len))
            console.print(shown, end="\r")
        elif now - last >= LINE_SECONDS:
            last = now
            sys.stderr.write(line + "\n")

    return tell


@contextlib.contextmanager
def _live(console: Console) -> Iterator[Live]:
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield live


def _progress(run: Run, caller: Caller, budget: Budget, start: float) -> str:
    taken = caller.ledger.taken
    seconds = max(time.monotonic() - start, 1e-3)
    rate = run.done / seconds
    ahead = run.ahead
    parts = [
        f"{numerals.count(run.done)} trials, {rate:.1f} a second",
        f"at most {ahead / rate / 60:.1f} minutes left" if rate > 0 else "",
        f"${taken.usd:.4g}" + (f" of ${budget.usd:g}" if budget.usd is not None else ""),
        numerals.counted(taken.calls, "call") + (f" of {numerals.count(budget.calls)}" if budget.calls else ""),
        f"{caller.ledger.seconds_left / 60:.1f} minutes of the budget" if budget.minutes is not None else "",
        clean(caller.trouble),
    ]
    return " · ".join(part for part in parts if part)
