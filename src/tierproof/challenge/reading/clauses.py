"""Cuts a sentence where a second claim begins.

Enters: items without tone.  Leaves: clauses, each with at most one claim.  Knows nothing of forms.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.challenge.reading.lexicon import Item
from tierproof.challenge.reading.tone import PREDICATES, mentions

__all__ = ["clauses"]

_TURNS = frozenset(
    [
        "but",
        "however",
        "whereas",
        "though",
        "although",
        "because",
        "но",
        "однако",
        "зато",
        "хотя",
        "поскольку",
        "потому",
        "ибо",
        "причем",
    ]
)
"""Words that always begin a new clause."""
_TURNS_AFTER_A_MARK = frozenset(["yet", "so", "since", "while", "so", "а", "тогда"])
_JOINS = frozenset(
    (",", "and", "or", "и", "или", "а", ";", ":", "—", "(", ")", "nor", "либо", "да", "then", "which", "who")
)
"""Words and marks that begin one only if both sides say something."""
_DEGREES = frozenset(("times", "%"))


def clauses(items: Sequence[Item]) -> list[list[Item]]:
    """The sentence in parts.  A part that begins with `but` or the like keeps no trace of it."""
    parts: list[list[Item]] = [[]]
    for place, item in enumerate(items):
        here = parts[-1]
        if item.text in _TURNS or (item.text in _TURNS_AFTER_A_MARK and here and here[-1].text in ",;—"):
            if here:
                parts.append([])
            continue
        if (
            item.text in _JOINS
            and _says(here)
            and _begins_claim(items[place + 1 :])
            and not _same_verb(here, items[place + 1 :])
        ):
            if here:
                parts.append([])
            continue
        here.append(item)
    return [part for part in parts if any(item.kind != "p" for item in part)]


def _says(items: Sequence[Item]) -> bool:
    return any(_carries(item) for item in items)


def _begins_claim(items: Sequence[Item]) -> bool:
    """Whether what follows a joint is a claim of its own and not one more member of a list.

    It is if a predicate comes before the next joint, unless all that comes is the other half of a comparison.
    """
    part: list[Item] = []
    for item in items:
        if item.text in _TURNS or (item.text in _JOINS and _says(part)):
            break
        part.append(item)
    if not part or part[0].has("than", "by", "depends") or part[0].text in ("то", "then"):
        return False
    if not _says(part):
        return False
    # "replace or surpass them", "quality and lower cost" share what they are about; "helps and cuts costs" adds a
    # predicate.
    first = next(place for place, item in enumerate(part) if _carries(item))
    lead = part[:first]
    return (
        mentions(lead)
        or any(item.has("pron", "class", "quant", "quantneg", "nothing") for item in lead)
        or len(lead) <= 3
    )


_ALIKE = (
    ("help", "better"),
    ("harm",),
    ("beat", "replace", "irreplaceable", "lose", "reach", "equal"),
    ("hype", "worthless"),
    ("use", "adopt"),
)


def _same_verb(left: Sequence[Item], right: Sequence[Item]) -> bool:
    """ "enhance or refine X", "replace or surpass X": two verbs of one kind side by side share subject and object."""
    verb = next((item for item in right if not item.has("neg")), None)
    last = left[-1]
    if all(item.has("only") for item in left if _carries(item)) and right[0].has("help", "use") and left[-1].mention:
        return True  # "только X и спасает"
    if right[0].text.startswith(("котор", "that", "which", "что")) and any(
        item.has("only", "best", "nothing") for item in left
    ):
        return True  # "the only method, which works"
    return verb is not None and any(last.has(*kind) and verb.has(*kind) for kind in _ALIKE) and not verb.mention


def _carries(item: Item) -> bool:
    return item.has(*PREDICATES) and not item.mention and not (item.has("than") and not item.has("beat"))
