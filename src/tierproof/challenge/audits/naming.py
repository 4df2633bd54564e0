"""Which techniques and outcomes a few words name, and what they say besides.

Enters: a cell of a table, a mark's words, a part of a question; the names of a pack.  Leaves: techniques with the
stretch that names each, outcomes, and the words that neither took.  Knows nothing of claims and their grammar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from tierproof.challenge.audits.outcome_words import outcome_words
from tierproof.challenge.reading.lexis.lexicon import items_of, spelling_of
from tierproof.challenge.reading.lexis.tokens import Token, tokenise
from tierproof.challenge.reading.lexis.vocabulary import ARTICLES, Vocabulary
from tierproof.evidence.record import Outcome

__all__ = [
    "Mention",
    "OutcomeNamed",
    "is_narrower",
    "mentions_in",
    "one_technique",
    "outcome_at",
    "outcome_named",
    "parts_of",
    "word_fits",
]

Further = Mapping[Outcome, tuple[str, ...]]
_Phrases = Mapping[str, tuple[tuple[Outcome, tuple[str, ...], str], ...]]
_BETWEEN: Final = re.compile(r"\s*(?:[,;•\n|]|\s/\s|/|\s+(?:and|or|и|или|либо|&)\s+)\s*")
_LISTED: Final = re.compile(r"[,;•\n|]")
"""Marks that list things; the others may join two names of one."""
_ASIDE: Final = re.compile(r"\s*(?::\s|\s[–—-]\s|\(|\[).*", re.DOTALL)
_FURTHER: Final = re.compile(r"\s+(?:for|in|on|over|under|для|в|на|при|по)\s+.*", re.DOTALL)
_NARROWING: Final = frozenset({"task", "size", "load", "data", "only"})
"""Labels of words that name a circumstance; where systems run is what a whole table is about."""
_WITHOUT: Final = re.compile(
    r"\b(?:no|not|non|without|never|instead of|rather than|than|alternatives? to|but|except|excluding"
    r"|кроме|без|не|вместо|нет)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"[(\[]\s*(?:only\s+)?(?:if|when|where|unless|provided|если|когда|только)\b", re.IGNORECASE
)
"""A remark in brackets that says on what it hangs; what it speaks of is not named beside."""


@dataclass(frozen=True, slots=True)
class Mention:
    technique: str
    start: int
    end: int
    """Characters of the text."""


def mentions_in(text: str, vocabulary: Vocabulary) -> tuple[Mention, ...]:
    """Every technique named in `text`, in order, the longest name at each place."""
    tokens = [token for token in tokenise(text) if token.text not in ARTICLES]
    found, place = [], 0
    while place < len(tokens):
        match = vocabulary.at(tokens, place)
        if match is None:
            place += 1
            continue
        technique, length = match
        found.append(Mention(technique, tokens[place].start, tokens[place + length - 1].end))
        place += length
    return tuple(found)


def parts_of(text: str, vocabulary: Vocabulary) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a cell lists: each part as written, and the techniques that it names (none: nothing of the pack).

    "RAG, LoRA" lists two; "LoRA / QLoRA" is one under two names; "Fine-tuning (LoRA)" names two and lists none.
    """
    whole = vocabulary.named(text)
    if whole is not None:
        return ((text, (whole,)),)
    pieces = [piece.strip() for piece in _BETWEEN.split(_outside_brackets(text)) if piece.strip()]
    named = [(piece, one_technique(piece, vocabulary)) for piece in pieces]
    several = {names[0] for _, names in named if len(names) == 1}
    if len(pieces) > 1 and (len(several) > 1 or (_LISTED.search(_outside_brackets(text)) and several)):
        strict = bool(_LISTED.search(text))
        if len(several) == 1 and not any(not names for _, names in named):
            return ((text, tuple(several)),)
        return tuple((piece, names) for piece, names in named if names or strict)
    return ((text, one_technique(text, vocabulary)),)


def one_technique(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The technique that a name is of: what stands before a remark counts first, brackets may only repeat it.

    More than one: the name puts them together.  None: nothing of the pack, or the words speak of going without it.
    """
    if (whole := vocabulary.named(text)) is not None:
        return (whole,)
    tokens = [token for token in tokenise(text) if token.text not in ARTICLES]
    shared, length = vocabulary.shared_at(tokens, 0) if tokens else ((), 0)
    if shared and length == len(tokens):
        return shared
    head = _ASIDE.sub("", text).strip()
    if _WITHOUT.search(head):
        return ()
    aside = text[len(head) :] if re.match(r"\s*[(\[]", text[len(head) :]) else ""
    before = _distinct(_FURTHER.sub("", head), vocabulary)
    inner = before if len(before) == 1 else _distinct(head, vocabulary)
    beside = () if _WITHOUT.search(aside) or _CONDITION.search(aside) else _distinct(aside, vocabulary)
    if not inner:
        return beside
    return tuple(dict.fromkeys((*inner, *beside)))


def is_narrower(text: str, technique: str, vocabulary: Vocabulary) -> bool:
    """Does a name that names the technique say less than it: "agents (coding only)", "LoRA on 7B models", "RAG + X"?"""
    if vocabulary.named(text) is not None:
        return False
    if _CONDITION.search(text):
        return True
    items = items_of(tokenise(text), vocabulary, spelling_of(vocabulary))
    for place, item in enumerate(items):
        parents = {name.partition("/")[0] for name in item.named}
        before = items[place - 1].text if place else ""
        if item.named and before == "+" and any("/" in name for name in item.named) and technique in parents:
            return True
        if _NARROWING & item.labels.keys() and technique not in item.named and before not in ("to", "into"):
            return True
    return False


def _distinct(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mention.technique for mention in mentions_in(text, vocabulary)))


def _outside_brackets(text: str) -> str:
    """The text with what stands in brackets blanked of its marks, so that it is not split."""
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda match: re.sub(r"[,;/|]", " ", match[0]), text)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNamed:
    outcome: Outcome | None
    """None: the words name none, or more than one."""
    left: tuple[str, ...]
    """Words that could change what is said: "multi-hop" in "multi-hop accuracy"."""
    bad: bool
    """Whether they speak of its bad end as a property ("expensive")."""


def outcome_named(words: str, further: Further = MappingProxyType({})) -> OutcomeNamed:
    """The outcome that a mark's words are of; `further`: a pack's own words for outcomes, which come first."""
    phrases = _phrases(tuple(sorted(further.items())))
    tokens = [token for token in tokenise(words) if token.kind != "p" and token.text not in ARTICLES]
    found: list[Outcome] = []
    left: list[str] = []
    bad = False
    place = 0
    while place < len(tokens):
        match = _phrase_at(tokens, place, phrases)
        if match is not None:
            named, length, said = match
            found.append(named)
            bad = bad or said in outcome_words().bad
            place += length
            continue
        token = tokens[place]
        if not any(word_fits(pattern, token) for pattern in _neutral().get(token.text[:2], ())):
            left.append(words[token.start : token.end])
        place += 1
    outcome = found[0] if len(set(found)) == 1 else None
    return OutcomeNamed(outcome=outcome, left=tuple(left), bad=bad)


def outcome_at(tokens: Sequence[Token], place: int) -> tuple[Outcome, int, str] | None:
    """The longest phrase of an outcome that begins here, its length in tokens, and the phrase; in any field's words."""
    return _phrase_at(tokens, place, _phrases(()))


def _phrase_at(tokens: Sequence[Token], place: int, phrases: _Phrases) -> tuple[Outcome, int, str] | None:
    for outcome, words, phrase in phrases.get(tokens[place].text[:2], ()):
        part = tokens[place : place + len(words)]
        if len(part) == len(words) and all(word_fits(word, token) for word, token in zip(words, part, strict=True)):
            return outcome, len(words), phrase
    return None


def word_fits(word: str, token: Token) -> bool:
    """Whether a token is a word of data: the word, its plural, or anything that begins with it before a `*`."""
    return token.text.startswith(word[:-1]) if word.endswith("*") else token.text in (word, f"{word}s")


@lru_cache(maxsize=8)
def _phrases(further: tuple[tuple[Outcome, tuple[str, ...]], ...]) -> _Phrases:
    """Outcome phrases by their first two letters, the longest first, of equally long ones a pack's own."""
    own = [(outcome, phrase) for outcome, phrases in further for phrase in phrases]
    found: dict[str, list[tuple[Outcome, tuple[str, ...], str]]] = {}
    common = [(outcome, phrase) for outcome, phrases in outcome_words().outcomes.items() for phrase in phrases]
    for outcome, phrase in (*own, *common):
        # As cells are read: "top-1 accuracy" is three words.
        words = tuple(part for part in re.split(r"[\s-]+", phrase.lower().replace("ё", "е")) if part)
        if words:
            found.setdefault(words[0][:2], []).append((outcome, words, phrase))
    return {key: tuple(sorted(rows, key=lambda row: -len(row[1]))) for key, rows in found.items()}


@lru_cache(maxsize=1)
def _neutral() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in outcome_words().neutral:
        found.setdefault(word[:2], []).append(word)
    return {key: tuple(words) for key, words in found.items()}
