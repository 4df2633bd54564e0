"""Prices and multiples: "costs twice as much", "at half the price", "doubles throughput", "3x throughput".

Enters: a `Clause`.  Leaves: a `Said`, its words taken and a share turned into the multiple that it is; None where
there is no such thing.  Knows words only by their labels.
"""

from __future__ import annotations

from typing import Final

from tierproof.challenge.reading.clauses.clause import Clause, Unread
from tierproof.challenge.reading.clauses.way import LESS_IS_BETTER, Said, moved, outcome_in
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Amount

__all__ = ["multiple_of", "price_as_share", "priced", "verb_of_multiple"]

_DEAR: Final = closed("dear")
_AT_A_PRICE: Final = closed("at_a_price")


def priced(clause: Clause) -> Said | None:
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


def price_as_share(clause: Clause) -> Said | None:
    """ "At half the price", "for a third of the cost"."""
    amounts = clause.amounts()
    found = outcome_in(clause, take=False)
    if len(amounts) != 1 or found is None or found[0] not in LESS_IS_BETTER:
        return None
    amount = clause.items[amounts[0]].amount
    before = clause.items[amounts[0] - 1].text if amounts[0] else ""
    if amount is None or amount.unit != "percent" or before not in _AT_A_PRICE:
        return None
    outcome_in(clause)
    said = _ratio(clause, amounts[0], amount)
    return Said(found[0], said.way, compared=True)


def verb_of_multiple(clause: Clause) -> Said | None:
    """ "Halves latency", "doubles cost"."""
    half = clause.place("half")
    double = next((place for place in clause.amounts() if getattr(clause.items[place].amount, "up", False)), None)
    if half is None and double is None:
        return None
    found = outcome_in(clause)
    if found is None:
        raise Unread("what is halved or doubled")
    if half is not None:
        clause.take(half)
        clause.items = [*clause.items]
        item = clause.items[half]
        clause.used.discard(half)
        clause.items[half] = type(item)(item.text, item.start, item.end, "n", {"amount": ""}, (), Amount(2.0, "times"))
        return moved(clause, "down", found)
    return moved(clause, "up", found)


def multiple_of(clause: Clause) -> Said | None:
    """ "We got 3x throughput": so many times what it was."""
    amounts = clause.amounts()
    behind = clause.next_word(amounts[0]) if len(amounts) == 1 else None
    if behind is None or not clause.items[behind].has("out") or clause.items[amounts[0]].amount.unit != "times":  # type: ignore[union-attr]
        return None
    found = outcome_in(clause)
    return None if found is None else moved(clause, "up", found)


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
