"""Figures in a clause: "by at least 30 %", "2 to 4 times", "half", "в 3 раза", "на 20-30 процентов".

Enters: the items of one clause.  Leaves: at most one `Amount`.  Knows nothing of what the figure is said about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tierproof.challenge.reading.figures import AMOUNTS, NUMERALS, UNITS, Unit
from tierproof.challenge.reading.lexicon import Item

__all__ = ["Amount", "amount_of"]

Bound = Literal["at-least", "at-most", "about"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A figure with its unit.  `up` or `down` where the word itself says so ("halves", "doubles")."""

    low: float
    high: float | None
    unit: Unit
    bound: Bound | None
    direction: Literal["up", "down"] | None = None
    place: int
    """Index of the item at which it stands."""


_FRACTIONS = frozenset(("third", "quarter", "треть", "третью", "трети", "четверть", "четверти"))
_BEFORE_A_FRACTION = (
    "by", "на", "one", "почти", "целую", "least", "about", "around", "roughly", "nearly", "almost", "over", "than",
    "to", "до", "около", "минимум", "менее", "меньше", "бы", "примерно",
)  # fmt: skip
_AT_LEAST = (
    "at least", "not less than", "no less than", "minimum", "over", "more than", "north of", "upwards of",
    "минимум", "не менее",
    "не меньше", "хотя бы", "свыше", "более", "больше чем", "как минимум",
)  # fmt: skip
_AT_MOST = ("up to", "at most", "no more than", "not more than", "до", "не более", "не больше", "максимум", "under")
_ABOUT = (
    "about", "around", "roughly", "approximately", "~", "≈", "some", "nearly", "almost", "где то", "около",
    "примерно", "порядка",
    "почти", "приблизительно",
)  # fmt: skip
_JOINTS = frozenset(("to", "—", "до", "or", "или", "and"))


def amount_of(items: Sequence[Item]) -> Amount | None:
    """The first figure with a unit of change; bare numbers and years are none."""
    for place, item in enumerate(items):
        worded = _worded(items, place)
        if worded is not None:
            return worded
        value_here = _number(item)
        if value_here is None:
            continue
        low, high, after = value_here, None, place + 1
        if after + 1 < len(items) and items[after].text in _JOINTS:
            upper = _number(items[after + 1])
            if upper is not None and upper > low:
                high, after = upper, after + 2
        elif after < len(items) and _number(items[after]) is not None and items[after].start == item.end + 1:
            upper = _number(items[after])  # "30-50 %": the hyphen between digits is no mark
            if upper is not None and upper > low:
                high, after = upper, after + 1
        found = None if _is_level(items, after) else _unit_at(items, place, after)
        if found is not None and low > 0:
            return Amount(low=low, high=high, unit=found, bound=_bound(items, place), place=place)
    return None


def _worded(items: Sequence[Item], place: int) -> Amount | None:
    """ "Halves", "by a third", "by an order of magnitude", "by a factor of 5"."""
    item = items[place]
    word = item.text.split()[0]
    before = items[place - 1].text if place else ""
    moved = bool(place) and items[place - 1].has("down", "up")
    if item.text in _FRACTIONS and not moved and before.split()[-1:] not in [[word] for word in _BEFORE_A_FRACTION]:
        return None  # "last quarter", "third party"
    if word in AMOUNTS:
        value, unit, direction = AMOUNTS[word]
        return Amount(low=value, high=None, unit=unit, bound=_bound(items, place), direction=direction, place=place)
    following = [other.text for other in items[place + 1 : place + 3]]
    if (item.text == "порядок" and before == "на") or (item.text == "order" and following == ["of", "magnitude"]):
        return Amount(low=10, high=None, unit="times", bound=None, place=place)
    if item.text == "factor" and len(following) == 2 and following[0] == "of":
        multiple = _number(items[place + 2])
        if multiple is not None:
            return Amount(low=multiple, high=None, unit="times", bound=_bound(items, place), place=place)
    return None


def _number(item: Item) -> float | None:
    if item.kind == "n":
        value = float(item.text)
        return value if 0 < value < 1e9 else None
    return NUMERALS.get(item.text)


def _unit_at(items: Sequence[Item], place: int, after: int) -> Unit | None:
    if place and items[place - 1].text == "$":
        return "usd"
    for offset in range(2):
        if after + offset < len(items):
            unit = UNITS.get(items[after + offset].text)
            if unit is not None and (
                offset == 0 or items[after].text in ("percentage", "full", "абсолютных", "процентных", "more")
            ):
                return "points" if unit == "percent" and _has_points(items, after + 1) else unit
    return None


_COUNTED = ("task", "problem", "case", "question", "ticket", "задач", "проблем", "случа", "вопрос", "тикет")


def _is_level(items: Sequence[Item], after: int) -> bool:
    """ "Solves 80 % of tasks" says how far a system gets, not how far a technique moves it."""
    if after >= len(items) or UNITS.get(items[after].text) != "percent":
        return False
    following = [item.text for item in items[after + 1 : after + 4] if item.text not in ("of", "all", "всех")]
    return bool(following) and following[0].startswith(_COUNTED)


def _has_points(items: Sequence[Item], place: int) -> bool:
    return place < len(items) and items[place].text in ("points", "point")


def _bound(items: Sequence[Item], place: int) -> Bound | None:
    before = " " + " ".join(item.text for item in items[max(0, place - 4) : place]) + " "
    for names, bound in ((_AT_LEAST, "at-least"), (_AT_MOST, "at-most"), (_ABOUT, "about")):
        if any(f" {name} " in before for name in names):
            return bound  # type: ignore[return-value]
    return None
