"""Elasticsearch, by its official client: BM25, vectors (kNN), or both fused by the server (`retriever.rrf`).

Enters: a query.  Leaves: hits as passages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import Backend, BackendTable, backend

__all__ = ["ElasticsearchTable"]

LEAST_CANDIDATES = 100
"""Neighbours that each shard looks at, at least."""
LEAST_WINDOW = 50
"""Hits of each ranking that are fused, at least."""


@backend
class ElasticsearchTable(BackendTable, frozen=True, kw_only=True, tag="elasticsearch"):
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
    """A query that every hit must match, as Elasticsearch writes it."""
    api_key_env: str = ""
    basic_auth_env: str = ""
    """Environment variable that holds `user:password`."""
    ca_certs: str = ""
    """File of the certificates to trust."""

    def __post_init__(self) -> None:
        if self.find != "words" and not self.vector:
            raise ValueError("searching by vectors needs 'vector', the field that holds them")

    def opened(self, access: Access) -> Backend:
        if self.find != "words":
            access.embedder()
        return _Index(self, access)


@dataclass(slots=True)
class _Index:
    table: ElasticsearchTable
    access: Access
    _client: Any = None
    _lock: Lock = field(default_factory=Lock)

    def __str__(self) -> str:
        told = f"elasticsearch {self.table.url}/{self.table.index}, by {self.table.find}"
        return f"{told}, filter {self.table.filter}" if self.table.filter else told

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                module = optional("elasticsearch", use=Message("searching in Elasticsearch"), extra="elasticsearch")
                table = self.table
                named: dict[str, Any] = {}
                if table.api_key_env:
                    named["api_key"] = self.access.secret(table.api_key_env)
                if table.basic_auth_env:
                    user, _, password = self.access.secret(table.basic_auth_env).partition(":")
                    self.access.hide(password)
                    named["basic_auth"] = (user, password)
                if table.ca_certs:
                    named["ca_certs"] = table.ca_certs
                self._client = module.Elasticsearch(
                    table.url, request_timeout=table.timeout_seconds, max_retries=1, **named
                )
            return self._client

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        table = self.table
        vector = [] if table.find == "words" else await self.access.vector(query)
        body = self._body(query, vector, top)

        def ask() -> Any:
            fields = [name for name in (table.text, table.source) if name]
            return self._connected().search(index=table.index, size=top, source=fields, **body)

        answer = await asyncio.to_thread(ask)
        return [self._passage(hit) for hit in answer["hits"]["hits"]]

    def _body(self, query: str, vector: list[float], top: int) -> dict[str, Any]:
        table = self.table
        must = {"bool": {"must": [{"match": {table.text: query}}], "filter": [table.filter] if table.filter else []}}
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

    def _passage(self, hit: Mapping[str, Any]) -> Passage:
        kept, id_ = hit["_source"], str(hit["_id"])
        text = _at(kept, self.table.text)
        if text is None:
            raise ValueError(f"the hit {id_} has no field '{self.table.text}'")
        source = _at(kept, self.table.source) if self.table.source else None
        score = hit.get("_score")
        return Passage(text=str(text), source=id_ if source is None else str(source), id=id_, score=float(score or 0.0))

    async def empty(self) -> bool:
        def count() -> int:
            query = self.table.filter or None
            return int(self._connected().count(index=self.table.index, query=query)["count"])

        return await asyncio.to_thread(count) == 0

    async def faults(self) -> Sequence[str]:
        def mapping() -> Any:
            client = self._connected()
            if not client.indices.exists(index=self.table.index):
                return None
            return client.indices.get_mapping(index=self.table.index).body

        found = await asyncio.to_thread(mapping)
        if not found:
            return ("there is no such index",)
        dimension = 0 if self.table.find == "words" else len(await self.access.vector("how long is a vector?"))
        return [fault for name, told in found.items() for fault in self._lacking(name, told["mappings"], dimension)]

    def _lacking(self, name: str, mappings: Mapping[str, Any], dimension: int) -> Iterator[str]:
        for wanted in filter(None, (self.table.text, self.table.source)):
            if _mapped(mappings, wanted) is None:
                yield f"index {name} has no field '{wanted}'"
        if not dimension:
            return
        there = _mapped(mappings, self.table.vector)
        if there is None or there.get("type") != "dense_vector":
            yield f"index {name} has no field '{self.table.vector}' of type dense_vector"
        elif there.get("dims") not in (None, dimension):
            yield f"vectors of index {name} have {there['dims']} dimensions, the embedder's {dimension}"

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


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
