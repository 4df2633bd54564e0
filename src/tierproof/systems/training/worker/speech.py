"""How a worker speaks to the process that started it, and notices that it is gone.

Enters: events.  Leaves: JSON lines on standard output.  Must not import torch: a missing package is told from here.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Failure", "failures_told", "leave_with_parent", "say"]

_out = sys.stdout
_lock = threading.Lock()


class Failure(Exception):
    """Something that a person can mend."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def say(event: str, **fields: Any) -> None:
    with _lock:
        _out.write(json.dumps({"event": event, **fields}) + "\n")
        _out.flush()


def keep_output_apart() -> None:
    """What libraries print goes to the log from now on; standard output is for events."""
    sys.stdout = sys.stderr


def leave_with_parent() -> None:
    """End this process when its standard input closes."""

    def wait() -> None:
        # By the bare descriptor: a thread within `sys.stdin` would hold its lock when Python shuts down.
        while os.read(0, 4096):
            pass
        os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


def described(error: BaseException) -> tuple[str, str]:
    """A failure in words: message and remedy."""
    if isinstance(error, Failure):
        return str(error), error.remedy
    if any(_is_full_disk(one) for one in _chain(error)):
        return (
            "the disk is full",
            "free some space, then run the same command: training goes on from its last checkpoint",
        )
    if isinstance(error, ModuleNotFoundError):
        return f"models on this disk need the package {error.name}", "install the extra: pip install 'tierproof[train]'"
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "memory ran out", "a smaller batch, shorter examples, or a smaller model"
    return f"{type(error).__name__}: {error}".splitlines()[0], "the whole error stands in log.txt"


def _is_full_disk(error: BaseException) -> bool:
    # Libraries written in other languages pass on the system's words, or, as torch's writer, those of C++'s streams.
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return full or "No space left" in str(error) or "iostream error" in str(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those while which it came about."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def failures_told() -> Iterator[None]:
    """Any failure of the block is told, and ends the process."""
    try:
        yield
    except Exception as error:
        traceback.print_exc()
        message, remedy = described(error)
        say("failed", message=message, remedy=remedy)
        raise SystemExit(1) from None
