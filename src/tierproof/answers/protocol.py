"""What a run set itself before its first call, and whether it was kept: a part of `tierproof measure`.

Enters: a `Pledge`.  Leaves: a `Protocol`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tierproof.answers.document import Exact
from tierproof.experiment.design.protocol import Pledge

__all__ = ["Protocol", "protocol_answer"]


class Change(Exact, frozen=True):
    """In what the run differs from what was set."""

    what: str
    """`arms`, `items`, `items edited`, `order`, `margin`, `value`, `latency price`, `requests`, `rule`, `repeats`,
    `system`, `scorer`, `models`, or `requests or resources`."""
    was: str
    """Of arms and items: those that are gone; empty of what is known by its digest alone."""
    now: str
    """Of arms and items: those that were added."""


class Protocol(Exact, frozen=True):
    """Rule, margins, arms, items and their order, as they were written into the journal before the first call."""

    hash: str
    """SHA-256 of `protocol.json`, 64 hexadecimal digits."""
    made: str
    """When, such as `2026-11-30T17:20:00Z`."""
    answers: int
    """So many answers the journal held then, of earlier runs: with 0, nothing had been seen."""
    kept: bool
    changes: tuple[Change, ...]
    intact: bool
    """What stands in the journal is still what its hash was made of."""
    others: int
    """Further protocols that the run had in between."""


def protocol_answer(pledge: Pledge) -> Protocol:
    return Protocol(
        hash=pledge.hash,
        made=datetime.fromtimestamp(pledge.made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        answers=pledge.answers,
        kept=pledge.kept,
        changes=tuple(Change(what=one.what, was=one.was, now=one.now) for one in pledge.changes),
        intact=pledge.intact,
        others=pledge.others,
    )
