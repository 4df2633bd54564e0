"""Advice: "use RAG", "we recommend LoRA", "avoid agents".

Enters: the items of a sentence.  Leaves: the items, a verb of advice before a technique told from other uses of the
word, so that it is read as what pays, or does not, as Russian imperatives are by their form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item
from tierproof.challenge.reading.sentence.tone import OPENERS

__all__ = ["advises", "with_advice"]

_ADVISED: Final = closed("advised")
_ADVISED_AGAINST: Final = closed("advised_against")
_BEFORE: Final = closed("before_advice")
_THAT: Final = closed("that")
_IMPERATIVE: Final = tuple(closed("imperative"))


def with_advice(items: Sequence[Item]) -> list[Item]:
    """The items, each verb of advice labelled by what it says: one before a technique, with nobody who does it."""
    found = list(items)
    for place, item in enumerate(found):
        label = "worth" if item.text in _ADVISED else "worthless" if item.text in _ADVISED_AGAINST else None
        behind = next((other for other in found[place + 1 :] if not other.has("filler", "generic")), None)
        of_it = behind is not None and (bool(behind.named) or behind.has("size"))
        if label is not None and of_it and _opens(found, place):
            found[place] = Item(item.text, item.start, item.end, item.kind, {label: ""})
    return found


def advises(items: Sequence[Item]) -> bool:
    """Whether a sentence is advice: "use RAG", «используйте RAG»."""
    return any(
        item.has("worth", "worthless")
        and (item.text in _ADVISED | _ADVISED_AGAINST or item.text.endswith(_IMPERATIVE))
        and _opens(items, place)
        for place, item in enumerate(items)
    )


def _opens(items: Sequence[Item], place: int) -> bool:
    """Whether nothing but tone stands before it in its clause: "honestly, use RAG", and not "we use RAG"."""
    back = place - 1
    while back >= 0 and (items[back].text in _BEFORE or (items[back].has("emphasis") and not items[back].has("att"))):
        back -= 1
    return back < 0 or items[back].kind == "p" or items[back].text in _THAT or items[back].has(*OPENERS)
