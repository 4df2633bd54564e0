"""Who a clause speaks of, and on which side of its predicate each stands.

Enters: the items of a clause, and what was spoken of before it.  Leaves: a `Clause` with its parties and conditions,
and for a predicate its subjects and objects.  Knows nothing of forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tierproof.challenge.claim import (
    ANY_TECHNIQUE,
    ENGINEERING,
    MODEL_CLEVERNESS,
    SMALLER_MODEL,
    Claim,
    Condition,
    Form,
)
from tierproof.challenge.reading.circumstances import conditions_of, is_size_condition
from tierproof.challenge.reading.figures import UNITS
from tierproof.challenge.reading.lexicon import Item

__all__ = ["Clause", "Memory", "clause_of", "made", "marker", "named", "shifted", "sides"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What pronouns and left-out subjects may stand for."""

    subjects: tuple[str, ...] = ()
    """Subjects of the claim before."""
    last: tuple[str, ...] = ()
    """The technique named last that was no subject; else the subjects."""
    left: tuple[str, ...] = ()
    """What the subjects were taken up in place of ("we moved from X to Y")."""


@dataclass(frozen=True, slots=True)
class Clause:
    items: Sequence[Item]
    parties: tuple[tuple[int, str], ...]
    """Place and id of each technique or class spoken of, pronouns resolved."""
    conditions: tuple[Condition, ...]
    memory: Memory
    asks_no: bool
    """A question put in the negative ("Isn't X overhyped?"): its denial is tone."""

    def place(self, *labels: str) -> int | None:
        return next((place for place, item in enumerate(self.items) if item.has(*labels)), None)

    def denied(self, place: int) -> bool:
        """Whether a denial governs the predicate at `place`."""
        if self.asks_no or self._denied_behind(place):
            return not self.asks_no
        for before in range(place - 1, -1, -1):
            item = self.items[before]
            if item.text in (",", ":", "—"):
                # "Neither RAG, nor LoRA helps" denies across its comma; "no, RAG helps" does not.
                return any(other.text in ("neither", "nor", "ни") for other in self.items[:before])
            if item.has("neg", "quantneg", "weak") and not item.has("notonly"):
                return True
            if item.has("nothing") and not item.has("best"):
                return True
            if item.has(*_OWN_DENIAL) and not item.has("up", "att"):
                break
        return False

    def _denied_behind(self, place: int) -> bool:
        """ "Прироста не даёт", "helps a little": the denial follows its predicate."""
        following = self.items[place + 1 : place + 3]
        if len(following) == 2 and following[0].has("neg") and following[1].has("help", "up"):
            return True
        return bool(following) and following[0].has("weak") and self.items[place].has("help", "up")


_OWN_DENIAL = ("worth", "hype", "help", "harm", "best", "beat", "replace", "adopt")
"""A predicate before another keeps the denials before it to itself."""


def clause_of(items: Sequence[Item], memory: Memory, asks_no: bool, larger_model: str | None) -> Clause:
    items = _graded(items)
    spoken_of = [place for place, item in enumerate(items) if item.mention or item.has("class")]
    sizes = _sizes(items, spoken_of)
    parties = _parties(items, spoken_of, sizes, larger_model)
    parties = _with_pronouns(items, _without_patients(items, parties), memory)
    return Clause(items, tuple(parties), conditions_of(items, sizes=sizes), memory, asks_no)


def _graded(items: Sequence[Item]) -> list[Item]:
    """Behind a figure "more than" tells a degree, not who is better: "costs 10 times more than Y"."""
    return [
        replace(item, labels={way: "", "than": ""})
        if (way := _DEGREES.get(item.text)) is not None and place and items[place - 1].text in UNITS
        else item
        for place, item in enumerate(items)
    ]


_DEGREES = {"more than": "up", "less than": "down", "fewer than": "down"}


def _sizes(items: Sequence[Item], spoken_of: Sequence[int]) -> list[int]:
    """Places at which a model's size is a circumstance and no party."""
    sizes = [place for place, item in enumerate(items) if item.has("size") and is_size_condition(items, place)]
    acts = next(
        (place for place, item in enumerate(items) if item.has("help", "harm", "benefitfrom", "noeffect")), None
    )
    for place, item in enumerate(items):
        if not item.has("size") or place in sizes:
            continue
        others = [other for other in spoken_of if other != place]
        beside = any(_beside(items, place, other) for other in others)
        # "helps large models", "large models benefit from X": the size says where, not who.
        acted_on = acts is not None and place > acts and any(other < acts for other in others)
        # "Сильной модели X не помогает": the dative in front says whom it helps.
        dative = place == 0 and acts is not None and item.text.split()[0].endswith(_DATIVE) and bool(others)
        gains = any(other.has("benefitfrom") for other in items) and bool(others)
        if (item.labels["size"] == "small" and beside) or acted_on or gains or dative:
            sizes.append(place)
    return sizes


_DATIVE = ("ым", "им", "ой", "ей")


def _beside(items: Sequence[Item], place: int, other: int) -> bool:
    """ "Small-model RAG", "a small model with a good prompt": the size and what is put to it are one party."""
    if place + 1 < len(items) and items[place + 1].text in ("with", "с", "со"):
        return 0 < other - place <= 3
    return abs(other - place) <= 2 and not _between(items, other, place)


def _parties(
    items: Sequence[Item], spoken_of: Sequence[int], sizes: Sequence[int], larger_model: str | None
) -> list[tuple[int, str]]:
    """Place and name of each technique, class or size spoken of."""
    depends = next((place for place, item in enumerate(items) if item.has("depends")), None)
    parties: list[tuple[int, str]] = []
    for place, item in enumerate(items):
        bare = item.has("bare") and bool(parties) and _ends_phrase(items, place)
        # After "depends on", and beside another technique, a factor is what is depended on.
        factor = depends is not None and (
            (place > depends and item.has("factor", "size"))
            or (item.has("factor") and bool(item.mention) and any(other != place for other in spoken_of))
        )
        misspelt = item.labels.get("class") == ENGINEERING and place > 0 and bool(items[place - 1].mention)
        if place in sizes or (factor and not bare) or misspelt:
            continue
        size = item.labels.get("bare" if bare else "size")
        by_size = None if size is None else SMALLER_MODEL if size == "small" else larger_model
        name = by_size if bare else item.labels.get("class") or item.mention or by_size
        if name:
            parties.append((place, name))
    return parties


def _ends_phrase(items: Sequence[Item], place: int) -> bool:
    """Whether an adjective stands for its noun ("small models beat large"): nothing follows that it could qualify."""
    return (
        place + 1 == len(items)
        or items[place + 1].kind == "p"
        or items[place + 1].text in ("по", "в", "на", "и", "за", "из", "of")
    )


def _between(items: Sequence[Item], left: int, right: int) -> bool:
    low, high = sorted((left, right))
    return any(
        item.has(
            "beat", "better", "lose", "than", "replace", "equal", "help", "harm", "cheap", "fast", "costly", "slow"
        )
        or item.text in (",", "and", "or", "и", "или")
        for item in items[low + 1 : high]
    )


_MAKES = ("make", "made", "making", "keep", "дела", "сдела", "let")
_MANNERS = frozenset(
    [
        "way",
        "ways",
        "way of",
        "form",
        "forms",
        "form of",
        "kind of",
        "method",
        "technique",
        "approach",
        "способ",
        "способом",
        "вид",
        "видом",
        "метод",
        "методом",
        "прием",
        "техника",
    ]
)
"""After one of these a technique is what is done, not who does it: "X is the default way of doing Y"."""


def _held(items: Sequence[Item]) -> bool:
    return any(item.has("than") or item.text.endswith("than") for item in items)


_CATEGORIES = frozenset(["method", "methods", "technique", "techniques", "approach", "trick", "tricks", "strategy"])
"""Before one of these a technique is a kind of thing: "X is the best Y method"."""
_REASONS = frozenset(["за", "благодаря", "thanks", "due"])
"""After one of these ("из-за", "due to") a technique is why, not who."""
_TOWARDS = frozenset(["to", "from", "into", "onto", "между"])


def _without_patients(items: Sequence[Item], parties: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Drops what a party acts on: "X makes Y affordable", "X sends requests to Y"."""
    if len(parties) < 2:
        return parties
    first = parties[0][0]
    made = next(
        (
            place
            for place, item in enumerate(items)
            if place > first and item.text.startswith(_MAKES) and not item.has("replace")
        ),
        None,
    )
    kept = [parties[0]]
    for place, id in parties[1:]:
        patient = made is not None and place > made and not any(item.has("than") for item in items[made:place])
        manner = any(item.text in _MANNERS for item in items[max(0, place - 2) : place])
        category = place + 1 < len(items) and items[place + 1].text in _CATEGORIES and not _held(items[first:place])
        reason = any(item.text in _REASONS for item in items[first:place])
        towards = items[place].has("size") and any(item.text in _TOWARDS for item in items[max(0, place - 2) : place])
        if not (patient or towards or manner or category or reason) or any(
            item.has("replace", "beat", "lose", "reach", "equal", "obsolete") for item in items
        ):
            kept.append((place, id))
    return kept


def _with_pronouns(items: Sequence[Item], parties: list[tuple[int, str]], memory: Memory) -> list[tuple[int, str]]:
    two_sided = next(
        (place for place, item in enumerate(items) if item.has("beat", "lose", "reach", "replace", "better", "equal")),
        None,
    )
    for place, item in enumerate(items):
        if not item.has("pron"):
            continue
        if two_sided is not None and place > two_sided:
            parties += [(place, id) for id in memory.last]
        elif not any(other < place for other, _ in parties):
            # An English subject "it" with the technique named later ("it helps to use X") stands for nothing.
            later = any(other > place for other, _ in parties)
            if not later or two_sided is not None:
                parties += [(place, id) for id in memory.subjects]
    return sorted(parties)


def shifted(items: Sequence[Item]) -> tuple[str, str] | None:
    """What was left and what was taken up in "from X to Y", where a verb of moving stands."""
    named = list(dict.fromkeys(item.mention for item in items if item.mention))
    if len(named) != 2 or not any(item.has("shift") for item in items):
        return None
    away = next((place for place, item in enumerate(items) if item.text in ("from", "с", "со", "от")), None)
    if away is None:
        return None
    first = next((item.mention for item in items[away:] if item.mention), None)
    return None if first is None else (first, named[1] if first == named[0] else named[0])


def sides(clause: Clause, place: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Subjects and objects about the predicate at `place`, by order, by "than" and its like, by the passive."""
    subjects: list[str] = []
    objects: list[str] = []
    for where, id in clause.parties:
        governed = marker(clause, where)
        if governed == "than":
            objects.append(id)
        elif governed == "by" or where < place:
            subjects.append(id)
        else:
            objects.append(id)
    if any(marker(clause, where) == "by" for where, _ in clause.parties):
        by = [id for where, id in clause.parties if marker(clause, where) == "by"]
        return tuple(by), tuple(id for _, id in clause.parties if id not in by)
    if not subjects and len(objects) > 1:
        behind = [id for where, id in clause.parties if marker(clause, where) == "than"]
        ahead = [id for id in objects if id not in behind]
        if ahead and behind:
            return tuple(ahead), tuple(behind)
        if not clause.memory.subjects:
            return (objects[0],), tuple(objects[1:])
    if subjects and not objects and len(dict.fromkeys(subjects)) > 1:
        # Both before the verb: "X Y заменит"; or one named again: "between X and Y, X wins", "from X to Y: Y works
        # better".
        again = next((id for id in reversed(subjects) if subjects.count(id) > 1), subjects[0])
        return (again,), tuple(id for id in dict.fromkeys(subjects) if id != again)
    if not subjects and objects:
        subjects = list(clause.memory.subjects)
    return tuple(subjects), tuple(id for id in objects if id not in subjects)


_GENITIVE_COMPARATIVES = ("ее", "ей", "ше", "же", "ле")
"""Endings of Russian comparatives, which need no "than" before a genitive."""
_COMPARED = ("better", "lose", "cheap", "fast", "costly", "slow", "stable", "brittle", "safe", "unsafe")


def marker(clause: Clause, where: int) -> str | None:
    """`than` or `by` if such a word governs the party at `where`."""
    others = {place for place, _ in clause.parties}
    ahead = clause.items[where - 1] if where else None
    if ahead is not None and ahead.text.endswith(_GENITIVE_COMPARATIVES) and ahead.has(*_COMPARED):
        return "than"
    for before in range(where - 1, max(-1, where - 6), -1):
        item = clause.items[before]
        if item.has("by") and not any(later.kind == "n" for later in clause.items[before:where]):
            return "by"
        if item.has("than"):
            return "than"
        if item.text in (",", "—") or (item.kind != "p" and item.has("help", "harm", "replace", "lose", "best", "use")):
            return None
        if before in others and clause.items[before + 1].text not in ("and", "or", "и", "или", ",", "/"):
            return None
    return None


def named(clause: Clause, *, without_objects: bool = True) -> tuple[str, ...]:
    spoken_of = [id for where, id in clause.parties if not (without_objects and marker(clause, where) == "than")]
    specific = [id for id in spoken_of if id not in (ANY_TECHNIQUE, ENGINEERING, MODEL_CLEVERNESS)]
    return tuple(specific or spoken_of) or clause.memory.subjects


def made(clause: Clause, form: Form, subjects: Sequence[str], **fields: Any) -> Claim | None:
    """The claim of `form`, under the conditions of `clause`; None if nobody is spoken of."""
    if not subjects:
        return None
    whole = _together(clause, subjects)
    objects = _together(clause, fields.pop("objects", ()))
    return Claim(form=form, subjects=whole, objects=objects, **{"conditions": clause.conditions, **fields})


def _together(clause: Clause, parties: Sequence[str]) -> tuple[str, ...]:
    """The parties, and all that share the name of one ("caching")."""
    sharing = (item.together for item in clause.items if item.together and item.mention in parties)
    return (*parties, *(id for ids in sharing for id in ids))
