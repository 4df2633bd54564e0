"""A program of unknown intent, run where it can do little harm, for a while.

Enters: Python source, its standard input, and tests that run after it.  Leaves: its exit status and output, and whether
the tests came to their end.  Must not know why it is run.

What holds it, each where the system offers it (`guards` says which, `lacking` what does not hold): bubblewrap where it
is installed, else namespaces of our own (unshare), with a root in which only the system's libraries, this Python and an
empty folder are to be seen; Landlock; limits of each process on time, memory, file size and open files; and a watch
over the memory and the number of all its processes together.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tierproof.errors import InputError
from tierproof.messages import Message, joined

__all__ = ["Limits", "Ran", "guards", "lacking", "run_python"]

MOST_OUTPUT = 64 * 1024
"""Bytes of each stream that are kept; a program that writes more is stopped."""
PIPE_SECONDS = 5
WATCH_SECONDS = 0.1
CONFINE = Path(__file__).with_name("confine.py")
"""Run by its path: what it takes away must not be needed for importing this package."""
UNSHARE = ("--user", "--map-root-user", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc")
HALF = 16
Wall = Literal["bubblewrap", "sealed", "namespaces", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    seconds: float = 10.0
    megabytes: int = 512
    """Address space of a process, and memory of all together."""
    file_megabytes: int = 16
    """Of one file."""
    disk_megabytes: int = 64
    """Of all files together, where the folder is a file system of its own."""
    processes: int = 64
    """All that run at once."""
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
    overgrown: str = ""
    """It was stopped for what its processes took together."""
    passed: bool = False
    """The tests ran to their end, checked something, and nothing in them failed."""


def guards() -> tuple[str, ...]:
    """What holds a program on this machine, in words."""
    wall = _wall()
    held: list[str] = [Message("time, memory, file and process limits")]
    if wall != "none":
        held.append(Message("no network, processes of its own"))
    if wall in ("bubblewrap", "sealed"):
        sees: str = Message("sees the system's libraries and its own folder alone")
        held.append(joined("", (sees, " (bubblewrap)")) if wall == "bubblewrap" else sees)
    if _landlock():
        held.append(Message("writes its own folder alone, reads no home folder"))
    return tuple(held)


def lacking() -> tuple[str, ...]:
    """What does not hold a program on this machine, in words; nothing where all does."""
    wall = _wall()
    lacks: list[str] = []
    if wall == "none":
        lacks.append(Message("it can reach the network and see other processes"))
    if wall in ("namespaces", "none"):
        lacks.append(Message("modes, times and owners of your files, their existence and local sockets are open to it"))
        lacks.append(Message("what its files take together is not bounded"))
    if not _landlock() and wall in ("namespaces", "none"):
        lacks.append(Message("it can read and write your files"))
    if not Path("/proc/self/task").is_dir():
        lacks.append(Message("the memory and the number of its processes are bounded one by one, not together"))
    return tuple(lacks)


def _landlock() -> bool:
    from tierproof.experiment.workload.scorers.confine import landlock_version  # noqa: PLC0415  (its imports are Unix alone)

    return landlock_version() > 0


@functools.cache
def _wall() -> Wall:
    """The best wall that this machine lets us build, tried once."""
    if os.name != "posix" or not sys.platform.startswith("linux"):
        return "none"
    walls: tuple[Wall, ...] = ("bubblewrap", "sealed", "namespaces")
    for wall in walls:
        command = _command(wall, packages=False)
        if command is not None and _stands(wall, command):
            return wall
    return "none"


def _stands(wall: Wall, command: Sequence[str]) -> bool:
    """Does a program come to its end behind a wall?"""
    with tempfile.TemporaryDirectory(prefix="tierproof-", ignore_cleanup_errors=True) as folder:
        order = _order(_folder(wall, folder), Limits(), "", ("__checked__()", ()), wall)
        half, other = secrets.token_bytes(HALF), secrets.token_bytes(HALF)
        with _Pipe() as orders, _Pipe() as signs:
            os.write(orders.writes, order + half + other)
            try:
                done = subprocess.run(
                    [*command, str(orders.reads), str(signs.writes)],
                    cwd=folder,
                    env=_environment(_folder(wall, folder)),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=30,
                    check=False,
                    pass_fds=(orders.reads, signs.writes),
                )
            except (OSError, subprocess.TimeoutExpired):
                return False
            os.set_blocking(signs.reads, False)
            return done.returncode == 0 and _drained(signs.reads) == _joined(half, other)


def _command(wall: Wall, *, packages: bool) -> tuple[str, ...] | None:
    """The command before the two descriptors; None where what it needs is not installed."""
    site = () if packages else ("-S",)
    python = (sys.executable, "-I", *site)
    if wall == "bubblewrap":
        path = shutil.which("bwrap")
        if path is None:
            return None
        from tierproof.experiment.workload.scorers.confine import readable  # noqa: PLC0415  (Unix alone)

        shown = [word for place in readable() for word in ("--ro-bind-try", place, place)]
        limits = Limits()
        return (
            *(
                path,
                "--unshare-all",
                "--die-with-parent",
                "--new-session",
                "--cap-drop",
                "ALL",
                *shown,
                "--proc",
                "/proc",
            ),
            *("--dev", "/dev", "--size", str(limits.disk_megabytes * 2**20), "--tmpfs", "/tierproof"),
            *(
                "--ro-bind",
                str(CONFINE),
                "/confine.py",
                "--chdir",
                "/tierproof",
                "--remount-ro",
                "/",
                "--",
                *python,
                "/confine.py",
            ),
        )
    if wall == "none":
        return (*python, str(CONFINE))
    path = shutil.which("unshare")
    return None if path is None else (path, *UNSHARE, "--", *python, str(CONFINE))


def _folder(wall: Wall, folder: str) -> str:
    return "/tierproof" if wall == "bubblewrap" else folder


def _environment(folder: str) -> dict[str, str]:
    return {"HOME": folder, "TMPDIR": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


def _order(folder: str, limits: Limits, source: str, tests: tuple[str | None, Sequence[str]], wall: Wall) -> bytes:
    table = {
        "folder": folder,
        "seal": wall == "sealed",
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
        "file_megabytes": limits.file_megabytes,
        "disk_megabytes": limits.disk_megabytes,
        "processes": limits.processes,
        "program": source.encode("utf-8", "replace").decode(),
        "tests": tests[0],
        "names": list(tests[1]),
    }
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "big") + text


def _joined(half: bytes, other: bytes) -> bytes:
    return bytes(one ^ another for one, another in zip(half, other, strict=True))


class _Pipe:
    """Two ends, each closed once."""

    def __init__(self) -> None:
        self.reads, self.writes = os.pipe()
        self._open = {self.reads, self.writes}

    def close(self, end: int) -> None:
        if end in self._open:
            self._open.discard(end)
            os.close(end)

    def __enter__(self) -> _Pipe:
        return self

    def __exit__(self, *error: object) -> None:
        for end in tuple(self._open):
            self.close(end)


def _drained(descriptor: int) -> bytes:
    """All that lies in a pipe now."""
    found = b""
    with contextlib.suppress(BlockingIOError):
        while part := os.read(descriptor, 4096):
            found += part
            if len(found) > HALF:
                break
    return found


async def run_python(
    source: str, *, given: str = "", limits: Limits | None = None, tests: str | None = None, names: Sequence[str] = ()
) -> Ran:
    """Run a program in an empty folder of its own, which is gone afterwards.

    `tests` run after it in its module, which they may also import by each of `names`.  The environment is empty but for
    what Python needs.  The time limit counts wall time; whatever the program started is ended with it.  Raises
    InputError on a system that cannot hold programs.
    """
    if os.name != "posix":
        remedy = Message("run this workload on Linux (guards are whole there) or macOS")
        raise InputError.of(Message("programs cannot be held on this system"), remedy=remedy, field="scorer.kind")
    limits = limits or Limits()
    wall = await asyncio.to_thread(_wall)
    command = _command(wall, packages=limits.packages)
    assert command is not None  # a wall that stands has one
    half, other = secrets.token_bytes(HALF), secrets.token_bytes(HALF)
    with (
        tempfile.TemporaryDirectory(prefix="tierproof-", ignore_cleanup_errors=True) as folder,
        _Pipe() as orders,
        _Pipe() as signs,
    ):
        inside = _folder(wall, folder)
        order = _order(inside, limits, source, (tests, names), wall) + half + other
        # A pipe holds 64 KiB: a longer order is fed while the process reads it.
        feeding = asyncio.create_task(asyncio.to_thread(_feed, orders, order))
        kept = (orders.reads, signs.writes)
        try:
            ran = await _watched((*command, *map(str, kept)), (folder, inside), given, limits, kept)
        finally:
            orders.close(orders.reads)
            await feeding
        os.set_blocking(signs.reads, False)
        # Exactly the sign: one who writes whatever can be found in memory does not pass.
        passed = tests is not None and ran.status == 0 and _drained(signs.reads) == _joined(half, other)
        return Ran(
            status=ran.status,
            output=ran.output,
            errors=ran.errors,
            timed_out=ran.timed_out,
            flooded=ran.flooded,
            overgrown=ran.overgrown,
            passed=passed,
        )


def _feed(orders: _Pipe, order: bytes) -> None:
    with contextlib.suppress(OSError):
        while order:
            order = order[os.write(orders.writes, order) :]
    orders.close(orders.writes)


async def _watched(
    command: Sequence[str], folders: tuple[str, str], given: str, limits: Limits, kept: tuple[int, ...]
) -> Ran:
    """`folders`: the program's, as we see it and as it does."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folders[0],
        env=_environment(folders[1]),
        start_new_session=True,
        pass_fds=kept,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    flooded = timed_out = False
    overgrown = ""
    output, errors = bytearray(), bytearray()
    reads = [
        asyncio.ensure_future(_read(process.stdout, output)),
        asyncio.ensure_future(_read(process.stderr, errors)),
    ]
    done: asyncio.Future[None] | None = None
    watch: asyncio.Future[str] = asyncio.ensure_future(_outgrows(process.pid, limits))
    try:
        async with asyncio.timeout(limits.seconds):
            with contextlib.suppress(ConnectionError, RuntimeError):  # it has ended; uvloop says so by the second
                process.stdin.write(given.encode("utf-8", "replace"))
                process.stdin.close()
            done = asyncio.ensure_future(_ended(process, reads))
            await asyncio.wait((done, watch), return_when=asyncio.FIRST_COMPLETED)
            if done.done():
                await done
            else:
                overgrown = watch.result()
    except TimeoutError:
        timed_out = True
    except _FloodedError:
        flooded = True
    finally:
        tasks: list[asyncio.Future[Any]] = [watch, *([] if done is None else [done])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.shield(_end(process, reads))
    return Ran(
        status=process.returncode if process.returncode is not None else -signal.SIGKILL,
        output=output.decode("utf-8", "replace"),
        errors=errors.decode("utf-8", "replace"),
        timed_out=timed_out,
        flooded=flooded,
        overgrown=overgrown,
    )


async def _ended(process: asyncio.subprocess.Process, reads: Sequence[asyncio.Future[None]]) -> None:
    await asyncio.gather(*reads)
    await process.wait()


async def _outgrows(pid: int, limits: Limits) -> str:
    """Wait until a process and all below it take more than they may together, and say what."""
    page = os.sysconf("SC_PAGE_SIZE")
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        below = _below(pid)
        if len(below) > limits.processes:
            return f"stopped for running more than {limits.processes} processes at once"
        taken = sum(_resident(one) for one in below) * page
        if taken > limits.megabytes * 2**20:
            return f"stopped for taking more than {limits.megabytes} MB of memory"


def _below(pid: int) -> list[int]:
    """A process and its descendants, as far as the system tells of them."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError, ValueError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def _resident(pid: int) -> int:
    """Pages of memory that are a process's own."""
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return 0
    return resident - shared


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
