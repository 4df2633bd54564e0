"""A short answer as lines that a language model reads: a figure with its unit beside its name, nothing twice.

Enters: a `Short`.  Leaves: text.  Knows no question: names and units come from the Struct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import structs

from tierproof.answers.short.parts import Short, Span, Unit
from tierproof.report.words import numerals

__all__ = ["outline"]

_SPANS: Final[Mapping[Unit, Callable[[numerals.Range], str]]] = {
    "share": numerals.interval,
    "chance": numerals.interval,
    "multiple": numerals.ratio_interval,
    "usd": numerals.money_interval,
    "usd_month": lambda value: f"{numerals.money_interval(value)} a month",
}
_NUMBERS: Final[Mapping[Unit, Callable[[float | None], str]]] = {
    "share": numerals.percent,
    "chance": numerals.probability,
    "multiple": numerals.ratio,
    "usd": numerals.money,
    "usd_month": lambda value: f"{numerals.money(value, sign=True)} a month",
}


def outline(answer: Short) -> str:
    """One line a field, one line a part of a list, nested parts in brackets."""
    return "\n".join(_lines(answer))


def _lines(answer: Short) -> Iterator[str]:
    for name, label, value in _said(answer):
        if isinstance(value, tuple) and value and isinstance(value[0], Short):
            yield f"{label}:"
            for one in value:
                yield f"- {_part(one)}"
                yield from _lists(one)
        else:
            yield f"{label}: {_value(value, answer.unit_of(name))}"


def _lists(part: Short) -> Iterator[str]:
    """What stands in lists within a part of a list, a line each."""
    for _, label, value in _said(part):
        if isinstance(value, tuple) and isinstance(value[0], Short):
            yield from (f"  - {label}: {_part(one)}" for one in value)


def _part(part: Short) -> str:
    """What it is first, without a label."""
    first = part.__struct_fields__[0]
    return "; ".join(
        told if name == first and isinstance(value, str) else f"{label} {told}"
        for name, label, value in _said(part)
        if name != "unit" and not (isinstance(value, tuple) and isinstance(value[0], Short))
        for told in [_value(value, part.unit_of(name))]
    )


def _said(part: Short) -> Iterator[tuple[str, str, object]]:
    """Name, label and value of each field that says something."""
    for field in structs.fields(part):
        value = getattr(part, field.name)
        if (isinstance(value, float | int | Span | Short) and value is not False) or value:
            yield field.name, field.name.replace("_", " "), value


def _value(value: object, unit: Unit | None) -> str:
    match value:
        case Span():
            told = _span(value, unit)
        case Short():
            told = f"({_part(value)})"
        case tuple():
            told = ", ".join(_value(one, unit) for one in value)
        case Mapping():
            told = ", ".join(f"{key} {_value(one, unit)}" for key, one in value.items())
        case bool():
            told = "yes"
        case int() | float():
            told = numerals.figure(value) if unit is None else _NUMBERS[unit](value)
        case _:
            told = str(value)
    return told


def _span(value: Span, unit: Unit | None) -> str:
    if value.median is None or value.low is None or value.high is None:
        return numerals.figure(value.median) if unit is None else _NUMBERS[unit](value.median)
    if unit is None:
        return f"{numerals.figure(value.median)} ({numerals.figure(value.low)} to {numerals.figure(value.high)})"
    return _SPANS[unit](_Ends(value.median, value.low, value.high))


class _Ends:
    def __init__(self, median: float, low: float, high: float) -> None:
        self.median, self.low, self.high = median, low, high
