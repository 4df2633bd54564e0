"""What a clause says that something does: better or worse, on which outcome, by how much.

Enters: the items of one clause.  Leaves: an `Effect`, and the fields that a figure fills.  Knows nothing of who does
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tierproof.challenge.claim import Outcome
from tierproof.challenge.reading.amounts import Amount, amount_of
from tierproof.challenge.reading.circumstances import outcome_at
from tierproof.challenge.reading.lexicon import Item

__all__ = ["Effect", "amount_fields", "effect_of"]

_GIVING = ("giv", "get", "yield", "buy", "win", "дает", "дают", "даст")
_SAVING = ("sav", "эконом", "сэконом")
_REACH = 7
"""How far, in items, an outcome may stand from the word that says which way it moves."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A stated effect."""

    kind: Literal["helps", "harms", "no-effect"]
    outcome: Outcome | None
    place: int
    """Item that says so."""
    failures: bool = False
    """The outcome was named by its failures (errors, hallucinations)."""

    @property
    def good(self) -> bool:
        return self.kind == "helps"


_ADJECTIVES: tuple[tuple[str, Literal["helps", "harms"], Outcome], ...] = (
    ("cheap", "helps", "cost"), ("costly", "harms", "cost"), ("fast", "helps", "latency"), ("slow", "harms", "latency"),
    ("stable", "helps", "stability"), ("brittle", "harms", "stability"), ("safe", "helps", "safety"),
    ("unsafe", "harms", "safety"),
)  # fmt: skip


def effect_of(items: Sequence[Item]) -> Effect | None:
    """The first effect that the clause states; no effect at all outranks the rest."""
    outcomes = [
        (place, *found)
        for place, item in enumerate(items)
        if not item.mention and (found := outcome_at(item)) is not None
    ]
    for place, item in enumerate(items):
        if item.has("noeffect"):
            return Effect("no-effect", outcomes[0][1] if outcomes else None, place)
    candidates: list[Effect] = []
    amount = amount_of(items)
    points = amount is not None and amount.unit == "points"
    for place, item in enumerate(items):
        if item.mention and not item.has("benefitfrom"):
            continue
        moved = _moved(items, place, outcomes, points=points, stated=amount is not None)
        if moved is not None:
            candidates.append(moved)
            continue
        adjective = next(((kind, outcome) for label, kind, outcome in _ADJECTIVES if item.has(label)), None)
        if adjective is not None:
            candidates.append(Effect(adjective[0], adjective[1], place))
        elif item.has("harm"):
            ended = _ended(outcomes, place)
            candidates.append(
                Effect("harms", _nearest(outcomes, place), place)
                if ended is None
                else Effect("helps", ended, place, failures=True)
            )
        elif item.has("better", "help", "benefitfrom"):
            candidates.append(Effect("helps", _nearest(outcomes, place), place))
    if not candidates and amount is not None and amount.unit == "times":
        # "We got 3x throughput from X": the multiple itself says which way.
        of = next((found for found in outcomes if 0 < found[0] - amount.place <= 3), None)
        return None if of is None else Effect("helps" if of[2] else "harms", of[1], of[0])
    if not candidates:
        return None
    # "works by cutting costs", "helps reduce errors": the word that names an outcome says more than the one that does
    # not.
    named = [candidate for candidate in candidates if candidate.outcome is not None]
    first = candidates[0]
    if first.outcome is None and named and named[0].kind == first.kind:
        return named[0]
    return first


def _moved(
    items: Sequence[Item], place: int, outcomes: Sequence[tuple[int, Outcome, bool]], *, points: bool, stated: bool
) -> Effect | None:
    """ "cuts cost", "more errors", "latency drops": a direction with an outcome near it."""
    item = items[place]
    if not item.has("up", "down") or (
        item.text.endswith("ing") and place + 1 < len(items) and items[place + 1].mention
    ):
        return None  # "adding X" says what is done, not what it does
    following = [found for found in outcomes if 0 < found[0] - place <= _REACH]
    preceding = [found for found in outcomes if 0 < place - found[0] <= 4]
    found = following[0] if following else preceding[-1] if preceding else None
    if found is None:
        if points:
            return Effect("helps" if item.has("up") else "harms", "quality", place)  # "adds 8 points"
        # "saves up to 90 %"
        return Effect("helps", "cost", place) if stated and item.text.startswith(_SAVING) else None
    _, outcome, more_is_good = found
    if not more_is_good and item.text.startswith(_GIVING):
        return None  # "giving the model tools fixes errors" gives no errors
    if item.has("help") and not item.has("down") and not more_is_good:
        return Effect("helps", outcome, place, failures=outcome == "quality")
    good = item.has("up") == more_is_good
    return Effect("helps" if good else "harms", outcome, place, failures=outcome == "quality" and not more_is_good)


def _ended(outcomes: Sequence[tuple[int, Outcome, bool]], place: int) -> Outcome | None:
    """ "Kills hallucinations": harm done to a failure is a gain; harm done to a resource ("hurts latency") is none."""
    after = next((found for found in outcomes if place < found[0] <= place + 3), None)
    return after[1] if after is not None and not after[2] and after[1] in ("quality", "safety", "stability") else None


def _nearest(outcomes: Sequence[tuple[int, Outcome, bool]], place: int) -> Outcome | None:
    after = [outcome for where, outcome, _ in outcomes if where > place]
    before = [outcome for where, outcome, _ in outcomes if where < place]
    return after[0] if after else before[-1] if before else None


def amount_fields(amount: Amount, effect: Effect | None, outcome: Outcome | None) -> dict[str, Any] | None:
    """Fields of an `at-least` claim; None where the figure moves nothing that is known."""
    if effect is None or effect.kind == "no-effect":
        return None
    outcome = outcome or effect.outcome or "quality"
    rises = effect.good == (outcome in ("quality", "throughput", "stability", "safety"))
    return {
        "outcome": outcome,
        "amount": amount.low,
        "amount_high": amount.high,
        "unit": amount.unit,
        "direction": "up" if rises else "down",
        "bound": amount.bound,
        "of_failures": effect.failures,
    }
