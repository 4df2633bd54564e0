"""Claims that are no change of an outcome: the best, the only one, overhyped, worth it, replaceable, in use, depends.

Enters: a `Clause`.  Leaves: a `Claim`, or None where the clause says no such thing.  A frame takes the words that it
uses; the rest is the caller's to report.  Knows words only by their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from tierproof.challenge.claim import EVERYTHING_ELSE, Claim, Condition, ConditionKind, Form, Outcome
from tierproof.challenge.reading.clauses.clause import Clause, Unread
from tierproof.challenge.reading.clauses.parties import Party
from tierproof.challenge.reading.clauses.said import said_of
from tierproof.challenge.reading.clauses.way import is_good, named_outcome
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["FRAMES"]


def depends(clause: Clause) -> Claim | None:
    place = clause.place("depends")
    if place is None:
        return None
    if clause.items[place].has("alike"):
        raise Unread("whether two are alike")
    only = clause.parties[0].first if len(clause.parties) == 1 else -1
    between = clause.items[place + 1 : max(only, 0)]
    pointed = any(word in _UPON for item in (clause.items[place], *between) for word in item.text.split()[-1:])
    plain = all(item.has("filler", "generic") or not item.labels for item in between)
    if only > place and clause.items[only].named and pointed and plain and not clause.items[only].has("factor", "size"):
        raise Unread("what moves with what")  # "quality depends on RAG", "latency rises with the number of agents"
    clause.take(place)
    factors = {
        party.first
        for party in clause.parties
        if len(party.ids) == 1 and clause.items[party.first].has("factor", "size") and party.first > place
    }
    clause.parties = [party for party in clause.parties if party.first not in factors]
    subjects = _subjects(clause)
    kinds: list[ConditionKind] = []
    for where, item in enumerate(clause.items):
        if where in clause.used:
            continue
        kind = item.labels.get("factor") or next((label for label in ("task", "load", "data") if item.has(label)), None)
        kind = kind or ("model-size" if item.has("size", "bare") else None)
        if kind == "model-size" and where and clause.items[where - 1].labels.get("factor") == "data":
            kind = "data"  # "with corpus size"
        if kind is not None:
            kinds.append(cast(ConditionKind, kind))
            clause.take(where)
    clause.conditions = []
    outcome = named_outcome(clause)
    clause.take_all(
        "whether",
        "help",
        "effect",
        "better",
        "worth",
        "affect",
        "null",
        "if",
        "benefitfrom",
        "worse",
        "up",
        "down",
    )
    polarity = clause.polarity()
    return clause.claim(
        "depends-on", subjects, outcome=outcome, more=tuple(Condition(kind=kind) for kind in dict.fromkeys(kinds)),
        negated=polarity.negated, quantifier=polarity.quantifier,
    )  # fmt: skip


def replaces(clause: Clause) -> Claim | None:
    parties = clause.parties
    place = clause.place("irreplaceable", "replace")
    if place is None and len(parties) == 2:
        place = clause.place("obsolete")
    if place is None or not 1 <= len(parties) <= 2:
        return None
    item = clause.items[place]
    clause.take(place)
    clause.take_all("bring", "obsolete")
    if len(parties) == 1:
        return _irreplaceable(clause, item, place)
    subject, other = _replacement(clause, place)
    subjects, objects = clause.take_party(subject), clause.take_party(other)
    if set(subjects) & set(objects):
        raise Unread("one technique on both sides")
    clause.take_all("by", "with")
    polarity = clause.polarity()
    if polarity.quantifier in ("always", "usually", "rarely") or any(item.has("sometimes") for item in clause.items):
        raise Unread("in how many settings one replaces the other")
    denied = polarity.negated != item.has("irreplaceable")
    return clause.claim("cannot-replace", subjects, objects=objects, negated=not denied)


def _irreplaceable(clause: Clause, item: Item, verb: int) -> Claim | None:
    """ "Nothing replaces X", "X cannot be replaced", "X is irreplaceable": everything else cannot stand in."""
    nothing = clause.place("nothing")
    if nothing is not None and (nothing > verb or clause.items[nothing].text in _NOTHING_AS_OBJECT):
        raise Unread("what it replaces")  # "RAG replaces nothing"
    if not item.has("irreplaceable") and nothing is None and _replaces_by_itself(clause, verb):
        raise Unread("what it replaces")
    if nothing is not None:
        clause.take(nothing)
        clause.take_all("can", "not", "cannot")
        negated = clause.denied
    else:
        negated = clause.polarity().negated
        if not item.has("irreplaceable"):
            if not negated:
                return None
            negated = False
    objects = clause.take_party(clause.parties[0])
    return clause.claim("cannot-replace", (EVERYTHING_ELSE,), objects=objects, negated=negated)


def _replaces_by_itself(clause: Clause, verb: int) -> bool:
    """ "Agents will not replace people", "this does not replace RAG": who does it is named, and no table knows whom."""
    before, text = clause.items[:verb], clause.items[verb].text.partition(" ")[0]
    if clause.parties[0].first > verb:
        return any(item.has("pron") for item in before)
    passive = any(item.text in _PASSIVE for item in before) and text.endswith("ed")
    return not (passive or text.endswith((*_IMPERSONAL_ENDINGS, *_UNDERGONE)))


_PASSIVE: Final = closed("passive")
_NOTHING_AS_OBJECT: Final = closed("nothing_as_object")
_IMPERSONAL_ENDINGS: Final = tuple(closed("impersonal_endings"))
_INSTRUMENTAL: Final = tuple(closed("instrumental"))
_UNDERGONE: Final = tuple(closed("undergone"))
_REPLACEMENT: Final = closed("replacement")
_IMPERSONAL: Final = closed("impersonal")


def _replacement(clause: Clause, place: int) -> tuple[Party, Party]:
    """The would-be replacement, and what it would replace."""
    one, two = clause.parties
    if two.mark == "by" or (one.first > place and two.first > place and two.mark in ("by", "with")):
        return two, one
    text = clause.items[place].text
    if "а" <= text[:1] <= "я":
        before = {item.text for item in clause.items[:place]}
        undergone = (text not in _REPLACEMENT and text.endswith(_UNDERGONE)) or (
            bool(before & _IMPERSONAL) and text.endswith(_IMPERSONAL_ENDINGS)
        )
        if undergone or (one.first > place and two.first > place):
            for party, other in ((one, two), (two, one)):
                onto = party.first > 0 and clause.items[party.first - 1].text == "на"
                if onto or clause.items[party.first].text.split()[0].endswith(_INSTRUMENTAL):
                    return party, other
            return two, one
    return one, two


def adopted(clause: Clause) -> Claim | None:
    wide, narrow, use = clause.place("adopt"), clause.place("unadopted"), clause.place("use")
    who = clause.place("every", "most", "noone", "few", "noone-uses", "role")
    amounts = clause.amounts()
    if wide is None and narrow is None and (use is None or (who is None and clause.place("unit") is None)):
        return None
    if clause.place("better", "worse", "up", "down", "adj", "help", "harm", "worth") is not None:
        return None
    if narrow is None and any(item.has("every") and item.text in _ANYBODY for item in clause.items):
        raise Unread("whether anybody uses it at all")
    subjects = _subjects(clause)
    clause.take(wide, narrow)
    clause.take_all("use", "unit", "adopt")
    population = {"makers": "makers", "enterprises": "enterprises", "startups": "startups"}.get(
        next((clause.items[place].labels["role"] for place in clause.places("role")), "")
    )
    clause.take_all("role", "setting")
    clause.conditions = [(place, condition) for place, condition in clause.conditions if condition.kind != "setting"]
    amount = None
    if amounts:
        amount = clause.items[amounts[0]].amount
        clause.take(amounts[0])
    quantity = next(
        (label for label in ("few", "noone-uses", "noone", "most", "every") if clause.place(label) is not None), None
    )
    clause.take_all("few", "noone-uses", "noone", "most", "every")
    russian = clause.place("not") is not None and quantity in ("noone", "noone-uses", "few")
    if russian:
        clause.take(clause.place("not"))  # "никто не использует": one denial
    polarity = clause.polarity()
    rare = quantity in ("few", "noone", "noone-uses") or narrow is not None
    if amount is not None:
        if amount.unit != "percent":
            raise Unread("a use of so many times")
        return clause.claim(
            "adopted", subjects, amount=amount.value, amount_high=amount.high, unit="percent",
            bound=amount.bound, population=population, negated=polarity.negated,
        )  # fmt: skip
    if polarity.quantifier is not None:
        rare = rare or polarity.quantifier == "rarely"
        if polarity.quantifier == "sometimes":
            raise Unread("how many use it")
    if rare:
        return clause.claim(
            "adopted",
            subjects,
            amount=10.0,
            unit="percent",
            bound="at-most",
            population=population,
            negated=polarity.negated,
        )
    return clause.claim("adopted", subjects, population=population, negated=polarity.negated)


def used_more(clause: Clause) -> Claim | None:
    """ "X is used three times more than Y", "more widely used than Y"."""
    if (
        len(clause.parties) != 2
        or clause.place("use", "adopt") is None
        or clause.parties[1].mark not in ("than", "asmuch", "as")
    ):
        return None
    if clause.place("better", "worse", "up", "down", "adj", "help", "harm", "out") is not None:
        return None
    one, two = clause.parties
    more, less = clause.place("more"), clause.place("less")
    if more is None and less is None:
        return None
    if less is not None:
        one, two = two, one
    clause.take_all("use", "adopt", "more", "less", "than", "as", "asmuch", "setting")
    clause.conditions = [(place, condition) for place, condition in clause.conditions if condition.kind != "setting"]
    fields: dict[str, Any] = {}
    amounts = clause.amounts()
    if amounts:
        amount = clause.items[amounts[0]].amount
        assert amount is not None
        if amount.unit != "times" or less is not None:
            raise Unread("how much more it is used")
        clause.take(amounts[0])
        fields = {"amount": amount.value, "amount_high": amount.high, "unit": "times", "bound": amount.bound}
    return clause.claim("adopted", clause.take_party(one), objects=clause.take_party(two), **fields)


def only(clause: Clause) -> Claim | None:
    if len(clause.parties) != 1:
        return None
    enough, sole = clause.place("not-enough"), clause.place("only-one")
    if enough is not None:
        if clause.place("alone") is None and not clause.items[enough].text.startswith(_NOT_ALONE):
            raise Unread("for what it is not enough")
        clause.take(enough)
        clause.take_all("alone", "with")
        subjects, negated = _subjects(clause), clause.polarity().negated
        if negated:
            raise Unread("for what it is enough")
        return clause.claim("only", subjects, negated=True)
    if sole is not None:
        if clause.place("worth", "worthless") is not None:
            raise Unread("the only one that pays")
        clause.take(sole)
        clause.take_all("alone", "help", "only")
        return clause.claim("only", _subjects(clause))
    return _nothing_but(clause) or _only_this(clause)


_NOT_ALONE: Final = tuple(closed("not_alone"))
"""Phrases that say by themselves that more than one thing is needed."""


def _nothing_but(clause: Clause) -> Claim | None:
    """ "Nothing but X works", "without X nothing works"."""
    but, nothing, without = clause.place("nothing-but"), clause.place("nothing-works"), clause.place("without")
    if but is None and (nothing is None or without is None):
        return None
    clause.take(but, nothing)
    if but is not None:
        clause.take_all("help", "null", "not", "nothing-works")
    else:
        clause.take(without)
    return clause.claim("only", clause.take_party(clause.parties[0]), negated=clause.denied)


def _only_this(clause: Clause) -> Claim | None:
    """ "Only X works", "only X improves quality"."""
    bare, first = clause.place("only"), clause.parties[0].first
    if bare is None or clause.place("task", "data", "load") is not None or not 0 < first - bare <= _NEAR:
        return None
    if clause.place("out") is None:
        if clause.place("help") is None:
            return None
        clause.take(bare)
        clause.take_all("help")
        return clause.claim("only", clause.take_party(clause.parties[0]))
    said = said_of(clause)
    if said is None or said.null or said.compared or clause.amounts():
        return None
    if not is_good(said):
        raise Unread("the only one that does harm")
    clause.take(bare)
    return clause.claim("only", clause.take_party(clause.parties[0]), outcome=said.outcome)


_NEAR: Final = 2


def best(clause: Clause) -> Claim | None:
    nothing, pivot = clause.place("nothing"), clause.place("beat", "adj", "reach", "equal")
    russian = nothing is not None and clause.items[nothing].text.startswith("нич")
    if (
        nothing is not None
        and len(clause.parties) == 1
        and pivot is not None
        and (nothing < clause.parties[0].first or russian)
    ):
        item = clause.items[pivot]
        outcome: Outcome | None = None
        if item.has("adj"):
            name, _, way = item.labels["adj"].partition(":")
            good = (way == "up") != (name in ("cost", "latency", "memory"))
            if not good:
                return None
            outcome = None if name == "quality" else cast(Outcome, name)
        clause.take(nothing, pivot)
        clause.take_all("than", "can", "not", "cannot")
        return clause.claim("best", clause.take_party(clause.parties[0]), outcome=outcome, negated=clause.denied)
    place = clause.place("best", "bestof")
    if place is None or len(clause.parties) != 1:
        return None
    outcome = cast("Outcome | None", clause.items[place].labels.get("bestof"))
    _of_its_own(clause, place)
    moves = clause.items[place].text.startswith(_HELPING)
    if moves and any(condition.kind == "task" for _, condition in clause.conditions):
        raise Unread("most of all techniques, or most of all tasks")
    own = place > 0 and clause.items[place - 1].text in _ITS
    if clause.conditions and (own or clause.place("help") is not None):
        raise Unread("best of all techniques, or of all circumstances")
    among = clause.place("oneof")
    clause.take(place, among)
    if clause.items[place].text.startswith("нич"):
        clause.take_all("not")  # "ничего лучше нет": one denial
    clause.take_all("best", "worth", "help", "hype", "better")
    named = clause.places("out")
    if named:
        if outcome is not None and any(clause.items[at].labels["out"].split(":")[0] != outcome for at in named):
            raise Unread("the best at one outcome, of those that do another")
        outcome = outcome or cast(Outcome, clause.items[named[0]].labels["out"].split(":")[0])
        _for_the_better(clause, named[-1])
        clause.take(*named)
        clause.take_all("up", "down")
    if outcome == "wrong-answers":
        raise Unread("best at not making things up")
    # "Of all techniques", "the best that you can do": of which it is the best, and not in how many settings.
    clause.take(*(at for at in clause.places("every") if at and clause.items[at - 1].text in _AMONG))
    clause.take(*(at for at in clause.places("can") if at and clause.items[at - 1].has("person")))
    claim = clause.claim("best", _subjects(clause), outcome=outcome, among=among is not None)
    if claim.quantifier is not None:
        raise Unread("in how many settings it is the best")
    return claim


def _for_the_better(clause: Clause, outcome: int) -> None:
    """Refuses "the best way to raise costs"."""
    more_is_better = clause.items[outcome].labels["out"].endswith("+")
    if any(clause.items[verb].has("up") != more_is_better for verb in clause.places("up", "down")):
        raise Unread("the best at doing harm")


def _of_its_own(clause: Clause, place: int) -> None:
    """Refuses "the best thing about RAG", "лучшее в RAG": of its own traits, and not of techniques."""
    between = [item.text for item in clause.items[place + 1 : clause.parties[0].first] if not item.has("generic")]
    if between and between[-1] in _ABOUT:
        raise Unread("the best of what it has")


def hyped(clause: Clause) -> Claim | None:
    places, deserved, under = clause.places("hype"), clause.place("hypeok"), clause.place("underrated")
    if not places and deserved is None and under is None:
        return None
    if clause.place("up", "down", "adj", "costs", "depends") is not None or len(clause.parties) != 1:
        return None
    if len(places) > 1 and any(clause.items[at].text.startswith(_EXAGGERATED) for at in places):
        raise Unread("what is exaggerated")  # "the rumour that RAG is dead is exaggerated"
    if any(clause.items[at - 1].has("than") and clause.items[at - 2].has("more") for at in places if at > 1):
        raise Unread("that it is more than talk")  # "больше, чем модное слово"
    clause.take(*places, deserved, under)
    clause.take_all("more", "or", "and", "than", "bring")
    polarity = clause.polarity()
    if under is not None and (places or deserved is not None):
        raise Unread("talked of too much and too little")
    if polarity.quantifier is not None:
        raise Unread("in how many settings, or of how many")
    said = [clause.items[at].text for at in (*places, *([] if under is None else [under]))]
    if polarity.negated and _WARNED_OF & set(said):
        raise Unread("a warning, and not how it is talked of")  # "don't underestimate LoRA"
    form: Form = "overhyped" if under is None else "underrated"
    claim = clause.claim(form, _subjects(clause), negated=polarity.negated != (deserved is not None))
    # "Dead", "not ready": more than that talk outruns effect.
    more = tuple(clause.items[at].text for at in places if clause.items[at].text.startswith(_MORE_THAN_HYPE))
    return replace(claim, unheeded=(*claim.unheeded, *more))


def worth(clause: Clause) -> Claim | None:
    for label in ("worthless", "worth"):
        place = clause.place(label)
        if place is None:
            continue
        if clause.place("up", "down", "depends", "adj", "beat") is not None or len(clause.parties) != 1:
            return None
        if clause.items[place].text in _NEED and not _is_needed(clause, place):
            continue  # "RAG needs documents"
        behind = [item.text for item in clause.items[place + 1 : place + 2]]
        if clause.items[place].text in _PAYS and behind == ["for"]:
            raise Unread("who pays")  # "you pay for agents"
        needs = [item.text for item in clause.items if item.has("worth") and item.text.startswith(_NEEDED)]
        clause.take(place)
        clause.take_all("worth", "worthless", "effect")
        polarity = clause.polarity()
        if needs and (not polarity.negated or any(need.startswith(_ESSENTIAL) for need in needs)):
            raise Unread("whether one can do without it")  # which is more than that it pays
        return clause.claim(
            "worth-it",
            _subjects(clause),
            negated=polarity.negated != (label == "worthless"),
            quantifier=polarity.quantifier,
        )
    return None


def _is_needed(clause: Clause, place: int) -> bool:
    """ "Nobody needs RAG", "you do not need RAG": of somebody, and of it alone."""
    whose = any(item.has("person", "noone", "noone-uses", "every") for item in clause.items[:place])
    return whose and place < clause.parties[0].first


_ABOUT: Final = closed("about")
_ANYBODY: Final = closed("anybody")
_PAYS: Final = closed("pays")
_EXAGGERATED: Final = tuple(closed("exaggerated"))
_WARNED_OF: Final = closed("warned_of")
_HELPING: Final = tuple(closed("helping"))
_NEED: Final = closed("need")
_UPON: Final = closed("upon")
_MORE_THAN_HYPE: Final = tuple(closed("ended") | closed("unready"))
_AMONG: Final = closed("among")
_ITS: Final = closed("at_its")
_NEEDED: Final = tuple(closed("needed"))
_ESSENTIAL: Final = tuple(closed("essential"))


def _subjects(clause: Clause) -> Sequence[str]:
    if len(clause.parties) != 1:
        raise Unread("two sides, of which the claim says one thing")
    party = clause.parties[0]
    if party.joined_by_or and clause.place("not") is None:
        raise Unread("one or the other")
    if party.mark in ("than", "versus", "instead", "without", "as", "asmuch"):
        raise Unread("a side without its other side")
    if party.mark == "by":
        clause.take(*(place for place in clause.places("by") if place < party.first))
    clause.take_all("with")
    return clause.take_party(party)


FRAMES: Final = (depends, replaces, used_more, adopted, only, best, hyped, worth)
"""From the most to the least telling; each says None where the clause is none of its own."""
