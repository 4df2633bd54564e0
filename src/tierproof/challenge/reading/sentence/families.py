"""A name that stands for several techniques ("fine-tuning"), narrowed by what stands beside it.

Enters: the items of a sentence.  Leaves: the items, each technique named once: "fine-tuning (LoRA)", "fine-tuning with
LoRA" name LoRA, "RAG (retrieval-augmented generation)" names RAG, and "LoRA beats fine-tuning" sets it against the rest
of its family.  Knows words by their labels and by one closed set of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["narrowed", "stands_for_several"]

_MEANS: Final = closed("means")
"""Joins a family to that of its members by which it is done."""


def narrowed(items: Sequence[Item]) -> list[Item]:
    """The items without a name that the next one says again, or says more narrowly."""
    found = list(items)
    place = 0
    while place < len(found):
        behind = _said_again(found, place)
        if behind is None:
            place += 1
            continue
        again, end = behind
        found[place:end] = [_narrower(found[place], found[again])]
    singly = {name for item in found if len(item.named) == 1 for name in item.named}
    return [_without(item, singly) if len(item.named) > 1 else item for item in found]


def stands_for_several(items: Sequence[Item]) -> bool:
    return any(len(item.named) > 1 for item in items)


def _said_again(items: Sequence[Item], place: int) -> tuple[int, int] | None:
    """The place of the name that says the one at `place` again, and the place behind it."""
    if not items[place].named or place + 1 >= len(items):
        return None
    bracketed = items[place + 1].text == "("
    means = len(items[place].named) > 1 and items[place + 1].text in _MEANS
    again = place + 1 + (bracketed or means)
    end = again + 1 + bracketed
    if end > len(items) or not _are_kin(items[place], items[again]):
        return None
    if bracketed:
        return (again, end) if items[end - 1].text == ")" else None
    return (again, end) if len(items[place].named) > 1 else None


def _are_kin(one: Item, other: Item) -> bool:
    """Whether the two name one thing: the same, a form of it, or a member of its family."""
    ours, theirs = ({name.partition("/")[0] for name in item.named} for item in (one, other))
    return bool(ours & theirs) and (ours <= theirs or theirs <= ours)


def _narrower(one: Item, other: Item) -> Item:
    said = other if len(other.named) < len(one.named) or "/" in other.named[0] else one
    return Item(said.text, one.start, other.end, said.kind, said.labels, said.named)


def _without(item: Item, singly: set[str]) -> Item:
    rest = tuple(name for name in item.named if name not in singly)
    return Item(item.text, item.start, item.end, item.kind, item.labels, rest or item.named)
