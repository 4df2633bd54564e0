"""Pinecone, by its official client: the nearest records of a namespace.

Enters: a query.  Leaves: matches as passages; their texts stand in the records' metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import Backend, BackendTable, backend

__all__ = ["PineconeTable"]

Text = Annotated[str, Meta(min_length=1)]


@backend
class PineconeTable(BackendTable, frozen=True, kw_only=True, tag="pinecone"):
    host: Text
    """Of the index, as Pinecone's console shows it."""
    api_key_env: Text = "PINECONE_API_KEY"
    namespace: str = ""
    text: Text = "text"
    """Field of the metadata with a passage's text."""
    source: str = ""
    """Field of the metadata that names the document; empty: the record's id."""
    filter: dict[str, Any] = msgspec.field(default_factory=dict)
    """What metadata must match, as Pinecone writes it."""

    def opened(self, access: Access) -> Backend:
        access.embedder()
        return _Index(self, access)


@dataclass(slots=True)
class _Index:
    table: PineconeTable
    access: Access
    _client: Any = None
    _lock: Lock = field(default_factory=Lock)

    def __str__(self) -> str:
        table = self.table
        told = f"pinecone {table.host}" + (f", namespace {table.namespace}" if table.namespace else "")
        return f"{told}, filter {table.filter}" if table.filter else told

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                module = optional("pinecone", use=Message("searching in Pinecone"), extra="pinecone")
                key = self.access.secret(self.table.api_key_env)
                client = module.Pinecone(api_key=key, timeout=self.table.timeout_seconds)
                self._client = client.index(host=self.table.host)
            return self._client

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        vector = await self.access.vector(query)

        def ask() -> Any:
            return self._connected().query(
                vector=vector,
                top_k=top,
                namespace=self.table.namespace,
                filter=self.table.filter or None,
                include_metadata=True,
            )

        answer = await asyncio.to_thread(ask)
        return [self._passage(match) for match in answer.matches]

    def _passage(self, match: Any) -> Passage:
        kept: Mapping[str, Any] = match.metadata or {}
        if self.table.text not in kept:
            raise ValueError(
                Message("the record {id} has no '{text}' in its metadata", id=match.id, text=self.table.text)
            )
        source = kept.get(self.table.source) if self.table.source else None
        return Passage(
            text=str(kept[self.table.text]),
            source=match.id if source is None else str(source),
            id=match.id,
            score=float(match.score or 0.0),
        )

    async def _stats(self) -> Any:
        return await asyncio.to_thread(lambda: self._connected().describe_index_stats())

    async def empty(self) -> bool | None:
        if self.table.filter:
            # Counts under a filter are kept for no index that Pinecone makes today.
            return None
        stats = await self._stats()
        return self._held(stats) == 0

    def _held(self, stats: Any) -> int:
        """Records of the namespace."""
        one = (stats.namespaces or {}).get(self.table.namespace)
        return 0 if one is None else int(one.vector_count)

    async def faults(self) -> Sequence[str]:
        stats = await self._stats()
        name = self.table.namespace
        if name and name not in (stats.namespaces or {}):
            return (Message("there is no namespace '{name}'", name=name),)
        dimension = len(await self.access.vector("how long is a vector?"))
        if stats.dimension and int(stats.dimension) != dimension:
            return (
                Message(
                    "vectors of the index have {dimension} dimensions, the embedder's {embedded}",
                    dimension=stats.dimension,
                    embedded=dimension,
                ),
            )
        return ()

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None
