"""What a clause says of an outcome: which, and which way it goes.

Enters: a `Clause`.  Leaves: a `Said`, its words taken; None where the clause says no such thing.  Of whom it is said
is no concern of this file.  Knows words only by their labels, so that English and Russian are read alike.

A clause says a change by one of

    a verb and an outcome         cuts cost, raises accuracy, hurts quality
    a comparative                 is cheaper, makes answers more accurate
    more or less of an outcome    leads to fewer errors, has lower latency
    a verb alone                  helps, improves things, does nothing
    its price                     costs twice as much
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from tierproof.challenge.claim import Outcome
from tierproof.challenge.reading.clauses.clause import Clause, Unread
from tierproof.challenge.reading.clauses.comparatives import BECOMING, became, comparative, more_or_less
from tierproof.challenge.reading.clauses.multiples import multiple_of, price_as_share, priced, verb_of_multiple
from tierproof.challenge.reading.clauses.way import FLIP, Said, Way, moved, named_outcome, outcome_in
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["said_of"]

_ALL_OF: Final = closed("all_of")
_ANSWERS: Final = tuple(closed("outputs"))
_GOING: Final = tuple(closed("going"))
_WHOLE: Final = tuple(closed("whole"))
_PROFIT: Final = tuple(closed("profit"))
"""Money that comes in or is lost is no bill."""
_ADDED: Final = tuple(closed("added"))
_TIME: Final = closed("time")
_TIME_OF_PEOPLE: Final = _TIME | closed("minutes")
_CAUSING: Final = tuple(closed("causing"))
"""Beginnings of verbs by which there is more than there was."""
_ADDING: Final = tuple(closed("adding"))
"""Those of which a share is of what there was: "leads to 10 % errors" is a level."""
_REQUIRING: Final = tuple(closed("requiring"))
_SAVING: Final = ("sav", *closed("saving"))
_PERSONS: Final = closed("persons")
_CONCORDANT_NULL: Final = tuple(closed("concordant_null"))
_KEEPS: Final = closed("keeps")


def said_of(clause: Clause) -> Said | None:
    """Takes the words that say the change.  None where there are none."""
    for rule in (
        _hallucinating,
        priced,
        price_as_share,
        _null,
        _kept,
        comparative,
        verb_of_multiple,
        _verb,
        more_or_less,
        _brought,
        multiple_of,
    ):
        said = rule(clause)
        if said is not None:
            clause.take_all("bring")
            return said
    return None


def _hallucinating(clause: Clause) -> Said | None:
    place = clause.place("hallucinate")
    if place is None:
        return None
    clause.take(place)
    more, less = clause.place("more"), clause.place("less")
    by_verb = clause.place("up", "worse"), clause.place("down", "better")
    if less is not None or by_verb[1] is not None:
        clause.take(less, by_verb[1])
        return Said("wrong-answers", "down", compared=True)
    if more is None and by_verb[0] is None:
        raise Unread("whether at all, or more than without it")
    clause.take(more, by_verb[0])
    return Said("wrong-answers", "up", compared=True)


def _null(clause: Clause) -> Said | None:
    affect = clause.place("affect")
    null = clause.place("null")
    if null is not None and not clause.items[null].has("not"):
        clause.take(null)
        if null and clause.items[null - 1].has("costs") and clause.items[null].has("nothing"):
            clause.take(null - 1)
            clause.denied = not clause.denied
            return Said("cost", "up")  # "costs nothing" more
        if "а" <= clause.items[null].text[0] <= "я" and clause.place("never", "noone", "noone-uses") is not None:
            raise Unread("in how many settings it does nothing")  # "никогда ничего не даёт": one denial, not two
        if clause.items[null].text.startswith(_CONCORDANT_NULL):
            clause.take(next((place for place in clause.places("not") if clause.items[place].text == "не"), None))
        clause.take_all("effect")
        clause.take_all("bring")
        return Said(named_outcome(clause), "better", null=True)
    effect = clause.place("effect")
    if (
        effect is not None
        and clause.place("bring", "up", "down", "better", "worse", "help", "harm") is None
        and affect is None
    ):
        # "has an effect", "no measurable effect": its denial is the absence.
        clause.take(effect)
        clause.denied = not clause.denied
        return Said(named_outcome(clause), "better", null=True)
    if affect is not None and clause.place("better", "worse", "up", "down", "adj", "help", "harm") is None:
        clause.take(affect)
        clause.denied = not clause.denied
        what = clause.items[affect + 1 : affect + 4]
        answers = any(item.text.startswith(_ANSWERS) for item in what)
        return Said(named_outcome(clause) or ("quality" if answers else None), "better", null=True)
    return None


def _kept(clause: Clause) -> Said | None:
    """ "Preserves accuracy": does not lose it."""
    place = clause.place("kept")
    moves = clause.place("up", "down", "better", "worse", "adj", "more", "less") is not None
    found = None if place is None or moves or clause.amounts() else outcome_in(clause)
    if found is None:
        return None
    clause.take(place)
    clause.denied = not clause.denied
    name, more_is_better, failures = found
    if not more_is_better or failures:
        raise Unread("what is kept as it is")
    return Said(name, "worse")


def _verb(clause: Clause) -> Said | None:
    for label in ("up", "down", "better", "worse", "benefitfrom", "suffer", "harm", "help"):
        places = [place for place in clause.places(label) if not clause.qualifies(place)]
        if not places:
            continue
        _no_other_change(clause, label, places)
        found = outcome_in(clause)
        more_than = (
            next((place for place in clause.places("more", "less") if place not in places), None)
            if label in ("up", "down", "better", "worse", "help", "harm")
            else None
        )
        if found is not None and label not in ("up", "down") and _how_often(clause):
            raise Unread("how often")
        if label in ("up", "down") and found is None:
            found = _implied(clause)
            if found is None:
                continue
        if label == "down" and not clause.amounts():
            places = _but_for_all_of_it(clause, places)
        clause.take(*places)
        clause.take(*(place for place in clause.places("help") if not clause.qualifies(place)))
        if label in ("benefitfrom", "suffer"):
            clause.of_settings = True
        if label in ("up", "down", "better", "worse"):
            clause.take_all("effect")
        way = cast(
            Way, {"harm": "worse", "help": "better", "benefitfrom": "better", "suffer": "worse"}.get(label, label)
        )
        less = more_than is not None and clause.items[more_than].has("less")
        if more_than is not None:
            # "reduces cost more than Y": which of the two does so further.
            if clause.place("than", "versus", "baseline") is None and len(clause.parties) < 2:
                raise Unread("more than what")
            clause.take(more_than)
            way = FLIP[way] if less else way
        if found is None:
            return Said(None, way, compared=more_than is not None)
        return moved(clause, way, found, compared=more_than is not None)
    return None


def _no_other_change(clause: Clause, label: str, places: Sequence[int]) -> None:
    """Refuses a verb beside another one, and one that is of nobody knows what."""
    others = [
        other
        for other in ("up", "down", "better", "worse", "harm")
        if other != label and clause.places(other) and not set(clause.places(other)) & set(places)
    ]
    if others and (not {"up", "down"} & {label, *others} or clause.place("help") is None):
        raise Unread("two things at once")
    if any(place in clause.amounts() for place in range(places[0], places[-1])):
        raise Unread("two changes, and one figure")  # "saves 40 % for some loss of quality"
    if label in ("worse", "harm") and any(
        item.text in _PERSONS for item in clause.items[places[0] + 1 : places[0] + 2]
    ):
        raise Unread("of people, and not of answers")  # "agents hurt people"
    if _changes_it(clause):
        raise Unread("two things at once")  # "reducing the number of agents lowers cost"
    if clause.items[places[0]].text.partition(" ")[0] in BECOMING and became(clause, places[0] + 1):
        raise Unread("than before")
    if label in ("up", "down") and _goes_by_itself(clause, places[0]):
        raise Unread("how it moves in time")
    saved = any(clause.items[place].text.startswith(_SAVING) for place in places)
    if saved and any(_TIME_OF_PEOPLE & set(item.text.split()) for item in clause.items):
        # "Saves time": a person's, it may be, which is no time that an answer takes.
        raise Unread("whose time")


def _changes_it(clause: Clause) -> bool:
    """Whether a clause opens with what is done to a technique, and goes on to say what that does."""
    first = next((place for place, item in enumerate(clause.items) if not item.has("filler", "emphasis")), 0)
    changes = [place for place, item in enumerate(clause.items) if item.has("up", "down", "better", "worse")]
    party = min((party.first for party in clause.parties), default=0)
    return clause.items[first].text.endswith("ing") and len(changes) > 1 and changes[0] == first < party < changes[-1]


def _goes_by_itself(clause: Clause, verb: int) -> bool:
    """ "The cost of agents is falling": of a technique's own outcome as years go by, and not of what it does to it."""
    outcome = max((place for place in range(verb) if clause.items[place].has("out")), default=verb)
    between = any(outcome < party.first < verb and party.mark is None for party in clause.parties)
    return between and clause.items[verb].text.startswith(_GOING)


def _how_often(clause: Clause) -> bool:
    """ "Helps half the time": of times, not of time."""
    return any(clause.items[place].text in _TIME for place in clause.used) and bool(clause.amounts())


def _but_for_all_of_it(clause: Clause, places: Sequence[int]) -> list[int]:
    """ "Eliminates errors": none are left, of which no form speaks.  The verb stays unread; fewer of them is near."""
    whole = [place for place in places if clause.items[place].text.startswith(_WHOLE)]
    if whole and any(item.has("down", "up", "worse") and not item.text.startswith(_WHOLE) for item in clause.items):
        raise Unread("two things at once")  # "prevents quality from dropping"
    clause.items = [
        Item(item.text, item.start, item.end, item.kind, {"total": ""}) if place in whole else item
        for place, item in enumerate(clause.items)
    ]
    return [place for place in places if place not in whole]


def _implied(clause: Clause) -> tuple[Outcome, bool, bool] | None:
    """The outcome that a unit names by itself: points are of quality, seconds of latency, dollars of cost."""
    units = {clause.items[place].amount.unit for place in clause.amounts() if clause.items[place].amount is not None}  # type: ignore[union-attr]
    if units == {"points"}:
        return "quality", True, False
    if units == {"seconds"}:
        return "latency", False, False
    if units == {"usd"}:
        brought = any(not clause.items[place].text.startswith(_ADDED) for place in clause.places("bring"))
        if brought or any(clause.items[place].text.startswith(_PROFIT) for place in clause.places("up", "down")):
            raise Unread("by how much money it pays")
        return "cost", False, False
    saving = any(clause.items[place].text.startswith(_SAVING) for place in clause.places("down"))
    if saving and any(_of_a_thing(clause, place) for place in clause.amounts()):
        raise Unread("what is saved")
    return ("cost", False, False) if saving and units else None


def _of_a_thing(clause: Clause, place: int) -> bool:
    """ "A third of requests": of which that is no share of the bill."""
    behind = [item for item in clause.items[place + 1 : place + 4] if item.text not in _ALL_OF]
    return bool(behind) and behind[0].has("generic")


def _brought(clause: Clause) -> Said | None:
    """ "Adds latency", "gives 10 points of accuracy": brought about, so more of it."""
    place = clause.place("bring")
    if place is None:
        return None
    found = outcome_in(clause) or _implied(clause)
    if found is None:
        return None
    verb = clause.items[place].text.split()[0]
    if not clause.amounts() and found[1] and verb in _KEEPS:
        return None
    if (found[2] or found[0] == "wrong-answers") and not verb.startswith(_CAUSING):
        raise Unread("whether any at all, or more than without it")
    outcome = max((at for at in clause.used if clause.items[at].has("out")), default=place)
    if verb.startswith(_REQUIRING) and outcome < place and any(party.first > place for party in clause.parties):
        raise Unread("what is needed for it")  # "quality requires RAG"
    if clause.has_figure("percent") and not verb.startswith(_ADDING):
        raise Unread("how much there is, or how much more")
    clause.take(place)
    return moved(clause, "up", found)
