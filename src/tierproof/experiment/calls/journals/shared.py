"""A journal in PostgreSQL, which any number of processes keep together: one run, one budget, each answer paid once.

Enters and leaves: as of `journal`.  Must not know models or endpoints.

Every process works through the whole run, and asks here before it calls: what another was answered is read, what
another is asking is waited for, and the rest goes out once it is recorded and fits the budget of all.  So any of them
may die at any moment: the others go on to the end, each with the whole result.  A process shows a sign of life every
few seconds; without one for `LEASE_SECONDS`, what it had in flight counts as lost and is asked for again.

What comes at the same time goes into one transaction, in a thread of its own.  Nobody is told of an answer before it is
recorded.  A server that is away for a while is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from tierproof.errors import InputError
from tierproof.experiment.calls.journals.journal import AT_ITS_END, Kept, Registered, unsealed
from tierproof.experiment.calls.journals.journal_tail import Sent, Settled
from tierproof.experiment.calls.journals.shared_tables import (
    CUT_OFF,
    LEASE_SECONDS,
    LOCK,
    SEEN,
    Account,
    News,
    exchange,
    larger_excesses,
    make_tables,
    seconds_of,
)
from tierproof.experiment.calls.journals.spend import Spend, summed
from tierproof.experiment.calls.money.bounds import Excess
from tierproof.experiment.calls.money.budget import NOTHING, Amount, Budget, BudgetExhausted, Ledger
from tierproof.messages import gettext
from tierproof.postgres import Database

__all__ = ["AskedElsewhere", "SharedJournal"]

T = TypeVar("T")
POLL_SECONDS: Final = 0.1
"""Between two looks at what others are asking, and at what they left of the budget."""
PATIENCE_SECONDS: Final = 60.0
"""So long is waited for a server that is away."""
DEAL: Final = 32
"""Trials of a round that a process takes at once."""
LIVE: Final = f"NOT ended AND {SEEN} > clock_timestamp() - interval '{LEASE_SECONDS} seconds'"


class AskedElsewhere(Exception):
    """Another process asks the same, or was answered, since this one looked."""


@dataclass(slots=True, eq=False)
class _Look:
    key: bytes
    place: asyncio.Future[bytes | None]


@dataclass(slots=True, eq=False)
class _Begin:
    attempt: Sent
    ledger: Ledger
    place: asyncio.Future[bool | None]
    reckoned: int
    """By so many pieces of news of endpoints."""


class SharedJournal:
    """The journal of one process.  Use as a context manager; all that is async in one event loop."""

    news_seconds: float | None = POLL_SECONDS
    """So often others may have changed what is left of the budget."""

    def __init__(self, database: Database, *, run: str, budget: Budget) -> None:
        """Open the journal and start a session of `run`.  Raises InputError."""
        self.run = run
        self.damaged = 0
        self.superseded: frozenset[int] = frozenset()
        """Attempts that were answered after another process had been: the answer that is kept is the other's."""
        self._database = database
        self._budget = budget
        self._connection: Any = database.connect()
        self._lock = threading.RLock()
        """One transaction at a time."""
        self._looks: list[_Look] = []
        self._held: list[_Look] = []
        """What others are asking."""
        self._begins: list[_Begin] = []
        self._ended: list[Settled] = []
        self._noted: dict[str, Excess] = {}
        """What was seen of endpoints and is not recorded yet."""
        self._known: dict[str, Excess] = {}
        """What is known of endpoints, and worst cases are reckoned by; `_news`: how often it became more."""
        self._news = 0
        self._told: Callable[[str, Excess], None] = lambda endpoint, seen: None
        self._keeps: list[asyncio.Future[None]] = []
        self._terms = ""
        """Plan and budget, by which all processes of the run go."""
        self._working: asyncio.Task[None] | None = None
        try:
            self._work_in(self._start)
        except BaseException:
            self._connection.close()
            raise
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="tierproof lease", daemon=True)
        self._pulse.start()

    def _start(self, connection: Any) -> None:
        make_tables(connection)
        execute = connection.execute
        execute("INSERT INTO tierproof_runs (run) VALUES (%s) ON CONFLICT DO NOTHING", (self.run,))
        execute(CUT_OFF)
        self.seconds_before = seconds_of(execute, self.run)
        self._clock = time.monotonic()
        # Its number among all processes of all runs.
        query = "INSERT INTO tierproof_sessions (run) VALUES (%s) RETURNING id"
        self.process: int = execute(query, (self.run,)).fetchone()[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return str(self._database)

    def close(self) -> None:
        """Record what is left, and let the journal go."""
        self._over.set()
        with contextlib.suppress(InputError):
            self.flush()
            ended = "UPDATE tierproof_sessions SET ended = true, seen = clock_timestamp() WHERE id = %s"
            self._work_in(lambda connection: connection.execute(ended, (self.process,)))
        self._connection.close()
        self._pulse.join(timeout=1.0)

    def _beat(self) -> None:
        """Show signs of life, on a connection of its own: also while an answer is worked on for long."""
        seen = "UPDATE tierproof_sessions SET seen = clock_timestamp() WHERE id = %s"
        connection: Any = None
        while not self._over.wait(LEASE_SECONDS / 5):
            try:
                connection = connection or self._database.connect()
                with self._database.faults():
                    connection.execute(seen, (self.process,))
                    connection.execute(CUT_OFF)
            except InputError:
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _work_in(self, work: Callable[[Any], T]) -> T:
        """Work on the connection; made anew where it was cut, and the work done again.  Raises InputError."""
        errors, start = self._database.errors, time.monotonic()
        with self._lock:
            while True:
                try:
                    with self._database.faults():
                        try:
                            return work(self._connection)
                        except (errors.UniqueViolation, errors.DeadlockDetected, errors.SerializationFailure):
                            # Two runs with the same calls met; the next look sees what the other did.
                            if time.monotonic() - start > PATIENCE_SECONDS:
                                raise
                            continue
                except InputError:
                    if not self._connection.broken or time.monotonic() - start > PATIENCE_SECONDS:
                        raise
                    time.sleep(POLL_SECONDS)
                    with contextlib.suppress(InputError):
                        self._connection = self._database.connect()

    def _exchange(self, asked: Sequence[bytes] = (), begin: Sequence[Sent] = (), ended: Sequence[Settled] = ()) -> News:
        noted, self._noted = self._noted, {}
        known = dict(self._known)
        seen = partial(exchange, run=self.run, session=self.process, noted=noted, known=known, ledger=self._ledger)
        try:
            return self._work_in(partial(seen, asked=asked, begin=begin, ended=ended))
        except BaseException:
            self._noted = noted | self._noted
            raise

    def _ledger(self, account: Account) -> Ledger:
        ledger = Ledger(self._budget, taken=account.taken, seconds=self._seconds)
        ledger.reserved = account.reserved
        return ledger

    @property
    def _seconds(self) -> float:
        return self.seconds_before + time.monotonic() - self._clock

    # What the event loop asks for is gathered here, and exchanged as often as a transaction takes.

    async def elsewhere(self, key: bytes) -> bytes | None:
        """The reply to a call that another process made; waits while one is asking.  None: it is free to be asked."""
        place: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._looks.append(_Look(key, place))
        self._wake()
        return await place

    async def begin(self, attempt: Sent, ledger: Ledger) -> bool:
        """Set an attempt's worst case aside and record it.  False: it does not fit now, or its endpoint was seen
        meanwhile to bill more than it was reckoned by.

        Raises BudgetExhausted where waiting cannot help, AskedElsewhere where another process has its key meanwhile.
        """
        one = _Begin(attempt, ledger, asyncio.get_running_loop().create_future(), self._news)
        self._begins.append(one)
        self._wake()
        begun = await one.place
        if begun is None:
            raise AskedElsewhere
        return begun

    def settle(self, ending: Settled) -> None:
        """Record an ending, with the next transaction: `kept` waits for it."""
        self._ended.append(ending)
        with contextlib.suppress(RuntimeError):  # without an event loop `flush` does it
            self._wake()

    async def kept(self) -> None:
        """Wait until every ending so far is recorded."""
        if self._ended or (self._working is not None and not self._working.done()):
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._keeps.append(place)
            self._wake()
            await place

    async def share(self, number: int, places: int) -> tuple[int, int] | None:
        """Which trials of a round this process should begin with next; None: all are dealt."""
        query = (
            "INSERT INTO tierproof_rounds VALUES (%s, %s, %s) ON CONFLICT (run, round) "
            "DO UPDATE SET dealt = tierproof_rounds.dealt + EXCLUDED.dealt RETURNING dealt"
        )
        values = (self.run, f"{self._terms} {number}", DEAL)
        stop: int = await asyncio.to_thread(
            self._work_in, lambda connection: connection.execute(query, values).fetchone()[0]
        )
        return (stop - DEAL, stop) if stop - DEAL < places else None

    def _wake(self) -> None:
        if self._working is None or self._working.done():
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        polled = 0.0
        while self._looks or self._begins or self._ended or self._keeps or self._held:
            looks, self._looks = self._looks, []
            if self._held and time.monotonic() - polled >= POLL_SECONDS:
                looks, self._held, polled = [*looks, *self._held], [], time.monotonic()
            begins, self._begins = self._begins, []
            ended, self._ended = self._ended, []
            keeps, self._keeps = self._keeps, []
            if not (looks or begins or ended or keeps):
                await asyncio.sleep(POLL_SECONDS / 4)
                continue
            looks = [one for one in looks if not one.place.done()]
            begins = self._up_to_date(begins)
            try:
                news = await asyncio.to_thread(
                    self._exchange, [one.key for one in looks], [one.attempt for one in begins], ended
                )
            except BaseException as error:
                self._ended = [*ended, *self._ended]  # `close` tries once more
                # Those too that came meanwhile: nobody else would wake them.
                looks, begins = [*looks, *self._looks, *self._held], [*begins, *self._begins]
                places: list[asyncio.Future[Any]] = [*keeps, *self._keeps, *(look.place for look in looks)]
                self._looks, self._held, self._begins, self._keeps = [], [], [], []
                for place in (*places, *(one.place for one in begins)):
                    _fail(place, error)
                if not isinstance(error, InputError):
                    raise
                return
            if news.removed:
                waiting: list[asyncio.Future[Any]] = [*(look.place for look in looks), *(one.place for one in begins)]
                for one in waiting:
                    _fail(one, self._otherwise())
                looks, begins = [], []
            self._tell(news, looks, begins, keeps)

    def _up_to_date(self, begins: Sequence[_Begin]) -> list[_Begin]:
        """Those that somebody waits for, without those that have to be reckoned again."""
        waited = [one for one in begins if not one.place.done()]
        for one in waited:
            if one.reckoned < self._news:
                one.place.set_result(False)
        return [one for one in waited if one.reckoned == self._news]

    def _tell(
        self, news: News, looks: Sequence[_Look], begins: Sequence[_Begin], keeps: Sequence[asyncio.Future[None]]
    ) -> None:
        self.superseded |= news.superseded
        for endpoint, seen in news.excesses.items():
            self._knows(endpoint, seen)
            self._told(endpoint, seen)
        for key in news.damaged:
            self.discard(key)
        for look in looks:
            if look.key in news.replies and news.replies[look.key] is None:
                self._held.append(look)
            elif not look.place.done():
                look.place.set_result(news.replies.get(look.key))
        self._tell_begun(news, begins)
        for place in keeps:
            if not place.done():
                place.set_result(None)

    def _tell_begun(self, news: News, begins: Sequence[_Begin]) -> None:
        for one, begun in zip(begins, news.begun, strict=True):
            if news.account is not None:
                one.ledger.taken, one.ledger.reserved = news.account.taken, news.account.reserved
            if one.place.done():
                if begun is True:
                    # Whoever wanted it has gone: nothing was sent.
                    self._ended.append(Settled(one.attempt.id, "free", NOTHING, reason="not sent"))
            elif isinstance(begun, BudgetExhausted):
                one.place.set_exception(begun)
            else:
                one.place.set_result(begun)

    def answer(self, key: bytes) -> bytes | None:
        """What this process knows by itself: nothing, all is asked of the server (`elsewhere`)."""
        return None

    def reopened(self, key: bytes) -> Sent | None:
        """As of `journal`; another process may have it meanwhile."""
        query = (
            "UPDATE tierproof_attempts SET state = 'sent', session = %(session)s WHERE id = (SELECT id FROM "
            "tierproof_attempts WHERE key = %(key)s AND run = %(run)s AND state = 'lost' AND reason <> %(end)s "
            "ORDER BY sent DESC LIMIT 1) AND state = 'lost' AND NOT EXISTS (SELECT 1 FROM tierproof_attempts WHERE "
            "key = %(key)s AND state = 'sent') RETURNING id, purpose, model, picodollars, tokens"
        )
        values = {"session": self.process, "key": key, "run": self.run, "end": AT_ITS_END}
        row = self._work_in(lambda connection: connection.execute(query, values).fetchone())
        if row is None:
            return None
        return Sent(row[0], key, row[1], row[2], Amount(picodollars=row[3], tokens=row[4], calls=1))

    def next_id(self) -> int:
        """A number for the next attempt, which no other process has."""
        return secrets.randbits(62)

    def flush(self) -> None:
        """Record the endings so far.  Raises InputError where that fails."""
        with self._lock:
            ended, self._ended = self._ended, []
            try:
                if ended:
                    self._exchange(ended=ended)
            except BaseException:
                self._ended = [*ended, *self._ended]
                raise

    def discard(self, key: bytes) -> None:
        """What is kept under this key cannot be read: count it as lost, so that it can be asked for again."""
        self.damaged += 1
        query = "UPDATE tierproof_attempts SET state = 'lost', reason = 'damaged' WHERE key = %s AND state = 'answered'"
        self._work_in(lambda connection: connection.execute(query, (key,)))

    def register(self, plan: bytes, hash: str) -> tuple[Registered, ...]:
        """As of `journal`.  Raises InputError where a process measures the same run by another plan or budget."""
        self._terms = f"{hash} {self._budget}"

        def write(connection: Any) -> tuple[Registered, ...]:
            execute = connection.execute
            with connection.transaction():
                execute(LOCK, (self.run,))
                others = f"FROM tierproof_sessions WHERE run = %s AND id <> %s AND {LIVE}"
                query = f"SELECT count(*) {others} AND terms <> %s"
                if execute(query, (self.run, self.process, self._terms)).fetchone()[0]:
                    raise self._otherwise()
                # One that was stopped for longer than its lease may wake up yet: it begins nothing any more.
                stale = "UPDATE tierproof_sessions SET ended = true WHERE run = %s AND id <> %s AND terms <> %s"
                execute(stale, (self.run, self.process, self._terms))
                execute("UPDATE tierproof_sessions SET terms = %s WHERE id = %s", (self._terms, self.process))
                answered = "FROM tierproof_attempts WHERE state = 'answered'"
                if not execute(f"SELECT EXISTS (SELECT 1 {answered} AND run = %s)", (self.run,)).fetchone()[0]:
                    execute("DELETE FROM tierproof_plans WHERE run = %s AND hash <> %s", (self.run, hash))
                rows = execute(
                    "SELECT plan, hash, made, answers FROM tierproof_plans WHERE run = %s ORDER BY id", (self.run,)
                ).fetchall()
                before = [Registered(bytes(row[0]), *row[1:]) for row in rows]
                if before and before[-1].hash == hash:
                    return tuple(before)
                answers = execute(f"SELECT count(*) {answered}").fetchone()[0]
                new = Registered(plan, hash, time.time(), answers)
                execute(
                    "INSERT INTO tierproof_plans (run, made, answers, hash, plan) VALUES (%s, %s, %s, %s, %s)",
                    (self.run, new.made, new.answers, new.hash, new.plan),
                )
            return (*before, new)

        return self._work_in(write)

    def _otherwise(self) -> InputError:
        message = gettext("another process measures this workload in {journal} by other settings", journal=str(self))
        remedy = gettext(
            "give all of them the same command, workload and budget, or wait for the other; a run of its own needs "
            "a database of its own"
        )
        return InputError.of(message, remedy=remedy)

    def days(self) -> dict[str, tuple[str, str]]:
        """As of `journal`."""
        self.flush()
        query = (
            "SELECT purpose, min(settled AT TIME ZONE 'UTC')::date::text, max(settled AT TIME ZONE 'UTC')::date::text "
            "FROM tierproof_attempts WHERE state = 'answered' AND run = %s GROUP BY purpose"
        )
        rows = self._work_in(lambda connection: connection.execute(query, (self.run,)).fetchall())
        return {purpose: (first, last) for purpose, first, last in rows}

    def stated_price(self, model: str) -> str | None:
        """As of `journal`; of this run."""
        query = "SELECT stated FROM tierproof_prices WHERE run = %s AND model = %s"
        row = self._work_in(lambda connection: connection.execute(query, (self.run, model)).fetchone())
        return None if row is None else str(row[0])

    def revalue(self, model: str, stated: str, value: Callable[[Kept], int]) -> bool:
        """As of `journal`; of this run."""
        query = (
            "SELECT id, reply, picodollars, tokens FROM tierproof_attempts "
            "WHERE run = %s AND model = %s AND state IN ('answered', 'lost')"
        )
        noted = (
            "INSERT INTO tierproof_prices VALUES (%s, %s, %s) ON CONFLICT (run, model) "
            "DO UPDATE SET stated = EXCLUDED.stated"
        )

        def write(connection: Any) -> bool:
            with connection.transaction():
                connection.execute(LOCK, (self.run,))
                changed = []
                for id, reply, picodollars, tokens in connection.execute(query, (self.run, model)).fetchall():
                    now = value(Kept(None if reply is None else unsealed(bytes(reply)), picodollars, tokens))
                    if now != picodollars:
                        changed.append((now, id))
                for row in changed:
                    connection.execute("UPDATE tierproof_attempts SET picodollars = %s WHERE id = %s", row)
                connection.execute(noted, (self.run, model, stated))
            return bool(changed)

        return self._work_in(write)

    def excess(self, endpoint: str) -> Excess:
        """As of `journal`; of this run."""
        known = {endpoint: self._known.get(endpoint, Excess())}
        seen = self._work_in(lambda connection: larger_excesses(connection.execute, self.run, known))
        self._known |= known | seen
        return self._known[endpoint]

    def listen(self, told: Callable[[str, Excess], None]) -> None:
        """`told` hears of each endpoint that others see exceed what is known of it, before more of it is reserved."""
        self._told = told

    def note_excess(self, endpoint: str, seen: Excess) -> None:
        """As of `journal`: with the ending of the attempt that showed it."""
        self._noted[endpoint] = seen
        self._knows(endpoint, seen)

    def _knows(self, endpoint: str, seen: Excess) -> None:
        self._known[endpoint] = seen
        self._news += 1

    def spend(self) -> Spend:
        """What this run took, in all its processes."""
        with contextlib.suppress(InputError):
            self.flush()
        query = (
            "SELECT purpose, state, count(*), sum(picodollars)::bigint, sum(tokens)::bigint FROM tierproof_attempts "
            "WHERE run = %s GROUP BY purpose, state"
        )
        rows = self._work_in(lambda connection: connection.execute(query, (self.run,)).fetchall())
        return summed({(row[0], row[1]): Amount(calls=row[2], picodollars=row[3], tokens=row[4]) for row in rows})


def _fail(place: asyncio.Future[Any], error: BaseException) -> None:
    if not place.done():
        place.set_exception(error) if isinstance(error, InputError) else place.cancel()
