"""Two halves that are both affirmed: "not only improves quality but also lowers cost".

Enters: the items of a sentence.  Leaves: the items, "not only" gone and its "but also" an "and", so that each half is
read as it stands.  A "not only" without its other half stays, unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item, labels_of

__all__ = ["both_affirmed"]

_ONLY: Final = closed("not_only")
_ALSO: Final = closed("also")


def both_affirmed(items: Sequence[Item]) -> list[Item]:
    """Without "not only ... but also"; the items as they are where one of the two is missing."""
    opened = next((place for place in range(len(items)) if _opens(items, place)), None)
    if opened is None:
        return list(items)
    first = opened + (1 if items[opened].text in _ONLY else 2)
    joint = next(
        (
            place
            for place in range(first, len(items) - 1)
            if items[place].has("but") and items[place].kind == "w" and items[place + 1].text in _ALSO
        ),
        None,
    )
    if joint is None:
        return list(items)
    found = items[joint]
    also = Item("and", found.start, items[joint + 1].end, "w", labels_of("and"))
    before = items[first:joint]
    if before and before[-1].text == ",":
        before = before[:-1]
    return [*items[:opened], *before, also, *items[joint + 2 :]]


def _opens(items: Sequence[Item], place: int) -> bool:
    """ "Not only", as one item or as two."""
    behind = items[place + 1].text if place + 1 < len(items) else ""
    return items[place].text in _ONLY or f"{items[place].text} {behind}" in _ONLY
