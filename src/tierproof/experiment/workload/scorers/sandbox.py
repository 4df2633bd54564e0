"""A program of unknown intent, run where it can do little harm, for a while.

Enters: Python source and its standard input.  Leaves: its exit status and output.  Must not know why it is run.

What holds it, each where the system offers it (`guards` says which): limits of the process on time, memory, file size,
open files and processes; a user namespace of its own without a network and with processes that end with it (unshare);
Landlock, by which it reads the Python installation and its own empty folder and writes the folder alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tierproof.errors import InputError, Problem

__all__ = ["Limits", "Ran", "guards", "run_python"]

MOST_OUTPUT = 64 * 1024
"""Bytes of each stream that are kept; a program that writes more is stopped."""
PIPE_SECONDS = 5
CONFINE = Path(__file__).with_name("confine.py")
"""Run by its path: what it takes away must not be needed for importing this package."""
UNSHARE = ("--user", "--map-root-user", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    seconds: float = 10.0
    megabytes: int = 512
    """Address space."""
    file_megabytes: int = 16
    processes: int = 64
    """Of the user that runs it, where that is not the superuser."""
    packages: bool = False
    """It may import what is installed beside Python's own library."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    status: int
    """Exit status; below 0 the number of the signal that ended it."""
    output: str
    errors: str
    timed_out: bool = False
    flooded: bool = False
    """It was stopped for writing too much."""


def guards() -> tuple[str, ...]:
    """What holds a program on this machine, in words."""
    held = ["time, memory, file and process limits"]
    if _unshare():
        held.append("no network, processes of its own")
    if _landlock():
        held.append("writes its own folder alone, reads no home folder")
    return tuple(held)


def _landlock() -> bool:
    from tierproof.experiment.workload.scorers.confine import landlock_version  # noqa: PLC0415  (its imports are Unix alone)

    return landlock_version() > 0


@functools.cache
def _unshare() -> tuple[str, ...]:
    """The command that gives a program namespaces of its own; empty where the system refuses."""
    path = shutil.which("unshare")
    if path is None:
        return ()
    command = (path, *UNSHARE)
    try:
        tried = subprocess.run((*command, "--", "true"), capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return command if tried.returncode == 0 else ()


async def run_python(source: str, *, given: str = "", limits: Limits | None = None) -> Ran:
    """Run a program in an empty folder of its own, which is gone afterwards.

    The environment is empty but for what Python needs.  The time limit counts wall time; whatever the program started
    is ended with it.  Raises InputError on a system that cannot hold programs.
    """
    if os.name != "posix":
        remedy = "run this workload on Linux (guards are whole there) or macOS"
        raise InputError(Problem(field="scorer.kind", message="programs cannot be held on this system", remedy=remedy))
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="tierproof-", ignore_cleanup_errors=True) as folder:
        program = Path(folder) / "program.py"
        program.write_text(source, encoding="utf-8", errors="replace")
        settings = (
            folder,
            str(limits.seconds),
            str(limits.megabytes),
            str(limits.file_megabytes),
            str(limits.processes),
        )
        site = () if limits.packages else ("-S",)
        boot = (sys.executable, "-I", *site, str(CONFINE), *settings, str(program))
        namespaces = await asyncio.to_thread(_unshare)
        return await _watched((*namespaces, "--", *boot) if namespaces else boot, folder, given, limits)


async def _watched(command: Sequence[str], folder: str, given: str, limits: Limits) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={"HOME": folder, "TMPDIR": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    flooded = timed_out = False
    output, errors = bytearray(), bytearray()
    reads = [
        asyncio.ensure_future(_read(process.stdout, output)),
        asyncio.ensure_future(_read(process.stderr, errors)),
    ]
    try:
        async with asyncio.timeout(limits.seconds):
            with contextlib.suppress(ConnectionError):
                process.stdin.write(given.encode("utf-8", "replace"))
                process.stdin.close()
            await asyncio.gather(*reads)
            await process.wait()
    except TimeoutError:
        timed_out = True
    except _FloodedError:
        flooded = True
    finally:
        await asyncio.shield(_end(process, reads))
    return Ran(
        status=process.returncode if process.returncode is not None else -signal.SIGKILL,
        output=output.decode("utf-8", "replace"),
        errors=errors.decode("utf-8", "replace"),
        timed_out=timed_out,
        flooded=flooded,
    )


class _FloodedError(Exception):
    """A program wrote more than is kept."""


async def _read(stream: asyncio.StreamReader, kept: bytearray) -> None:
    while piece := await stream.read(8192):
        kept += piece
        if len(kept) > MOST_OUTPUT:
            del kept[MOST_OUTPUT:]
            raise _FloodedError


async def _end(process: asyncio.subprocess.Process, reads: Sequence[asyncio.Future[None]]) -> None:
    """End a program and all that it started: its group, and with it its namespace."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
    # What is left in the pipes is read away: a process with an unread pipe is not waited for to its end.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PIPE_SECONDS):
            await process.communicate()
