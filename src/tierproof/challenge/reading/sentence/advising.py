"""Advice: "use RAG", "we recommend LoRA", "avoid agents".

Enters: the items of a sentence.  Leaves: the items, a verb of advice that opens it before a technique told from other
uses of the word, so that it is read as what pays, or does not, as Russian imperatives are by their form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["advises", "with_advice"]

_ADVISED: Final = closed("advised")
_ADVISED_AGAINST: Final = closed("advised_against")
_BEFORE: Final = closed("before_advice")
_IMPERATIVE: Final = tuple(closed("imperative"))


def with_advice(items: Sequence[Item]) -> list[Item]:
    """The items, with the first verb of advice labelled by what it says."""
    found = list(items)
    at = next((place for place, item in enumerate(found) if not _may_stand_before(item)), None)
    if at is None:
        return found
    item, behind = found[at], next((other for other in found[at + 1 :] if not other.has("filler", "generic")), None)
    label = "worth" if item.text in _ADVISED else "worthless" if item.text in _ADVISED_AGAINST else None
    if label is not None and behind is not None and (behind.named or behind.has("size")):
        found[at] = Item(item.text, item.start, item.end, item.kind, {label: ""})
    return found


def advises(items: Sequence[Item]) -> bool:
    """Whether a sentence is advice: "use RAG", «используйте RAG»."""
    first = next((item for item in items if not _may_stand_before(item)), None)
    if first is None or not first.has("worth", "worthless"):
        return False
    return first.text in _ADVISED | _ADVISED_AGAINST or first.text.endswith(_IMPERATIVE)


def _may_stand_before(item: Item) -> bool:
    return item.kind == "p" or item.text in _BEFORE or (item.has("emphasis") and not item.has("att"))
