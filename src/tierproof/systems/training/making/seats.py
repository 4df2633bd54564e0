"""Seats for trainings on this machine: how many go on at once, and on which GPU each.

Enters: a place to work at.  Leaves: what a worker's environment is to say.  Must not know jobs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.pieces import HERE, Place

__all__ = ["Seats"]

VISIBLE = "CUDA_VISIBLE_DEVICES"
THREADS = "OMP_NUM_THREADS"
LISTING_SECONDS = 20.0


class Seats:
    """`processes:N` has N seats.  `processes` has one a GPU; without one, as many as there are cores for the threads of
    each (`OMP_NUM_THREADS`, else all cores).  A training has the threads that it has alone, so that it comes to the
    same; and one GPU, where there are any.
    """

    def __init__(self, place: Place = HERE) -> None:
        """Raises InputError for a cluster: what is trained is served from this machine's disk."""
        if place.kind not in ("here", "processes"):
            message = Message("models are trained on this machine, not on {kind}", kind=place.kind)
            raise InputError.of(message, remedy=Message("processes, or processes:N"), field="on")
        environments: list[Mapping[str, str]] = [{}]
        if place.kind == "processes":
            gpus = _gpus()
            count = place.workers or len(gpus) or max(1, _cores() // _threads())
            environments = [{VISIBLE: gpus[seat % len(gpus)]} if gpus else {} for seat in range(count)]
        self.count = len(environments)
        self._free: asyncio.Queue[Mapping[str, str]] = asyncio.Queue()
        for one in environments:
            self._free.put_nowait(one)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Mapping[str, str]]:
        """Wait for a seat, and keep it meanwhile."""
        environment = await self._free.get()
        try:
            yield environment
        finally:
            self._free.put_nowait(environment)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _threads() -> int:
    said = os.environ.get(THREADS, "").split(",")[0]
    return int(said) if said.isdecimal() and int(said) else _cores()


def _gpus() -> list[str]:
    """As CUDA names them: those that this process may see, else all that the driver lists."""
    if VISIBLE in os.environ:
        return [one for one in map(str.strip, os.environ[VISIBLE].split(",")) if one and one != "-1"]
    listing = shutil.which("nvidia-smi")
    if listing is None:
        return []
    try:
        told = subprocess.run([listing, "-L"], capture_output=True, text=True, timeout=LISTING_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    count = sum(line.startswith("GPU ") for line in told.stdout.splitlines()) if told.returncode == 0 else 0
    return [str(number) for number in range(count)]
