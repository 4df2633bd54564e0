"""The batches of a journal: written down with their requests before they are handed in, until all are settled.

Enters: requests that go out together, and how a batch stands.  Leaves: the batches that are not at their end, with all
that is needed to hand them in or to settle them in another process.  Must not know providers.

States of a batch: `submitting` (it may have been made), `running` (its provider's id is known), `ended`, and `unknown`
(nobody can tell whether it was made: it is never handed in again).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tierproof.experiment.calls.journals.journal_file import journal_faults
from tierproof.experiment.calls.money.budget import Amount

__all__ = ["BatchBook", "Handed", "OpenBatch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One request of a batch."""

    attempt: int
    """Number of the journal's attempt, and in its custom id."""
    key: bytes
    body: bytes
    prompt_bound: int
    completion_bound: int
    worst: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBatch:
    id: int
    model: str
    tag: str
    """By which its provider knows it, and the start of its requests' custom ids."""
    provider: str
    """The provider's id; empty: not known yet."""
    requests: tuple[Handed, ...]
    """Those that are not settled."""

    def custom_id(self, one: Handed) -> str:
        return f"{self.tag}-{one.attempt}"


class BatchBook:
    """Of one run, in the tables of a journal that this process holds."""

    def __init__(self, connection: sqlite3.Connection, path: Path, run: str) -> None:
        self._connection = connection
        self._path = path
        self._run = run

    def open_batches(self) -> tuple[OpenBatch, ...]:
        """Those that are not at their end, the oldest first."""
        query = (
            "SELECT id, model, tag, coalesce(provider, '') FROM batches WHERE run = ? "
            "AND state IN ('submitting', 'running') ORDER BY id"
        )
        with journal_faults(self._path):
            rows = self._connection.execute(query, (self._run,)).fetchall()
            return tuple(
                OpenBatch(id=id, model=model, tag=tag, provider=provider, requests=self._requests(id))
                for id, model, tag, provider in rows
            )

    def _requests(self, batch: int) -> tuple[Handed, ...]:
        query = (
            "SELECT attempt, one.key, body, prompt_bound, completion_bound, picodollars, tokens "
            "FROM batch_requests one JOIN attempts ON attempts.id = attempt WHERE batch = ? AND state = 'sent' "
            "ORDER BY attempt"
        )
        return tuple(
            Handed(
                attempt=attempt,
                key=bytes(key),
                body=bytes(body),
                prompt_bound=prompt,
                completion_bound=completion,
                worst=Amount(picodollars=picodollars, tokens=tokens, calls=1),
            )
            for attempt, key, body, prompt, completion, picodollars, tokens in self._connection.execute(query, (batch,))
        )

    def unknown_keys(self) -> frozenset[bytes]:
        """Keys of requests of which nobody can tell whether they were handed in."""
        query = "SELECT key FROM batch_requests JOIN batches ON batches.id = batch WHERE run = ? AND state = 'unknown'"
        with journal_faults(self._path):
            return frozenset(bytes(row[0]) for row in self._connection.execute(query, (self._run,)))

    def write(self, model: str, tag: str, requests: Sequence[Handed]) -> OpenBatch:
        """Write a batch down, whole or not at all; its attempts must stand in the journal's tables."""
        execute = self._connection.execute
        with journal_faults(self._path):
            execute("BEGIN IMMEDIATE")
            try:
                made = execute(
                    "INSERT INTO batches (run, model, tag, state, made) VALUES (?, ?, ?, 'submitting', ?)",
                    (self._run, model, tag, time.time()),
                )
                id = int(made.lastrowid or 0)
                self._connection.executemany(
                    "INSERT INTO batch_requests (batch, attempt, key, body, prompt_bound, completion_bound) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [(id, one.attempt, one.key, one.body, one.prompt_bound, one.completion_bound) for one in requests],
                )
                execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    execute("ROLLBACK")
                raise
        return OpenBatch(id=id, model=model, tag=tag, provider="", requests=tuple(requests))

    def started(self, batch: int, provider: str) -> None:
        """It was made, and its provider calls it so."""
        with journal_faults(self._path):
            self._connection.execute(
                "UPDATE batches SET state = 'running', provider = ? WHERE id = ?", (provider, batch)
            )

    def ended(self, batch: int, tally: Mapping[str, int], *, unknown: bool = False) -> None:
        """All its requests are settled.  `tally`: what became of them."""
        with journal_faults(self._path):
            told = msgspec.json.encode(dict(tally)).decode()
            self._connection.execute(
                "UPDATE batches SET state = ?, tally = ? WHERE id = ?", ("unknown" if unknown else "ended", told, batch)
            )
            if not unknown:
                self._connection.execute("DELETE FROM batch_requests WHERE batch = ?", (batch,))

    def tallies(self) -> Iterable[Mapping[str, int]]:
        """What became of the requests of each batch that is at its end."""
        query = "SELECT tally FROM batches WHERE run = ? AND tally IS NOT NULL ORDER BY id"
        with journal_faults(self._path):
            rows = self._connection.execute(query, (self._run,)).fetchall()
        return [msgspec.json.decode(row[0], type=dict[str, int]) for row in rows]

    def others(self, *, own: bool) -> int:
        """Batches on their way of other runs in the journal; with `own` of this one too."""
        query = "SELECT count(*) FROM batches WHERE state IN ('submitting', 'running') AND (? OR run <> ?)"
        with journal_faults(self._path):
            return int(self._connection.execute(query, (own, self._run)).fetchone()[0])
