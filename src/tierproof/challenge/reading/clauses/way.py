"""An outcome and the way it goes: what a clause says once its words are read.

Knows which outcomes are better less of, and how an outcome is named; not by which words a change is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from tierproof.challenge.claim import Outcome
from tierproof.challenge.reading.clauses.clause import Clause, Unread

__all__ = ["FLIP", "LESS_IS_BETTER", "Said", "Way", "is_good", "moved", "named_outcome", "outcome_in"]

Way = Literal["up", "down", "better", "worse"]
FLIP: Final[dict[Way, Way]] = {"up": "down", "down": "up", "better": "worse", "worse": "better"}
LESS_IS_BETTER: Final = ("cost", "latency", "memory", "wrong-answers")


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome and the way it goes; None: named by nothing, whatever the technique is for."""

    outcome: Outcome | None
    way: Way
    of_failures: bool = False
    speed: bool = False
    """The outcome was named as a speed: percent are of the speed."""
    null: bool = False
    compared: bool = False
    """By a comparative, which may have its "than"."""


def is_good(said: Said) -> bool:
    """Whether this way is the better one of the outcome."""
    if said.way in ("better", "worse"):
        return said.way == "better"
    bad = said.outcome in LESS_IS_BETTER or said.of_failures
    return (said.way == "down") == bad


def outcome_in(clause: Clause, *, take: bool = True) -> tuple[Outcome, bool, bool] | None:
    """The outcome named: name, whether more is better, whether it was named as failures."""
    places = clause.places("out")
    if not places:
        return None
    if len({clause.items[place].labels["out"].split(":")[0] for place in places}) > 1:
        raise Unread("two outcomes")
    if take:
        clause.take(*places)
    name, _, sign = clause.items[places[-1]].labels["out"].partition(":")
    return cast(Outcome, name), sign == "+", name in ("quality", "safety") and sign == "-"


def named_outcome(clause: Clause) -> Outcome | None:
    """The outcome named, its words taken; None where none is."""
    found = outcome_in(clause)
    return None if found is None else found[0]


def moved(clause: Clause, way: Way, found: tuple[Outcome, bool, bool], *, compared: bool = False) -> Said:
    """An outcome that goes a way; improving errors means fewer of them."""
    name, more_is_better, failures = found
    if way in ("up", "down") and not failures:
        as_named = name not in LESS_IS_BETTER
        if more_is_better != as_named:
            return Said(name, FLIP[way], of_failures=failures, speed=name == "latency", compared=compared)
        return Said(name, way, of_failures=failures, compared=compared)
    return Said(name, way, of_failures=failures, compared=compared)
