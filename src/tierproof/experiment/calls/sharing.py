"""The trials of a round, dealt to the processes that measure together.

Enters: a round's places, in order.  Leaves: those that this process should begin with, then all others.  Must not know
what a place is.

Every process needs all of a round before it can look at the design, so each goes through the whole of it: first through
what it is dealt, which no other begins with, then through the rest, which is then mostly answered.  What a process
leaves behind when it dies is taken up so, too.  Whether a call is paid is no question here: the journal sees to it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Generic, TypeVar

__all__ = ["Dealt", "Share"]

T = TypeVar("T")
Share = Callable[[int, int], Awaitable[tuple[int, int] | None]]
"""From the number of a round and of its places: first and end of the places to begin with next; None: all are dealt."""
SPREAD: Final = 0.6180339887498949
"""Each next process starts on the rest where it is farthest from the others (the golden ratio)."""


class Dealt(Generic[T]):
    """One round's places, for any number of workers of this process."""

    def __init__(self, places: Iterable[T], number: int, share: Share, process: int) -> None:
        """`number`: of the round; `process`: of this one among all."""
        self._places = list(places)
        self._number, self._share, self._process = number, share, process
        self._ready: deque[T] = deque()
        self._rest: list[bool] | None = [True] * len(self._places)
        """Which places were not dealt to this process; None: they have been given out."""
        self._dealing = asyncio.Lock()

    async def next(self) -> T | None:
        """The next place; None when there is none."""
        while not self._ready:
            async with self._dealing:
                if not self._ready and not await self._deal():
                    return None
        return self._ready.popleft()

    async def _deal(self) -> bool:
        rest = self._rest
        if rest is None:
            return False
        dealt = await self._share(self._number, len(self._places))
        if dealt is not None:
            start, stop = dealt
            self._ready.extend(self._places[start:stop])
            rest[start:stop] = [False] * len(rest[start:stop])
            return True
        left = [place for place, open_ in zip(self._places, rest, strict=True) if open_]
        first = int(len(left) * (self._process * SPREAD % 1))
        self._ready.extend(left[first:] + left[:first])
        self._rest = None
        return bool(left)
