"""Scores as numbers: what a log's booleans, letters and texts are worth.

Enters: one value as a log has it.  Leaves: a number, NaN for none, or None for what is no score.  Must not guess.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["GRADES", "LARGEST", "grades_from", "worth"]

GRADES: Mapping[str, float] = {
    "yes": 1.0,
    "true": 1.0,
    "pass": 1.0,
    "passed": 1.0,
    "correct": 1.0,
    "no": 0.0,
    "false": 0.0,
    "fail": 0.0,
    "failed": 0.0,
    "incorrect": 0.0,
}
"""Texts that mean the same everywhere, in small letters.  Letters of one tool belong to its reader."""
NOTHING = frozenset({"", "nan", "n/a", "na", "null", "none"})
LONGEST = 40
LARGEST = 1e15
"""No score and no amount is as large; squares stay finite."""


def worth(value: object, grades: Mapping[str, float] = GRADES) -> float | None:
    """The number that a value stands for; NaN: there is none; None: a text, or a list, that stands for no number.

    An infinite score counts as none.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool | int | float):
        return float(value) if abs(value) < LARGEST else math.nan
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text.lower() in NOTHING:
        return math.nan
    found = grades.get(text, grades.get(text.lower()))
    return found if found is not None else _number(text)


def _number(text: str) -> float | None:
    if len(text) > LONGEST or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < LARGEST else math.nan


def grades_from(text: str) -> Mapping[str, float]:
    """Grades from `A=1,B=0.5,C=0`, beside the usual ones.  Raises InputError."""
    grades = dict(GRADES)
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, equals, value = part.rpartition("=")
        try:
            if not equals:
                raise ValueError
            number = float(value)
            if not math.isfinite(number):
                raise ValueError
        except ValueError:
            message = gettext("'{part}' is no grade", part=part[:60])
            remedy = gettext("write TEXT=NUMBER, such as A=1,B=0.5")
            raise InputError.of(message, remedy=remedy, field="grades") from None
        grades[name.strip()] = number
    return grades
