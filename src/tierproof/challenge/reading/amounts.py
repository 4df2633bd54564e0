"""Figures in a sentence: number, unit, bound and range become one item.

Enters: items.  Leaves: the items with every figure as one, its `Amount` read.  Knows words only by their labels.

    at least 30 percent    two thirds    x2    2 to 4 times    half    вдвое    процентов на десять    30 % or more

A number without a unit stays what it is: a year, a size, or something that nobody read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, cast

from tierproof.challenge.claim import Bound
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Amount, Item, labels_of

__all__ = ["with_amounts"]

_APART: Final = 4
"""Places within which a bound stands behind its figure: "two thirds of all failures or more"."""
_REACH: Final = 2
"""Words that may stand between a bound and its figure: "at least by about"."""
_LEVELS: Final = closed("levels")
_PLACED: Final = closed("placed")
_LARGEST: Final = 1e6
_BEHIND: Final = closed("behind")
"""First words of the bounds that may stand behind their figure."""
Unit = Literal["percent", "times", "points", "usd", "seconds"]
_SMALL: Final = closed("small")


def with_amounts(items: Sequence[Item]) -> list[Item]:
    """The sentence with figures joined."""
    found: list[Item] = []
    place = 0
    read: set[int] = set()
    while place < len(items):
        if place in read:
            place += 1
            continue
        joined = _figure(items, place)
        if joined is None:
            found.append(items[place])
            place += 1
            continue
        item, after = joined
        ranged = bool(found) and item.amount is not None and item.amount.high is not None
        levels = ranged and (found[-1].text in _LEVELS or _stood(found[-1], items[place:after]))
        if levels or (len(found) > 1 and _passed(found[-2], found[-1], item)):
            # "From 70 % to 80 %", "accuracy above 80 %" says where something stood, not by how much it moved.
            found.append(items[place])
            place += 1
            continue
        # Bounds stand before the figure, at most a small word between: "at least by", "не менее чем на".
        bound = item.amount.bound if item.amount else None
        while found and bound is None:
            back = len(found) - 1
            while back >= 0 and len(found) - 1 - back < _REACH and found[back].text in _SMALL:
                back -= 1
            if back < 0 or not found[back].has("bound"):
                break
            bound = cast(Bound, found[back].labels["bound"])
            start, between = found[back].start, found[back + 1 :]
            negated = (
                bound in ("more-than", "less-than", "at-least", "at-most")
                and back > 0
                and found[back - 1].text in ("no", "не")
            )
            if negated:
                bound = cast(
                    Bound,
                    {"more-than": "at-most", "less-than": "at-least", "at-least": "less-than", "at-most": "more-than"}[
                        bound
                    ],
                )
                back -= 1
                start = found[back].start
            # "At least to 80 %", "более чем на 10 %": the word still says to where, or by how much.
            found[back:] = [replace(word, start=start) for word in between[:1]] + between[1:]
            start = item.start if between else start
            item = Item(item.text, start, item.end, "n", item.labels, (), _bounded(item, bound))
        behind = _bound_behind(items, after) if bound is None and item.amount is not None else None
        if behind is not None and item.amount is not None and item.amount.high is None:
            item = Item(item.text, item.start, item.end, "n", item.labels, (), _bounded(item, behind[0]))
            read.add(behind[1])
        if found and found[-1].text == "$" and item.amount is not None:
            found.pop()
        if found and found[-1].has("between") and item.amount is not None and item.amount.high is not None:
            found.pop()
        found.append(item)
        place = after
    return [part for item in found for part in _unbound(item)]


def _stood(before: Item, figure: Sequence[Item]) -> bool:
    """ "Raises accuracy 70 % to 80 %": each end with its unit, right behind what has levels of its own."""
    return before.labels.get("out") == "quality:+" and sum(item.has("measure") for item in figure) > 1


def _passed(before: Item, bound: Item, figure: Item) -> bool:
    """ "Raises accuracy above 80 %", "brings cost under 50 %": the level that is passed, and not by how much."""
    measured = figure.amount is not None and figure.amount.unit != "times"
    return measured and before.has("out") and bound.has("bound") and any(w in _PLACED for w in bound.text.split())


def _unbound(item: Item) -> list[Item]:
    """ "More than" before no figure is a comparison: "more", and "than" somebody."""
    words = item.text.split()
    if (item.has("bound") and words[-2:] == ["much", "as"]) or words[-2:] == ["many", "as"]:
        return [
            Item(" ".join(words[:-1]), item.start, item.end, "w", {"asmuch": ""}),
            Item("as", item.start, item.end, "w", {"as": ""}),
        ]
    if not item.has("bound") or len(words) < 2 or words[-1] not in ("than", "чем"):
        return [item]
    return [Item(word, item.start, item.end, item.kind, labels_of(word)) for word in words]


def _bounded(item: Item, bound: Bound) -> Amount:
    amount = item.amount
    assert amount is not None
    return Amount(amount.value, amount.unit, amount.high, bound, amount.up, amount.share)


def _bound_behind(items: Sequence[Item], place: int) -> tuple[Bound, int] | None:
    """ "Half at most", "two thirds of failures or more", "30 % max": the bound, and its place."""
    for where in range(place, min(place + _APART, len(items))):
        item = items[where]
        if item.has("bound") and item.text.split()[0] in _BEHIND:
            behind = items[where + 1] if where + 1 < len(items) else None
            if behind is not None and (behind.has("num", "frac", "mult") or behind.kind == "n"):
                return None
            return cast(Bound, item.labels["bound"]), where
        if not (item.text == "of" or item.has("out", "generic")):
            return None
    return None


def _figure(items: Sequence[Item], place: int) -> tuple[Item, int] | None:
    """The figure that begins at `place`, and the place behind it."""
    first = items[place]
    if first.has("multup", "mult"):
        up = first.has("multup")
        said = Amount(float(first.labels["multup" if up else "mult"]), "times", up=up)
        return _item(items, place, place + 1, said), place + 1
    start = _number(items, place)
    if start is not None:
        return _share(items, place, start) or _measured(items, place, start)
    if (turned := _about(items, place)) is not None:
        return turned
    if first.has("frac"):
        unit = place + 1 + (items[place + 1 : place + 2] != [] and items[place + 1].text == "of")
        scale = _IN_SECONDS.get(items[unit].labels.get("measure", "")) if unit < len(items) else None
        if scale is not None:
            seconds = Amount(float(first.labels["frac"]) / 100.0 * scale, "seconds")
            return _item(items, place, unit + 1, seconds), unit + 1  # "half a second"
        said = Amount(float(first.labels["frac"]), "percent", share=True)
        return _item(items, place, place + 1, said), place + 1
    if first.text == "factor" and place + 1 < len(items) and items[place + 1].text == "of":
        behind = _number(items, place + 2)  # "by a factor of ten"
    else:
        behind = _number(items, place + 1) if first.text in ("x", "х") else None
    return None if behind is None else (_item(items, place, behind[1], Amount(behind[0], "times")), behind[1])  # x2


def _share(items: Sequence[Item], place: int, start: tuple[float, int]) -> tuple[Item, int] | None:
    """ "Two thirds", "1/3"."""
    value, after = start
    if after >= len(items):
        return None
    if items[after].has("den"):
        share = 100.0 * value / float(items[after].labels["den"])
        return _item(items, place, after + 1, Amount(share, "percent", share=True)), after + 1
    slashed = items[after].text == "/"
    below = _number(items, after + 1) if slashed else _so_many_in(items, value, after)
    if slashed and below is not None and value != 1 and below[0] in _OUT_OF_POINTS:
        return None  # "3/10": points given
    if below is None or not below[0]:
        return None
    return _item(items, place, below[1], Amount(100.0 * value / below[0], "percent", share=True)), below[1]


def _so_many_in(items: Sequence[Item], value: float, after: int) -> tuple[float, int] | None:
    """ "One in three", "two out of five": what it is a share of, and the place behind."""
    if after + 1 < len(items) and [item.text for item in items[after : after + 2]] == ["out", "of"]:
        after += 1
    elif after >= len(items) or items[after].text not in _OUT_OF:
        return None
    below = _number(items, after + 1)
    behind = items[below[1]] if below is not None and below[1] < len(items) else None
    counted = behind is not None and behind.has("measure")
    return below if below is not None and 0 < value < below[0] <= _MANY and not counted else None


_BY: Final = closed("by")
_UNTIL: Final = closed("until")
_OUT_OF: Final = closed("out_of")
_OUT_OF_POINTS: Final = (5.0, 10.0, 100.0)
_MANY: Final = 20
"""People count out of few: "one in 2024" is none."""
_ABOUT: Final = closed("about_so_many")
_TENS: Final = frozenset(range(20, 100, 10))
_IN_SECONDS: Final = {"seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0}


def _measured(items: Sequence[Item], place: int, start: tuple[float, int]) -> tuple[Item, int] | None:
    """ "30 percent", "2 to 4 times", "$500 a month"."""
    value, after = start
    high, at = _upper_end(items, after)
    if high is not None and place and items[place - 1].text in _BY and any(i.text in _UNTIL for i in items[after:at]):
        high, at = None, after  # "на 10 % до 80 %": by how much, and to where
    if at < len(items) and items[at].has("measure"):
        unit, end = items[at].labels["measure"], at + 1
    elif place and items[place - 1].text == "$":
        unit, end = "usd", at
    else:
        return None
    while end < len(items) and unit in ("usd", "seconds") and items[end].has("month"):
        end += 1
    bound: Bound | None = None
    if high is not None:
        value, high, bound = min(value, high), max(value, high), "between"
    if unit == "percent" and value > _LARGEST:
        return None
    if unit in _IN_SECONDS:
        scale = _IN_SECONDS[unit]
        value, high, unit = value * scale, None if high is None else high * scale, "seconds"
    return _item(items, place, end, Amount(value, cast(Unit, unit), high, bound)), end


def _about(items: Sequence[Item], place: int) -> tuple[Item, int] | None:
    """ "Процентов на десять", "раз в пять дороже": about so many; not "раз в пять лет"."""
    unit = items[place].labels.get("measure")
    joint = items[place + 1].text if place + 1 < len(items) else ""
    number = _number(items, place + 2) if unit in ("percent", "points", "times") and joint in _ABOUT else None
    if number is None:
        return None
    behind = items[number[1]] if number[1] < len(items) else None
    if behind is not None and not (behind.kind == "p" or behind.has("adj", "out", "more", "less", "generic", "but")):
        return None
    return _item(items, place, number[1], Amount(number[0], cast(Unit, unit), bound="about")), number[1]


def _upper_end(items: Sequence[Item], after: int) -> tuple[float | None, int]:
    """The upper end of a range that goes on at `after`, and the place of the unit."""
    if after >= len(items):
        return None, after
    own = items[after].has("measure")  # "30 % to 50 %"
    joint = after + own
    joined = joint < len(items) and (items[joint].has("to", "and") or items[joint].text in _UNTIL)
    # "2-4 times": the hyphen leaves no mark.
    close = not own and items[after].kind == "n" and items[after].start == items[after - 1].end + 1
    top = _number(items, joint + 1) if joined else _number(items, after) if close else None
    if top is not None and top[1] < len(items) and items[top[1]].has("measure"):
        measure = items[top[1]].labels["measure"]
        return top if not own or items[after].labels["measure"] == measure else (None, after)
    return None, after


def _number(items: Sequence[Item], place: int) -> tuple[float, int] | None:
    """A number in digits or words, and the place behind it; hundreds and thousands multiply."""
    if place >= len(items):
        return None
    item = items[place]
    if item.kind == "n" and item.amount is None:
        try:
            value = float(item.text)
        except ValueError:
            return None
    elif item.has("num"):
        value = float(item.labels["num"])
    else:
        return None
    place += 1
    if item.has("num") and place < len(items) and value in _TENS and float(items[place].labels.get("num", 10)) < 10:
        value, place = value + float(items[place].labels["num"]), place + 1  # "twenty two"
    while place < len(items) and items[place].labels.get("num") in ("100", "1000") and value < 1e6:
        value *= float(items[place].labels["num"])
        place += 1
    return (value, place) if math.isfinite(value) else None


def _item(items: Sequence[Item], start: int, end: int, amount: Amount) -> Item:
    text = " ".join(item.text for item in items[start:end])
    return Item(text, items[start].start, items[end - 1].end, "n", {"amount": ""}, (), amount)
