"""The event loop that calls are made in: uvloop's where that is installed, else Python's own.

Enters: work that waits for calls.  Leaves: what it comes to.  Must not know what is called.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from importlib import import_module
from typing import Any, TypeVar

__all__ = ["run"]

T = TypeVar("T")
YOUNG = 20_000
"""So many new values more than went, and the collector looks for cycles among them."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, as `asyncio.run`.

    A call makes some hundred values that live until it is answered.  A collector of cycles that looks at them after
    each few calls would take a tenth of a call, so that meanwhile it looks less often.
    """
    try:
        factory = import_module("uvloop").new_event_loop
    except ImportError:
        factory = None
    often = gc.get_threshold()
    gc.set_threshold(YOUNG, *often[1:])
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)
    finally:
        gc.set_threshold(*often)
