"""An outcome that moves with a technique: "latency rises with agents".

Enters: the items of a sentence.  Leaves: the items, the verb told from its "with" where a technique stands behind and
an outcome before, so that it is read as a change and not as what an effect depends on.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.challenge.reading.lexis.lexicon import Item, labels_of

__all__ = ["moving_with"]


def moving_with(items: Sequence[Item]) -> list[Item]:
    found: list[Item] = []
    for place, item in enumerate(items):
        verb, _, joint = item.text.partition(" ")
        labels = labels_of(verb) if joint in ("with", "с", "со") else {}
        behind = items[place + 1] if place + 1 < len(items) else None
        moves = item.has("depends") and bool({"up", "down"} & labels.keys())
        named = behind is not None and bool(behind.named) and not behind.has("factor", "size")
        if moves and named and any(other.has("out") for other in items[:place]):
            split = item.end - len(joint)
            found.append(Item(verb, item.start, split, "w", labels))
            found.append(Item(joint, split, item.end, "w", labels_of(joint)))
        else:
            found.append(item)
    return found
