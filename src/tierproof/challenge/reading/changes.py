"""Claims of change: one thing moves an outcome, or moves it further than another does.

Enters: a `Clause`.  Leaves: a `Claim` of form helps, harms, no-effect, at-least, beats or cannot-replace, or None where
the clause says no such thing.  Which outcome goes which way is read by `said`; here it finds its sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from tierproof.challenge.claim import ANY_TECHNIQUE, EVERYTHING_ELSE, NOTHING, Claim, Outcome, Quantifier
from tierproof.challenge.reading.clauses.clause import ON_AVERAGE, Clause, Unread
from tierproof.challenge.reading.clauses.parties import Party
from tierproof.challenge.reading.clauses.said import said_of
from tierproof.challenge.reading.clauses.way import FLIP, LESS_IS_BETTER, Said, is_good, named_outcome
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Amount

__all__ = ["change", "difference"]


def change(clause: Clause) -> Claim | None:
    """What one side is said to do."""
    added = _added_on(clause)
    subject = None if added is not None else _only_party(clause)
    said = None if subject is None else said_of(clause)
    if subject is None or said is None:
        return added
    if subject.mark == "without":
        said = _turned(clause, subject, said)
    if subject.ids == (EVERYTHING_ELSE,) and min(clause.used, default=0) < subject.first:
        raise Unread("what is done to the others")
    if len(subject.ids) > 1 and any(item.has("alike") for item in clause.items):
        raise Unread("whether two are alike")
    _of_what_it_was(clause, subject)
    subjects = clause.take_party(subject)
    _take_baseline(clause)
    amounts = clause.amounts()
    if said.null:
        polarity = clause.polarity()
        return clause.claim(
            "no-effect", subjects, outcome=said.outcome, negated=polarity.negated, quantifier=polarity.quantifier
        )
    if not amounts:
        good = is_good(said)
        return clause.claim("helps" if good else "harms", subjects, outcome=said.outcome)
    if len(amounts) > 1:
        raise Unread("two figures")
    return _by_amount(clause, (subjects, ()), said, _figure(clause, amounts[0]))


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
    return clause.claim("beats", won, objects=lost, outcome=named_outcome(clause))


def difference(clause: Clause) -> Claim | None:
    """What one side is said to do more, or better, than another."""
    sides = _sides(clause)
    if sides is None:
        if len(clause.parties) == 2 and any(item.has("alike") for item in clause.items):
            raise Unread("whether two are alike")
        return None
    if sides.relation == "as" and clause.items[sides.second.first - 1].text in _AS_DOES:
        raise Unread("of each by itself")  # "RAG helps, as does LoRA"
    subjects, objects = clause.take_party(sides.first), clause.take_party(sides.second)
    clause.take(*sides.places)
    if set(subjects) & set(objects):
        raise Unread("one technique on both sides")
    if ANY_TECHNIQUE in objects:
        raise Unread("than how many techniques")
    sized = any(condition.kind == "model-size" for _, condition in clause.conditions)
    if sized and clause.items[sides.second.first].has("size", "bare"):
        raise Unread("one size of models against another")
    if sides.relation in ("beat", "lose", "reach", "equal"):
        return _outdone(clause, sides.relation, subjects, objects)
    said = said_of(clause)
    if said is None or said.null:
        return None
    if said.outcome is None and any(item.text in _OFTEN for item in clause.items):
        raise Unread("how often, held against another")
    amounts = clause.amounts()
    if amounts:
        return _by_amount(clause, (subjects, objects), said, _figure(clause, amounts[0]))
    if sides.relation == "as":
        if not is_good(said):
            raise Unread("as bad as another")
        return _as_good(clause, subjects, objects, said.outcome)
    won, lost = (subjects, objects) if is_good(said) else (objects, subjects)
    return clause.claim("beats", won, objects=lost, outcome=said.outcome)


def _outdone(clause: Clause, relation: str, subjects: tuple[str, ...], objects: tuple[str, ...]) -> Claim:
    """By a verb that has its sides and no outcome of its own: beats, loses to, comes up to, equals."""
    if clause.amounts():
        raise Unread("by how much one beats the other")
    outcome = named_outcome(clause)
    less = any(item.labels.get("out", "").partition(":")[0] in LESS_IS_BETTER for item in clause.items)
    if less and any(item.text in _SIGNS for item in clause.items):
        raise Unread("whether the greater is the better")  # "latency: agents > RAG"
    if relation == "equal":
        return _as_good(clause, subjects, objects, outcome)
    if relation == "reach":
        polarity = clause.polarity()
        if not polarity.negated and any(item.text.startswith(_NEAR) for item in clause.items):
            raise Unread("how near one comes to the other")
        return clause.claim(
            "beats", objects, objects=subjects, outcome=outcome, negated=not polarity.negated,
        )  # fmt: skip
    won, lost = (subjects, objects) if relation == "beat" else (objects, subjects)
    return clause.claim("beats", won, objects=lost, outcome=outcome)


def _as_good(clause: Clause, subjects: Sequence[str], objects: Sequence[str], outcome: Outcome | None) -> Claim:
    """ "As accurate as": no worse, as "no less accurate than".  Of what is bad ("as expensive as") no form speaks.

    Quantities turn with the denial: "always as good" says that it is never worse.
    """
    said = {place for place in clause.used if clause.items[place].has("as", "equal")}
    for at in clause.places("bound"):
        if at + 1 in said and clause.items[at].labels["bound"] == "at-least":
            clause.take(at)  # "at least as good" is what "as good" says
    polarity = clause.polarity()
    if polarity.quantifier == "rarely":
        raise Unread("in how few settings one comes up to the other")
    quantifier = _DUAL.get(polarity.quantifier or "", polarity.quantifier)
    claim = clause.claim(
        "beats", objects, objects=subjects, outcome=outcome, negated=not polarity.negated, quantifier=quantifier
    )
    far = tuple(clause.items[place].text for place in sorted(clause.used) if clause.items[place].text in _FAR_FROM)
    return replace(claim, unheeded=(*claim.unheeded, *far))


_FAR_FROM: Final = closed("far_from")
"""Denials that say by a lot."""
_SIGNS: Final = ("<", ">")
_AS_DOES: Final = closed("as_does")
_OFTEN: Final = closed("oftener")
_NEAR: Final = tuple(closed("near"))
_DUAL: Final[dict[str, Quantifier]] = {"always": "sometimes", "sometimes": "always"}


def _figure(clause: Clause, place: int) -> Amount:
    """Takes a figure.  "To a third" and "до 40 %" say where something ends, or how far it may go: which is not told."""
    amount = clause.items[place].amount
    assert amount is not None
    before = clause.items[place - 1].text if place else ""
    moving = ("up", "down", "better", "worse", *(("bring",) if before == "to" else ()))  # "даёт до 40 %" is by how much
    ends = clause.place("up", "down") is None and any(clause.items[used].has(*moving) for used in clause.used)
    if ends and (before == "to" or (amount.bound == "up-to" and not _saves(clause) and _is_russian(clause))):
        raise Unread("from what to what")
    if amount.value == 0:
        raise Unread("by nothing")
    how = place - 1 - (place > 1 and before in _BY)
    if place and amount.bound is None and clause.items[how].text in _MERELY:
        raise Unread("that it is no more than that")
    if amount.unit == "percent" and _is_of_settings(clause, place):
        raise Unread("in what share of settings")
    if _is_of_a_party(clause, place) or (amount.share and place and _counts(clause, place)):
        raise Unread("of what it is a share")
    if _is_level(clause, place):
        raise Unread("at which level of success: a profile sets that (--set baseline_success=...)")
    helps = any(item.has("help", "harm") for item in clause.items)
    if helps and before not in _BY and not any(item.has(*_MOVING) for item in clause.items):
        raise Unread("from or up to which level it holds")  # "above 10 % errors it helps"
    clause.take(place)
    return amount


def _is_of_a_party(clause: Clause, place: int) -> bool:
    """ "Half of all techniques", "10 % of agents": how many of them, and not by how much."""
    behind = place + 1
    while behind < len(clause.items) and clause.items[behind].text in _OF_ALL:
        behind += 1
    counted = behind > place + 1 or place == 0
    return counted and any(party.first == behind and party.mark is None for party in clause.parties)


def _is_of_settings(clause: Clause, place: int) -> bool:
    """ "In 90 % of cases", "80 % of teams": of how many, and not by how much."""
    behind = [item for item in clause.items[place + 1 : place + 4] if item.text not in _OF_ALL]
    return bool(behind) and behind[0].has("unit")


def _counts(clause: Clause, place: int) -> bool:
    """ "Точнее половины техник": than how many."""
    behind = clause.items[place + 1] if place + 1 < len(clause.items) else None
    return clause.items[place - 1].has("adj") and behind is not None and behind.has("generic", "unit", "class")


_MERELY: Final = closed("merely")
_BY: Final = closed("by")
_OF_ALL: Final = closed("all_of")


def _is_level(clause: Clause, place: int) -> bool:
    """ "At 95 % accuracy", "with a success rate of 90 %": where a system stands, and not how far it moves."""
    amount = clause.items[place].amount
    if amount is None or amount.unit != "percent":
        return False
    before = [item for item in clause.items[:place] if item.text not in _JOINTS]
    behind = clause.items[place + 1] if place + 1 < len(clause.items) else None
    if before and before[-1].text in _STANDING:
        return behind is not None and behind.has("out", "generic") and not behind.has("up", "down")
    return len(before) > 1 and before[-1].has("out") and before[-2].text in _STANDING


_MOVING: Final = ("up", "down", "better", "worse", "adj", "pos", "more", "less", "bring", "costs", "half", "effect")
_JOINTS: Final = closed("joints")
_STANDING: Final = closed("standing")


def _saves(clause: Clause) -> bool:
    return any(item.text.startswith(_SAVING) for item in clause.items)


def _by_amount(clause: Clause, sides: tuple[Sequence[str], Sequence[str]], said: Said, amount: Amount) -> Claim:
    outcome, way = said.outcome, said.way
    # "Half as expensive", whoever has read the "as".
    as_named = [at + 1 for at, item in enumerate(clause.items[:-1]) if item.amount == amount and _is_as(clause, at + 1)]
    moved = any(clause.items[place].has("up", "down", "better", "worse", "help", "harm") for place in clause.used)
    if sides[1] and moved and any(item.has("asmuch") for item in clause.items):
        raise Unread("an effect so many times another's")
    clause.take(*as_named, *clause.places("as", "asmuch"))
    if amount.unit == "usd" and not any(_MONTHLY & set(item.text.split()) for item in clause.items):
        raise Unread("over what time, or for what: of a month is judged")  # "$0.01 per request"
    if outcome is None and amount.unit == "points":
        outcome = "quality"
    if outcome is None or (amount.unit in ("percent", "times") and _says_not_of_what(clause)):
        raise Unread("a figure without its outcome")
    if outcome == "wrong-answers":
        near = clause.claim("helps" if is_good(said) else "harms", sides[0], outcome=outcome)
        raise Unread("by how much answers made up change", None if sides[1] else near)
    if way in ("better", "worse"):
        way = "down" if (outcome in LESS_IS_BETTER or said.of_failures) == (way == "better") else "up"
    if as_named and amount.unit == "percent":
        # "half as expensive", "30 % as fast"
        ratio = amount.value / 100.0
        if not 0 < ratio < 1 or amount.bound not in (None, "about", "exactly"):
            raise Unread("a bound on a share")
        amount = Amount(1.0 / ratio, "times", None, amount.bound)
        way = FLIP[way]
    value, high, unit = amount.value, amount.high, amount.unit
    if said.speed and unit == "percent":
        value, high, unit = 1 + value / 100, None if high is None else 1 + high / 100, "times"
    if unit == "times" and value < 1:
        raise Unread("a multiple below one")
    failures = said.of_failures and unit in ("percent", "times")
    direction = way
    if said.of_failures:
        direction = FLIP[way]  # the direction is success's
    averaged = any(item.text in ON_AVERAGE for item in clause.items)
    claim = clause.claim(
        "at-least", sides[0], objects=tuple(sides[1]), outcome=outcome, amount=value, amount_high=high, unit=unit,
        direction=direction, bound=amount.bound, of_failures=failures,
    )  # fmt: skip
    return replace(claim, quantifier="on-average") if averaged and claim.quantifier is None else claim


def _says_not_of_what(clause: Clause) -> bool:
    """ "Twice as good", "на 50 % лучше": which is of more than answers that are right, and nobody said of what."""
    used = [clause.items[place] for place in clause.used]
    better = [item for item in used if item.labels.get("adj", "").startswith("quality")]
    return bool(better) and not any(
        item.has("out") or any(word.startswith(_OF_ACCURACY) for word in item.text.split()) for item in used
    )


def _is_as(clause: Clause, place: int) -> bool:
    return clause.items[place].has("as", "asmuch")


_MONTHLY: Final = closed("monthly")
_OF_ACCURACY: Final = tuple(closed("of_accuracy"))
_SAVING: Final = tuple(closed("saving"))


# --- sides


def _only_party(clause: Clause) -> Party | None:
    """The one side of a one-sided claim; "by", "with" and "using" do not make another."""
    parties = [party for party in clause.parties if party.ids != (NOTHING,)]
    if len(parties) != 1:
        return None
    party = parties[0]
    if party.joined_by_or and clause.place("not", "neither") is None:
        raise Unread("one or the other")
    if party.mark in ("than", "versus", "instead", "as", "asmuch", "equal", "reach"):
        raise Unread("a side without its other side")
    named = bool(clause.items[party.first].named) and party.first > 0
    if named and clause.items[party.first - 1].has("adj") and _is_russian(clause):
        raise Unread("a side without its other side")  # "не хуже LoRA"
    if party.mark == "by":
        clause.take(*(place for place in clause.places("by") if place < party.first))
    clause.take_all("with")
    return party


def _turned(clause: Clause, subject: Party, said: Said) -> Said:
    """ "Without RAG quality is worse", "latency is lower without agents": what going without does, turned.

    Only of an outcome that moves by itself: who cuts a cost without agents cuts it by something else.
    """
    outcome = max((place for place in clause.used if clause.items[place].has("out")), default=None)
    verb = min((place for place in clause.used if clause.items[place].has(*_CHANGES)), default=None)
    by_itself = said.compared or (outcome is not None and verb is not None and outcome < verb)
    aided = any(clause.items[place].has("pos", "help", "bring") for place in clause.used)
    whose = any(item.has("person", "can", "cannot") for item in clause.items)
    if said.null or said.outcome is None or aided or whose or not by_itself or clause.amounts():
        raise Unread("a side without its other side")
    clause.take(*(place for place in clause.places("without") if place < subject.first))
    return Said(said.outcome, FLIP[said.way], of_failures=said.of_failures, compared=said.compared)


_CHANGES: Final = ("up", "down", "better", "worse")


def _of_what_it_was(clause: Clause, subject: Party) -> None:
    """ "RAG is better than before": than it was itself; not "with RAG answers are better than before"."""
    than = next((place for place, item in enumerate(clause.items[:-1]) if item.has("than")), None)
    if than is None or clause.items[than + 1].text not in _PAST or subject.mark is not None:
        return
    between = clause.items[subject.places[-1] + 1 : than]
    if not any(item.has("generic", "out", "bring", "better", "worse", "up", "down") for item in between):
        raise Unread("than before")


def _take_baseline(clause: Clause) -> None:
    """ "Than a plain model", "compared with the baseline": the usual comparator."""
    base = clause.place("baseline")
    compared = bool(base) and clause.items[(base or 1) - 1].has("than", "versus")
    if base is not None and clause.items[base].text in _PAST and not compared:
        base = None  # "раньше были медленнее", "not before 2024": when, and not against what
    nothing = [party for party in clause.parties if party.ids == (NOTHING,)]
    if base is None and not nothing:
        return
    clause.take(base)
    for party in nothing:
        clause.take(*party.places)
    clause.take_all("than", "versus", "instead", "as", "beat", "without")


_WITH: Final = closed("at")
_PAST: Final = closed("past")


class _Sides(NamedTuple):
    first: Party
    second: Party
    relation: str
    """beat, lose, reach, equal, as, than or versus."""
    places: tuple[int, ...]
    """Of the words that say so."""


_MARKED = ("than", "versus", "instead", "as", "asmuch")


def _sides(clause: Clause) -> _Sides | None:
    """The two sides of a comparison, and how they are held together."""
    parties = [party for party in clause.parties if party.ids != (NOTHING,)]
    if len(parties) != 2:
        return None
    if any(party.joined_by_or for party in parties):
        raise Unread("one or the other")
    one, two = parties
    for label in ("equal", "reach"):
        where = clause.place(label)
        if where is not None:
            return _Sides(one, two, label, (where, *clause.places("as", "than")))
    return _by_verb(clause, one, two) or _by_mark(clause, one, two)


def _by_verb(clause: Clause, one: Party, two: Party) -> _Sides | None:
    """ "X beats Y", "Y is beaten by X"."""
    pivot = clause.place("beat", "lose")
    if pivot is None:
        return None
    relation = "beat" if clause.items[pivot].has("beat") else "lose"
    if relation == "beat" and (two.mark == "by" or clause.items[pivot].text in ("beaten", "outdone")):
        relation = "lose"
    elif not (one.first < pivot < two.first or two.mark is None):
        return None
    return _Sides(one, two, relation, (pivot, *clause.places("by", "than")))


def _by_mark(clause: Clause, one: Party, two: Party) -> _Sides | None:
    """ "X is cheaper than Y", "compared with Y, X is cheaper", "X дешевле Y"."""
    marked = next((party for party in (one, two) if party.mark in _MARKED), None)
    if clause.items[0].has("than") and marked is one and _is_russian(clause):
        raise Unread("in what one is better")  # "Чем RAG лучше LoRA?"
    if marked is not None and marked.mark is not None:
        other = two if marked is one else one
        relation = {"asmuch": "as", "instead": "versus"}.get(marked.mark, marked.mark)
        return _Sides(other, marked, relation, tuple(clause.places(*_MARKED)))
    adjective = clause.place("adj")
    near = adjective is not None and one.first < adjective < two.first and two.first - adjective <= 2
    if near and any(item.text in _WITH for item in clause.items[adjective or 0 : two.first]):
        raise Unread("what one does to the other")  # "лучше с LoRA"
    return _Sides(one, two, "than", ()) if near and _is_russian(clause) else None


def _is_russian(clause: Clause) -> bool:
    return any("а" <= letter <= "я" for item in clause.items for letter in item.text[:1])
