"""What a run took, from the tables of a journal and from what is on its way to them.

Enters: a journal.  Leaves: a `Spend`.  Must not know budgets.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tierproof.experiment.calls.journals.journal_tail import Sent, Settled
from tierproof.experiment.calls.money.budget import NOTHING, Amount

__all__ = ["Spend", "spend_of", "summed"]

SPEND = """
SELECT purpose, state, count(*), coalesce(sum(picodollars), 0), coalesce(sum(tokens), 0)
FROM attempts JOIN sessions ON sessions.id = attempts.session WHERE (? IS NULL OR run = ?) GROUP BY purpose, state
"""


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


def spend_of(connection: sqlite3.Connection, run: str | None, tail: Iterable[Sent | Settled] = ()) -> Spend:
    """The account of the tables, and of what is still on its way to them."""
    tally: dict[tuple[str, str], Amount] = {}

    def count(purpose: str, state: str, amount: Amount) -> None:
        tally[purpose, state] = tally.get((purpose, state), NOTHING) + amount

    for purpose, state, calls, picodollars, tokens in connection.execute(SPEND, (run, run)):
        count(purpose, state, Amount(picodollars=picodollars, tokens=tokens, calls=calls))
    flying: dict[int, tuple[str, Amount]] = {}
    for one in tail:
        if isinstance(one, Sent):
            known = connection.execute("SELECT 1 FROM attempts WHERE id = ?", (one.id,)).fetchone()
            runs = connection.execute("SELECT run FROM sessions WHERE id = ?", (one.session,)).fetchone()
            if known is None and (run is None or runs == (run,)):
                flying[one.id] = (one.purpose, one.worst)
                count(one.purpose, "sent", one.worst)
            continue
        before = flying.pop(one.id, None) or _flying_in(connection, one.id, run)
        if before is not None:
            purpose, worst = before
            count(purpose, "sent", NOTHING - worst)
            count(purpose, one.state, one.took)
    return summed(tally)


def summed(tally: Mapping[tuple[str, str], Amount]) -> Spend:
    """The account, from what attempts took by purpose and state."""
    answered = presumed = NOTHING
    free = in_flight = 0
    purposes: dict[str, Amount] = {}
    for (purpose, state), amount in tally.items():
        if state == "free":
            free += amount.calls
        elif amount != NOTHING:
            purposes[purpose] = purposes.get(purpose, NOTHING) + amount
            answered += amount if state == "answered" else NOTHING
            presumed += amount if state != "answered" else NOTHING
            in_flight += amount.calls if state == "sent" else 0
    return Spend(answered=answered, presumed=presumed, free=free, in_flight=in_flight, purposes=purposes)


def _flying_in(connection: sqlite3.Connection, id: int, run: str | None) -> tuple[str, Amount] | None:
    """Purpose and worst case of an attempt that the tables hold as sent."""
    query = (
        "SELECT purpose, picodollars, tokens FROM attempts JOIN sessions ON sessions.id = attempts.session "
        "WHERE attempts.id = ? AND state = 'sent' AND (? IS NULL OR run = ?)"
    )
    row = connection.execute(query, (id, run, run)).fetchone()
    return None if row is None else (row[0], Amount(picodollars=row[1], tokens=row[2], calls=1))
