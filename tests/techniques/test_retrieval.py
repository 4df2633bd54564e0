"""Passages cut and found: by words, by vectors, by both; and how they stand in the prompt."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from techniques.answering import DOCUMENTS, answered, made, resources, says
from tierproof.errors import InputError
from tierproof.systems.parts.retrieval import (
    DenseRetriever,
    FusedRetriever,
    WordRetriever,
    embedded,
    passages_of,
    vectors_of,
)
from tierproof.techniques import Document, Passage

BIRDS = ("heron", "stork", "crane", "ibis", "gull")


def embed(texts: Sequence[str]) -> Any:
    """One dimension a bird: enough to be near to what names it."""
    return np.array([[float(bird in text.casefold()) for bird in BIRDS] for text in texts])


def found(retriever: Any, query: str) -> list[str]:
    return [passage.source for passage in asyncio.run(retriever.search(query))]


def test_passages_keep_paragraphs_whole_and_sizes_bounded() -> None:
    text = "One.\n\nTwo two.\n\n" + "A sentence of words. " * 20 + "\n\n" + "x" * 130
    passages = passages_of([Document(name="d", text=text)], size=50)
    assert all(len(passage.text) <= 50 for passage in passages)
    assert passages[0].text == "One.\n\nTwo two."
    kept = "".join("".join(passage.text.split()) for passage in passages)
    assert kept == "".join(text.split()), "no letter is lost"


def test_word_scores_are_bm25() -> None:
    passages = passages_of(DOCUMENTS)
    [best, *_] = asyncio.run(WordRetriever(passages=passages, top=5).search("Where do herons, or a heron, nest?"))
    # Lucene's form by hand, k1 = 1.5, b = 0.75: of the query's words only "heron" occurs ("nest" is not "nests"), once
    # in one of five passages.  Lengths in words: 11, 7, 6, 6, 5, so 7 on average.
    idf = math.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    assert best.source == "heron.md"
    # float32 inside bm25s.
    assert best.score == pytest.approx(idf / (1 + 1.5 * (1 - 0.75 + 0.75 * 11 / 7)), rel=1e-5)


def test_a_query_without_known_words_finds_nothing() -> None:
    retriever = WordRetriever(passages=passages_of(DOCUMENTS), top=3)
    assert found(retriever, "xylophone") == []
    assert found(retriever, "?!") == []
    exchange = answered("retrieval-augmented-generation", says("x"), "xylophone")
    assert exchange.texts() == ["xylophone"]


def test_no_more_passages_than_there_are() -> None:
    assert len(found(WordRetriever(passages=passages_of(DOCUMENTS), top=50), "the nests in")) == 5


def test_vectors_find_what_words_do_not() -> None:
    retriever = DenseRetriever(passages=passages_of(DOCUMENTS), top=1, embed=embed)
    assert found(retriever, "HERONS") == ["heron.md"]
    assert found(WordRetriever(passages=passages_of(DOCUMENTS), top=1), "HERONS") == []


def test_an_embedder_may_be_a_value_that_has_no_hash() -> None:
    @dataclass
    class Own:
        scale: float

        def __call__(self, texts: Sequence[str]) -> Any:
            return self.scale * embed(texts)

    own, other = Own(2.0), Own(2.0)
    assert vectors_of(own, ["a heron"]).shape == (1, len(BIRDS))
    # Two that are equal are two.
    assert embedded(own) == (1, 7) and embedded(other) == (0, 0)


def test_fusion_adds_reciprocal_ranks() -> None:
    class Ranked:
        def __init__(self, *names: str) -> None:
            self.names = names

        async def search(self, query: str) -> Sequence[Passage]:
            return [Passage(text=name, source=name) for name in self.names]

    passages = asyncio.run(FusedRetriever(retrievers=(Ranked("a", "b"), Ranked("b", "c")), top=3).search(""))
    assert [passage.source for passage in passages] == ["b", "a", "c"]
    # Cormack et al.: 1 / (60 + rank), summed.
    assert passages[0].score == pytest.approx(1 / 62 + 1 / 61)


def test_passages_stand_before_the_question_with_their_sources() -> None:
    exchange = answered("retrieval-augmented-generation(top=1)", says("in reeds"), "Where does the purple heron nest?")
    [text] = exchange.texts()
    assert text.index("[1] (heron.md) The purple heron nests in reeds.") < text.index("Where does the purple")
    assert [entry.text for entry in exchange.answer.trace if entry.kind == "retrieval"] == ["heron.md"]


def test_what_is_lacking_is_said() -> None:
    with pytest.raises(InputError, match="needs documents/"):
        made("retrieval-augmented-generation", resources(documents=()))
    with pytest.raises(InputError, match=r"needs \[embedder\]"):
        made("retrieval-augmented-generation/dense")
    hybrid = made("retrieval-augmented-generation/hybrid(top=2)", resources(embed=embed))
    assert found(hybrid.retriever, "the heron nests")[0] == "heron.md"


def test_an_embedder_that_gives_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        made("retrieval-augmented-generation/dense", resources(embed=lambda texts: [1.0, 2.0]))
    with pytest.raises(InputError, match="the embedder"):
        made("retrieval-augmented-generation/dense", resources(embed=lambda texts: [[math.nan]] * len(texts)))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("质保多久？", "这盏灯的质保是三年。"),
        ("保証はいつまで", "ランプの保証は三年です"),
        ("보증기간", "램프의 보증기간은 3년입니다"),
        ("รับประกัน", "โคมไฟรับประกันสามปี"),
        ("nai\u0308ve", "A naïve approach."),
        ("हिन्दी", "यह हिन्दी है।"),
        ("ＡＢＣ", "The abc of it."),
        ("istanbul", "İSTANBUL şubesi"),
        ("елка", "Ёлка стоит"),
        ("مفتوح", "مُفْتُوحٌ من التاسعة"),
    ],
)
def test_words_are_found_in_all_scripts(query: str, text: str) -> None:
    passages = (Passage(text=text, source="a"), Passage(text="Parking is free. 駐車場は無料 停车免费", source="b"))
    assert found(WordRetriever(passages=passages, top=1), query) == ["a"]
