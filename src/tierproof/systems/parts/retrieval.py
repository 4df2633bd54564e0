"""Finding passages: documents cut into passages, and passages ranked for a query by words, by vectors, or by both.

Enters: documents and a query.  Leaves: passages, best first.  Must not know what they are found for.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tierproof.errors import InputError
from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.searches import Retriever
from tierproof.systems.resources import Document, Embed
from tierproof.systems.texts.likeness import UNSPACED, parted, visible

__all__ = ["DenseRetriever", "FusedRetriever", "WordRetriever", "embedded", "passages_of", "vectors_of", "words"]

PASSAGE_CHARACTERS = 1200
"""About 300 tokens of English, near the sizes that published comparisons use."""
FUSION_CONSTANT = 60
EMBEDDING = threading.Lock()
"""Held while a team's embedder runs: queries come from several threads, and not every embedder is made for that."""
_given: dict[int, tuple[Embed, int, int]] = {}
"""Embedders by identity, for not all can be hashed; texts that each was given, and their characters."""
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0dff"
)
"""Vowel signs and accents that stand as letters of their own within a word."""
WORD = re.compile(rf"[\w{MARKS}]+")
UNWRITTEN = re.compile("(?<=i)\u0307|[\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
"""What few write and others do: vowel signs of Arabic and Hebrew, and the dot that is left of a Turkish capital."""
UNSPACED_RUN = re.compile(rf"[{UNSPACED}]+")
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？｡])\s*")


def words(text: str) -> list[str]:
    """Words in one form of each letter, however its accents are written.

    Scripts that put no blanks between words have their letters and pairs of letters for words, as Lucene has for
    Chinese, Japanese and Korean.
    """
    found: list[str] = []
    folded = UNWRITTEN.sub("", unicodedata.normalize("NFKC", visible(text)).casefold()).replace("ё", "е")
    for word in WORD.findall(folded):
        runs = UNSPACED_RUN.findall(word)
        found += filter(None, UNSPACED_RUN.split(word)) if runs else [word]
        for run in runs:
            letters = parted(run)
            found += letters
            found += (one + next_one for one, next_one in itertools.pairwise(letters))
    return found


def passages_of(documents: Sequence[Document], size: int = PASSAGE_CHARACTERS) -> tuple[Passage, ...]:
    """Documents cut at paragraphs, long paragraphs at sentences, neighbours joined up to `size` characters."""
    passages = []
    for document in documents:
        joined = ""
        for piece in _pieces(document.text, size):
            if joined and len(joined) + len(piece) + 2 > size:
                passages.append(Passage(text=joined, source=document.name))
                joined = ""
            joined = f"{joined}\n\n{piece}" if joined else piece
        if joined:
            passages.append(Passage(text=joined, source=document.name))
    return tuple(passages)


def _pieces(text: str, size: int) -> list[str]:
    pieces: list[str] = []
    for paragraph in filter(None, (part.strip() for part in re.split(r"\n\s*\n", text))):
        if len(paragraph) <= size:
            pieces.append(paragraph)
            continue
        sentence = ""
        for part in SENTENCE_END.split(paragraph):
            if sentence and len(sentence) + len(part) + 1 > size:
                pieces.append(sentence)
                sentence = ""
            sentence = f"{sentence} {part}".strip()
            while len(sentence) > size:
                pieces.append(sentence[:size])
                sentence = sentence[size:]
        if sentence:
            pieces.append(sentence)
    return pieces


@dataclass(frozen=True, kw_only=True, slots=True)
class WordRetriever:
    """BM25 (Robertson and Zaragoza 2009) in Lucene's form, by bm25s."""

    passages: tuple[Passage, ...]
    top: int
    _index: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _word_index(self.passages))

    def __str__(self) -> str:
        return f"BM25 over {len(self.passages)} passages, top {self.top}"

    async def search(self, query: str) -> Sequence[Passage]:
        return self.nearest(query)

    def nearest(self, query: str) -> Sequence[Passage]:
        asked = [word for word in words(query) if word in self._index.vocab_dict]
        if not asked:
            return ()
        scores = self._index.get_scores(asked)
        return _best(self.passages, scores, self.top, least=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseRetriever:
    """Cosine similarity of embeddings."""

    passages: tuple[Passage, ...]
    top: int
    embed: Embed
    _vectors: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_vectors", _passage_vectors(self.passages, self.embed))

    def __str__(self) -> str:
        name = getattr(self.embed, "__qualname__", type(self.embed).__name__)
        return f"{name} vectors over {len(self.passages)} passages, top {self.top}"

    async def search(self, query: str) -> Sequence[Passage]:
        vector = await asyncio.to_thread(unit_vectors, self.embed, [query])
        return _best(self.passages, self._vectors @ vector[0], self.top, least=-2.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class FusedRetriever:
    """Rankings of several retrievers joined by reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""

    retrievers: tuple[Retriever, ...]
    top: int

    def __str__(self) -> str:
        return f"{' and '.join(map(str, self.retrievers))}, fused, top {self.top}"

    async def search(self, query: str) -> Sequence[Passage]:
        scores: dict[tuple[str, str], float] = {}
        found: dict[tuple[str, str], Passage] = {}
        for retriever in self.retrievers:
            for rank, passage in enumerate(await retriever.search(query), 1):
                key = (passage.source, passage.text)
                scores[key] = scores.get(key, 0.0) + 1 / (FUSION_CONSTANT + rank)
                found.setdefault(key, passage)
        ranked = sorted(found, key=lambda key: -scores[key])[: self.top]
        return tuple(Passage(text=found[key].text, source=found[key].source, score=scores[key]) for key in ranked)


# Arms are built more than once: for a forecast, for the run, for every combination.
@functools.lru_cache(maxsize=8)
def _word_index(passages: tuple[Passage, ...]) -> Any:
    index = optional("bm25s", use=Message("searching documents"), extra="measure").BM25(method="lucene")
    # A passage without a word still has its place.
    index.index([words(passage.text) or [""] for passage in passages], show_progress=False)
    return index


@functools.lru_cache(maxsize=8)
def _passage_vectors(passages: tuple[Passage, ...], embed: Embed) -> Any:
    return unit_vectors(embed, [passage.text for passage in passages])


def unit_vectors(embed: Embed, texts: Sequence[str]) -> Any:
    """Embeddings of length 1, shape (n, d).  Raises InputError where the embedder gives something else."""
    vectors = vectors_of(embed, texts)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1.0, lengths)


def embedded(embed: Embed) -> tuple[int, int]:
    """Texts that an embedder was given by this process, and their characters: nobody else counts what it costs."""
    return _given.get(id(embed), (embed, 0, 0))[1:]


def vectors_of(embed: Embed, texts: Sequence[str]) -> Any:
    """Embeddings as they are, shape (n, d).  Raises InputError where the embedder gives something else."""
    with EMBEDDING:
        count, characters = embedded(embed)
        _given[id(embed)] = (embed, count + len(texts), characters + sum(map(len, texts)))
        vectors = np.asarray(embed(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        message = Message(
            "the embedder gave an array of shape {shape} for {n} texts", shape=vectors.shape, n=len(texts)
        )
        raise InputError.of(message, remedy=Message("give one finite vector a text: (n, d)"), field="embedder")
    return vectors


def _best(passages: Sequence[Passage], scores: Any, top: int, least: float) -> tuple[Passage, ...]:
    """The `top` passages above `least`, best first; ties in the documents' order."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:top]
    return tuple(
        Passage(text=passages[place].text, source=passages[place].source, score=float(scores[place]))
        for place in order
        if scores[place] > least
    )
