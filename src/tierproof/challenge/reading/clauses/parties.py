"""Whom a clause speaks of, and where it says that something holds.

Enters: the items of a clause, what a pronoun means in it.  Leaves: its `Party`s and its circumstances, each with its
place.  Nothing is taken here but what is said twice.  Knows words only by their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tierproof.challenge.claim import EVERYTHING_ELSE, SMALLER_MODEL, Condition, ConditionKind
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["ALL", "Party", "circumstances_of", "parties_of"]

ALL: Final = closed("all")
_BEFORE_SIZES: Final = closed("before_sizes")
_INTO: Final = closed("into")
_ONTO: Final = closed("onto")
_ACCUSATIVE: Final = tuple(closed("accusative"))
_FOR_SIZES: Final = closed("for_sizes")
_BUT: Final = closed("but")
_OPENING: Final = closed("opening")
_NEUTRAL: Final = closed("neutral")
_KINDS: Final[tuple[tuple[str, ConditionKind], ...]] = (
    ("task", "task"),
    ("load", "load"),
    ("data", "data"),
    ("setting", "setting"),
    ("ignoring", "ignoring"),
)
_MARKS: Final = (
    "than", "versus", "instead", "by", "without", "with", "as", "asmuch", "equal", "reach", "only", "nothing-but",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a clause speaks of: techniques, forms, a class; several if joined."""

    places: tuple[int, ...]
    ids: tuple[str, ...]
    mark: str | None
    """Label of the word that marks its part: than, by, without; None for none."""
    joined_by_or: bool = False

    @property
    def first(self) -> int:
        return self.places[0]


def parties_of(
    items: Sequence[Item], larger_model: str | None, memory: tuple[str, ...]
) -> tuple[list[Party], set[int]]:
    """Whom the clause speaks of, in its order, and the places of sizes of models that are a circumstance."""
    sizes: set[int] = set()
    single: list[tuple[tuple[int, ...], tuple[str, ...]]] = []
    for place, item in enumerate(items):
        ids = item.named
        if item.has("size") or (item.has("bare") and any(other.has("size") for other in items)):
            if item.has("size") and _is_circumstance(items, place, memory):
                sizes.add(place)
                continue
            size = item.labels.get("size") or item.labels["bare"]
            ids = (larger_model,) if size == "large" and larger_model else (SMALLER_MODEL,)
        elif not ids and item.has("class"):
            if item.has("generic") and any(other.named for other in items):
                continue  # "one of the best techniques"
            ids = (item.labels["class"],)
        elif item.text in ALL and place and items[place - 1].has("beat", "than", "adj", "lose"):
            ids = (EVERYTHING_ELSE,)
        elif not ids and item.has("pron") and memory and not _has_name(items):
            ids = memory
        if not ids:
            continue
        near = single[-1] if single and single[-1][0][-1] == place - 1 else None
        if near is not None and (merged := _merged(near[1], ids)) is not None:
            single[-1] = ((*near[0], place), merged)
        else:
            single.append(((place,), ids))
    return _joined(items, single), sizes


def _joined(items: Sequence[Item], single: Sequence[tuple[tuple[int, ...], tuple[str, ...]]]) -> list[Party]:
    """Those that stand in one list as one party."""
    parties: list[Party] = []
    for places, ids in single:
        last = parties[-1] if parties else None
        between = items[last.places[-1] + 1 : places[0]] if last is not None else ()
        apart = (
            last is not None
            and last.mark in ("versus", "than", "instead", "without")
            and all(item.text == "," for item in between)
        )
        if (
            last is not None
            and between
            and not apart
            and not _introduces(items, last, between)
            and not any(item.text in _BUT for item in between)
            and all(_joins(item) or item.has("filler") for item in between)
            and any(_joins(item) for item in between)
        ):
            # A name twice in one list: "of X and Y, X ..." is none.
            by_or = last.joined_by_or or any(item.has("or") for item in between) or bool(set(ids) & set(last.ids))
            joints = tuple(range(last.places[-1] + 1, places[0]))
            parties[-1] = Party((*last.places, *joints, *places), (*last.ids, *ids), last.mark, by_or)
            continue
        parties.append(Party(places, ids, _mark_before(items, places[0])))
    return parties


def circumstances_of(
    items: Sequence[Item], parties: Sequence[Party], sizes: set[int]
) -> tuple[list[tuple[int, Condition]], set[int]]:
    """The circumstances of a clause with their places, and the places of words that only say a party again."""
    named = {place for party in parties for place in party.places}
    conditions: list[tuple[int, Condition]] = []
    again: set[int] = set()
    for place, item in enumerate(items):
        if place in named:
            continue
        if item.has("data") and _beside_size(items, place, named):
            again.add(place)  # "large datasets and large models": scale, said twice
            continue
        if place in sizes:
            conditions.append((place, Condition(kind="model-size", value=item.labels["size"])))
            continue
        for label, kind in _KINDS:
            if item.has(label):
                conditions.append((place, Condition(kind=kind, value=item.labels[label])))
                break
        else:
            if item.kind == "n" and item.text.isdigit() and len(item.text) == 4 and 2015 <= int(item.text) <= 2100:
                conditions.append((place, Condition(kind="time", value=item.text)))
    return conditions, again


def _introduces(items: Sequence[Item], party: Party, between: Sequence[Item]) -> bool:
    """ "For agents, a larger model helps": where something holds, set off by a comma, is no member of a list."""
    if [item.text for item in between] != [","]:
        return False
    before = [item.text for item in items[: party.first] if not item.has("degree", "emphasis")]
    return bool(before) and before[0] in _OPENING and all(text in _OPENING or text in _NEUTRAL for text in before)


def _has_name(items: Sequence[Item]) -> bool:
    return any(item.named or item.has("class", "size") for item in items)


def _is_circumstance(items: Sequence[Item], place: int, memory: tuple[str, ...]) -> bool:
    """Whether models of a size are where something holds ("for small models"), and no party."""
    back = place - 1
    while back >= 0 and items[back].has("only", "degree", "emphasis"):
        back -= 1
    gains = any(item.has("benefitfrom", "suffer") for item in items[place + 1 :])
    if back < 0:
        return gains
    before = items[back]
    if before.has("than", "versus", "instead", "beat", "lose", "equal", "reach", "replace", "irreplaceable", "by"):
        return False
    if gains:
        return True
    onto = before.text in _ONTO and items[place].text.split()[0].endswith(_ACCUSATIVE)
    if back and items[back - 1].named and (onto or before.text in _INTO):
        return False  # "routing to a small model": of which routing
    others = any(item.named and not item.has("size") for item in items) or bool(memory)
    if not others and before.text not in _FOR_SIZES:
        return False
    return before.text.split()[-1] in _BEFORE_SIZES or before.has(
        "help", "harm", "better", "worse", "affect", "benefitfrom"
    )


def _mark_before(items: Sequence[Item], place: int) -> str | None:
    back = place - 1
    while (
        (back >= 0 and items[back].has("generic", "emphasis", "degree"))
        or (back >= 0 and items[back].text in _NEUTRAL)
        or (back >= 0 and items[back].text == "," and back > 0 and items[back - 1].has("than", "versus"))
    ):
        back -= 1
    if back < 0:
        return None
    return next((label for label in _MARKS if label in items[back].labels), None)


def _beside_size(items: Sequence[Item], place: int, named: set[int]) -> bool:
    """Whether an amount of data is joined to models of the same size, which are a party."""
    for joint, other in ((place + 1, place + 2), (place - 1, place - 2)):
        if 0 <= other < len(items) and other in named and items[joint].has("and"):
            data, size = items[place].labels["data"], items[other].labels.get("size")
            return (data, size) in (("high", "large"), ("low", "small"))
    return False


def _joins(item: Item) -> bool:
    return item.has("and", "or") or item.text in (",", "/", "также", "nor", "ни")


def _merged(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...] | None:
    """ "4-bit quantization" names one thing: the form."""
    if len(first) != 1 or len(second) != 1:
        return None
    one, other = first[0], second[0]
    if one.partition("/")[0] != other.partition("/")[0]:
        return None
    if one == other or "/" not in other:
        return first
    return second if "/" not in one else None
