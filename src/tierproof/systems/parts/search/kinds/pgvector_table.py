"""PostgreSQL with pgvector, by psycopg 3: the nearest rows of a table, read only.

Enters: a query.  Leaves: rows as passages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, LifoQueue
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.access import Access
from tierproof.systems.parts.search.backends import Backend, BackendTable, backend

__all__ = ["PgvectorTable"]

T = TypeVar("T")
Text = Annotated[str, Meta(min_length=1)]
OPERATORS = {"cosine": "<=>", "l2": "<->", "inner": "<#>"}
"""Distances as pgvector writes them; an HNSW index serves the one that it was made for."""


@backend
class PgvectorTable(BackendTable, frozen=True, kw_only=True, tag="pgvector"):
    url_env: Text
    """Environment variable that holds the connection string, password included."""
    table: Text
    """Its name, after its schema's and a dot where it is not on the search path."""
    id: Text = "id"
    text: Text = "text"
    source: str = ""
    """Column that names the document; empty: the id."""
    vector: Text = "embedding"
    distance: Literal["cosine", "l2", "inner"] = "cosine"
    filter: dict[str, str | int | float | bool] = msgspec.field(default_factory=dict)
    """Columns and the values that they must have."""

    def opened(self, access: Access) -> Backend:
        access.embedder()
        return _Table(self, access)


@dataclass(slots=True)
class _Table:
    table: PgvectorTable
    access: Access
    _idle: LifoQueue[Any] = field(default_factory=LifoQueue)
    """Connections, for the next searches."""

    def __str__(self) -> str:
        told = f"pgvector table {self.table.table}, by {self.table.distance} distance"
        return f"{told}, filter {self.table.filter}" if self.table.filter else told

    def _connect(self) -> Any:
        psycopg = optional("psycopg", use=Message("searching in PostgreSQL"), extra="pgvector")
        given = self.access.secret(self.table.url_env)
        conninfo = optional("psycopg.conninfo", use=Message("searching in PostgreSQL"), extra="pgvector")
        self.access.hide(str(conninfo.conninfo_to_dict(given).get("password") or ""))
        seconds = self.table.timeout_seconds
        made = psycopg.connect(given, autocommit=True, connect_timeout=max(2, int(seconds)))
        made.execute(f"SET statement_timeout = {max(1, int(1000 * seconds))}")
        made.execute("SET default_transaction_read_only = on")
        return made

    def _with(self, work: Callable[[Any], T]) -> T:
        """Work on a connection of its own; one that has failed is not used again."""
        while True:
            try:
                connection, kept = self._idle.get_nowait(), True
            except Empty:
                connection, kept = self._connect(), False
            try:
                result = work(connection)
            except BaseException:
                broken = connection.broken
                connection.close()
                if kept and broken:
                    # It was cut while it waited, which says nothing of the next.
                    continue
                raise
            self._idle.put(connection)
            return result

    def _parts(self) -> tuple[Any, dict[str, Any], list[Any]]:
        """The module that composes SQL, its pieces, and the filters' values."""
        sql = optional("psycopg.sql", use=Message("searching in PostgreSQL"), extra="pgvector")
        table = self.table
        where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in table.filter)
        pieces = {
            "table": sql.Identifier(*table.table.split(".")),
            "id": sql.Identifier(table.id),
            "text": sql.Identifier(table.text),
            "source": sql.Identifier(table.source or table.id),
            "vector": sql.Identifier(table.vector),
            "near": sql.SQL(OPERATORS[table.distance]),
            "where": sql.SQL("WHERE {}").format(where) if table.filter else sql.SQL(""),
        }
        return sql, pieces, list(table.filter.values())

    async def search(self, query: str, top: int) -> Sequence[Passage]:
        vector = str(await self.access.vector(query))

        def ask(connection: Any) -> list[Any]:
            sql, pieces, values = self._parts()
            asked = sql.SQL(
                "SELECT {id}::text, {text}::text, {source}::text, {vector} {near} %s::vector AS distance FROM {table} "
                "{where} ORDER BY {vector} {near} %s::vector LIMIT %s"
            ).format(**pieces)
            rows: list[Any] = connection.execute(asked, [vector, *values, vector, top]).fetchall()
            return rows

        rows = await asyncio.to_thread(self._with, ask)
        return [
            Passage(text=text or "", source=source or id_, id=id_, score=-float(distance))
            for id_, text, source, distance in rows
            if distance is not None
        ]

    async def empty(self) -> bool:
        def ask(connection: Any) -> bool:
            sql, pieces, values = self._parts()
            asked = sql.SQL("SELECT 1 FROM {table} {where} LIMIT 1").format(**pieces)
            return connection.execute(asked, values).fetchone() is None

        return await asyncio.to_thread(self._with, ask)

    async def faults(self) -> Sequence[str]:
        dimension = len(await self.access.vector("how long is a vector?"))
        return await asyncio.to_thread(self._with, lambda connection: self._faults(connection, dimension))

    def _faults(self, connection: Any, dimension: int) -> Sequence[str]:
        sql, pieces, _ = self._parts()
        name = pieces["table"].as_string(connection)
        if connection.execute("SELECT to_regclass(%s)", [name]).fetchone()[0] is None:
            return (Message("there is no such table"),)
        kinds = dict(
            connection.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                [name],
            ).fetchall()
        )
        table = self.table
        wanted = dict.fromkeys(filter(None, (table.id, table.text, table.source, table.vector, *table.filter)))
        if lacking := [column for column in wanted if column not in kinds]:
            return [Message("the table has no column '{column}'", column=column) for column in lacking]
        if not kinds[table.vector].startswith("vector"):
            return (
                Message(
                    "column '{vector}' is of type {kinds}, not vector", vector=table.vector, kinds=kinds[table.vector]
                ),
            )
        asked = sql.SQL("SELECT vector_dims({vector}) FROM {table} WHERE {vector} IS NOT NULL LIMIT 1").format(**pieces)
        row = connection.execute(asked).fetchone()
        if row is not None and row[0] != dimension:
            return (
                Message(
                    "vectors of the table have {row} dimensions, the embedder's {dimension}",
                    row=row[0],
                    dimension=dimension,
                ),
            )
        return ()

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return
