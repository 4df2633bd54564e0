"""How good a ranking of passages is, where the documents that hold the answer are known.

Enters: the searches of one answer and names of documents.  Leaves: recall and nDCG.  A passage stands for its document,
by its source or its own id; a document counts once, where its first passage stands.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.searches import Search

__all__ = ["ndcg", "ranked", "recall"]


def ranked(searches: Sequence[Search]) -> tuple[Passage, ...]:
    """All passages that were found for an answer, in the order in which they first came."""
    found: dict[tuple[str, str, str], Passage] = {}
    for search in searches:
        for passage in search.passages:
            found.setdefault((passage.source, passage.id, passage.text), passage)
    return tuple(found.values())


def recall(passages: Sequence[Passage], wanted: Collection[str]) -> float:
    """Share of the wanted documents that are there, 0 to 1.  `wanted` is not empty."""
    return sum(bool(gain) for gain in _gains(passages, wanted)) / len(set(wanted))


def ndcg(passages: Sequence[Passage], wanted: Collection[str]) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Jarvelin and Kekalainen, TOIS 2002), 0 to 1.

    The discount of rank r is log2(r + 1); the best ranking has as many of the wanted documents first as there are
    ranks for them.
    """
    gained = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(_gains(passages, wanted), 1))
    first = range(1, min(len(set(wanted)), max(1, len(passages))) + 1)
    return gained / sum(1 / math.log2(rank + 1) for rank in first)


def _gains(passages: Sequence[Passage], wanted: Collection[str]) -> list[int]:
    """By rank: 1 where a wanted document comes for the first time."""
    left = set(wanted)
    gains = []
    for passage in passages:
        hit = next((name for name in (passage.source, passage.id) if name in left), None)
        left.discard(hit or "")
        gains.append(int(hit is not None))
    return gains
