"""Comparatives: "is cheaper", "makes answers more accurate", "leads to fewer errors", "has lower latency".

Enters: a `Clause`.  Leaves: a `Said`, its words taken; None where nothing is compared.  Knows words by their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from tierproof.challenge.claim import Outcome
from tierproof.challenge.reading.clauses.clause import SPEEDING, Clause, Unread
from tierproof.challenge.reading.clauses.way import Said, Way, moved, outcome_in
from tierproof.challenge.reading.lexis.closed import closed

__all__ = ["BECOMING", "became", "comparative", "more_or_less"]

BECOMING: Final = closed("becoming")
_NONE: Final = closed("none")
_PERSONS: Final = closed("persons")
_COULD: Final = closed("could")
_EVER: Final = closed("ever")
_WORK: Final = tuple(closed("work"))
_TOO: Final = tuple(closed("too"))


def comparative(clause: Clause) -> Said | None:
    """An adjective or adverb of how something is, compared or not."""
    places = [place for place in clause.places("adj") if not _of_a_verb(clause, place)]
    positive = False
    if not places:
        places, positive = [place for place in clause.places("pos") if not clause.qualifies(place)], True
    if not places:
        return None
    values = {clause.items[place].labels["pos" if positive else "adj"] for place in places}
    if len(values) > 1:
        raise Unread("two comparisons")
    name, _, way = values.pop().partition(":")
    named = outcome_in(clause, take=False)
    verb = clause.place("up", "down")
    if any(place and clause.items[place - 1].text.startswith(_TOO) for place in places):
        raise Unread("for what it is too much")
    if named is not None and name == "quality" and named[0] != "quality":
        # "better latency", "worse errors": the adjective says which way the outcome named is.
        clause.take(*places)
        outcome_in(clause)
        return Said(named[0], "better" if way == "up" else "worse", compared=not positive)
    if named is not None and named[0] != name:
        raise Unread("an outcome beside the comparison")
    if named is not None and named[2]:
        clause.take(*places)
        outcome_in(clause)
        return Said("quality", "better" if way == "up" else "worse", compared=not positive)
    if verb is not None and not clause.items[verb].has("bring"):
        return None
    if positive and clause.has_figure("percent") and clause.place("as") is None and not _moves(clause, places):
        raise Unread("how much there is, or how much more")  # "is 90 % accurate"
    _of_people(clause, places[0])
    if not positive:
        _of_what_there_is(clause, places[0])
    _of_time_or_work(clause, places, positive)
    clause.take(*places)
    if named is not None:
        outcome_in(clause)
    if positive and clause.places("as"):
        clause.take(*clause.places("as", "asmuch"))
    # "30 % faster" is of the speed, as "speeds up by 30 %" is.
    speed = named is None and (name, way) == ("latency", "down")
    return Said(cast(Outcome, name), cast(Way, way), speed=speed, compared=not positive)


def more_or_less(clause: Clause) -> Said | None:
    """More or less of an outcome that is named: "fewer errors"."""
    more, less = clause.place("more"), clause.place("less")
    if more is None and less is None:
        return None
    found = outcome_in(clause)
    if found is None:
        return None
    if more and clause.items[more - 1].text in _NONE and clause.place("than", "versus", "baseline") is None:
        raise Unread("whether any at all, or more than without it")  # "no more hallucinations"
    clause.take(more, less)
    return moved(clause, "up" if less is None else "down", found, compared=True)


def _of_a_verb(clause: Clause, place: int) -> bool:
    """ "Улучшает сильнее": more of what the verb says."""
    return clause.items[place].has("more") and clause.place("up", "down", "better", "worse") is not None


def _of_what_there_is(clause: Clause, place: int) -> None:
    """ "RAG could be better", "could not be better": a wish, or praise; with "than" both are plain."""
    if clause.place("than", "versus", "baseline") is not None or len(clause.parties) > 1:
        return
    able = [at for at in clause.places("cannot", "can") if clause.next_word(at) == place]
    if any(clause.items[at].has("cannot") for at in able):
        raise Unread("that there is no more of it than there is")
    if any(clause.items[at].text in _COULD for at in able):
        raise Unread("that it is not so enough")


def _of_people(clause: Clause, place: int) -> None:
    """Refuses "makes us slower", "slows us down", "лучше нас"; not "gives us faster answers"."""
    before, behind = clause.items[max(place - 2, 0) : place], clause.items[place + 1 : place + 2]
    made = len(before) > 1 and before[0].has("bring", "better", "worse") and before[1].has("person")
    of_them = made and not any(item.has("generic", "out") for item in behind)
    if of_them or any(item.text in _PERSONS for item in behind):
        raise Unread("of people, and not of answers")


def became(clause: Clause, place: int) -> bool:
    """ "Agents have become cheaper": than they were, of which no record speaks; not "answers became better with it"."""
    back = place - 1
    if back < 0 or clause.items[back].text.partition(" ")[0] not in BECOMING:
        return back >= 0 and clause.items[back].text in _EVER  # "всё менее полезен"
    back -= 1
    while back >= 0 and clause.items[back].has("filler", "emphasis"):
        back -= 1
    return any(back in party.places and party.mark is None for party in clause.parties)


def _of_time_or_work(clause: Clause, places: Sequence[int], positive: bool) -> None:
    behind = clause.items[places[-1] + 1 : places[-1] + 2]
    if positive and _moves(clause, places) and any(item.text.startswith(_WORK) for item in behind):
        raise Unread("whose time")  # "speeds up coding"
    if not positive and became(clause, places[0]):
        raise Unread("than before")


def _moves(clause: Clause, places: Sequence[int]) -> bool:
    """Whether it is a verb that says how something is: "speeds up", "замедляет"."""
    return any(clause.items[place].text.startswith(SPEEDING) for place in places)
