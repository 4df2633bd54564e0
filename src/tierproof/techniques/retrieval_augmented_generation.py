"""Look up passages in the workload's documents and put them before the item.

Lewis et al., "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks", NeurIPS 2020.
"""

from __future__ import annotations

import dataclasses

from tierproof.messages import Message
from tierproof.systems.parts.retrieval import (
    PASSAGE_CHARACTERS,
    DenseRetriever,
    FusedRetriever,
    WordRetriever,
    passages_of,
)
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["by_vectors", "by_words", "by_words_and_vectors"]

ID = "retrieval-augmented-generation"
WIDER = 4
"""Rankings that are fused are each so many times as deep as what is kept of them."""


@technique(ID, needs=("documents-or-index",))
def by_words(system: System, resources: Resources, *, top: int = 4, size: int = PASSAGE_CHARACTERS) -> System:
    """Passages found by their words (BM25), or by the index that [retriever] names."""
    if resources.index is not None:
        return dataclasses.replace(system, retriever=resources.index.with_top(_above_0("top", top)))
    passages = passages_of(resources.documents, _above_0("size", size))
    return dataclasses.replace(system, retriever=WordRetriever(passages=passages, top=_above_0("top", top)))


@technique(ID, variant="dense", needs=("documents", "embedder"))
def by_vectors(system: System, resources: Resources, *, top: int = 4, size: int = PASSAGE_CHARACTERS) -> System:
    """Passages found by their meaning (embeddings)."""
    passages = passages_of(resources.documents, _above_0("size", size))
    assert resources.embed is not None  # stated as a need
    retriever = DenseRetriever(passages=passages, top=_above_0("top", top), embed=resources.embed)
    return dataclasses.replace(system, retriever=retriever)


@technique(ID, variant="hybrid", needs=("documents", "embedder"))
def by_words_and_vectors(
    system: System, resources: Resources, *, top: int = 4, size: int = PASSAGE_CHARACTERS
) -> System:
    """Passages found by words and by meaning, the two rankings fused."""
    passages = passages_of(resources.documents, _above_0("size", size))
    assert resources.embed is not None  # stated as a need
    depth = _above_0("top", top) * WIDER
    retrievers = (
        WordRetriever(passages=passages, top=depth),
        DenseRetriever(passages=passages, top=depth, embed=resources.embed),
    )
    return dataclasses.replace(system, retriever=FusedRetriever(retrievers=retrievers, top=top))


def _above_0(name: str, value: int) -> int:
    if value < 1:
        raise unfit(ID, name, value, Message("make it 1 or more"))
    return value
