"""Claims that hold one technique against another: "X beats Y", "X is 3 times cheaper than Y", "nothing beats X".

Enters: a clause.  Leaves: a `beats`, `best`, `at-least` or `cannot-replace` claim, or None.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.challenge.claim import EVERYTHING_ELSE, NOTHING, Claim, Outcome
from tierproof.challenge.reading.amounts import amount_of
from tierproof.challenge.reading.effects import Effect, amount_fields, effect_of
from tierproof.challenge.reading.lexicon import Item
from tierproof.challenge.reading.parties import Clause, made, marker, named, sides

__all__ = ["equals", "graded", "outcome_named", "outdoes", "unbeaten"]


def unbeaten(clause: Clause) -> Claim | None:
    """ "Nothing beats X", "no architecture comes close to X", "nothing is better than X"."""
    place = clause.place("beat", "lose", "reach")
    nothing = clause.place("nothing")
    if nothing is None and place is not None and clause.items[place].has("beat", "reach"):
        nothing = _nobody(clause, place)
    spots = (place, clause.place("better"), _degree(clause))
    where = next((spot for spot in spots if spot is not None), None)
    if nothing is None or where is None:
        return None
    item = clause.items[where]
    if item.has("lose") and not item.has("beat", "better", "reach"):
        return None
    found = tuple(id for party, id in clause.parties if party > where) or named(clause, without_objects=False)
    found = tuple(id for id in found if id != EVERYTHING_ELSE)
    return made(clause, "best", found, outcome=_compared_outcome(clause, where), negated=False)


def graded(clause: Clause) -> Claim | None:
    """ "X is cheaper than Y", "X gives fewer errors than Y", "X is a better choice: Y is not"."""
    level = next((where for where, item in enumerate(clause.items) if item.text in _NO_BETTER), None)
    if level is not None and any(where > level for where, _ in clause.parties):
        subjects, objects = sides(clause, level)
        return made(clause, "beats", subjects, objects=objects, negated=True) if objects else None
    place = clause.place("beat", "lose", "reach")
    comparison, better = _degree(clause), clause.place("better")
    if comparison is not None and (
        place is None or not clause.items[place].has("beat") or clause.items[place].has("better")
    ):
        return _compare(clause, comparison, effect_of(clause.items))
    found = named(clause)
    if place is None and better is not None and clause.memory.left and found == clause.memory.subjects:
        return made(clause, "beats", found, objects=clause.memory.left, negated=clause.denied(better))
    if place is None and better is not None and len({id for _, id in clause.parties}) > 1 and _rather(clause) is None:
        return _compare(clause, better, effect_of(clause.items))
    return None


def outdoes(clause: Clause) -> Claim | None:
    """ "X beats Y", "Y loses to X", "Y cannot keep up with X", "it is X over Y"."""
    place = clause.place("beat", "lose", "reach")
    if place is None:
        place = _rather(clause)
    if place is None or (clause.items[place].has("harm") and clause.place("out") is not None):
        return None  # "destroys accuracy" beats nobody
    item = clause.items[place]
    subjects, objects = sides(clause, place)
    negated = clause.denied(place)
    if item.has("reach") or (item.has("lose") and not item.has("beat")):
        if item.has("reach") and not negated:
            return made(clause, "cannot-replace", subjects, objects=objects, negated=True) if objects else None
        subjects, objects = objects, subjects
        negated = negated and not item.has("reach")
    if not subjects or not objects:
        return _wins(clause, place, subjects or objects, negated=negated, against_unnamed=bool(subjects))
    if set(objects) <= {NOTHING}:
        return made(clause, "no-effect" if negated else "helps", subjects)
    outcome = _compared_outcome(clause, place)
    return made(clause, "beats", subjects, objects=objects, outcome=outcome, negated=negated)


def _wins(clause: Clause, place: int, winner: Sequence[str], *, negated: bool, against_unnamed: bool) -> Claim | None:
    """ "X wins": over all; "X beats dense models": over something that has no name here."""
    item = clause.items[place]
    if not item.has("beat") or not winner or not _surface_win(item):
        return None
    if negated and clause.place("best") is None and not _passive(clause, place):
        return None
    if not negated and not against_unnamed:
        return None  # "blockchain beats X": what is said to win has no name here
    # Against something without a name a technique is held to its usual comparator.
    unnamed = not negated and against_unnamed and _beaten_unnamed(clause, place)
    return made(clause, "helps" if unnamed else "best", winner, negated=False)


_NO_BETTER = ("no better", "not any better")
_DEGREES = (
    "better", "cheap", "fast", "costly", "slow", "stable", "brittle", "safe", "unsafe", "worse", "up", "down",
)  # fmt: skip


def _degree(clause: Clause) -> int | None:
    """The word of degree in a comparison that says "than"."""
    if not any(marker(clause, party) == "than" for party, _ in clause.parties):
        return None
    return clause.place(*_DEGREES)


def _rather(clause: Clause) -> int | None:
    """The word that by itself sets one thing above another."""
    place = next((where for where, item in enumerate(clause.items) if item.text in _RATHER), None)
    held = any(marker(clause, party) == "than" for party, _ in clause.parties)
    return place if held else None


_RATHER = ("over", "rather than", "а не")
"""Words that by themselves set one thing above another: "it is X over Y"."""


def _nobody(clause: Clause, place: int) -> int | None:
    """ "No architecture beats X": a denied noun of any kind stands where the winner would."""
    first = next((where for where, item in enumerate(clause.items[:place]) if item.text in ("no", "ни")), None)
    alone = first is not None and not any(where < place for where, _ in clause.parties)
    return first if alone and first is not None and place - first > 1 else None


def _beaten_unnamed(clause: Clause, place: int) -> bool:
    """Whether a noun of no known meaning follows the verb directly ("beats dense models")."""
    following = [item for item in clause.items[place + 1 : place + 3] if item.kind == "w"]
    if clause.items[place].text.startswith(_TRANSITIVE):
        return any(not item.labels and len(item.text) > 3 and item.text not in _EVERYTHING for item in following)
    return len(following) == 2 and not following[0].labels and len(following[0].text) > 4 and following[1].has("factor")


_EVERYTHING = frozenset(("everything", "anything", "everyone", "others", "them", "hands", "всех", "всё", "все"))
_TRANSITIVE = ("beat", "outperform", "surpass", "crush", "outclass", "top", "превосх", "превзой", "уделыва")
"""Verbs that say whom one is better than."""


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
    outcome = _compared_outcome(clause, place)
    if amount is not None and not negated:
        fields = amount_fields(amount, effect, outcome)
        if fields is not None:
            if bad:
                subjects, objects = objects, subjects
            return made(clause, "at-least", subjects, objects=objects, **fields)
    return made(clause, "beats", subjects, objects=objects, outcome=outcome, negated=negated)


_OUTCOME_BY_LABEL: tuple[tuple[str, Outcome], ...] = (
    ("cheap", "cost"), ("costly", "cost"), ("fast", "latency"), ("slow", "latency"), ("stable", "stability"),
    ("brittle", "stability"),
    ("safe", "safety"), ("unsafe", "safety"),
)  # fmt: skip


def _compared_outcome(clause: Clause, place: int) -> Outcome | None:
    for label, outcome in _OUTCOME_BY_LABEL:
        if clause.items[place].has(label):
            return outcome
    effect = effect_of(clause.items)
    if effect is not None and effect.outcome is not None:
        return effect.outcome
    return next((outcome_named(item) for item in clause.items if item.has("out") and not item.mention), None)


def _like_nothing_else(clause: Clause) -> Claim | None:
    """ "Nothing improves math like X"."""
    likened = tuple(id for where, id in clause.parties if where and clause.items[where - 1].text in ("like", "как"))
    if not likened or not clause.items[0].has("nothing"):
        return None
    return made(clause, "best", likened)


def outcome_named(item: Item) -> Outcome | None:
    return item.labels["out"].split(":")[0]  # type: ignore[return-value]


def equals(clause: Clause) -> Claim | None:
    place = clause.place("equal")
    if place is None:
        return _like_nothing_else(clause)
    if clause.items[place].text == "as much as" and clause.place("use", "adopt") is not None:
        return None  # "X is used twice as much as Y" speaks of use
    subjects, objects = sides(clause, place)
    if (objects and clause.items[0].text in ("no", "nothing")) or (objects and clause.items[0].has("nothing")):
        return made(clause, "best", objects)  # "no trick works as well as X"
    if not subjects or not objects:
        return None
    if clause.denied(place):
        return made(clause, "beats", objects, objects=subjects, outcome=_compared_outcome(clause, place))
    return made(clause, "cannot-replace", subjects, objects=objects, negated=True)
