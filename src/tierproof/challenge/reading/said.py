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
from dataclasses import dataclass
from typing import Final, Literal, cast

from tierproof.challenge.claim import Outcome
from tierproof.challenge.reading.clause import Clause, Unread
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Amount, Item

__all__ = ["FLIP", "LESS_IS_BETTER", "Said", "Unread", "is_good", "named_outcome", "said_of"]

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


def said_of(clause: Clause) -> Said | None:
    """Takes the words that say the change.  None where there are none."""
    for rule in (
        _hallucinating,
        _priced,
        _price_as_share,
        _null,
        _kept,
        _comparative,
        _verb_of_multiple,
        _verb,
        _more_or_less,
        _brought,
        _multiple_of,
    ):
        said = rule(clause)
        if said is not None:
            clause.take_all("bring")
            return said
    return None


def _outcome(clause: Clause, *, take: bool = True) -> tuple[Outcome, bool, bool] | None:
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
    found = _outcome(clause)
    return None if found is None else found[0]


def _moved(clause: Clause, way: Way, found: tuple[Outcome, bool, bool], *, compared: bool = False) -> Said:
    """An outcome that goes a way; improving errors means fewer of them."""
    name, more_is_better, failures = found
    if way in ("up", "down") and not failures:
        as_named = name not in LESS_IS_BETTER
        if more_is_better != as_named:
            return Said(name, FLIP[way], of_failures=failures, speed=name == "latency", compared=compared)
        return Said(name, way, of_failures=failures, compared=compared)
    return Said(name, way, of_failures=failures, compared=compared)


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


def _priced(clause: Clause) -> Said | None:
    """ "Costs twice as much", "costs less": the verb, which is no outcome here."""
    place = clause.place("costs")
    if place is None or (
        clause.items[place].has("out") and clause.place("up", "down", "better", "worse", "affect") is not None
    ):
        return None
    more, less = clause.place("more"), clause.place("less")
    much = next((place for place, item in enumerate(clause.items) if item.has("asmuch")), None)
    comparative = clause.place("adj", "pos")
    amounts = clause.amounts()
    dear = place + 1 < len(clause.items) and clause.items[place + 1].text in _DEAR
    if clause.items[place].has("out") and not (more or less or much or dear):
        return None
    if comparative is not None:
        clause.take(place)
        return None
    if more is None and less is None and much is None and not amounts:
        if dear:
            clause.take(place, place + 1)  # "they cost a lot"
        return Said("cost", "up") if dear else None
    amount = clause.items[amounts[0]].amount if amounts else None
    if amount is not None and amount.unit == "usd" and more is None and less is None and much is None:
        raise Unread("what it costs, of itself")
    clause.take(place, more, less, much)
    clause.take_all("asmuch")
    if much is not None and amount is not None and amount.unit == "percent":
        return _ratio(clause, amounts[0], amount)
    return Said("cost", "down" if less is not None else "up", compared=True)


_DEAR: Final = closed("dear")


def _null(clause: Clause) -> Said | None:
    affect = clause.place("affect")
    null = clause.place("null")
    if null is not None and not clause.items[null].has("not"):
        clause.take(null)
        if null and clause.items[null - 1].has("costs") and clause.items[null].has("nothing"):
            clause.take(null - 1)
            clause.denied = not clause.denied
            return Said("cost", "up")  # "costs nothing" more
        if clause.items[null].text.startswith(("ник", "нич")):
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
    found = None if place is None or moves or clause.amounts() else _outcome(clause)
    if found is None:
        return None
    clause.take(place)
    clause.denied = not clause.denied
    name, more_is_better, failures = found
    if not more_is_better or failures:
        raise Unread("what is kept as it is")
    return Said(name, "worse")


def _comparative(clause: Clause) -> Said | None:
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
    named = _outcome(clause, take=False)
    verb = clause.place("up", "down")
    if any(place and clause.items[place - 1].text.startswith(_TOO) for place in places):
        raise Unread("for what it is too much")
    if named is not None and name == "quality" and named[0] != "quality":
        # "better latency", "worse errors": the adjective says which way the outcome named is.
        clause.take(*places)
        _outcome(clause)
        return Said(named[0], "better" if way == "up" else "worse", compared=not positive)
    if named is not None and named[0] != name:
        raise Unread("an outcome beside the comparison")
    if named is not None and named[2]:
        clause.take(*places)
        _outcome(clause)
        return Said("quality", "better" if way == "up" else "worse", compared=not positive)
    if verb is not None and not clause.items[verb].has("bring"):
        return None
    if positive and _figure_in(clause, "percent") and clause.place("as") is None and not _moves(clause, places):
        raise Unread("how much there is, or how much more")  # "is 90 % accurate"
    _of_time_or_work(clause, places, positive)
    clause.take(*places)
    if named is not None:
        _outcome(clause)
    if positive and clause.places("as"):
        clause.take(*clause.places("as", "asmuch"))
    # "30 % faster" is of the speed, as "speeds up by 30 %" is.
    speed = named is None and (name, way) == ("latency", "down")
    return Said(cast(Outcome, name), cast(Way, way), speed=speed, compared=not positive)


def _of_a_verb(clause: Clause, place: int) -> bool:
    """ "Улучшает сильнее": more of what the verb says."""
    return clause.items[place].has("more") and clause.place("up", "down", "better", "worse") is not None


def _became(clause: Clause, place: int) -> bool:
    """ "Agents have become cheaper": than they were, of which no record speaks; not "answers became better with it"."""
    back = place - 1
    if back < 0 or clause.items[back].text.partition(" ")[0] not in _BECOMING:
        return back >= 0 and clause.items[back].text in _EVER  # "всё менее полезен"
    back -= 1
    while back >= 0 and clause.items[back].has("filler", "emphasis"):
        back -= 1
    return any(back in party.places and party.mark is None for party in clause.parties)


_BECOMING: Final = closed("becoming")
_EVER: Final = closed("ever")


def _of_time_or_work(clause: Clause, places: Sequence[int], positive: bool) -> None:
    behind = clause.items[places[-1] + 1 : places[-1] + 2]
    if positive and _moves(clause, places) and any(item.text.startswith(_WORK) for item in behind):
        raise Unread("whose time")  # "speeds up coding"
    if not positive and _became(clause, places[0]):
        raise Unread("than before")


def _moves(clause: Clause, places: Sequence[int]) -> bool:
    """Whether it is a verb that says how something is: "speeds up", "замедляет"."""
    return any(clause.items[place].text.startswith(_SPEEDING) for place in places)


_WORK: Final = tuple(closed("work"))
_SPEEDING: Final = tuple(closed("speeding"))
_ALL_OF: Final = closed("all_of")
_ANSWERS: Final = tuple(closed("outputs"))
_TOO: Final = tuple(closed("too"))


def _verb_of_multiple(clause: Clause) -> Said | None:
    half = clause.place("half")
    double = next((place for place in clause.amounts() if getattr(clause.items[place].amount, "up", False)), None)
    if half is None and double is None:
        return None
    found = _outcome(clause)
    if found is None:
        raise Unread("what is halved or doubled")
    if half is not None:
        clause.take(half)
        clause.items = [*clause.items]
        item = clause.items[half]
        clause.used.discard(half)
        clause.items[half] = type(item)(item.text, item.start, item.end, "n", {"amount": ""}, (), Amount(2.0, "times"))
        return _moved(clause, "down", found)
    return _moved(clause, "up", found)


def _verb(clause: Clause) -> Said | None:
    for label in ("up", "down", "better", "worse", "benefitfrom", "suffer", "harm", "help"):
        places = [place for place in clause.places(label) if not clause.qualifies(place)]
        if not places:
            continue
        _no_other_change(clause, label, places)
        found = _outcome(clause)
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
        return _moved(clause, way, found, compared=more_than is not None)
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
    if clause.items[places[0]].text.partition(" ")[0] in _BECOMING and _became(clause, places[0] + 1):
        raise Unread("than before")
    if label in ("up", "down") and _goes_by_itself(clause, places[0]):
        raise Unread("how it moves in time")
    saved = any(clause.items[place].text.startswith(_SAVING) for place in places)
    if saved and any(item.text in _TIME for item in clause.items):
        # "Saves time": a person's, it may be, which is no time that an answer takes.
        raise Unread("whose time")


def _goes_by_itself(clause: Clause, verb: int) -> bool:
    """ "The cost of agents is falling": of a technique's own outcome as years go by, and not of what it does to it."""
    outcome = max((place for place in range(verb) if clause.items[place].has("out")), default=verb)
    between = any(outcome < party.first < verb and party.mark is None for party in clause.parties)
    return between and clause.items[verb].text.startswith(_GOING)


_GOING: Final = tuple(closed("going"))


def _how_often(clause: Clause) -> bool:
    """ "Helps half the time": of times, not of time."""
    return any(clause.items[place].text in _TIME for place in clause.used) and bool(clause.amounts())


def _but_for_all_of_it(clause: Clause, places: Sequence[int]) -> list[int]:
    """ "Eliminates errors": none are left, of which no form speaks.  The verb stays unread; fewer of them is near."""
    whole = [place for place in places if clause.items[place].text.startswith(_WHOLE)]
    clause.items = [
        Item(item.text, item.start, item.end, item.kind, {"total": ""}) if place in whole else item
        for place, item in enumerate(clause.items)
    ]
    return [place for place in places if place not in whole]


_WHOLE: Final = tuple(closed("whole"))


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


_PROFIT: Final = tuple(closed("profit"))
"""Money that comes in or is lost is no bill."""
_ADDED: Final = tuple(closed("added"))


def _more_or_less(clause: Clause) -> Said | None:
    more, less = clause.place("more"), clause.place("less")
    if more is None and less is None:
        return None
    found = _outcome(clause)
    if found is None:
        return None
    clause.take(more, less)
    return _moved(clause, "up" if less is None else "down", found, compared=True)


def _brought(clause: Clause) -> Said | None:
    """ "Adds latency", "gives 10 points of accuracy": brought about, so more of it."""
    place = clause.place("bring")
    if place is None:
        return None
    found = _outcome(clause) or _implied(clause)
    if found is None:
        return None
    verb = clause.items[place].text.split()[0]
    if not clause.amounts() and found[1] and verb in _KEEPS:
        return None
    if (found[2] or found[0] == "wrong-answers") and not verb.startswith(_CAUSING):
        raise Unread("whether any at all, or more than without it")
    if _figure_in(clause, "percent") and not verb.startswith(_CAUSING):
        raise Unread("how much there is, or how much more")
    clause.take(place)
    return _moved(clause, "up", found)


def _figure_in(clause: Clause, unit: str) -> bool:
    return any(amount.unit == unit for place in clause.amounts() if (amount := clause.items[place].amount) is not None)


_TIME: Final = closed("time")
_CAUSING: Final = tuple(closed("causing"))
"""Beginnings of verbs by which there is more than there was."""
_SAVING: Final = ("sav", *closed("saving"))
_KEEPS: Final = closed("keeps")


def _price_as_share(clause: Clause) -> Said | None:
    """ "At half the price", "for a third of the cost"."""
    amounts = clause.amounts()
    found = _outcome(clause, take=False)
    if len(amounts) != 1 or found is None or found[0] not in LESS_IS_BETTER:
        return None
    amount = clause.items[amounts[0]].amount
    before = clause.items[amounts[0] - 1].text if amounts[0] else ""
    if amount is None or amount.unit != "percent" or before not in ("at", "for", "за", "в", "is", "are", "with"):
        return None
    _outcome(clause)
    said = _ratio(clause, amounts[0], amount)
    return Said(found[0], said.way, compared=True)


def _multiple_of(clause: Clause) -> Said | None:
    """ "We got 3x throughput": so many times what it was."""
    amounts = clause.amounts()
    behind = clause.next_word(amounts[0]) if len(amounts) == 1 else None
    if behind is None or not clause.items[behind].has("out") or clause.items[amounts[0]].amount.unit != "times":  # type: ignore[union-attr]
        return None
    found = _outcome(clause)
    return None if found is None else _moved(clause, "up", found)


def _ratio(clause: Clause, place: int, amount: Amount) -> Said:
    """A share of what something was: half as much is twice down."""
    ratio = amount.value / 100.0
    if not ratio > 0.0 or amount.high is not None:
        raise Unread("a share of nothing")
    times = Amount(1.0 / ratio if ratio < 1 else ratio, "times", None, amount.bound)
    if amount.bound not in (None, "about", "exactly") and ratio < 1:
        raise Unread("a bound on a share")
    clause.items = [*clause.items]
    item = clause.items[place]
    clause.items[place] = type(item)(item.text, item.start, item.end, "n", {"amount": ""}, (), times)
    return Said("cost", "down" if ratio < 1 else "up", compared=True)


def is_good(said: Said) -> bool:
    if said.way in ("better", "worse"):
        return said.way == "better"
    bad = said.outcome in LESS_IS_BETTER or said.of_failures
    return (said.way == "down") == bad
