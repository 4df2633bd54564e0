"""Amounts as people write them: `5000/month`, `20k`, `2s`, `4 weeks`.

Enters: words of a shell.  Leaves: numbers in one unit.  Knows nothing of what they limit.
"""

from __future__ import annotations

import re

from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["money", "names", "seconds", "weeks"]

_FORM = re.compile(r"\$?\s*([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Z$]*)\s*(?:(?:/|per|a)\s*([a-zA-Z]+))?")
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6}
_MONTHS = {"month": 1.0, "months": 1.0, "mo": 1.0, "m": 1.0, "year": 1 / 12, "yr": 1 / 12, "y": 1 / 12}
_WEEKS = {
    "": 1.0,
    "w": 1.0,
    "week": 1.0,
    "weeks": 1.0,
    "d": 0.2,
    "day": 0.2,
    "days": 0.2,
    "months": 52 / 12,
}
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "min": 60.0}


def money(text: str | None, field: str, *, monthly: bool = False) -> float | None:
    """USD, a month where `monthly`; `60k/year` is 5,000 a month."""
    if text is None:
        return None
    match = _FORM.fullmatch(text.strip())
    unit = match[2].lower().removesuffix("usd").removesuffix("$") if match else "?"
    period = (match[3] or "").lower() if match else ""
    if match is None or unit not in _SCALES or (period and (not monthly or period not in _MONTHS)):
        example = gettext("5000/month, 5k or 60k/year") if monthly else gettext("20000 or 20k")
        raise _refused(text, field, gettext("give USD, such as {example}", example=example))
    return _number(match[1]) * _SCALES[unit] * (_MONTHS[period] if period else 1.0)


def weeks(text: str | None, field: str) -> float | None:
    """Calendar weeks; five working days are one."""
    return _measured(text, field, _WEEKS, gettext("give weeks, such as 4, 4w or 10days"))


def seconds(text: str | None, field: str) -> float | None:
    """Seconds."""
    return _measured(text, field, _SECONDS, gettext("give seconds, such as 2s or 800ms"))


def names(texts: list[str] | None) -> frozenset[str]:
    """Names given one by one or joined by commas."""
    return frozenset(name for text in texts or () for part in text.split(",") if (name := part.strip()))


def _measured(text: str | None, field: str, units: dict[str, float], remedy: str) -> float | None:
    if text is None:
        return None
    match = _FORM.fullmatch(text.strip())
    if match is None or match[3] or match[2].lower() not in units:
        raise _refused(text, field, remedy)
    return _number(match[1]) * units[match[2].lower()]


def _number(text: str) -> float:
    return float(text.replace("_", "").replace(",", ""))


def _refused(text: str, field: str, remedy: str) -> InputError:
    return InputError.of(gettext("'{text}' cannot be read", text=text[:40]), remedy=remedy, field=field)
