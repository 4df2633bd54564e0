"""Claims that hold one technique against another: "X beats Y", "X is 3 times cheaper than Y", "nothing beats X".

Enters: a clause.  Leaves: a `beats`, `best`, `at-least` or `cannot-replace` claim, or None.
"""

from __future__ import annotations

from tierproof.critique.claim import EVERYTHING_ELSE, NOTHING, Claim, Outcome
from tierproof.critique.parse.amounts import amount_of
from tierproof.critique.parse.effects import Effect, amount_fields, effect_of
from tierproof.critique.parse.lexicon import Item
from tierproof.critique.parse.parties import Clause, made, marker, named, sides

__all__ = ["compares", "equals", "outcome_named"]


def compares(clause: Clause) -> Claim | None:
    effect = effect_of(clause.items)
    place = clause.place("beat", "lose", "reach")
    nothing = clause.place("nothing")
    comparison = next(
        (where for where, item in enumerate(clause.items) if item.has("better", "cheap", "fast", "costly", "slow", "stable", "brittle", "safe", "unsafe", "worse", "up", "down")
         and any(marker(clause, party) == "than" for party, _ in clause.parties)),
        None,
    )  # fmt: skip
    better = clause.place("better")
    if nothing is None and place is not None and clause.items[place].has("beat", "reach"):
        nothing = _nobody(clause, place)
    if nothing is not None and (place is not None or better is not None or comparison is not None):
        where = next(spot for spot in (place, better, comparison) if spot is not None)
        found = tuple(id for party, id in clause.parties if party > where) or named(clause, without_objects=False)
        found = tuple(id for id in found if id != EVERYTHING_ELSE)
        worse = not clause.items[where].has("beat", "better", "reach") and clause.items[where].has("lose")
        return (
            made(clause, "best", found, outcome=_comparedoutcome_named(clause, where), negated=False)
            if not worse
            else None
        )
    if comparison is not None and (
        place is None or not clause.items[place].has("beat") or clause.items[place].has("better")
    ):
        return _compare(clause, comparison, effect)
    over = next((where for where, item in enumerate(clause.items) if item.text == "over"), None)
    if place is None and over is not None and any(marker(clause, party) == "than" for party, _ in clause.parties):
        place = over
    if place is None and better is not None and len({id for _, id in clause.parties}) > 1:
        return _compare(clause, better, effect)
    if place is None:
        return None
    item = clause.items[place]
    if item.has("harm") and clause.place("out") is not None:
        return None  # "destroys accuracy"
    subjects, objects = sides(clause, place)
    negated = clause.denied(place)
    if item.has("reach") or (item.has("lose") and not item.has("beat")):
        if item.has("reach") and not negated:
            return made(clause, "cannot-replace", subjects, objects=objects, negated=True) if objects else None
        subjects, objects = objects, subjects
        negated = negated and not item.has("reach")
    if not subjects or not objects:
        if item.has("beat") and (subjects or objects) and _surface_win(item):
            if negated and clause.place("best") is None and not _passive(clause, place):
                return None
            # Against something that has no name here, a technique is held to its usual comparator.
            unknown = not negated and bool(subjects) and _beaten_unnamed(clause, place)
            return made(clause, "helps" if unknown else "best", subjects or objects, negated=False)
        return None
    if set(objects) <= {NOTHING}:
        return made(clause, "no-effect" if negated else "helps", subjects)
    return made(
        clause, "beats", subjects, objects=objects, outcome=_comparedoutcome_named(clause, place), negated=negated
    )


def _nobody(clause: Clause, place: int) -> int | None:
    """ "No architecture beats X": a denied noun of any kind stands where the winner would."""
    first = next((where for where, item in enumerate(clause.items[:place]) if item.text in ("no", "ни")), None)
    alone = first is not None and not any(where < place for where, _ in clause.parties)
    return first if alone and first is not None and place - first > 1 else None


def _beaten_unnamed(clause: Clause, place: int) -> bool:
    """Whether a noun of no known meaning follows the verb directly ("beats dense models")."""
    following = [item for item in clause.items[place + 1 : place + 3] if item.kind == "w"]
    return len(following) == 2 and not following[0].labels and len(following[0].text) > 4 and following[1].has("factor")


def _surface_win(item: Item) -> bool:
    return item.text.startswith(
        (
            "win",
            "won",
            "domin",
            "beat",
            "outperform",
            "unbeat",
            "побежда",
            "выигрыва",
            "доминир",
            "уделыва",
            "рвет",
            "рвут",
            "surpass",
            "превосх",
            "превзой",
            "top",
            "crush",
            "outclass",
        )
    )


def _passive(clause: Clause, place: int) -> bool:
    return any(item.text in ("be", "been", "is", "are") for item in clause.items[max(0, place - 2) : place])


def _compare(clause: Clause, place: int, effect: Effect | None) -> Claim | None:
    subjects, objects = sides(clause, place)
    item = clause.items[place]
    negated = clause.denied(place)
    bad = (item.has("costly", "slow", "brittle", "unsafe", "lose") and not item.has("better")) or (
        item.has("up", "down") and effect is not None and not effect.good
    )
    if set(objects) <= {NOTHING} and objects:
        return made(
            clause, "harms" if bad else ("no-effect" if negated else "helps"), subjects, negated=negated and bad
        )
    if bad:
        subjects, objects = objects, subjects
    if not subjects or not objects:
        return None
    amount = amount_of(clause.items)
    outcome = _comparedoutcome_named(clause, place)
    if amount is not None and not negated:
        fields = amount_fields(amount, effect, outcome)
        if fields is not None:
            if bad:
                subjects, objects = objects, subjects
            return made(clause, "at-least", subjects, objects=objects, **fields)
    return made(clause, "beats", subjects, objects=objects, outcome=outcome, negated=negated)


_OUTCOME_BY_LABEL: tuple[tuple[str, Outcome], ...] = (
    ("cheap", "cost"), ("costly", "cost"), ("fast", "latency"), ("slow", "latency"), ("stable", "stability"), ("brittle", "stability"),
    ("safe", "safety"), ("unsafe", "safety"),
)  # fmt: skip


def _comparedoutcome_named(clause: Clause, place: int) -> Outcome | None:
    for label, outcome in _OUTCOME_BY_LABEL:
        if clause.items[place].has(label):
            return outcome
    effect = effect_of(clause.items)
    if effect is not None and effect.outcome is not None:
        return effect.outcome
    return next((outcome_named(item) for item in clause.items if item.has("out") and not item.mention), None)


def outcome_named(item: Item) -> Outcome | None:
    return item.labels["out"].split(":")[0]  # type: ignore[return-value]


def equals(clause: Clause) -> Claim | None:
    place = clause.place("equal")
    if place is None:
        return None
    subjects, objects = sides(clause, place)
    if (objects and clause.items[0].text in ("no", "nothing")) or (objects and clause.items[0].has("nothing")):
        return made(clause, "best", objects)  # "no trick works as well as X"
    if not subjects or not objects:
        return None
    if clause.denied(place):
        return made(clause, "beats", objects, objects=subjects, outcome=_comparedoutcome_named(clause, place))
    return made(clause, "cannot-replace", subjects, objects=objects, negated=True)
