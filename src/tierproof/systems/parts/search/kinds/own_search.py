"""A search of the team's own: `function(query, top)`, async or not.

Enters: a query.  Leaves: what the function finds, best first: texts, or tables with `text` and, where they have them,
`id`, `source` (the document's name) and `score`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import Backend, BackendTable, backend

__all__ = ["OwnSearchTable"]


@backend
class OwnSearchTable(BackendTable, frozen=True, kw_only=True, tag="function"):
    function: Annotated[str, Meta(min_length=1)]
    """`file.py:name`."""

    def opened(self, access: Access) -> Backend:
        assert access.load is not None
        return _OwnSearch(self.function, access.load(self.function))


@dataclass(frozen=True, slots=True)
class _OwnSearch:
    name: str
    function: Callable[..., Any]

    def __str__(self) -> str:
        return f"function {self.name}"

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        if inspect.iscoroutinefunction(self.function):
            found = await self.function(query, top)
        else:
            found = await asyncio.to_thread(self.function, query, top)
            found = await found if inspect.isawaitable(found) else found
        if isinstance(found, str | Mapping) or not hasattr(found, "__iter__"):
            raise self._wrong(found)
        return [self._passage(place, one) for place, one in enumerate(found, 1)]

    def _passage(self, place: int, one: Any) -> Passage:
        if isinstance(one, str):
            return Passage(text=one, source=f"{place}")
        if not isinstance(one, Mapping) or not isinstance(one.get("text"), str):
            raise self._wrong(one)
        id_ = "" if one.get("id") is None else str(one["id"])
        source = str(one.get("source") or id_ or place)
        return Passage(text=one["text"], source=source, id=id_, score=float(one.get("score") or 0.0))

    def _wrong(self, given: Any) -> InputError:
        remedy = Message("give a list of texts, or of tables with text, and id, source and score where there are any")
        message = Message("{name} gave {kind} where passages were wanted", name=self.name, kind=type(given).__name__)
        return InputError.of(message, remedy=remedy, field="retriever.function")

    async def empty(self) -> None:
        return None

    async def faults(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        pass
