"""The tables of a journal in PostgreSQL, and the one transaction by which processes begin and end attempts.

Enters: what a process wants to know, to begin and to end.  Leaves: answers, who may go out, and the run's account.
Must not know who waits for them.

One row a run holds its account, the sum of its attempts; a trigger keeps it so, whoever changes them.  Whoever begins
an attempt locks that row first, so that what all processes have set aside together stays within the budget.  A key is
in flight once: an index sees to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from tierproof.errors import InputError
from tierproof.experiment.calls.journals.journal import sealed, unsealed
from tierproof.experiment.calls.journals.journal_tail import Sent, Settled
from tierproof.experiment.calls.money.bounds import Excess
from tierproof.experiment.calls.money.budget import Amount, BudgetExhausted, Ledger
from tierproof.messages import gettext
from tierproof.postgres import Database

__all__ = [
    "CUT_OFF",
    "LEASE_SECONDS",
    "LOCK",
    "SEEN",
    "Account",
    "News",
    "exchange",
    "larger_excesses",
    "make_tables",
    "seconds_of",
    "was_begun",
]

VERSION: Final = 1
LEASE_SECONDS: Final = 15
"""Without a sign of life for so long, and what a process has in flight may be asked for by others."""
MAKING: Final = 0x54505246
"""The lock under which tables are made: the letters TPRF."""

TABLES: Final = """
CREATE TABLE IF NOT EXISTS tierproof_version (version integer NOT NULL);
CREATE TABLE IF NOT EXISTS tierproof_runs (
    run text PRIMARY KEY,
    picodollars bigint NOT NULL DEFAULT 0,
    tokens bigint NOT NULL DEFAULT 0,
    calls bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS tierproof_sessions (
    id bigserial PRIMARY KEY,
    run text NOT NULL REFERENCES tierproof_runs,
    started timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended boolean NOT NULL DEFAULT false,
    terms text
);
CREATE TABLE IF NOT EXISTS tierproof_attempts (
    id bigint PRIMARY KEY,
    session bigint NOT NULL REFERENCES tierproof_sessions,
    run text NOT NULL REFERENCES tierproof_runs,
    key bytea NOT NULL,
    purpose text NOT NULL,
    model text NOT NULL,
    state text NOT NULL CHECK (state IN ('sent', 'answered', 'free', 'lost')),
    picodollars bigint NOT NULL,
    tokens bigint NOT NULL,
    sent timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled timestamptz,
    reply bytea,
    reason text
);
CREATE UNIQUE INDEX IF NOT EXISTS tierproof_answers ON tierproof_attempts (key) WHERE state = 'answered';
CREATE UNIQUE INDEX IF NOT EXISTS tierproof_flights ON tierproof_attempts (key) WHERE state = 'sent';
CREATE INDEX IF NOT EXISTS tierproof_spent ON tierproof_attempts (run, purpose);
CREATE TABLE IF NOT EXISTS tierproof_plans (
    id bigserial PRIMARY KEY,
    run text NOT NULL REFERENCES tierproof_runs,
    made double precision NOT NULL,
    answers bigint NOT NULL,
    hash text NOT NULL,
    plan bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS tierproof_prices (
    run text NOT NULL REFERENCES tierproof_runs,
    model text NOT NULL,
    stated text NOT NULL,
    PRIMARY KEY (run, model)
);
CREATE TABLE IF NOT EXISTS tierproof_excesses (
    run text NOT NULL REFERENCES tierproof_runs,
    endpoint text NOT NULL,
    prompt bigint NOT NULL,
    completion bigint NOT NULL,
    unseen bigint NOT NULL,
    PRIMARY KEY (run, endpoint)
);
CREATE TABLE IF NOT EXISTS tierproof_rounds (
    run text NOT NULL REFERENCES tierproof_runs,
    round text NOT NULL,
    dealt bigint NOT NULL,
    PRIMARY KEY (run, round)
);
CREATE OR REPLACE FUNCTION tierproof_begun() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tierproof_runs one SET picodollars = one.picodollars + more.picodollars,
        tokens = one.tokens + more.tokens, calls = one.calls + more.calls
    FROM (SELECT run, sum(picodollars)::bigint AS picodollars, sum(tokens)::bigint AS tokens, count(*) AS calls
        FROM fresh GROUP BY run) more WHERE one.run = more.run;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION tierproof_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tierproof_runs one SET picodollars = one.picodollars + more.picodollars, tokens = one.tokens + more.tokens
    FROM (SELECT run, sum(picodollars)::bigint AS picodollars, sum(tokens)::bigint AS tokens
        FROM (SELECT run, picodollars, tokens FROM fresh UNION ALL SELECT run, -picodollars, -tokens FROM old) both_
        GROUP BY run) more
    WHERE one.run = more.run AND (more.picodollars <> 0 OR more.tokens <> 0);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tierproof_begun AFTER INSERT ON tierproof_attempts
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tierproof_begun();
CREATE OR REPLACE TRIGGER tierproof_changed AFTER UPDATE ON tierproof_attempts
    REFERENCING NEW TABLE AS fresh OLD TABLE AS old FOR EACH STATEMENT EXECUTE FUNCTION tierproof_changed();
"""

SEEN: Final = "greatest(seen, pg_postmaster_start_time())"
"""A session's last sign of life: while the server was away nobody could show any."""
CUT_OFF: Final = f"""
UPDATE tierproof_attempts SET state = 'lost', reason = 'cut off' WHERE id IN (
    SELECT attempt.id FROM tierproof_attempts attempt JOIN tierproof_sessions session ON session.id = attempt.session
    WHERE attempt.state = 'sent'
    AND (session.ended OR {SEEN} < clock_timestamp() - interval '{LEASE_SECONDS} seconds')
    FOR UPDATE OF attempt SKIP LOCKED)
"""
"""What a process that gives no sign of life had in flight counts at its worst case, and may be asked for again."""
SETTLE: Final = """
WITH given AS (
    SELECT one.*, one.state = 'answered' AND EXISTS (
        SELECT 1 FROM tierproof_attempts own JOIN tierproof_attempts other ON other.key = own.key
        WHERE own.id = one.id AND other.state = 'answered') AS twice
    FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bytea[], %s::text[])
        AS one (id, state, picodollars, tokens, reply, reason))
UPDATE tierproof_attempts attempt SET settled = clock_timestamp(),
    state = CASE WHEN twice THEN 'lost' ELSE given.state END,
    picodollars = given.picodollars, tokens = given.tokens,
    reply = CASE WHEN twice THEN NULL ELSE given.reply END,
    reason = CASE WHEN twice THEN 'answered twice' ELSE given.reason END
FROM given WHERE attempt.id = given.id
AND (attempt.state = 'sent' OR (attempt.state = 'lost' AND attempt.reason = 'cut off'))
RETURNING attempt.id, attempt.state
"""
"""What comes back late, after its process was given up, still counts as what it is.  The first answer stays."""
KNOWN: Final = """
SELECT key, id, NULL::bytea FROM tierproof_attempts WHERE key = ANY(%(keys)s::bytea[]) AND state = 'sent'
UNION ALL SELECT key, id, reply FROM tierproof_attempts WHERE key = ANY(%(keys)s::bytea[]) AND state = 'answered'
"""
NOTE_EXCESS: Final = (
    "INSERT INTO tierproof_excesses AS one VALUES (%s, %s, %s, %s, %s) ON CONFLICT (run, endpoint) DO UPDATE SET "
    "prompt = greatest(one.prompt, EXCLUDED.prompt), completion = greatest(one.completion, EXCLUDED.completion), "
    "unseen = greatest(one.unseen, EXCLUDED.unseen)"
)
EXCESSES: Final = (
    "SELECT endpoint, prompt, completion, unseen FROM tierproof_excesses WHERE run = %s AND endpoint = ANY(%s)"
)
LOCK: Final = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{LEASE_SECONDS}s', true) FROM tierproof_runs "
    "WHERE run = %s FOR UPDATE"
)
"""The run's account, for the rest of a transaction; who is stopped in it is cut off, for all others wait for it."""
ALIVE: Final = "UPDATE tierproof_sessions SET seen = clock_timestamp() WHERE id = %s RETURNING ended"
"""Who begins something is there, whatever became of the signs of life."""
ACCOUNT: Final = """
SELECT run.picodollars, run.tokens, run.calls, coalesce(sum(flying.picodollars), 0)::bigint,
    coalesce(sum(flying.tokens), 0)::bigint, count(flying.id)
FROM tierproof_runs run LEFT JOIN tierproof_attempts flying ON flying.run = run.run AND flying.state = 'sent'
WHERE run.run = %s GROUP BY run.run
"""
BEGIN: Final = """
INSERT INTO tierproof_attempts (id, session, run, key, purpose, model, state, picodollars, tokens)
SELECT one.id, %s, %s, one.key, one.purpose, one.model, 'sent', one.picodollars, one.tokens
FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
    AS one (id, key, purpose, model, picodollars, tokens)
ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Account:
    """What all processes of a run took and have set aside."""

    taken: Amount
    reserved: Amount


@dataclass(frozen=True, slots=True)
class News:
    """What one transaction found and did."""

    replies: Mapping[bytes, bytes | None]
    """By the keys that were asked for: the reply; None: another process waits for it.  What is not here is free."""
    damaged: tuple[bytes, ...]
    """Keys whose reply cannot be read any more."""
    begun: tuple[bool | BudgetExhausted | None, ...]
    """By the attempts that were to begin: True: may go out; False: does not fit now; None: another process has it."""
    account: Account | None
    """None: nothing was begun or ended."""
    superseded: frozenset[int] = frozenset()
    """Attempts that were answered after another process had been."""
    removed: bool = False
    """The session was ended by others, who measure by other settings: nothing was begun."""
    excesses: Mapping[str, Excess] = field(default_factory=dict)
    """Endpoints that were seen to exceed more than this process knew as it reckoned: nothing was begun."""


def make_tables(connection: Any) -> None:
    """Make what is missing.  Raises InputError for tables of a newer version."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING,))
        if connection.execute("SELECT to_regclass('tierproof_version')").fetchone()[0] is not None:
            found = connection.execute("SELECT max(version) FROM tierproof_version").fetchone()[0]
            if found == VERSION:
                return
            message = gettext("its journal was written by another version of Tierproof")
            raise InputError.of(message, remedy=gettext("use one version on all machines; the journal was not touched"))
        connection.execute(TABLES)
        connection.execute("INSERT INTO tierproof_version VALUES (%s)", (VERSION,))


def was_begun(database: Database, workload: str) -> bool:
    """Has any run of the workload an answer?"""
    with contextlib.closing(database.connect()) as connection, database.faults():
        make_tables(connection)
        query = (
            "SELECT EXISTS (SELECT 1 FROM tierproof_attempts WHERE state = 'answered' AND run IN "
            "(SELECT run FROM tierproof_runs WHERE right(run, length(%(end)s)) = %(end)s))"
        )
        return bool(connection.execute(query, {"end": f" {workload}"}).fetchone()[0])


def seconds_of(execute: Callable[..., Any], run: str) -> float:
    """Seconds that the sessions of a run took together; where several ran at once they count once."""
    query = (
        "SELECT extract(epoch FROM started)::float8, extract(epoch FROM seen)::float8 FROM tierproof_sessions "
        "WHERE run = %s ORDER BY started"
    )
    total, reach = 0.0, float("-inf")
    for start, end in execute(query, (run,)).fetchall():
        total += max(0.0, end - max(start, reach))
        reach = max(reach, end)
    return total


def exchange(
    connection: Any,
    run: str,
    session: int,
    *,
    asked: Sequence[bytes] = (),
    begin: Sequence[Sent] = (),
    ended: Sequence[Settled] = (),
    noted: Mapping[str, Excess] = MappingProxyType({}),
    known: Mapping[str, Excess] = MappingProxyType({}),
    ledger: Callable[[Account], Ledger],
) -> News:
    """Do all of it in one transaction.  `ledger`: of the run, as its account stands: it says what fits.

    `noted`: what was newly seen of endpoints; `known`: by what the worst cases were reckoned.
    """
    execute = connection.execute
    with connection.transaction():
        if begin or ended or noted:
            execute(LOCK, (run,))
        for endpoint, seen in noted.items():
            execute(NOTE_EXCESS, (run, endpoint, seen.prompt, seen.completion, seen.unseen))
        superseded = _settled(execute, ended) if ended else frozenset()
        if begin and execute(ALIVE, (session,)).fetchone()[0]:
            return News({}, (), (), None, superseded, removed=True)
        news = larger_excesses(execute, run, known) if begin else {}
        held: dict[bytes, tuple[int, bytes | None]] = {}
        if asked or begin:
            keys = list({*asked, *(one.key for one in begin)})
            for key, id, reply in execute(KNOWN, {"keys": keys}).fetchall():
                held[bytes(key)] = (id, None if reply is None else bytes(reply))
        account: Account | None = None
        begun: tuple[bool | BudgetExhausted | None, ...] = ()
        if begin or ended:
            row = execute(ACCOUNT, (run,)).fetchone()
            account = _account(row)
            begun = (
                (False,) * len(begin)
                if news
                else _begin(begin, held, ledger(account), lambda rows: execute(BEGIN, (session, run, *rows)).fetchall())
            )
    replies: dict[bytes, bytes | None] = {}
    damaged = []
    for key in asked:
        _, kept = held.get(key, (0, None))
        if kept is None:
            if key in held:
                replies[key] = None
        elif (reply := unsealed(kept)) is None:
            damaged.append(key)
        else:
            replies[key] = reply
    return News(replies, tuple(damaged), begun, account, superseded, excesses=news)


def larger_excesses(execute: Callable[..., Any], run: str, known: Mapping[str, Excess]) -> dict[str, Excess]:
    """Of endpoints that were seen to exceed more than is known: all that was seen of them."""
    rows = execute(EXCESSES, (run, list(known))).fetchall()
    found = {row[0]: known[row[0]] | Excess(*row[1:]) for row in rows}
    return {endpoint: seen for endpoint, seen in found.items() if seen != known[endpoint]}


def _settled(execute: Callable[..., Any], ended: Sequence[Settled]) -> frozenset[int]:
    """Record endings; the attempts among them whose answer came after another's."""
    rows = execute(SETTLE, _columns([_ending(one) for one in ended])).fetchall()
    kept = {id for id, state in rows if state != "lost"}
    # One that is not among them may have been recorded before the connection was cut.
    others = [one.id for one in ended if one.state == "answered" and one.id not in kept]
    if not others:
        return frozenset()
    query = "SELECT id FROM tierproof_attempts WHERE id = ANY(%s) AND state = 'lost'"
    return frozenset(row[0] for row in execute(query, (others,)).fetchall())


def _begin(
    begin: Sequence[Sent],
    known: Mapping[bytes, tuple[int, bytes | None]],
    ledger: Ledger,
    write: Callable[[list[list[object]]], list[tuple[int]]],
) -> tuple[bool | BudgetExhausted | None, ...]:
    begun: dict[int, bool | BudgetExhausted | None] = {}
    rows = []
    for one in begin:
        id, _ = known.get(one.key, (None, None))
        if id is not None:
            # It is its own where the answer to the last transaction was lost on the way.
            begun[one.id] = True if id == one.id else None
            continue
        try:
            begun[one.id] = ledger.reserve(one.worst)
        except BudgetExhausted as stop:
            begun[one.id] = stop
        if begun[one.id] is True:
            rows.append((one.id, one.key, one.purpose, one.model, one.worst.picodollars, one.worst.tokens))
    if rows:
        made = {row[0] for row in write(_columns(rows))}
        begun.update({row[0]: None for row in rows if row[0] not in made})
    return tuple(begun[one.id] for one in begin)


def _account(row: Sequence[int]) -> Account:
    total = Amount(picodollars=row[0], tokens=row[1], calls=row[2])
    reserved = Amount(picodollars=row[3], tokens=row[4], calls=row[5])
    return Account(total - reserved, reserved)


def _ending(one: Settled) -> tuple[object, ...]:
    reason = one.reason and one.reason.replace("\0", "").encode("utf-8", "replace").decode()
    return one.id, one.state, one.took.picodollars, one.took.tokens, sealed(one.reply), reason


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
