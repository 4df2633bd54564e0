"""The searches of one answer: each with its query, what it found, and its time.

Enters: a retriever and a query.  Leaves: passages; the search is noted for whoever answers, also where a tool made it.
Must not know back ends.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from tierproof.systems.models.wire.refusals import CallFailed
from tierproof.systems.parts.prompt import Passage

__all__ = ["Retriever", "Search", "SearchFailed", "noted", "rehearsing", "searched"]


class SearchFailed(CallFailed):
    """A search did not come back: its back end is down, too slow or empty.  The item is then not measured."""


class Retriever(Protocol):
    """Finds passages; `str()` of it describes it."""

    async def search(self, query: str) -> Sequence[Passage]: ...


@dataclass(frozen=True, slots=True)
class Search:
    query: str
    passages: tuple[Passage, ...]
    """Best first."""
    seconds: float
    """By this machine's clock."""


class noted:
    """What is searched within, in order.  `rehearsal`: nothing may be asked that lies outside of this process."""

    __slots__ = ("_token", "made", "rehearsal")

    def __init__(self, *, rehearsal: bool) -> None:
        self.rehearsal = rehearsal
        self.made: list[Search] = []

    def __enter__(self) -> list[Search]:
        self._token = _current.set(self)
        return self.made

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


_current: ContextVar[noted | None] = ContextVar("searches", default=None)


def rehearsing() -> bool:
    """Is this a forecast, in which nothing may be reached?"""
    now = _current.get()
    return now is not None and now.rehearsal


async def searched(retriever: Retriever, query: str) -> tuple[Passage, ...]:
    """What a retriever finds.  Raises what it raises, among it SearchFailed."""
    start = time.perf_counter()
    passages = tuple(await retriever.search(query))
    now = _current.get()
    if now is not None:
        now.made.append(Search(query, passages, time.perf_counter() - start))
    return passages
