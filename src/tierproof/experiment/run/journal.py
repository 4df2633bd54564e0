"""The record of every attempt: written before it is sent, settled when it returns; account and cache in one.

Enters: attempts with their worst case, and how they ended.  Leaves: answers already paid for, and what a run took.
Must not know models or endpoints: a call is a key of 16 bytes, an answer a string of bytes.

States of an attempt: `sent` (in flight), `answered` (paid, its reply kept), `free` (refused, costs nothing), `lost`
(no answer came back, and it may be charged: counted at its worst case).  An attempt left in `sent` by a process that
died is `lost` from the next opening on.  No key can be answered twice: an index sees to it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tierproof.errors import InputError
from tierproof.experiment.run.budget import NOTHING, Amount
from tierproof.experiment.run.journal_file import (
    disk_full,
    is_full,
    journal_faults,
    lock_journal,
    open_for_reading,
    open_for_writing,
    problem_of,
)

__all__ = ["Journal", "Sent", "Settled", "Spend", "read_spend"]

BALLAST_BYTES = 8 * 2**20
"""Held back on disk, and given up when it is full, so that the answers in flight can still be written."""
SEEN_EVERY_SECONDS = 1.0

INSERT = (
    "INSERT INTO attempts (id, session, key, purpose, model, state, picodollars, tokens, sent) "
    "VALUES (?, ?, ?, ?, ?, 'sent', ?, ?, ?)"
)
SETTLE = (
    "UPDATE attempts SET state = ?, picodollars = ?, tokens = ?, settled = ?, reply = ?, reason = ? "
    "WHERE id = ? AND state = 'sent'"
)
TAKE_BACK = "DELETE FROM attempts WHERE id = ? AND state = 'sent'"
ANSWER = "SELECT reply FROM attempts WHERE key = ? AND state = 'answered'"
SPEND = """
SELECT purpose, state, count(*), coalesce(sum(picodollars), 0), coalesce(sum(tokens), 0)
FROM attempts JOIN sessions ON sessions.id = attempts.session WHERE (? IS NULL OR run = ?) GROUP BY purpose, state
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt about to go out, at its worst case."""

    id: int
    key: bytes
    purpose: str
    model: str
    worst: Amount


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt ended."""

    id: int
    state: str
    """`answered`, `free` or `lost`; or `unsent`: it was stopped before it went out, and its record is taken back."""
    took: Amount
    reply: bytes | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spend:
    """What a run took so far."""

    answered: Amount = NOTHING
    """Known: what the answers cost."""
    presumed: Amount = NOTHING
    """Worst case of attempts without an answer that may be charged, and of those in flight."""
    free: int = 0
    """Attempts that were refused and cost nothing."""
    in_flight: int = 0
    purposes: Mapping[str, Amount]
    """Answered and presumed together, by what the calls were for."""

    @property
    def total(self) -> Amount:
        """What a budget counts: every attempt that reached an endpoint, refused ones as calls only."""
        return self.answered + self.presumed + Amount(calls=self.free)


class Journal:
    """The journal of runs in one folder, held by one process at a time.  Use as a context manager."""

    def __init__(self, path: Path, *, run: str) -> None:
        """Open the journal and start a session of `run`.

        Answers of all runs are shared; what was taken is counted by run.  Raises InputError if another process has
        the journal, if it is damaged, or if a newer version wrote it.
        """
        self.path = path
        self.run = run
        self._ballast = path.with_name(path.name + ".ballast")
        self._lock = lock_journal(path)
        try:
            self._connection = open_for_writing(path)
            with journal_faults(path):
                self._start()
        except BaseException:
            self._lock.close()
            raise

    def _start(self) -> None:
        now = time.time()
        execute = self._connection.execute
        execute("UPDATE attempts SET state = 'lost', reason = 'cut off' WHERE state = 'sent'")
        query = "SELECT coalesce(sum(seen - started), 0) FROM sessions WHERE run = ?"
        self.seconds_before: float = execute(query, (self.run,)).fetchone()[0]
        """Time that earlier sessions of the run took."""
        execute("INSERT INTO sessions (run, started, seen) VALUES (?, ?, ?)", (self.run, now, now))
        self._session = execute("SELECT last_insert_rowid()").fetchone()[0]
        self._next: int = execute("SELECT coalesce(max(id), 0) FROM attempts").fetchone()[0]
        self._seen = now
        self._full = False
        with contextlib.suppress(OSError):
            if not self._ballast.exists():
                self._ballast.write_bytes(b"\xa5" * BALLAST_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Note the time and let the journal go."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("UPDATE sessions SET seen = ? WHERE id = ?", (time.time(), self._session))
        self._connection.close()
        self._ballast.unlink(missing_ok=True)
        self._lock.close()

    def next_id(self) -> int:
        """A number for the next attempt."""
        self._next += 1
        return self._next

    def answer(self, key: bytes) -> bytes | None:
        """The reply to a call that was answered before, in this run or another."""
        with journal_faults(self.path):
            row = self._connection.execute(ANSWER, (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def write(self, sent: Iterable[Sent] = (), settled: Iterable[Settled] = ()) -> None:
        """Record attempts and endings in one transaction; all of it is on disk on return.

        On a full disk the endings are written into space held back for them, and InputError is raised: no further
        attempt may go out.
        """
        sent, settled = tuple(sent), tuple(settled)
        try:
            self._commit(() if self._full else sent, settled)
        except sqlite3.Error as error:
            if not is_full(error) or self._full:
                raise InputError(problem_of(self.path, error)) from error
            self._full = True
            self._ballast.unlink(missing_ok=True)
            with journal_faults(self.path):
                self._commit((), settled)
        if self._full and sent:
            raise InputError(disk_full(self.path))

    def _commit(self, sent: tuple[Sent, ...], settled: tuple[Settled, ...]) -> None:
        now = time.time()
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            if sent:
                connection.executemany(INSERT, [_sent_row(attempt, self._session, now) for attempt in sent])
            if settled:
                gone = [ending for ending in settled if ending.state == "unsent"]
                rows = [_settled_row(ending, now) for ending in settled if ending.state != "unsent"]
                connection.executemany(SETTLE, rows)
                connection.executemany(TAKE_BACK, [(ending.id,) for ending in gone])
            if now - self._seen >= SEEN_EVERY_SECONDS:
                connection.execute("UPDATE sessions SET seen = ? WHERE id = ?", (now, self._session))
                self._seen = now
            connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def spend(self) -> Spend:
        """What this run took, in all its sessions."""
        with journal_faults(self.path):
            return _spend(self._connection, self.run)


def _sent_row(attempt: Sent, session: int, now: float) -> tuple[object, ...]:
    worst = attempt.worst
    return (attempt.id, session, attempt.key, attempt.purpose, attempt.model, worst.picodollars, worst.tokens, now)


def _settled_row(ending: Settled, now: float) -> tuple[object, ...]:
    took = ending.took
    return (ending.state, took.picodollars, took.tokens, now, ending.reply, ending.reason, ending.id)


def read_spend(path: Path, run: str | None = None) -> Spend:
    """What a run took (None: all runs), read beside a run that may be going on.  Raises InputError."""
    connection = open_for_reading(path)
    try:
        with journal_faults(path):
            return _spend(connection, run)
    finally:
        connection.close()


def _spend(connection: sqlite3.Connection, run: str | None) -> Spend:
    answered = presumed = NOTHING
    free = in_flight = 0
    purposes: dict[str, Amount] = {}
    for purpose, state, calls, picodollars, tokens in connection.execute(SPEND, (run, run)):
        if state == "free":
            free += calls
            continue
        amount = Amount(picodollars=picodollars, tokens=tokens, calls=calls)
        purposes[purpose] = purposes.get(purpose, NOTHING) + amount
        if state == "answered":
            answered += amount
        else:
            presumed += amount
            in_flight += calls if state == "sent" else 0
    return Spend(answered=answered, presumed=presumed, free=free, in_flight=in_flight, purposes=purposes)
