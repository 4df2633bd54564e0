"""How long a piece of work takes, in seconds of the machine on which the tests' limits were written.

Enters: a function.  Leaves: what it leaves, and CPU seconds, so that neighbours do not count, divided by how much
longer a fixed piece of Python takes here than it took there.  A limit then holds on a slower machine as well, and says
as much on a faster one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["timed"]

T = TypeVar("T")
YARDSTICK_SECONDS = 0.0077
"""What `_yardstick` took on that machine."""
LOOKS = 5
"""At the yardstick, before and after; the best counts."""


def timed(work: Callable[[], T], repeats: int = 1) -> tuple[T, float]:
    """What `work` leaves, and the seconds of the best of so many runs."""
    looks = [_took(_yardstick)[1] for _ in range(LOOKS)]
    runs = [_took(work) for _ in range(repeats)]
    looks += [_took(_yardstick)[1] for _ in range(LOOKS)]
    return runs[-1][0], min(seconds for _, seconds in runs) * YARDSTICK_SECONDS / min(looks)


def _took(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def _yardstick() -> int:
    """Numbers, strings and a table: what the code that is measured mostly does."""
    lengths: dict[str, int] = {}
    for number in range(60_000):
        word = str(number % 977)
        lengths[word] = lengths.get(word, 0) + len(word)
    return len(lengths)
