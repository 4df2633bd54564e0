"""How far a measurement is while it runs: a table on a terminal, lines elsewhere, a file for other processes.

Enters: a run and who calls for it.  Leaves: what stands on standard error and in the folder of results, until it is
cancelled.  Knows nothing of statistics or calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live

from tierproof.answers.safe_text import clean
from tierproof.doors.background import ArmProgress, Progress, put_progress
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.findings.effects import ArmResult, results_of
from tierproof.experiment.findings.soundness import measured_only, unmeasured
from tierproof.experiment.run.runner import Run
from tierproof.messages import LANGUAGES, speaking
from tierproof.report.blocks import Told
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words.measured_blocks import arms_grid
from tierproof.report.words.progress import progress_told

__all__ = ["tell", "teller", "watch"]

REFRESH_SECONDS = 0.5
TELL_SECONDS = 1.0
LINE_SECONDS = 15.0
"""Between two lines where there is no terminal."""


async def watch(run: Run, caller: Caller, budget: Budget) -> None:
    """A table that refreshes itself on a terminal; a line now and then elsewhere."""
    console = Console(stderr=True)
    start = time.monotonic()
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE_SECONDS)
            sys.stderr.write(progress_told(run, caller, budget, time.monotonic() - start) + "\n")
    with _live(console) as live:
        while True:
            began = time.monotonic()
            results = _results(run, caller)
            width = max(60, console.width)
            blocks = arms_grid(results), Told(progress_told(run, caller, budget, time.monotonic() - start), "note")
            live.update(Group(*block_lines(blocks, width)), refresh=True)
            # Calls come first: over many items the table costs more, and is drawn less often.
            await asyncio.sleep(max(REFRESH_SECONDS, 30 * (time.monotonic() - began)))


async def tell(run: Run, caller: Caller, budget: Budget, folder: Path) -> None:
    """A file that tells other processes how far it is."""
    start = time.monotonic()
    while True:
        began = time.monotonic()
        with speaking(LANGUAGES[0]):  # programs read it
            told = _progress_of(run, caller, budget, began - start)
        put_progress(folder, told)
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
        trouble=clean(str(caller.trouble)),
        arms=tuple(_arm_progress(one) for one in _results(run, caller)),
    )


def _results(run: Run, caller: Caller) -> tuple[ArmResult, ...]:
    """As of now, without a figure of what is not measured here so far."""
    results = results_of(run.arms, run.trials, run.design.standings)
    return measured_only(results, unmeasured(run.arms, run.trials, caller.signals, caller.models), {})


def _arm_progress(one: ArmResult) -> ArmProgress:
    score = one.score if math.isfinite(one.score) else None
    standing = one.standing
    if standing is None or not all(map(math.isfinite, (standing.difference, *standing.interval))):
        return ArmProgress(name=one.arm.name, items=one.answered, score=score, unmeasured=clean(str(one.unmeasured)))
    low, high = standing.interval
    return ArmProgress(
        name=one.arm.name,
        items=one.answered,
        score=score,
        difference=standing.difference,
        low=low,
        high=high,
        p_worth=None if one.arm.stress or one.arm.control else standing.p_worth,
        state=standing.state,
    )


def teller() -> Callable[[str], None]:
    """Says what is made before the first item: on a terminal in one line that changes, elsewhere now and then."""
    last = -LINE_SECONDS
    console = Console(stderr=True)

    def tell(line: str) -> None:
        nonlocal last
        now = time.monotonic()
        if console.is_terminal:
            shown, room = Text(clean(line)), max(20, console.width - 1)
            shown.truncate(room)
            shown.append(" " * (room - shown.cell_len))
            console.print(shown, end="\r")
        elif now - last >= LINE_SECONDS:
            last = now
            sys.stderr.write(clean(line) + "\n")

    return tell


@contextlib.contextmanager
def _live(console: Console) -> Iterator[Live]:
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield live
