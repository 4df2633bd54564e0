"""Claims of change: one thing moves an outcome, or moves it further than another does.

Enters: a `Clause`.  Leaves: a `Claim` of form helps, harms, no-effect, at-least, beats or cannot-replace, or None where
the clause says no such thing.  Knows words only by their labels, so that English and Russian are read alike.

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

from tierproof.challenge.claim import EVERYTHING_ELSE, NOTHING, Claim, Outcome
from tierproof.challenge.reading.clause import Clause, Party
from tierproof.challenge.reading.lexicon import Amount

__all__ = ["Unread", "change", "difference"]

Way = Literal["up", "down", "better", "worse"]
_FLIP: Final[dict[Way, Way]] = {"up": "down", "down": "up", "better": "worse", "worse": "better"}
_LESS_IS_BETTER: Final = ("cost", "latency", "memory", "wrong-answers")
_MULTIPLES: Final = ("times",)


class Unread(Exception):
    """The clause says something that no form holds; the message says what."""


@dataclass(frozen=True, slots=True)
class _Said:
    """An outcome and the way it goes; None: named by nothing, whatever the technique is for."""

    outcome: Outcome | None
    way: Way
    of_failures: bool = False
    speed: bool = False
    """The outcome was named as a speed: percent are of the speed."""
    null: bool = False
    compared: bool = False
    """By a comparative, which may have its "than"."""


def change(clause: Clause) -> Claim | None:
    """What one side is said to do."""
    added = _added_on(clause)
    if added is not None:
        return added
    subject = _only_party(clause)
    if subject is None:
        return None
    said = _said(clause)
    if said is None:
        return None
    if subject.ids == (EVERYTHING_ELSE,) and min(clause.used, default=0) < subject.first:
        raise Unread("what is done to the others")
    subjects = clause.take_party(subject)
    _take_baseline(clause)
    amounts = clause.amounts()
    if said.null:
        polarity = clause.polarity()
        return clause.claim(
            "no-effect", subjects, outcome=said.outcome, negated=polarity.negated, quantifier=polarity.quantifier
        )
    if not amounts:
        good = _is_good(said)
        return clause.claim("helps" if good else "harms", subjects, outcome=said.outcome)
    if len(amounts) > 1:
        raise Unread("two figures")
    amount = clause.items[amounts[0]].amount
    assert amount is not None
    clause.take(amounts[0])
    return _by_amount(clause, subjects, (), said, amount)


def _added_on(clause: Clause) -> Claim | None:
    """ "Reranking improves RAG": a form that makes its technique better beats the plain one."""
    if len(clause.parties) != 2:
        return None
    one, two = clause.parties
    verb = next(
        (place for place in clause.places("better", "worse", "help", "harm") if one.first < place < two.first), None
    )
    if verb is None or two.mark is not None or len(one.ids) > 1 or len(two.ids) > 1:
        return None
    form, whole = one.ids[0], two.ids[0]
    if "/" not in form or form.partition("/")[0] != whole.partition("/")[0] or clause.amounts():
        raise Unread("what one does to the other")
    good = clause.items[verb].has("better", "help")
    clause.take(verb)
    subjects, objects = clause.take_party(one), clause.take_party(two)
    won, lost = (subjects, objects) if good else (objects, subjects)
    return clause.claim("beats", won, objects=lost, outcome=_named_outcome(clause))


def difference(clause: Clause) -> Claim | None:
    """What one side is said to do more, or better, than another."""
    sides = _sides(clause)
    if sides is None:
        return None
    first, second, relation, places = sides
    subjects, objects = clause.take_party(first), clause.take_party(second)
    clause.take(*places)
    if set(subjects) & set(objects):
        raise Unread("one technique on both sides")
    if any(condition.kind == "model-size" for _, condition in clause.conditions) and clause.items[second.first].has(
        "size"
    ):
        raise Unread("one size of models against another")
    if relation in ("beat", "lose"):
        outcome = _named_outcome(clause)
        won, lost = (subjects, objects) if relation == "beat" else (objects, subjects)
        if clause.amounts():
            raise Unread("by how much one beats the other")
        return clause.claim("beats", won, objects=lost, outcome=outcome)
    if relation == "reach":
        return clause.claim(
            "beats", objects, objects=subjects, outcome=_named_outcome(clause), negated=not clause.polarity().negated
        )
    if relation == "equal":
        polarity = clause.polarity()
        return clause.claim(
            "cannot-replace",
            subjects,
            objects=objects,
            outcome=_named_outcome(clause),
            negated=not polarity.negated,
            quantifier=polarity.quantifier,
        )
    said = _said(clause)
    if said is None or said.null:
        return None
    amounts = clause.amounts()
    if amounts:
        amount = clause.items[amounts[0]].amount
        assert amount is not None
        clause.take(amounts[0])
        return _by_amount(clause, subjects, objects, said, amount)
    if relation == "as":
        return _as_much(clause, subjects, objects, said)
    if relation == "versus" and not said.compared:
        pass  # "compared with Y, X improves quality": better than Y
    good = _is_good(said)
    won, lost = (subjects, objects) if good else (objects, subjects)
    outcome = said.outcome
    return clause.claim("beats", won, objects=lost, outcome=outcome)


# --- what is said


def _said(clause: Clause) -> _Said | None:
    """Takes the words that say the change.  None where there are none."""
    for rule in (
        _hallucinating,
        _priced,
        _null,
        _comparative,
        _verb_of_multiple,
        _verb,
        _more_or_less,
        _brought,
        _price_as_share,
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
    values = {clause.items[place].labels["out"] for place in places}
    if len(values) > 1:
        # "errors" beside "hallucination rate" are two things; "answer time" beside "latency" is one.
        if len({value.split(":")[0] for value in values}) > 1:
            raise Unread("two outcomes")
    if take:
        clause.take(*places)
    name, _, sign = clause.items[places[-1]].labels["out"].partition(":")
    return cast(Outcome, name), sign == "+", name == "quality" and sign == "-"


def _named_outcome(clause: Clause) -> Outcome | None:
    found = _outcome(clause)
    return None if found is None else found[0]


def _moved(clause: Clause, way: Way, found: tuple[Outcome, bool, bool], *, compared: bool = False) -> _Said:
    """An outcome that goes a way; improving errors means fewer of them."""
    name, more_is_better, failures = found
    if way in ("up", "down") and not failures:
        as_named = name not in _LESS_IS_BETTER
        if more_is_better != as_named:
            return _Said(name, _FLIP[way], of_failures=failures, speed=name == "latency", compared=compared)
        return _Said(name, way, of_failures=failures, compared=compared)
    return _Said(name, way, of_failures=failures, compared=compared)


def _hallucinating(clause: Clause) -> _Said | None:
    place = clause.place("hallucinate")
    if place is None:
        return None
    clause.take(place)
    more, less = clause.place("more"), clause.place("less")
    by_verb = clause.place("up", "worse"), clause.place("down", "better")
    if less is not None or by_verb[1] is not None:
        clause.take(less, by_verb[1])
        return _Said("wrong-answers", "down", compared=True)
    clause.take(more, by_verb[0])
    return _Said("wrong-answers", "up", compared=True)


def _priced(clause: Clause) -> _Said | None:
    """ "Costs twice as much", "costs less": the verb, which is no outcome here."""
    place = clause.place("costs")
    if place is None or (
        clause.items[place].has("out") and clause.place("up", "down", "better", "worse", "affect") is not None
    ):
        return None
    more, less, much = clause.place("more"), clause.place("less"), clause.place("asmuch")
    comparative = clause.place("adj", "pos")
    amounts = clause.amounts()
    if clause.items[place].has("out") and not (more or less or much):
        return None
    if comparative is not None:
        clause.take(place)
        return None
    if more is None and less is None and much is None and not amounts:
        return None
    amount = clause.items[amounts[0]].amount if amounts else None
    clause.take(place, more, less, much)
    clause.take_all("asmuch")
    if much is not None and amount is not None and amount.unit == "percent":
        return _ratio(clause, amounts[0], amount)
    return _Said("cost", "down" if less is not None else "up", compared=True)


def _null(clause: Clause) -> _Said | None:
    affect = clause.place("affect")
    null = clause.place("null")
    denied = clause.place("not", "hardly", "never", "cannot")
    if null is not None and not clause.items[null].has("not"):
        clause.take(null)
        if clause.items[null].text.startswith(("ник", "нич")):
            clause.take(next((place for place in clause.places("not") if clause.items[place].text == "не"), None))
        clause.take_all("effect")
        clause.take_all("bring")
        return _Said(_named_outcome(clause), "better", null=True)
    effect = clause.place("effect")
    if (
        effect is not None
        and clause.place("bring", "up", "down", "better", "worse", "help", "harm") is None
        and affect is None
    ):
        # "has an effect", "no measurable effect": its denial is the absence.
        clause.take(effect)
        clause.denied = not clause.denied
        return _Said(_named_outcome(clause), "better", null=True)
    if affect is not None and clause.place("better", "worse", "up", "down", "adj", "help", "harm") is None:
        clause.take(affect)
        clause.denied = not clause.denied
        del denied
        return _Said(_named_outcome(clause), "better", null=True)
    return None


def _comparative(clause: Clause) -> _Said | None:
    places = clause.places("adj")
    positive = False
    if not places:
        places, positive = clause.places("pos"), True
    if not places:
        return None
    values = {clause.items[place].labels["pos" if positive else "adj"] for place in places}
    if len(values) > 1:
        raise Unread("two comparisons")
    name, _, way = values.pop().partition(":")
    named = _outcome(clause, take=False)
    verb = clause.place("up", "down")
    if named is not None and name == "quality" and named[0] != "quality":
        # "better latency", "worse errors": the adjective says which way the outcome named is.
        clause.take(*places)
        _outcome(clause)
        return _Said(named[0], "better" if way == "up" else "worse", compared=not positive)
    if named is not None and named[0] != name:
        raise Unread("an outcome beside the comparison")
    if named is not None and named[2]:
        clause.take(*places)
        _outcome(clause)
        return _Said("quality", "better" if way == "up" else "worse", compared=not positive)
    if verb is not None and not clause.items[verb].has("bring"):
        return None
    clause.take(*places)
    if named is not None:
        _outcome(clause)
    if positive and clause.places("as"):
        clause.take(*clause.places("as", "asmuch"))
    return _Said(cast(Outcome, name), cast(Way, way), compared=not positive)


def _verb_of_multiple(clause: Clause) -> _Said | None:
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


def _verb(clause: Clause) -> _Said | None:
    for label in ("up", "down", "better", "worse", "benefitfrom", "suffer", "harm", "help"):
        places = clause.places(label)
        if not places:
            continue
        others = [
            other
            for other in ("up", "down", "better", "worse", "harm")
            if other != label and clause.places(other) and not set(clause.places(other)) & set(places)
        ]
        if others:
            noun = {"up", "down"} & {label, *others}
            if not noun or clause.place("help") is None:
                raise Unread("two things at once")
        found = _outcome(clause)
        more_than = (
            next((place for place in clause.places("more", "less") if place not in places), None)
            if label in ("up", "down", "better", "worse", "help", "harm")
            else None
        )
        if label in ("up", "down") and found is None:
            found = _implied(clause)
            if found is None:
                continue
        clause.take(*places)
        clause.take_all("help")
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
            clause.take(more_than)
            way = _FLIP[way] if less else way
        if found is None:
            return _Said(None, way, compared=more_than is not None)
        return _moved(clause, way, found, compared=more_than is not None)
    return None


def _implied(clause: Clause) -> tuple[Outcome, bool, bool] | None:
    """The outcome that a unit names by itself: points are of quality, seconds of latency, dollars of cost."""
    units = {clause.items[place].amount.unit for place in clause.amounts() if clause.items[place].amount is not None}  # type: ignore[union-attr]
    if units == {"points"}:
        return "quality", True, False
    if units == {"seconds"}:
        return "latency", False, False
    if units == {"usd"}:
        return "cost", False, False
    saving = any(
        clause.items[place].text.startswith(("sav", "эконом", "сэконом", "сберег")) for place in clause.places("down")
    )
    return ("cost", False, False) if saving and units else None


def _more_or_less(clause: Clause) -> _Said | None:
    more, less = clause.place("more"), clause.place("less")
    if more is None and less is None:
        return None
    found = _outcome(clause)
    if found is None:
        return None
    clause.take(more, less)
    return _moved(clause, "up" if less is None else "down", found, compared=True)


def _brought(clause: Clause) -> _Said | None:
    """ "Adds latency", "gives 10 points of accuracy": brought about, so more of it."""
    place = clause.place("bring")
    if place is None:
        return None
    found = _outcome(clause) or _implied(clause)
    if found is None:
        return None
    if not clause.amounts() and found[1] and clause.items[place].text.split()[0] in _KEEPS:
        return None
    clause.take(place)
    return _moved(clause, "up", found)


_KEEPS: Final = frozenset(["keep", "keeps", "has", "have", "имеет", "остается"])


def _price_as_share(clause: Clause) -> _Said | None:
    """ "At half the price", "for a third of the cost"."""
    amounts = clause.amounts()
    found = _outcome(clause, take=False)
    if len(amounts) != 1 or found is None or found[0] not in _LESS_IS_BETTER:
        return None
    amount = clause.items[amounts[0]].amount
    before = clause.items[amounts[0] - 1].text if amounts[0] else ""
    if amount is None or amount.unit != "percent" or before not in ("at", "for", "за", "в", "is", "are", "with"):
        return None
    _outcome(clause)
    said = _ratio(clause, amounts[0], amount)
    return _Said(found[0], said.way, compared=True)


def _multiple_of(clause: Clause) -> _Said | None:
    """ "We got 3x throughput": so many times what it was."""
    amounts = clause.amounts()
    behind = clause.next_word(amounts[0]) if len(amounts) == 1 else None
    if behind is None or not clause.items[behind].has("out") or clause.items[amounts[0]].amount.unit != "times":  # type: ignore[union-attr]
        return None
    found = _outcome(clause)
    return None if found is None else _moved(clause, "up", found)


def _ratio(clause: Clause, place: int, amount: Amount) -> _Said:
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
    return _Said("cost", "down" if ratio < 1 else "up", compared=True)


# --- forms


def _is_good(said: _Said) -> bool:
    if said.way in ("better", "worse"):
        return said.way == "better"
    bad = said.outcome in _LESS_IS_BETTER or said.of_failures
    return (said.way == "down") == bad


def _by_amount(clause: Clause, subjects: Sequence[str], objects: Sequence[str], said: _Said, amount: Amount) -> Claim:
    outcome, way = said.outcome, said.way
    as_named = clause.places("as", "asmuch")
    clause.take(*as_named)
    if outcome is None:
        if amount.unit in ("points", "percent") and way in ("better", "worse"):
            outcome = "quality" if amount.unit == "points" else None
        if outcome is None:
            raise Unread("a figure without its outcome")
    if outcome == "wrong-answers":
        raise Unread("by how much answers made up change")
    if way in ("better", "worse"):
        down = (outcome in _LESS_IS_BETTER or said.of_failures) == (way == "better")
        way = "down" if down else "up"
    if as_named and amount.unit == "percent":
        # "half as expensive", "30 % as fast"
        ratio = amount.value / 100.0
        if not 0 < ratio < 1 or amount.bound not in (None, "about", "exactly"):
            raise Unread("a bound on a share")
        amount = Amount(1.0 / ratio, "times", None, amount.bound)
        way = _FLIP[way]
    value, high, unit = amount.value, amount.high, amount.unit
    if said.speed and unit == "percent":
        value, high, unit = 1 + value / 100, None if high is None else 1 + high / 100, "times"
    if unit == "times" and value < 1:
        raise Unread("a multiple below one")
    failures = said.of_failures and unit in ("percent", "times")
    direction = way
    if said.of_failures:
        direction = _FLIP[way]  # the direction is success's
    return clause.claim(
        "at-least", subjects, objects=tuple(objects), outcome=outcome, amount=value, amount_high=high, unit=unit,
        direction=direction, bound=amount.bound, of_failures=failures,
    )  # fmt: skip


def _as_much(clause: Clause, subjects: Sequence[str], objects: Sequence[str], said: _Said) -> Claim:
    """ "As accurate as": no worse by more than counts.  Of what is bad ("as expensive as") no form speaks."""
    if not _is_good(said):
        raise Unread("as bad as another")
    polarity = clause.polarity()
    return clause.claim(
        "cannot-replace",
        subjects,
        objects=objects,
        outcome=said.outcome,
        negated=not polarity.negated,
        quantifier=polarity.quantifier,
    )


# --- sides


def _only_party(clause: Clause) -> Party | None:
    """The one side of a one-sided claim; "by", "with" and "using" do not make another."""
    parties = [party for party in clause.parties if party.ids != (NOTHING,)]
    if len(parties) != 1:
        return None
    party = parties[0]
    if party.joined_by_or and clause.place("not", "neither") is None:
        raise Unread("one or the other")
    if party.mark in ("than", "versus", "instead", "without", "as", "asmuch", "equal", "reach"):
        raise Unread("a side without its other side")
    if party.mark == "by":
        clause.take(*(place for place in clause.places("by") if place < party.first))
    clause.take_all("with")
    return party


def _take_baseline(clause: Clause) -> None:
    """ "Than a plain model", "compared with the baseline": the usual comparator."""
    base = clause.place("baseline")
    nothing = [party for party in clause.parties if party.ids == (NOTHING,)]
    if base is None and not nothing:
        return
    clause.take(base)
    for party in nothing:
        clause.take(*party.places)
    clause.take_all("than", "versus", "instead", "as", "beat", "without")


def _sides(clause: Clause) -> tuple[Party, Party, str, tuple[int, ...]] | None:
    """First and second side, how they are held together, and the places of the words that say so."""
    parties = [party for party in clause.parties if party.ids != (NOTHING,)]
    if len(parties) != 2:
        return None
    if any(party.joined_by_or for party in parties):
        raise Unread("one or the other")
    one, two = parties
    pivot = clause.place("beat", "lose")
    marked = next(
        (
            party
            for party in parties
            if party.mark in ("than", "versus", "instead", "as", "asmuch", "equal", "reach", "by")
        ),
        None,
    )
    for label in ("equal", "reach"):
        where = clause.place(label)
        if where is not None:
            return one, two, label, (where,)
    if pivot is not None:
        relation = "beat" if clause.items[pivot].has("beat") else "lose"
        by = two.mark == "by" or clause.items[pivot].text in ("beaten", "outdone")
        places = (pivot, *clause.places("by"), *clause.places("than"))
        if by and relation == "beat":
            return one, two, "lose", places
        if one.first < pivot < two.first or two.mark is None:
            return one, two, relation, places
        return None
    if marked is not None and marked.mark in ("than", "versus", "as", "asmuch", "instead"):
        other = two if marked is one else one
        places = tuple(clause.places("than", "versus", "as", "asmuch", "instead"))
        relation = "as" if marked.mark in ("as", "asmuch") else "than" if marked.mark == "than" else "versus"
        return other, marked, relation, places
    comparative = clause.place("adj")
    if (
        comparative is not None
        and one.first < comparative < two.first
        and two.first - comparative <= 2
        and _is_russian(clause)
    ):
        return one, two, "than", ()  # "дешевле дистилляции"
    return None


def _is_russian(clause: Clause) -> bool:
    return any("а" <= letter <= "я" for item in clause.items for letter in item.text[:1])
