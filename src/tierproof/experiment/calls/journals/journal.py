"""The record of every attempt: written before it is sent, settled when it returns; account and cache in one.

Enters: attempts with their worst case, and how they ended.  Leaves: answers already paid for, and what a run took.
Must not know models or endpoints: a call is a key of 16 bytes, an answer a string of bytes.

States of an attempt: `sent` (in flight), `answered` (paid, its reply kept), `free` (refused, costs nothing), `lost`
(no answer came back, and it may be charged: counted at its worst case).  An attempt left in `sent` by a process that
died is `lost` from the next opening on.  No key can be answered twice: an index sees to it.

Each record is appended to the tail (`journal_tail`) when it comes, and from there on survives the process; tables take
many at once.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import time
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tierproof.errors import InputError
from tierproof.experiment.calls.journals.batch_book import BatchBook
from tierproof.experiment.calls.journals.journal_file import (
    another_run,
    disk_full,
    is_full,
    journal_faults,
    lock_journal,
    open_for_writing,
    problem_of,
)
from tierproof.experiment.calls.journals.journal_tail import Sent, Settled, Tail
from tierproof.experiment.calls.journals.spend import Spend, spend_of
from tierproof.experiment.calls.money.bounds import Excess
from tierproof.experiment.calls.money.budget import NOTHING, Amount, Ledger
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["ANSWER", "AT_ITS_END", "Journal", "Kept", "Registered", "Sent", "Settled", "sealed", "unsealed"]

BALLAST_BYTES = 8 * 2**20
"""Held back on disk, and given up when it is full, so that the answers in flight can still be written."""
SEEN_EVERY_SECONDS = 1.0
BATCH = 256
"""Records that a transaction takes; more would keep answers waiting while it is written, and of fewer most attempts
would be written twice, when they begin and when they end."""
AT_ITS_END = "ended without what was wanted"
"""Why something lost is not gone on with."""
SEAL = b"\x01"
"""Before the checksum of a kept reply; replies of journals of version 1 have none."""

INSERT = (
    "INSERT OR IGNORE INTO attempts (id, session, key, purpose, model, state, picodollars, tokens, sent) "
    "VALUES (?, ?, ?, ?, ?, 'sent', ?, ?, ?)"
)
WHOLE = (
    "INSERT INTO attempts (session, key, purpose, model, sent, state, picodollars, tokens, settled, reply, reason, id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
    "picodollars = excluded.picodollars, tokens = excluded.tokens, settled = excluded.settled, reply = excluded.reply, "
    "reason = excluded.reason WHERE state = 'sent'"
)
SETTLE = (
    "UPDATE attempts SET state = ?, picodollars = ?, tokens = ?, settled = ?, reply = ?, reason = ? "
    "WHERE id = ? AND state = 'sent'"
)
ANSWER = "SELECT reply FROM attempts WHERE key = ? AND state = 'answered'"
CUT_OFF = (
    "UPDATE attempts SET state = 'lost', reason = 'cut off' WHERE state = 'sent' AND id NOT IN (SELECT attempt FROM "
    "batch_requests JOIN batches ON batches.id = batch WHERE batches.state IN ('submitting', 'running'))"
)
"""What a batch holds is on its way, whoever handed it in."""
DISCARD = "UPDATE attempts SET state = 'lost', reason = 'damaged' WHERE key = ? AND state = 'answered'"


@dataclass(frozen=True, slots=True)
class Kept:
    """What an attempt that cost something is counted at."""

    reply: bytes | None
    """None: lost."""
    picodollars: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Registered:
    """What a run set itself."""

    plan: bytes
    hash: str
    made: float
    """Seconds since 1970."""
    answers: int
    """So many answers the journal held then."""


class Journal:
    """The journal of runs in one folder, held by one process at a time.  Use as a context manager."""

    news_seconds: float | None = None
    """So often others may have changed what is left of the budget: there are none."""
    superseded: frozenset[int] = frozenset()
    """Attempts that were answered after another process had been: there is none."""

    def __init__(self, path: Path, *, run: str) -> None:
        """Open the journal and start a session of `run`.

        Answers of all runs are shared; what was taken is counted by run.  Raises InputError if another process has
        the journal, if it is damaged, or if a newer version wrote it.
        """
        self.path = path
        self.run = run
        self.damaged = 0
        """Answers that were kept and cannot be read any more; they count as lost, and can be asked for again."""
        self._ballast = path.with_name(path.name + ".ballast")
        self._lock = lock_journal(path)
        try:
            self._tail = _tail(path)
        except BaseException:
            self._lock.close()
            raise
        try:
            self._connection = open_for_writing(path)
            with journal_faults(path):
                self._start()
        except BaseException:
            self._tail.close()
            self._lock.close()
            raise

    def _start(self) -> None:
        self._sent: list[Sent] = []
        self._settled: list[Settled] = []
        self._flying: dict[int, bytes] = {}
        """Keys of the attempts in flight."""
        self._fresh: dict[bytes, bytes] = {}
        """Answers that stand in no table yet."""
        self._known: set[bytes] = set()
        """Keys of all answers: most calls are new, and to ask a table for each would cost a tenth of the call."""
        self._fault: InputError | None = None
        self._full = False
        self._seen = math.inf
        execute = self._connection.execute
        left = tuple(self._tail.records())
        self._commit(
            [one for one in left if isinstance(one, Sent)],
            [one for one in left if isinstance(one, Settled)],
            time.time(),
        )
        execute(CUT_OFF)
        self._tail.clear()
        self._known.update(row[0] for row in execute("SELECT key FROM attempts WHERE state = 'answered'"))
        query = "SELECT coalesce(sum(max(0, seen - started)), 0) FROM sessions WHERE run = ?"
        self.seconds_before: float = execute(query, (self.run,)).fetchone()[0]
        """Time that earlier sessions of the run took."""
        # The time of day may be set while a run is on; what it took is told by a clock that cannot be.
        self._started, self._clock = time.time(), time.monotonic()
        execute("INSERT INTO sessions (run, started, seen) VALUES (?, ?, ?)", (self.run, self._started, self._started))
        self._session = execute("SELECT last_insert_rowid()").fetchone()[0]
        self._next: int = execute("SELECT coalesce(max(id), 0) FROM attempts").fetchone()[0]
        self._seen = self._started
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
        """Note the time and let the journal go.  What no table could take stays in the tail, for the next opening."""
        with contextlib.suppress(InputError):
            self.flush()
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("UPDATE sessions SET seen = ? WHERE id = ?", (self._now(), self._session))
        self._connection.close()
        self._ballast.unlink(missing_ok=True)
        self._tail.close()
        self._lock.close()

    def _now(self) -> float:
        """The session's start and what went by since."""
        return self._started + time.monotonic() - self._clock

    async def elsewhere(self, key: bytes) -> bytes | None:
        """The reply to a call that another process makes: none does."""
        return None

    async def kept(self) -> None:
        """Every ending so far survives the process: it does when `settle` returns."""

    @property
    def batches(self) -> BatchBook:
        """The batches of this run."""
        return BatchBook(self._connection, self.path, self.run)

    def adopt(self, attempt: int, key: bytes) -> None:
        """An attempt of an earlier session is on its way still, and will be settled in this one."""
        self._flying[attempt] = key

    def reopened(self, key: bytes) -> Sent | None:
        """What was begun under this key, of which nobody knows how it ended: it is on its way again.  None: nothing."""
        self.flush()
        query = (
            "SELECT attempts.id, purpose, model, picodollars, tokens, session FROM attempts JOIN sessions "
            "ON sessions.id = session WHERE key = ? AND state = 'lost' AND reason <> ? AND run = ? "
            "ORDER BY attempts.id DESC LIMIT 1"
        )
        with journal_faults(self.path):
            row = self._connection.execute(query, (key, AT_ITS_END, self.run)).fetchone()
            if row is None:
                return None
            self._connection.execute("UPDATE attempts SET state = 'sent' WHERE id = ?", (row[0],))
        self.adopt(row[0], key)
        return Sent(row[0], key, row[1], row[2], Amount(picodollars=row[3], tokens=row[4], calls=1), row[5])

    def next_id(self) -> int:
        """A number for the next attempt."""
        self._next += 1
        return self._next

    def answer(self, key: bytes) -> bytes | None:
        """The reply to a call that was answered before, in this run or another."""
        if key not in self._known:
            return None
        fresh = self._fresh.get(key)
        if fresh is not None:
            return fresh
        with journal_faults(self.path):
            row = self._connection.execute(ANSWER, (key,)).fetchone()
        if row is None:
            return None
        reply = unsealed(bytes(row[0] or b""))
        if reply is None:
            self.discard(key)
        return reply

    def discard(self, key: bytes) -> None:
        """What is kept under this key cannot be read: count it as lost, so that it can be asked for again."""
        self.damaged += 1
        self._known.discard(key)
        with journal_faults(self.path):
            self._connection.execute(DISCARD, (key,))

    def send(self, attempt: Sent) -> None:
        """Record an attempt; on return the record survives the process, and the attempt may go out.

        Raises InputError, and nothing may go out, where it cannot be recorded or earlier records could not be kept.
        """
        if self._fault is not None:
            raise self._fault
        attempt = Sent(attempt.id, attempt.key, attempt.purpose, attempt.model, attempt.worst, self._session)
        if self._full or not self._tail.append(attempt):
            self._make_room()
            raise InputError(disk_full(self.path))
        self._sent.append(attempt)
        self._flying[attempt.id] = attempt.key
        self._when_many()

    async def begin(self, attempt: Sent, ledger: Ledger) -> bool:
        """Set an attempt's worst case aside and record it, as `send`.  False: it does not fit now."""
        if not ledger.reserve(attempt.worst):
            return False
        try:
            self.send(attempt)
        except InputError:
            ledger.settle(attempt.worst, NOTHING)
            raise
        return True

    def settle(self, ending: Settled) -> None:
        """Record an ending; on return it survives the process.  Where it cannot be kept, the next `send` says so."""
        if not self._tail.append(ending):
            self._make_room()
            self._tail.append(ending)  # there is room now; and a table takes it in any case
        self._settled.append(ending)
        key = self._flying.pop(ending.id, None)
        if ending.reply is not None and key is not None:
            self._fresh.setdefault(key, ending.reply)
            self._known.add(key)
        self._when_many()

    def _make_room(self) -> None:
        self._full = True
        self._ballast.unlink(missing_ok=True)

    def _when_many(self) -> None:
        if len(self._sent) + len(self._settled) >= BATCH and self._fault is None:
            try:
                self.flush()
            except InputError as fault:
                self._fault = fault

    def flush(self) -> None:
        """Put what has gathered into the tables.  Raises InputError where that fails; the tail keeps it then."""
        if not self._tail.is_in_place() or not self.path.exists():
            self._fault = InputError.of(
                Message("the journal's files were removed or replaced while the run was on"),
                remedy=Message("run the same command again; leave its files alone while it runs"),
                file=self.path,
            )
            raise self._fault
        now = self._now()
        if not self._sent and not self._settled and now - self._seen < SEEN_EVERY_SECONDS:
            return
        try:
            self._commit(self._sent, self._settled, now)
        except sqlite3.Error as error:
            if not is_full(error) or self._full:
                raise InputError(problem_of(self.path, error)) from error
            self._make_room()
            with journal_faults(self.path):
                self._commit(self._sent, self._settled, now)
        self._tail.clear()
        self._sent, self._settled = [], []
        self._fresh.clear()

    def _commit(self, sent: Sequence[Sent], settled: Sequence[Settled], now: float) -> None:
        """Both lists, in one transaction.  What stands in the tables already stays as it is there."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            whole = self._begin_and_end(sent, settled, now)
            connection.executemany(INSERT, [_sent_row(attempt, now) for attempt in sent if attempt.id not in whole])
            self._end([_settled_row(ending, now) for ending in settled if ending.id not in whole])
            if now - self._seen >= SEEN_EVERY_SECONDS:
                connection.execute("UPDATE sessions SET seen = ? WHERE id = ?", (now, self._session))
                self._seen = now
            connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _begin_and_end(self, sent: Sequence[Sent], settled: Sequence[Settled], now: float) -> Collection[int]:
        """Write those attempts once that stand in both lists.  Leaves their ids; none where a key was answered already,
        so that they have to be looked at one by one."""
        began = {attempt.id: attempt for attempt in sent}
        both = [ending for ending in settled if ending.id in began]
        try:
            self._connection.executemany(WHOLE, [_whole_row(began[ending.id], ending, now) for ending in both])
        except sqlite3.IntegrityError:
            return ()
        return {ending.id for ending in both}

    def _end(self, rows: list[tuple[object, ...]]) -> None:
        try:
            self._connection.executemany(SETTLE, rows)
            return
        except sqlite3.IntegrityError:
            pass
        # A key was answered already; the second answer was paid for in vain.  What is settled stays so.
        for row in rows:
            try:
                self._connection.execute(SETTLE, row)
            except sqlite3.IntegrityError:
                self._connection.execute(SETTLE, ("lost", *row[1:4], None, "answered twice", row[-1]))

    def register(self, plan: bytes, hash: str) -> tuple[Registered, ...]:
        """Write down what the run sets itself, and leave all that it ever did, the first first.

        While the run has no answer yet nothing was seen, and what it set itself before is forgotten; the same as the
        last time is not written again.
        """
        self.flush()
        execute = self._connection.execute
        own = "FROM attempts JOIN sessions ON sessions.id = session WHERE state = 'answered' AND run = ?"
        known = (
            "SELECT CAST(plan AS BLOB), CAST(hash AS TEXT), CAST(made AS REAL), CAST(answers AS INTEGER) FROM plans "
            "WHERE run = ? ORDER BY id"
        )
        with journal_faults(self.path):
            if not execute(f"SELECT EXISTS (SELECT 1 {own})", (self.run,)).fetchone()[0]:
                execute("DELETE FROM plans WHERE run = ?", (self.run,))
            before = [Registered(bytes(row[0]), *row[1:]) for row in execute(known, (self.run,))]
            if before and before[-1].hash == hash:
                return tuple(before)
            new = Registered(plan, hash, time.time(), len(self._known))
            execute(
                "INSERT INTO plans (run, made, answers, hash, plan) VALUES (?, ?, ?, ?, ?)",
                (self.run, new.made, new.answers, new.hash, new.plan),
            )
        return (*before, new)

    def days(self) -> dict[str, tuple[str, str]]:
        """First and last day (UTC) of the answers to the calls of each purpose."""
        self.flush()
        query = (
            "SELECT purpose, date(min(settled), 'unixepoch'), date(max(settled), 'unixepoch') FROM attempts "
            "WHERE state = 'answered' GROUP BY purpose"
        )
        with journal_faults(self.path):
            return {purpose: (first, last) for purpose, first, last in self._connection.execute(query)}

    def stated_price(self, model: str) -> str | None:
        """The price at which a model's attempts are counted, as `revalue` was told it."""
        with journal_faults(self.path):
            row = self._connection.execute("SELECT stated FROM prices WHERE model = ?", (model,)).fetchone()
        return None if row is None else str(row[0])

    def revalue(self, model: str, stated: str, value: Callable[[Kept], int]) -> bool:
        """Count a model's attempts anew, in picodollars, and note the price.  True if that changed any of them."""
        self.flush()
        query = "SELECT id, reply, picodollars, tokens FROM attempts WHERE model = ? AND state IN ('answered', 'lost')"
        with journal_faults(self.path):
            changed = []
            for id, reply, picodollars, tokens in self._connection.execute(query, (model,)):
                now = value(Kept(None if reply is None else unsealed(bytes(reply)), picodollars, tokens))
                if now != picodollars:
                    changed.append((now, id))
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("UPDATE attempts SET picodollars = ? WHERE id = ?", changed)
            self._connection.execute("INSERT OR REPLACE INTO prices VALUES (?, ?)", (model, stated))
            self._connection.execute("COMMIT")
        return bool(changed)

    def excess(self, endpoint: str) -> Excess:
        """What an endpoint was seen to bill beyond its requests, by any run."""
        query = "SELECT prompt, completion, unseen FROM excesses WHERE endpoint = ?"
        with journal_faults(self.path):
            row = self._connection.execute(query, (endpoint,)).fetchone()
        return Excess() if row is None else Excess(*row)

    def listen(self, told: Callable[[str, Excess], None]) -> None:
        """`told` hears of each endpoint that others see exceed what is known of it: there are none."""

    def note_excess(self, endpoint: str, seen: Excess) -> None:
        """Keep it.  Where that fails, the next `send` says why."""
        row = (endpoint, seen.prompt, seen.completion, seen.unseen)
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("INSERT OR REPLACE INTO excesses VALUES (?, ?, ?, ?)", row)

    def spend(self) -> Spend:
        """What this run took, in all its sessions."""
        with contextlib.suppress(InputError):
            self.flush()
        with journal_faults(self.path):
            return spend_of(self._connection, self.run, [*self._sent, *self._settled])


def _tail(path: Path) -> Tail:
    try:
        return Tail(path.with_name(path.name + ".tail"))
    except BlockingIOError:
        raise InputError(another_run(path)) from None
    except OSError as error:
        message = Message("the journal's folder cannot be written ({strerror})", strerror=kept(str(error.strerror)))
        raise InputError.of(message, remedy=Message("check the folder and its rights"), file=path) from None


def _sent_row(attempt: Sent, now: float) -> tuple[object, ...]:
    worst = attempt.worst
    return (
        attempt.id,
        attempt.session,
        attempt.key,
        attempt.purpose,
        attempt.model,
        worst.picodollars,
        worst.tokens,
        now,
    )


def _settled_row(ending: Settled, now: float) -> tuple[object, ...]:
    took = ending.took
    return (ending.state, took.picodollars, took.tokens, now, sealed(ending.reply), ending.reason, ending.id)


def _whole_row(attempt: Sent, ending: Settled, now: float) -> tuple[object, ...]:
    began = (attempt.session, attempt.key, attempt.purpose, attempt.model, now)
    return (*began, *_settled_row(ending, now))


def sealed(reply: bytes | None) -> bytes | None:
    """A reply as it is kept: with its checksum."""
    return None if reply is None else SEAL + zlib.crc32(reply).to_bytes(4, "big") + reply


def unsealed(kept: bytes) -> bytes | None:
    """A reply as it was kept; None if it is not what was put there."""
    if not kept.startswith(SEAL):
        return kept or None
    reply = kept[5:]
    return reply if zlib.crc32(reply) == int.from_bytes(kept[1:5], "big") else None
