"""Arms that are built one after the other, while models that some of them need are trained.

Enters: builds, in the order of the arms.  Leaves: what each came to, in that order.  Must not know arms or models.

Every build goes as far as its first training, one after the other, so that what one asked or made is there for the
next.  What comes after a training goes one after the other too, once all have come so far.  So models are asked, served
and named in the same order however long a training takes; trainings alone go on side by side, as many as
`making.seats` has room for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["aside", "in_turn"]

T = TypeVar("T")


class _Turn:
    def __init__(self, before: _Turn | None) -> None:
        self.before = before
        self.last = self
        self.aside, self.over = asyncio.Event(), asyncio.Event()


_own: ContextVar[_Turn | None] = ContextVar("turn", default=None)


async def in_turn(builds: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """What each build comes to.  What one raises ends the others, and the trainings that they wait for."""
    turns: list[_Turn] = []
    for _ in builds:
        turns.append(_Turn(turns[-1] if turns else None))

    async def one(turn: _Turn, build: Callable[[], Awaitable[T]]) -> T:
        turn.last = turns[-1]
        if turn.before is not None:
            await turn.before.aside.wait()
        _own.set(turn)
        built = await build()
        turn.aside.set()
        if turn.before is not None:
            await turn.before.over.wait()
        turn.over.set()
        return built

    tasks = [asyncio.create_task(one(turn, build)) for turn, build in zip(turns, builds, strict=True)]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def aside() -> AsyncIterator[None]:
    """Let the others go on meanwhile; what follows waits for its turn.  Outside of `in_turn` nobody waits."""
    turn = _own.get()
    if turn is None:
        yield
        return
    turn.aside.set()
    yield
    await turn.last.aside.wait()
    if turn.before is not None:
        await turn.before.over.wait()
