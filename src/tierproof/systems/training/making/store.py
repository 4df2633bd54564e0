"""Models that were made, by the hash of what they were made from; a job that is not among them is run.

Enters: jobs.  Leaves: folders of models with their reports.  Must not know techniques or how a worker trains.

A job has a folder of its own: `job.json`, `log.txt`, `checkpoint/` while it runs, `model/`, and at last `report.json`,
whose presence says that the rest is whole.  A killed job goes on from its last checkpoint; where its worker dies, at
once, three times in all.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.pieces import HERE, TRIES, Place
from tierproof.systems.training.job import Job, Report, job_key
from tierproof.systems.training.making.process import Limits, Worker, WorkerDied
from tierproof.systems.training.making.seats import Seats
from tierproof.written_messages import kept

__all__ = ["Limits", "Made", "Store", "usual_limits", "usual_store"]

WORKER = "tierproof.systems.training.worker"
VARIABLE = "TIERPROOF_MODELS"
LEAST_FREE = 64 * 2**20
"""Bytes of disk that are left free beside what a job is sure to write."""
LOCK_SECONDS = 0.5
MOST_MEMORY = 0.9

Progress = Callable[[Mapping[str, Any]], None]
"""Told of a worker's events: `phase`, `done`, `total`, `loss`."""


@dataclass(frozen=True, slots=True)
class Made:
    """A model that was made."""

    key: str
    folder: Path
    """In Hugging Face format."""
    report: Report
    fresh: bool
    """It was made now; False: it was there."""


def usual_store() -> Path:
    """Where models are kept: `$TIERPROOF_MODELS`, else the user's cache folder."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "tierproof" / "models"


def usual_limits(minutes: float | None = None) -> Limits:
    """A run's minutes, else six hours; and nine tenths of the machine's memory, where the system tells of it."""
    memory = None
    with contextlib.suppress(AttributeError, ValueError, OSError):
        memory = int(MOST_MEMORY * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return Limits(bytes=memory) if minutes is None else Limits(seconds=60 * minutes, bytes=memory)


class Store:
    def __init__(
        self,
        root: Path,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        worker: str = WORKER,
        place: Place = HERE,
    ) -> None:
        """`worker`: module that is run with a job's folder.  `place`: how many are run at once, as `Seats` says; they
        share the memory that `limits` allow."""
        self.root = root
        self._worker = worker
        self._seats = Seats(place)
        shared = None if limits.bytes is None else limits.bytes // self._seats.count
        self._limits = dataclasses.replace(limits, bytes=shared)

    def found(self, job: Job) -> Made | None:
        """What was made of a job before; None: it has to be run.  Raises InputError where its base is no model."""
        return self._read(job_key(job))

    def _read(self, key: str, *, fresh: bool = False) -> Made | None:
        folder = self.root / key
        try:
            report = msgspec.json.decode((folder / "report.json").read_bytes(), type=Report)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise InputError.of(
                Message("cannot be read ({strerror})", strerror=kept(str(error.strerror))), file=folder
            ) from None
        except msgspec.DecodeError as error:
            remedy = Message("delete the folder; the model is then made anew")
            raise InputError.of(
                Message("is damaged: {error}", error=str(error)), remedy=remedy, file=folder / "report.json"
            ) from None
        return Made(key, folder / "model", report, fresh)

    async def made(self, job: Job, progress: Progress = lambda event: None) -> Made:
        """The model that a job makes: read, or made now.

        Raises InputError with what is wrong where it cannot be made; the checkpoint stays.
        """
        key = job_key(job)
        made = self._read(key)
        if made is not None:
            return made
        folder = self.root / key
        with _disk_faults(self.root):
            folder.mkdir(parents=True, exist_ok=True)
            _check_space(folder, job)
        async with _alone(folder):
            made = self._read(key)  # another process may have made it while this one waited
            if made is not None:
                return made
            with _disk_faults(self.root):
                (folder / "job.json").write_bytes(msgspec.json.encode(job))
            async with self._seats.one() as environ:
                await self._worked(folder, environ, progress)
        made = self._read(key, fresh=True)
        if made is None:
            raise InputError.of(Message("the worker ended without a report"), file=folder / "log.txt")
        return made

    async def _worked(self, folder: Path, environ: Mapping[str, str], progress: Progress) -> None:
        """Run the job in a folder, and again where its worker dies; within the time of one."""
        limits, start = self._limits, time.monotonic()
        for tries in range(1, TRIES + 1):
            if self._limits.seconds is not None:
                left = self._limits.seconds - (time.monotonic() - start)
                limits = dataclasses.replace(self._limits, seconds=max(0.0, left))
            log = folder / "log.txt"
            try:
                async with Worker(self._worker, str(folder), log=log, limits=limits, environ=environ) as worker:
                    async for event in worker.events():
                        progress(event)
                return
            except WorkerDied:
                if tries == TRIES:
                    raise


def _check_space(folder: Path, job: Job) -> None:
    """A model as large as the base is written, and a checkpoint with two moments of each weight before it."""
    weights = sum(path.stat().st_size for path in Path(job.base).glob("*.safetensors"))
    free = shutil.disk_usage(folder).free
    needed = 4 * weights + LEAST_FREE
    if free < needed:
        message = Message(
            "the disk is full: {free:,.0f} MiB are free and {needed:,.0f} MiB are needed",
            free=free / 2**20,
            needed=needed / 2**20,
        )
        remedy = Message("free some space, or set {variable} to a folder on another disk", variable=VARIABLE)
        raise InputError.of(message, remedy=remedy, file=folder)


@asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """Wait until no other process makes the same model."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows: two runs of one job would write the same, one after the other
        yield
        return
    with (folder / ".lock").open("w") as file:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            await asyncio.sleep(LOCK_SECONDS)
        yield


@contextlib.contextmanager
def _disk_faults(folder: Path) -> Any:
    try:
        yield
    except OSError as error:
        remedy = Message(
            "free some space or mend the folder's rights, or set {variable} to another folder", variable=VARIABLE
        )
        message = Message("models cannot be kept here ({strerror})", strerror=kept(str(error.strerror)))
        raise InputError.of(message, remedy=remedy, file=folder) from error
