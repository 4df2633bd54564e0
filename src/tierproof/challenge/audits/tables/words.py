"""Words that tables are made of, read from `words.toml` and checked: heads of columns, places, signs and marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, Literal

import msgspec
from msgspec import Struct

__all__ = ["MARKS", "PLACES", "SIGNS", "WORDS", "MarkWord", "words_of"]

MarkWord = Literal["gain", "marginal", "fragile"]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """The file, as it says of itself."""

    tier_heads: frozenset[str]
    place_heads: frozenset[str]
    score_heads: frozenset[str]
    neutral_heads: frozenset[str]
    name_heads: frozenset[str]
    mark_heads: frozenset[str]
    other_orders: tuple[str, ...]
    worst: tuple[str, ...]
    best: tuple[str, ...]
    place_words: tuple[str, ...]
    places: dict[str, dict[float, tuple[str, ...]]]
    signs: dict[MarkWord, tuple[str, ...]]
    marks: dict[MarkWord, tuple[str, ...]]


WORDS: Final = msgspec.toml.decode(
    (files("tierproof.challenge.audits.tables") / "words.toml").read_bytes(), type=Words, strict=False
)
PLACES: Final[Mapping[str, tuple[str, float]]] = {
    word: (scale, place) for scale, places in WORDS.places.items() for place, words in places.items() for word in words
}
"""Scale and place of each word."""
SIGNS: Final[Mapping[str, MarkWord]] = {sign: mark for mark, signs in WORDS.signs.items() for sign in signs}
MARKS: Final[Mapping[str, MarkWord]] = {word: mark for mark, words in WORDS.marks.items() for word in words}


def words_of(line: str) -> tuple[str, ...]:
    """The words of a head or a line, lower case."""
    return tuple(re.findall(r"[^\W_]+|[#№]", line.lower().replace("ё", "е")))
