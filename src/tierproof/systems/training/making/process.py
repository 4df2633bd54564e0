"""A worker process that speaks JSON lines: started, listened to, held to its limits, ended.

Enters: a module to run and limits.  Leaves: the worker's events; a failure as an InputError that a person can act on.
Must not know what a worker does.

The worker ends by itself when its standard input closes, so none outlives the process that started it, however that
one dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tierproof.errors import InputError, Problem
from tierproof.messages import Message, Quoted
from tierproof.written_messages import kept

__all__ = ["Limits", "Worker", "WorkerDied"]

LONGEST_LINE = 2**20
LOOK_SECONDS = 0.25
GRACE_SECONDS = 3.0
LOG_TAIL = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one job may take; None: no limit."""

    seconds: float | None = 6 * 3600.0
    """Wall time of a sitting, the start of the libraries included."""
    bytes: int | None = None
    """Resident memory of the process."""


class WorkerDied(InputError):
    """A signal ended it: it was killed, or memory ran out.  It told no fault of its own."""


class Worker:
    """One worker.  Use as an async context manager; leaving it ends the process and all that it started."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        log: Path,
        limits: Limits = Limits(),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`log`: where the process's other words go (warnings of libraries, a traceback)."""
        self._command = (sys.executable, "-m", module, *arguments)
        self._log = log
        self._limits = limits
        self._environ = {**os.environ, **(environ or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._guard: asyncio.Task[None] | None = None
        self._over: Problem | None = None

    async def __aenter__(self) -> Self:
        try:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env=self._environ,
                    limit=LONGEST_LINE,
                    start_new_session=True,
                )
        except OSError as error:
            raise InputError.of(
                Message("no worker can start ({strerror})", strerror=kept(str(error.strerror))), file=self._log.parent
            ) from None
        self._guard = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        if self._guard is not None:
            self._guard.cancel()
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None and kind is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await process.wait()
        self._kill()
        await process.wait()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Tell the worker something."""
        assert self._process is not None and self._process.stdin is not None
        # It has died: the next event says so.  uvloop tells of a closed pipe by the second.
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What the worker says, to its end.  Raises InputError where it fails, dies or breaks a limit."""
        while (event := await self.event()) is not None:
            yield event

    async def event(self) -> dict[str, Any] | None:
        """The next thing that the worker says; None: it has done its work and left."""
        assert self._process is not None and self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                raise self._failed("it wrote a line without an end") from None
            if not line:
                break
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a library printed something
            if not isinstance(event, dict):
                continue
            if event.get("event") == "failed":
                raise InputError.of(kept(str(event["message"])), remedy=kept(str(event.get("remedy", ""))))
            return event
        status = await self._process.wait()
        if self._over is not None:
            raise InputError(self._over)
        if status < 0:
            raise WorkerDied(*self._failed(f"it ended by {signal.Signals(-status).name}").problems)
        if status:
            raise self._failed(f"exit status {status}")
        return None

    def _failed(self, how: str) -> InputError:
        tail = ""
        with contextlib.suppress(OSError):
            said = self._log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace").strip().splitlines()
            tail = said[-1] if said else ""
        remedy = (
            Message("SIGKILL mostly means that memory ran out: a smaller batch, or a smaller model")
            if "SIGKILL" in how
            else ""
        )
        words = Message("; its last words: {tail}", tail=Quoted(tail)) if tail else ""
        message = Message("the worker failed: {how}{words}", how=how, words=words)
        return InputError.of(message, remedy=remedy, file=self._log)

    async def _watch(self) -> None:
        """End the process when it breaks a limit."""
        process, limits = self._process, self._limits
        assert process is not None
        start = time.monotonic()
        while process.returncode is None:
            if limits.seconds is not None and time.monotonic() - start > limits.seconds:
                self._stop(
                    f"took more than its {limits.seconds:g} s",
                    "raise the time limit: it goes on from its last checkpoint",
                )
                return
            if limits.bytes is not None and _resident(process.pid) > limits.bytes:
                self._stop(
                    f"took more than its {limits.bytes / 2**20:,.0f} MiB of memory",
                    "a smaller batch or shorter examples, or a higher memory limit",
                )
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _stop(self, message: str, remedy: str) -> None:
        self._over = Problem(message=message, remedy=remedy)
        self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is None:
            return
        if hasattr(os, "killpg"):
            # The group outlives its leader where that has started others.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def _resident(pid: int) -> int:
    """Resident memory of a process in bytes; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
