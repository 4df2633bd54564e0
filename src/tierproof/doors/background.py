"""Measurements beside who watches them: started in processes of their own, told of by a file, stopped by signal.

Enters: a workload's folder and what to measure within which cap.  Leaves: a process, and how far it is.  A measurement
that was started elsewhere is told of as well.  Knows nothing of screens.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from tierproof.errors import InputError
from tierproof.experiment.findings.kept.whole import replace_file
from tierproof.messages import gettext, spoken

if TYPE_CHECKING:
    from tierproof.answers.measure import MeasureAnswer

__all__ = [
    "ANSWER",
    "PROGRESS",
    "ArmProgress",
    "Progress",
    "Started",
    "answer_in",
    "progress_in",
    "put_progress",
    "remove_progress",
    "start",
    "started",
]

ANSWER: Final = "measure.json"
"""In the folder of results, when a measurement has ended."""
PROGRESS: Final = ".progress.json"
"""In the folder of results, while a measurement runs."""
_FRESH: Final = 90.0
"""Seconds after which a file that nobody writes any more is of a run that was killed."""
_LARGEST: Final = 4_000_000
"""Bytes of what is read of a run: the folder may be anybody's."""
_LONGEST_ANSWER: Final = 32_000_000
"""The same of a run that has ended."""
_SAID: Final = 4000
"""Letters of what a process said last that are told."""


class ArmProgress(Struct, frozen=True, kw_only=True):
    """Where an arm stands."""

    name: str
    items: int
    score: float | None
    """Mean; None: nothing is scored yet."""
    difference: float | None = None
    """Of mean score, from the baseline; None: of the baseline, or not known."""
    low: float | None = None
    high: float | None = None
    """Ends of the interval, which holds at every look."""
    p_worth: float | None = None
    """That the difference pays for cost and time, 0 to 1; None: not asked, as of an adverse condition."""
    state: str = ""
    unmeasured: str = ""
    """Why it is not measured here; empty: it is."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far a measurement is."""

    pid: int
    at: float
    """Of the clock, seconds."""
    done: int
    ahead: int
    """Trials at most."""
    seconds: float
    usd: float
    calls: int
    tokens: int
    budget: str
    """The cap, in words."""
    cap: float | None
    """USD."""
    trouble: str
    arms: tuple[ArmProgress, ...]


def put_progress(folder: Path, told: Progress) -> None:
    """Tell whoever watches; raises InputError where the folder cannot be written."""
    replace_file(folder / PROGRESS, msgspec.json.encode(told, enc_hook=str).decode(), lasting=False)


def remove_progress(folder: Path) -> None:
    """The run is over.  Where the folder cannot be reached there is nothing to remove, and why is told already."""
    with contextlib.suppress(OSError):
        (folder / PROGRESS).unlink()


def progress_in(folder: Path) -> Progress | None:
    """How far the run is whose results go to `folder`; None where there is none."""
    path = folder / PROGRESS
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(_LARGEST), type=Progress)
    except (OSError, msgspec.DecodeError):
        return None
    return found if time.time() - found.at < _FRESH and _lives(found.pid) else None


def answer_in(folder: Path) -> MeasureAnswer | None:
    """What the run found whose results are in `folder`; None where it left nothing that can be read."""
    from tierproof.answers.measure import MeasureAnswer  # noqa: PLC0415  (heavy; whoever watches needs none of it)

    try:
        with (folder / ANSWER).open("rb") as file:
            return msgspec.json.decode(file.read(_LONGEST_ANSWER), type=MeasureAnswer)
    except (OSError, msgspec.DecodeError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Started:
    """One measurement in a process of its own."""

    def __init__(self, workload: Path, command: list[str]) -> None:
        number, name = tempfile.mkstemp(prefix="tierproof-", suffix=".said")
        self._said = Path(name)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=workload,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=number,
                start_new_session=True,
            )
        finally:
            os.close(number)

    @property
    def ended(self) -> int | None:
        """The exit code; None: it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """As Ctrl-C: calls in flight are finished, and the journal is kept."""
        if self.ended is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> int | None:
        """Until it has ended, or for so long."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    @property
    def said(self) -> str:
        """The end of what it said to people."""
        try:
            with self._said.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _SAID))
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def forget(self) -> None:
        """Remove what it said."""
        self._said.unlink(missing_ok=True)


_started: dict[Path, Started] = {}
_lock = Lock()


def start(workload: Path, *, techniques: str, budget: str, pack: Path | None = None) -> Started:
    """Measure as `tierproof measure` does, beside whoever asks; a run that was cut off goes on from its journal.

    Raises InputError where one of the folder runs already, and without a cap: it spends money.
    """
    if not budget.strip():
        message = gettext("a measurement spends money: it needs a cap")
        raise InputError.of(message, remedy=gettext("state what it may take at most, such as 2usd"), field="budget")
    command = [sys.executable, "-m", "tierproof", "measure", str(workload), f"--budget={budget}"]
    command += ["--lang", spoken()]  # its report and its errors are read by whoever asks
    command += [f"--techniques={techniques}"] if techniques else []
    command += [f"--pack={pack}"] if pack is not None else []
    with _lock:
        if (known := _started.get(workload)) is not None and known.ended is None:
            remedy = gettext("wait for it, or stop it")
            raise InputError.of(gettext("it is being measured already"), remedy=remedy)
        if known is not None:
            known.forget()
        _started[workload] = Started(workload, command)
        return _started[workload]


def started(workload: Path) -> Started | None:
    """The measurement of the folder that was last started here."""
    return _started.get(workload)


@atexit.register
def _stop_all() -> None:
    """Nobody watches any more, so nothing more is spent."""
    for one in _started.values():
        one.stop()
        one.forget()
