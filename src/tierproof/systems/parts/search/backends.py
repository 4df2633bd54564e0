"""Back ends of retrieval by kind: those that `kinds/` brings, and those of other packages.

Enters: a `[retriever]` table.  Leaves: a retriever whose failures are told in words, within a time, without secrets.
Must not know any kind by name but the usual one, which is no back end: BM25 over the workload's own documents.

A kind is a Struct marked with `@backend`: its fields are what the table may state, its tag the kind.  Packages bring
theirs under the entry point group `tierproof.retrievers`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import functools
import pkgutil
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct

from tierproof.errors import InputError
from tierproof.messages import Message, joined
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.retrieval import PASSAGE_CHARACTERS
from tierproof.systems.parts.search import kinds
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.searches import SearchFailed, rehearsing
from tierproof.systems.resources import Looked
from tierproof.written_messages import kept

__all__ = ["GROUP", "USUAL", "Backend", "BackendTable", "IndexRetriever", "backend", "retriever_from"]

GROUP = "tierproof.retrievers"
USUAL = "bm25"
T = TypeVar("T")
K = TypeVar("K", bound="type[BackendTable]")


class Backend(Protocol):
    """An index somewhere; `str()` of it says which, with its filters and never a secret.

    Whatever its methods raise is told as a failed search, but InputError: that is for a person to mend.
    """

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        """At most `top` passages, best first, each with `id`, `source` and `score`."""
        ...

    async def empty(self) -> bool | None:
        """Is there nothing to find, within the filters?  None: it cannot be known."""
        ...

    async def faults(self) -> Sequence[str]:
        """What is wrong with the index for this use, in sentences: absent, without a field, of another dimension."""
        ...

    def close(self) -> None: ...


class BackendTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every kind may state in `[retriever]`."""

    timeout_seconds: Annotated[float, Meta(gt=0, le=600)] = 10.0
    """Of one search, the query's embedding included."""

    def opened(self, access: Access) -> Backend:
        """The back end; nothing is reached yet.  Raises InputError where something is lacking."""
        raise NotImplementedError


_registered: dict[str, type[BackendTable]] = {}


def backend(table: K) -> K:
    """Register a kind.  Raises ValueError for a kind that is taken."""
    kind = str(table.__struct_config__.tag)
    known = _registered.get(kind)
    if kind == USUAL or (known is not None and known.__module__ != table.__module__):
        raise ValueError(f"the kind {kind} is taken")
    _registered[kind] = table
    return table


@functools.cache
def _load() -> None:
    for module in pkgutil.iter_modules(kinds.__path__, f"{kinds.__name__}."):
        import_module(module.name)
    for entry in entry_points(group=GROUP):
        try:
            entry.load()
        except Exception as error:
            message = Message(
                "the back ends of '{value}' cannot be loaded: {kind}: {error}",
                value=entry.value,
                kind=type(error).__name__,
                error=str(error),
            )
            raise InputError.of(message, remedy=Message("mend or uninstall that package")) from error


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class IndexRetriever:
    """A retriever over a back end."""

    backend: Backend
    access: Access
    timeout_seconds: float = 10.0
    top: int = 4

    def __str__(self) -> str:
        return f"{self.backend}, top {self.top}"

    def with_top(self, top: int) -> IndexRetriever:
        return dataclasses.replace(self, top=top)

    async def search(self, query: str) -> Sequence[Passage]:
        """Raises SearchFailed where the back end gives no answer in time, or holds nothing at all."""
        if rehearsing():
            return tuple(Passage(text="x" * PASSAGE_CHARACTERS, source=f"{place}") for place in range(self.top))
        found = tuple(await self._held(self.backend.search(query, self.top)))
        if not found and await self._nothing():
            raise SearchFailed(self._empty())
        return found[: self.top]

    async def looked(self, query: str) -> Looked:
        """Is the index there, and as it must be?  Makes one search."""
        try:
            if faults := tuple(await self._held(self.backend.faults())):
                return Looked(tuple(joined(": ", (str(self.backend), fault)) for fault in faults))
            if await self._nothing():
                return Looked((self._empty(),))
            start = time.perf_counter()
            found = await self._held(self.backend.search(query, self.top))
        except SearchFailed as error:
            return Looked((error.args[0],))
        except InputError as error:
            return Looked(tuple(joined(": ", (str(self.backend), problem.message)) for problem in error.problems))
        told = Message(
            "{backend}: one query found {n} passage in {took:.0f} ms",
            "{backend}: one query found {n} passages in {took:.0f} ms",
            backend=str(self.backend),
            n=len(found),
            took=1000 * (time.perf_counter() - start),
        )
        return Looked((), told)

    def close(self) -> None:
        self.backend.close()

    async def _nothing(self) -> bool:
        return bool(await self._held(self.backend.empty()))

    def _empty(self) -> str:
        return Message(
            "{backend}: there is nothing to find (is it filled, and do its filters fit?)", backend=str(self.backend)
        )

    async def _held(self, made: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await made
        except (InputError, SearchFailed):
            raise
        except TimeoutError:
            raise SearchFailed(
                Message(
                    "{backend}: no answer within {seconds:g} seconds",
                    backend=str(self.backend),
                    seconds=self.timeout_seconds,
                )
            ) from None
        except Exception as error:  # clients raise classes of their own
            told = self.access.clean(f"{type(error).__name__}: {error}")
            raise SearchFailed(f"{self.backend}: {told}") from None


def retriever_from(table: Mapping[str, Any], access: Access) -> IndexRetriever | None:
    """The retriever that a table describes; None for the usual one.  Raises InputError with the field that is wrong."""
    _load()
    kind = str(table.get("kind", USUAL))
    if kind == USUAL:
        if others := sorted(table.keys() - {"kind"}):
            remedy = Message("state another kind: {registered}", registered=", ".join(_registered))
            message = Message("BM25 over documents/ has no setting '{others}'", others=others[0])
            raise InputError.of(message, remedy=remedy, field=f"retriever.{others[0]}")
        return None
    if kind not in _registered:
        near = difflib.get_close_matches(kind, _registered, n=1)
        remedy = (
            Message("did you mean {near}?", near=near[0])
            if near
            else Message("one of {names}", names=", ".join((USUAL, *_registered)))
        )
        raise InputError.of(Message("no back end is called '{kind}'", kind=kind), remedy=remedy, field="retriever.kind")
    try:
        stated = msgspec.convert(table, _registered[kind])
    except msgspec.ValidationError as error:
        fault, _, where = str(error).partition(" - at `$.")
        field = f"retriever.{where.rstrip('`')}" if where else "retriever"
        raise InputError.of(kept(fault), field=field) from None
    return IndexRetriever(backend=stated.opened(access), access=access, timeout_seconds=stated.timeout_seconds)
