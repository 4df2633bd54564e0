"""A request that means the same as an earlier one gets the earlier one's answer.

The items in their order stand for the traffic.  Which request is served from which is settled before the run, from the
requests alone: an item is served from the nearest earlier item that was answered itself, where the two are alike
enough.  So the result does not depend on which call returns first, and a run that was cut off goes on as it was.
"""

from __future__ import annotations

import functools
import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.retrieval import unit_vectors, words
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Embed, Resources
from tierproof.systems.system import Draft, Steps, System

__all__ = ["Reuse", "reuse", "served_by_vectors", "served_by_words"]

ID = "semantic-caching"
BLOCK = 512
SLAB = 8192
"""Requests that are compared at once: 32 MB of cosines."""


@technique(ID, needs=("repeated-requests",))
def reuse(system: System, resources: Resources, *, threshold: float = 0.9) -> System:
    """Like requests get the earlier answer: alike by the embedder, or by their words."""
    if not 0 < threshold <= 1:
        remedy = Message("a cosine similarity above 0, at most 1")
        raise unfit(ID, "threshold", threshold, remedy)
    embed = resources.embed
    served = _served(tuple(item.text for item in resources.requests), threshold, embed)
    sources = {resources.requests[late].id: resources.requests[early] for late, early in served.items()}
    measure = "words" if embed is None else getattr(embed, "__qualname__", type(embed).__name__)
    return system.with_steps(Reuse(of=system.steps, threshold=threshold, measure=measure, sources=sources))


@dataclass(frozen=True, kw_only=True, slots=True)
class Reuse:
    of: Steps
    threshold: float
    measure: str
    sources: Mapping[str, Item] = field(repr=False)
    """By id of a request, the earlier one that it is served from."""

    def __str__(self) -> str:
        return f"Reuse at {self.measure} similarity {self.threshold:g}, {len(self.sources)} requests, of {self.of}"

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        source = self.sources.get(item.id)
        if source is None:
            return await self.of.take(system, item, session)
        # The earlier request's call is in the journal or will be; the cache pays for it once.
        draft = await self.of.take(system, source, session.aside())
        session.note("decision", "cache", f"served from item {source.id}")
        return draft


# Arms are built more than once: for a forecast, for the run, for every combination.
@functools.lru_cache(maxsize=4)
def _served(texts: tuple[str, ...], threshold: float, embed: Embed | None) -> Mapping[int, int]:
    return served_by_words(texts, threshold) if embed is None else served_by_vectors(texts, threshold, embed)


def served_by_words(texts: Sequence[str], threshold: float) -> dict[int, int]:
    """For each text that is served: its place, and the place of the earlier text.  Cosine of TF-IDF vectors of words.

    Long lists are quick by prefix filtering (Bayardo, Ma and Srikant, WWW 2007).  Let all vectors' words stand in one
    order, rare ones first, and cut each vector where what is left is shorter than the threshold.  Two texts whose first
    common word lies behind the cut of either have a cosine below the threshold, so only words before it are indexed and
    looked up.
    """
    documents = Counter(word for text in texts for word in set(words(text)))
    # Numbers of words in the one order; packed, since there may be very many texts.
    ranks = {word: rank for rank, word in enumerate(sorted(documents, key=lambda word: (documents[word], word)))}
    weights = [math.log((1 + len(texts)) / (1 + documents[word])) + 1 for word in ranks]
    vectors: list[tuple[array[int], array[float]]] = []
    index: dict[int, list[int]] = {}
    served: dict[int, int] = {}
    for place, text in enumerate(texts):
        raw = {ranks[word]: n * weights[ranks[word]] for word, n in Counter(words(text)).items()}
        length = math.sqrt(sum(value**2 for value in raw.values()))
        vector = {rank: raw[rank] / length for rank in sorted(raw)}
        vectors.append((array("L", vector), array("d", vector.values())))
        prefix = _prefix(vector, threshold)
        best, likeness = None, threshold - 1e-12
        for early in sorted({early for rank in prefix for early in index.get(rank, ())}):
            cosine = sum(vector.get(rank, 0.0) * value for rank, value in zip(*vectors[early], strict=True))
            if cosine > likeness:
                best, likeness = early, cosine
        if best is None:
            for rank in prefix:
                index.setdefault(rank, []).append(place)
        else:
            served[place] = best
    return served


def _prefix(vector: Mapping[int, float], threshold: float) -> list[int]:
    """Ranks of the words before the cut."""
    left = 1.0
    prefix: list[int] = []
    for rank, value in vector.items():
        # A little before the cut: rounding must not hide a text that is exactly alike enough.
        if left < threshold**2 - 1e-9:
            break
        prefix.append(rank)
        left -= value**2
    return prefix


def served_by_vectors(texts: Sequence[str], threshold: float, embed: Embed) -> dict[int, int]:
    """As `served_by_words`, by cosine of embeddings.

    All pairs are looked at, in blocks: a minute of one core for 100,000 requests in 256 dimensions; memory holds the
    vectors and one slab of likenesses.
    """
    vectors = unit_vectors(embed, texts)
    answered = np.zeros(len(texts), dtype=bool)
    served: dict[int, int] = {}
    for start in range(0, len(texts), BLOCK):
        block = vectors[start : start + BLOCK]
        best, likeness = _nearest(block, vectors[:start], answered[:start])
        within = block @ block.T
        for row, place in enumerate(range(start, start + len(block))):
            near = np.where(answered[start:place], within[row, :row], -np.inf)
            if row and near.max() > likeness[row]:
                best[row], likeness[row] = start + int(near.argmax()), near.max()
            if likeness[row] >= threshold - 1e-12:
                served[place] = int(best[row])
            else:
                answered[place] = True
    return served


def _nearest(block: Any, earlier: Any, answered: Any) -> tuple[Any, Any]:
    """For each vector of a block the most like of the earlier ones that were answered, the first of equals: its place
    and its cosine, which is minus infinity where there is none.  Both of shape (block,)."""
    best, likeness = np.zeros(len(block), dtype=np.intp), np.full(len(block), -np.inf)
    for start in range(0, len(earlier), SLAB):
        slab = block @ earlier[start : start + SLAB].T
        slab[:, ~answered[start : start + SLAB]] = -np.inf
        nearest = slab.argmax(axis=1)
        cosine = slab[np.arange(len(block)), nearest]
        closer = cosine > likeness
        best[closer], likeness[closer] = start + nearest[closer], cosine[closer]
    return best, likeness
