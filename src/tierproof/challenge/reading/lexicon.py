"""Words to items: what each stretch of a sentence does in a claim.

Enters: tokens and a vocabulary.  Leaves: items, each with the labels of the longest known phrase that begins there and
the technique named there, if any.  Knows nothing of grammar: `tone`, `clauses` and `forms` read the items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from tierproof.challenge.reading.english import ENGLISH
from tierproof.challenge.reading.figures import WORDS
from tierproof.challenge.reading.russian import RUSSIAN
from tierproof.challenge.reading.tokens import Token, tokenise
from tierproof.challenge.reading.vocabulary import ARTICLES, Spelling, Vocabulary, mend, spelling

__all__ = ["Item", "items_of", "spelling_of"]

_GAP = 3
_SHORTEST_MENDED_PHRASE_WORD = 5
_AFTER_A_COMMA = frozenset(("что", "чем", "чтобы", "that"))
"""Words that Russian sets off by a comma inside a phrase."""
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch of a sentence: a known phrase, a name, a number, a mark, or a word of no known use."""

    labels: Mapping[str, str]
    """Value by label; most labels have the empty value."""
    mention: str | None
    """Technique named here."""
    text: str
    """Lower-case words, joined by spaces."""
    start: int
    end: int
    """Characters of the source."""
    kind: str
    """As `Token.kind`; `w` for a phrase."""
    together: tuple[str, ...] = ()
    """All the techniques that the name here stands for, if for more than one; `mention` is the first."""

    def has(self, *labels: str) -> bool:
        """Whether any of `labels` is on the item."""
        return not self.labels.keys().isdisjoint(labels)


class _Phrase(NamedTuple):
    words: tuple[tuple[str, str], ...]
    """How and what to match: `stem`, `exact`, `prefix`, or `gap`."""
    labels: Mapping[str, str]


def items_of(tokens: Sequence[Token], vocabulary: Vocabulary, spelling: Spelling) -> list[Item]:
    """Items of one sentence, in order, covering each token but articles once."""
    words = [_mended(token, spelling) for token in tokens if token.text not in ARTICLES]
    taken = [False] * len(words)
    items: list[Item] = []
    for place, token in enumerate(words):
        if taken[place]:
            continue
        if token.kind == "p":
            items.append(Item({"mark": token.text}, None, token.text, token.start, token.end, "p"))
            continue
        matched, labels = _longest_phrase(words, place, taken)
        whole = matched == tuple(range(place, place + len(matched)))
        for inner in range(place + 1, place + len(matched)) if whole else ():
            within = vocabulary.at(words, inner)
            if within is not None and inner + within[1] > place + len(matched):
                # "Only tool use": the name that goes on beyond the phrase is the one that is meant.
                matched, labels = _longest_phrase(words[:inner], place, taken[:inner])
                break
        found = vocabulary.at(words, place)
        mention = None
        if found is not None and found[1] >= len(matched) and not any(taken[place : place + found[1]]):
            mention, length = found
            if length > len(matched):
                matched, labels = tuple(range(place, place + length)), _NOTHING
        together = vocabulary.shared_at(token) if mention is None and len(matched) < 2 else ()
        if together:
            mention, labels = together[0], _NOTHING
        used = matched or (place,)
        for index in used:
            taken[index] = True
        text = " ".join(words[index].text for index in used)
        # A phrase with a gap claims only its own words: those that the gap lets pass speak for themselves.
        end = token.end if used[-1] - used[0] >= len(used) else words[used[-1]].end
        items.append(Item(labels, mention, text, token.start, end, token.kind if len(used) == 1 else "w", together))
    return items


@lru_cache(maxsize=8)
def spelling_of(vocabulary: Vocabulary) -> Spelling:
    """Which words are known, and which may be mended: names from five letters, words of phrases from seven."""
    index, phrase_words = _compiled()
    long_words = {word for word in phrase_words if len(word) >= _SHORTEST_MENDED_PHRASE_WORD}
    beginnings = {phrase.words[0][1] for key, phrases in index.items() if key[0] == "*" for phrase in phrases}
    return spelling(
        phrase_words | vocabulary.words | WORDS, long_words | vocabulary.words, vocabulary.words, beginnings
    )


def _mended(token: Token, spelling: Spelling) -> Token:
    if token.kind != "w":
        return token
    word = mend(token.text, spelling)
    return token if word == token.text else tokenise(word)[0]._replace(start=token.start, end=token.end)


def _longest_phrase(
    words: Sequence[Token], place: int, taken: Sequence[bool]
) -> tuple[tuple[int, ...], Mapping[str, str]]:
    index, _ = _compiled()
    token = words[place]
    best: tuple[int, ...] = ()
    labels: dict[str, str] = {}
    for key in (f"={token.text}", f"~{token.stem}", f"*{token.text[:3]}"):
        for phrase in index.get(key, ()):
            if len(phrase.words) < len(best):
                continue
            matched = _match(phrase.words, words, place, taken)
            if len(matched) > len(best):
                best, labels = matched, dict(phrase.labels)
            elif matched and len(matched) == len(best):
                labels = {**phrase.labels, **labels}
    return best, labels


def _match(
    pattern: Sequence[tuple[str, str]], words: Sequence[Token], place: int, taken: Sequence[bool]
) -> tuple[int, ...]:
    matched: list[int] = []
    gap = 0
    for how, what in pattern:
        if how == "gap":
            gap = _GAP
            continue
        limit = min(place + gap, len(words) - 1)
        if place < len(words) - 1 and words[place].text == "," and what in _AFTER_A_COMMA and matched:
            place += 1
            limit += 1
        if (
            matched
            and not gap
            and place < len(words) - 1
            and words[place].text in _adverbs()
            and not _fits(how, what, words[place])
        ):
            place += 1  # "does absolutely nothing"
            limit += 1
        while place <= limit and not (not taken[place] and _fits(how, what, words[place])):
            if words[place].kind == "p":
                return ()
            place += 1
        if place > limit:
            return ()
        matched.append(place)
        place += 1
        gap = 0
    return tuple(matched)


@lru_cache(maxsize=1)
def _adverbs() -> frozenset[str]:
    """Single words that carry nothing and may stand inside any phrase."""
    phrases = "|".join((ENGLISH["fill"], RUSSIAN["fill"])).split("|")
    return frozenset(phrase.strip() for phrase in phrases if " " not in phrase.strip() and "*" not in phrase)


def _fits(how: str, what: str, token: Token) -> bool:
    if token.kind == "p":
        return False
    if how == "stem":
        return token.stem == what
    return token.text == what if how == "exact" else token.text.startswith(what)


@lru_cache(maxsize=1)
def _compiled() -> tuple[Mapping[str, tuple[_Phrase, ...]], frozenset[str]]:
    """Phrases by the key of their first word, and every whole word in them."""
    merged: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    known: set[str] = set()
    for table in (ENGLISH, RUSSIAN):
        for name, phrases in table.items():
            label, _, value = name.partition(":")
            for phrase in phrases.split("|"):
                for words in product(*(word.split("/") for word in phrase.split())):
                    if pattern := _pattern(words, known):
                        merged.setdefault(pattern, {}).setdefault(label, value)
    index: dict[str, list[_Phrase]] = {}
    for pattern, labels in merged.items():
        how, what = pattern[0]
        key = f"~{what}" if how == "stem" else f"={what}" if how == "exact" else f"*{what[:3]}"
        index.setdefault(key, []).append(_Phrase(pattern, labels))
    # Longest first, so that the scan can stop looking at shorter ones.
    return (
        {key: tuple(sorted(found, key=lambda phrase: -len(phrase.words))) for key, found in index.items()},
        frozenset(known),
    )


def _pattern(words: Iterable[str], known: set[str]) -> tuple[tuple[str, str], ...]:
    pattern: list[tuple[str, str]] = []
    for word in words:
        if word == "~":
            pattern.append(("gap", ""))
            continue
        if word.startswith("="):
            known.add(word[1:])
            pattern.append(("exact", word[1:]))
            continue
        if word.endswith("*"):
            pattern.append(("prefix", word[:-1].replace("ё", "е")))
            continue
        for token in tokenise(word):
            if token.text in ARTICLES:
                continue
            known.add(token.text)
            # Russian stems run together ("точно", "точнее"): there the table lists forms or says `*`.
            pattern.append(("exact", token.text) if "а" <= token.text[0] <= "я" else ("stem", token.stem))
    return tuple(pattern)
