"""OpenSearch, by its own client: BM25, vectors (k-NN), or both, put together by a search pipeline of the server.

Enters: a query.  Leaves: hits as passages.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import Backend, backend
from tierproof.systems.parts.search.kinds.elastic_index import IndexTable, SearchIndex

__all__ = ["OpenSearchTable"]


@backend
class OpenSearchTable(IndexTable, frozen=True, kw_only=True, tag="opensearch"):
    pipeline: str = ""
    """Search pipeline of the server that puts the two rankings of `hybrid` together."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.find == "hybrid" and not self.pipeline:
            raise ValueError(
                Message("'hybrid' needs 'pipeline', the search pipeline that puts the two rankings together")
            )

    def opened(self, access: Access) -> Backend:
        if self.find != "words":
            access.embedder()
        return _OpenSearch(self, access)


@dataclass(slots=True)
class _OpenSearch(SearchIndex):
    table: OpenSearchTable
    kind: ClassVar[str] = "opensearch"
    vector_type: ClassVar[str] = "knn_vector"
    vector_length: ClassVar[str] = "dimension"

    def connect(self) -> Any:
        module = optional("opensearchpy", use=Message("searching in OpenSearch"), extra="opensearch")
        # Without a handler its warnings, tracebacks among them, would stand on the terminal of whoever measures.
        logging.getLogger("opensearch").addHandler(logging.NullHandler())
        table = self.table
        named: dict[str, Any] = {}
        if (auth := self.basic_auth()) is not None:
            named["http_auth"] = auth
        if table.ca_certs:
            named["ca_certs"] = table.ca_certs
        return module.OpenSearch(table.url, timeout=table.timeout_seconds, max_retries=1, **named)

    def ask(self, client: Any, query: str, vector: list[float], top: int, fields: list[str]) -> Any:
        table, must = self.table, self.matching(query)
        near: dict[str, Any] = {"vector": vector, "k": top}
        if table.filter:
            near["filter"] = table.filter
        nearest = {"knn": {table.vector: near}}
        sought = {"words": must, "vectors": nearest, "hybrid": {"hybrid": {"queries": [must, nearest]}}}[table.find]
        named = {"search_pipeline": table.pipeline} if table.find == "hybrid" else {}
        body = {"query": sought, "size": top, "_source": fields}
        return client.search(index=table.index, body=body, **named)

    def count(self, client: Any, query: dict[str, Any] | None) -> int:
        return int(client.count(index=self.table.index, body={"query": query} if query else None)["count"])

    def mapping(self, client: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] = client.indices.get_mapping(index=self.table.index)
        return found
