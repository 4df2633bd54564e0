"""Elasticsearch, by its official client: BM25, vectors (kNN), or both fused by the server (`retriever.rrf`).

Enters: a query.  Leaves: hits as passages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import Backend, BackendTable, backend

__all__ = ["ElasticsearchTable", "IndexTable", "SearchIndex"]

LEAST_CANDIDATES = 100
"""Neighbours that each shard looks at, at least."""
LEAST_WINDOW = 50
"""Hits of each ranking that are fused, at least."""


class IndexTable(BackendTable, frozen=True, kw_only=True):
    """What Elasticsearch and its descendants have in common."""

    url: Annotated[str, Meta(min_length=1)]
    index: Annotated[str, Meta(min_length=1)]
    find: Literal["words", "vectors", "hybrid"] = "words"
    text: str = "text"
    """Field with a passage's text; what BM25 searches."""
    source: str = ""
    """Field that names the document; empty: the hit's id."""
    vector: str = ""
    """Field with a passage's embedding."""
    filter: dict[str, Any] = msgspec.field(default_factory=dict)
    """A query that every hit must match, as the server writes it."""
    basic_auth_env: str = ""
    """Environment variable that holds `user:password`."""
    ca_certs: str = ""
    """File of the certificates to trust."""

    def __post_init__(self) -> None:
        if self.find != "words" and not self.vector:
            raise ValueError(Message("searching by vectors needs 'vector', the field that holds them"))


@backend
class ElasticsearchTable(IndexTable, frozen=True, kw_only=True, tag="elasticsearch"):
    api_key_env: str = ""

    def opened(self, access: Access) -> Backend:
        if self.find != "words":
            access.embedder()
        return _Elasticsearch(self, access)


@dataclass(slots=True)
class SearchIndex:
    """An index behind `_search`, `_count` and `_mapping`; what differs from server to server is what raises here."""

    table: IndexTable
    access: Access
    _client: Any = None
    _lock: Lock = field(default_factory=Lock)
    kind: ClassVar[str]
    vector_type: ClassVar[str]
    """Type of a field that holds vectors, and the name that the mapping gives to their length."""
    vector_length: ClassVar[str]

    def __str__(self) -> str:
        told = f"{self.kind} {self.table.url}/{self.table.index}, by {self.table.find}"
        return f"{told}, filter {self.table.filter}" if self.table.filter else told

    def connect(self) -> Any:
        """A new client."""
        raise NotImplementedError

    def ask(self, client: Any, query: str, vector: list[float], top: int, fields: list[str]) -> Any:
        """The server's answer to a search."""
        raise NotImplementedError

    def count(self, client: Any, query: dict[str, Any] | None) -> int:
        raise NotImplementedError

    def mapping(self, client: Any) -> Mapping[str, Any]:
        """By the names of indices."""
        raise NotImplementedError

    def basic_auth(self) -> tuple[str, str] | None:
        if not self.table.basic_auth_env:
            return None
        user, _, password = self.access.secret(self.table.basic_auth_env).partition(":")
        self.access.hide(password)
        return user, password

    def matching(self, query: str) -> dict[str, Any]:
        """The words of a query, within the filter."""
        table = self.table
        return {"bool": {"must": [{"match": {table.text: query}}], "filter": [table.filter] if table.filter else []}}

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self.connect()
            return self._client

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        table = self.table
        vector = [] if table.find == "words" else await self.access.vector(query)
        fields = [name for name in (table.text, table.source) if name]
        answer = await asyncio.to_thread(lambda: self.ask(self._connected(), query, vector, top, fields))
        return [self._passage(hit) for hit in answer["hits"]["hits"]]

    def _passage(self, hit: Mapping[str, Any]) -> Passage:
        kept, id_ = hit["_source"], str(hit["_id"])
        text = _at(kept, self.table.text)
        if text is None:
            raise ValueError(Message("the hit {id} has no field '{text}'", id=id_, text=self.table.text))
        source = _at(kept, self.table.source) if self.table.source else None
        score = hit.get("_score")
        return Passage(text=str(text), source=id_ if source is None else str(source), id=id_, score=float(score or 0.0))

    async def empty(self) -> bool:
        return await asyncio.to_thread(lambda: self.count(self._connected(), self.table.filter or None)) == 0

    async def faults(self) -> Sequence[str]:
        def mapping() -> Mapping[str, Any]:
            client = self._connected()
            return self.mapping(client) if client.indices.exists(index=self.table.index) else {}

        found = await asyncio.to_thread(mapping)
        if not found:
            return (Message("there is no such index"),)
        dimension = 0 if self.table.find == "words" else len(await self.access.vector("how long is a vector?"))
        return [fault for name, told in found.items() for fault in self._lacking(name, told["mappings"], dimension)]

    def _lacking(self, name: str, mappings: Mapping[str, Any], dimension: int) -> Iterator[str]:
        for wanted in filter(None, (self.table.text, self.table.source)):
            if _mapped(mappings, wanted) is None:
                yield Message("index {name} has no field '{wanted}'", name=name, wanted=wanted)
        if not dimension:
            return
        there = _mapped(mappings, self.table.vector)
        if there is None or there.get("type") != self.vector_type:
            yield Message(
                "index {name} has no field '{vector}' of type {vector_type}",
                name=name,
                vector=self.table.vector,
                vector_type=self.vector_type,
            )
        elif (length := there.get(self.vector_length)) not in (None, dimension):
            yield Message(
                "vectors of index {name} have {length} dimensions, the embedder's {embedded}",
                name=name,
                length=length,
                embedded=dimension,
            )

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


@dataclass(slots=True)
class _Elasticsearch(SearchIndex):
    table: ElasticsearchTable
    kind: ClassVar[str] = "elasticsearch"
    vector_type: ClassVar[str] = "dense_vector"
    vector_length: ClassVar[str] = "dims"

    def connect(self) -> Any:
        module = optional("elasticsearch", use=Message("searching in Elasticsearch"), extra="elasticsearch")
        table = self.table
        named: dict[str, Any] = {}
        if table.api_key_env:
            named["api_key"] = self.access.secret(table.api_key_env)
        if (auth := self.basic_auth()) is not None:
            named["basic_auth"] = auth
        if table.ca_certs:
            named["ca_certs"] = table.ca_certs
        return module.Elasticsearch(table.url, request_timeout=table.timeout_seconds, max_retries=1, **named)

    def ask(self, client: Any, query: str, vector: list[float], top: int, fields: list[str]) -> Any:
        return client.search(index=self.table.index, size=top, source=fields, **self._body(query, vector, top))

    def _body(self, query: str, vector: list[float], top: int) -> dict[str, Any]:
        table, must = self.table, self.matching(query)
        nearest: dict[str, Any] = {
            "field": table.vector,
            "query_vector": vector,
            "k": top,
            "num_candidates": max(LEAST_CANDIDATES, 10 * top),
        }
        if table.filter:
            nearest["filter"] = table.filter
        if table.find == "words":
            return {"query": must}
        if table.find == "vectors":
            return {"knn": nearest}
        window = max(LEAST_WINDOW, top)
        parts = [{"standard": {"query": must}}, {"knn": {**nearest, "k": window}}]
        return {"retriever": {"rrf": {"retrievers": parts, "rank_window_size": window}}}

    def count(self, client: Any, query: dict[str, Any] | None) -> int:
        return int(client.count(index=self.table.index, query=query)["count"])

    def mapping(self, client: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] = client.indices.get_mapping(index=self.table.index).body
        return found


def _at(table: Any, path: str) -> Any:
    """Value of a field, whose name may be a path; None: there is none."""
    if isinstance(table, Mapping) and path in table:
        return table[path]
    first, dot, rest = path.partition(".")
    return _at(table[first], rest) if dot and isinstance(table, Mapping) and first in table else None


def _mapped(mappings: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """How a field is mapped."""
    first, _, rest = path.partition(".")
    found = mappings.get("properties", {}).get(first)
    if found is None or not rest:
        return found  # type: ignore[no-any-return]
    return _mapped({"properties": {**found.get("properties", {}), **found.get("fields", {})}}, rest)
