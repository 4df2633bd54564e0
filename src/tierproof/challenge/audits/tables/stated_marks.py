"""Marks in a cell: a sign or word, then what it is of.

Enters: a cell's text ("✅ factuality; ⚠️ cost", "fragile autonomy").  Leaves: `StatedMark`s.  Knows nothing of outcomes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tierproof.challenge.audits.tables.stated import MarkWord, StatedMark
from tierproof.challenge.audits.tables.words import MARKS, SIGNS

__all__ = ["bare_mark", "marks_in"]

_BETWEEN: Final = re.compile(rf"[;,/\n]|<br\s*/?>|\s(?=[{''.join(sign for sign in SIGNS if sign not in '+~!')}])")
_ALONG: Final = "\ufe0f "
"""A variation selector, which makes a sign colourful, and blanks."""


def marks_in(text: str) -> Iterator[StatedMark]:
    """Each part's mark; a part without a sign of its own has that of the part before ("✅ accuracy, cost")."""
    last: MarkWord | None = None
    for part in _BETWEEN.split(text):
        said = part.strip(_ALONG)
        if not said:
            continue
        found = _mark_at(said)
        mark, of = found if found is not None else (last, said)
        if mark is not None:
            yield StatedMark(mark=mark, of=of)
            last = mark


def bare_mark(text: str) -> MarkWord | None:
    """The mark that a cell holds alone, of whatever its column's head says."""
    found = _mark_at(text.strip(_ALONG)) if text.strip(_ALONG) else None
    return found[0] if found is not None and not found[1] else None


def _mark_at(said: str) -> tuple[MarkWord, str] | None:
    if said[0] in SIGNS:
        return SIGNS[said[0]], said[1:].strip(_ALONG)
    word = next((word for word in MARKS if re.match(rf"{word}\b", said.lower())), None)
    return None if word is None else (MARKS[word], said[len(word) :].strip(" :"))
