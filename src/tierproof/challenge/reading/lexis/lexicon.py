"""What the words of a sentence do in a claim: the two languages' tables, and the scan that applies them.

Enters: tokens and the vocabulary of techniques.  Leaves: `Item`s: a phrase with its labels, a technique named, or a
word that no table knows.  The tables are data (`words/*.toml`), checked when they are loaded.  Knows nothing of
grammar.

A label is a name, or a name and a value ("out:cost:-": the outcome cost, of which less is better).  The longest phrase
that begins at a word wins; its labels are all that the tables give to it.  One look-up a word and phrase length:
linear.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from types import MappingProxyType
from typing import Final, Literal

from tierproof.challenge.claim import Bound
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.tokens import Token, tokenise
from tierproof.challenge.reading.lexis.vocabulary import ARTICLES, Spelling, Vocabulary, mend, spelling
from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["LABELS", "Amount", "Item", "items_of", "labels_of", "read_words", "spelling_of"]

LANGUAGES: Final = ("en", "ru")
LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # words that carry no claim
        "filler": "articles, auxiliaries, prepositions that decide nothing",
        "generic": "nouns for whatever is improved: model, answers, system",
        "emphasis": "tone inside a clause: obviously, of course",
        "person": "somebody: I, you, our",
        "att": "what somebody thinks, says or asks",
        "opine": "what somebody thinks: its denial is doubt",
        "against": "turns what it frames: reject, refute, impossible",
        "affirm": "it is true that",
        "claim-that": "the claim that",
        "pron": "a pronoun that may stand for a technique",
        "degree": "much, dramatically: says that it is a lot, and not how much",
        # denial, quantity over settings
        "not": "denial",
        "hardly": "a denial in all but name",
        "denial": "it is false that",
        "denial-after": "..., that is a myth",
        "cannot": "cannot: denies that it can",
        "always": "in all settings",
        "usually": "in most settings",
        "sometimes": "in some settings",
        "can": "in some settings, as a possibility",
        "rarely": "in few settings",
        "never": "in no setting",
        "every": "all of those named next",
        "most": "most of those named next",
        "some": "some of those named next",
        "noone": "none of those named next",
        "few": "hardly anybody",
        "noone-uses": "nobody",
        "unit": "those in whose settings something holds: teams, users, projects",
        # figures
        "num": "a number",
        "den": "a denominator: thirds",
        "frac": "a share, in percent: half",
        "mult": "a multiple: twice",
        "multup": "a verb of a multiple: doubles",
        "half": "a verb of halving",
        "measure": "a unit: percent, times",
        "bound": "at least, at most, about",
        "between": "opens a range",
        "to": "joins the ends of a range",
        "month": "a month",
        # two sides
        "beat": "is better than",
        "lose": "is worse than",
        "reach": "comes up to",
        "equal": "is as good as",
        "than": "than",
        "versus": "compared with",
        "instead": "in place of",
        "by": "marks who does it",
        "with": "with",
        "without": "without",
        "as": "as ... as",
        "asmuch": "as much",
        "baseline": "the system as it is",
        "more": "more, higher",
        "less": "less, fewer, lower",
        # what is said
        "up": "moves up",
        "down": "moves down",
        "better": "improves",
        "worse": "worsens",
        "help": "is of use",
        "harm": "does harm",
        "null": "does nothing",
        "affect": "changes",
        "effect": "an effect",
        "bring": "brings about",
        "kept": "keeps as it is",
        "costs": "costs",
        "adj": "a comparative: outcome, and which way it is",
        "pos": "the same without comparison: expensive",
        "hallucinate": "makes things up",
        "benefitfrom": "gains from",
        "suffer": "is hurt by",
        "out": "an outcome, and whether more of it is better",
        "best": "the best",
        "bestof": "the best in an outcome",
        "worst": "the worst",
        "oneof": "one of",
        "hype": "more talk than effect",
        "hypeok": "the talk is deserved",
        "underrated": "less talk than effect",
        "worth": "pays",
        "worthless": "does not pay",
        "replace": "stands in for",
        "irreplaceable": "nothing stands in for it",
        "obsolete": "needed no more",
        "only": "only",
        "only-one": "the only one that works",
        "nothing-but": "nothing but",
        "nothing-works": "nothing works",
        "nothing": "nothing",
        "alone": "by itself",
        "combined": "together with something else",
        "not-enough": "not enough",
        "adopt": "in wide use",
        "unadopted": "in little use",
        "use": "uses",
        "depends": "depends on",
        "factor": "what an effect may depend on",
        "whether": "whether",
        # joints and circumstances
        "if": "opens a circumstance",
        "because": "opens a reason",
        "but": "opens the other half",
        "and": "joins",
        "or": "joins alternatives",
        "question": "a question mark",
        "size": "models of a size",
        "bare": "a size, its noun left out",
        "task": "a task family",
        "load": "a load",
        "data": "an amount of data",
        "setting": "where",
        "ignoring": "what is left out of account",
        "role": "whose use",
        "class": "what stands for no single technique",
        "weak": "a little: less than what would count",
        "total": "completely: all of it",
        "alike": "two are alike",
        "twotimes": "before a multiple",
    }
)  # fmt: skip
"""Every label that a table may use, and what it says."""
_GAP: Final = 3
_INFLECTED: Final = closed("inflected")
"""Labels whose English words match in any inflection; of the rest, words of grammar above all, each form is listed."""
_AFTER_A_COMMA: Final = closed("after_a_comma")


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with its unit and bound, as it is said."""

    value: float
    unit: Literal["percent", "times", "points", "usd", "seconds"]
    high: float | None = None
    """Upper end of a range."""
    bound: Bound | None = None
    up: bool = False
    """Said by a verb that moves its outcome up: doubles."""
    share: bool = False
    """Said as a fraction: half, two thirds."""


@dataclass(frozen=True, slots=True)
class Item:
    """A word or phrase of the text."""

    text: str
    start: int
    end: int
    kind: str
    """As of a token: `w` word, `n` number, `p` punctuation."""
    labels: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    """Techniques, or forms of one, that it names."""
    amount: Amount | None = None

    def has(self, *labels: str) -> bool:
        return any(label in self.labels for label in labels)


Outcomes = tuple[tuple[str, tuple[str, ...]], ...]
"""As of a `Vocabulary`."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[tuple[str, str], ...]
    labels: Mapping[str, str]


def read_words(language: str) -> Mapping[str, tuple[str, ...]]:
    """The table of a language.  Raises InputError for a label that is not known, or a phrase that is none."""
    place = files("tierproof.challenge.reading") / "words" / f"{language}.toml"
    table = tomllib.loads(place.read_text(encoding="utf-8"))
    for key, phrases in table.items():
        if key.partition(":")[0] not in LABELS:
            raise InputError.of(Message("is no label"), remedy=", ".join(LABELS), field=f"{language}.{key}")
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) and phrase.strip() for phrase in phrases):
            raise InputError.of(Message("is no list of phrases"), field=f"{language}.{key}")
    return {key: tuple(phrases) for key, phrases in table.items()}


def items_of(tokens: Sequence[Token], vocabulary: Vocabulary, known: Spelling) -> list[Item]:
    """The sentence as items, from left to right."""
    words = [_mended(token, known) for token in tokens if token.text not in ARTICLES]
    taken = [False] * len(words)
    items: list[Item] = []
    for place, token in enumerate(words):
        if taken[place]:
            continue
        named = vocabulary.form_at(words, place)
        shared, together = vocabulary.shared_at(words, place)
        length = max(together, 0 if named is None else named[1])
        matched, labels = _longest_phrase(words, place, taken, vocabulary.outcomes)
        for inner in (
            range(place + 1, place + len(matched)) if matched == tuple(range(place, place + len(matched))) else ()
        ):
            within = vocabulary.form_at(words, inner)
            if within is not None and inner + within[1] > place + len(matched) and "noone" not in labels:
                # "Only tool use": the name that goes on beyond the phrase is the one that is meant.
                matched, labels = _longest_phrase(words[:inner], place, taken[:inner], vocabulary.outcomes)
                break
        if shared and together >= len(matched) + (named is None):
            items.append(_item(words, tuple(range(place, place + together)), {}, shared))
            for where in range(place, place + together):
                taken[where] = True
        elif named is not None and length >= len(matched):
            sized = labels if {"size", "factor"} & labels.keys() and length == len(matched) else {}
            items.append(_item(words, tuple(range(place, place + length)), sized, (named[0],)))
            for where in range(place, place + length):
                taken[where] = True
        elif matched:
            items.append(_item(words, matched, labels))
            for where in matched:
                taken[where] = True
        else:
            items.append(Item(token.text, token.start, token.end, token.kind))
    return items


@lru_cache(maxsize=8)
def spelling_of(vocabulary: Vocabulary) -> Spelling:
    """Every word that the tables or the vocabulary know, for mending slips."""
    index, phrase_words = _compiled(vocabulary.outcomes)
    long_words = {word for word in phrase_words if len(word) >= 7}
    beginnings = {phrase.words[0][1] for key, phrases in index.items() if key[0] == "*" for phrase in phrases}
    return spelling(phrase_words | vocabulary.words, long_words | vocabulary.words, vocabulary.words, beginnings)


@lru_cache(maxsize=200)
def labels_of(word: str) -> Mapping[str, str]:
    """What the tables say of one word by itself."""
    return _longest_phrase(tokenise(word), 0, (False,))[1]


def _item(
    words: Sequence[Token], places: tuple[int, ...], labels: Mapping[str, str], named: tuple[str, ...] = ()
) -> Item:
    text = " ".join(words[place].text for place in places)
    return Item(text, words[places[0]].start, words[places[-1]].end, words[places[0]].kind, labels, named)


def _mended(token: Token, known: Spelling) -> Token:
    if token.kind != "w":
        return token
    word = mend(token.text, known)
    return token if word == token.text else tokenise(word)[0]._replace(start=token.start, end=token.end)


def _longest_phrase(
    words: Sequence[Token], place: int, taken: Sequence[bool], outcomes: Outcomes = ()
) -> tuple[tuple[int, ...], Mapping[str, str]]:
    index, _ = _compiled(outcomes)
    token = words[place]
    best: tuple[int, ...] = ()
    labels: dict[str, str] = {}
    for key in (f"={token.text}", f"~{token.stem}", f"*{token.text[:3]}"):
        for phrase in index.get(key, ()):
            if len(phrase.words) < len(best):
                break  # the longest come first
            matched = _match(phrase.words, words, place, taken)
            if len(matched) > len(best):
                best, labels = matched, dict(phrase.labels)
            elif matched and len(matched) == len(best):
                labels = {**phrase.labels, **labels}
    if "out" in labels:
        labels.pop("pos", None)  # "стабильность" is no "стабильный"
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
        if matched and place < len(words) and words[place].text == "," and what in _AFTER_A_COMMA:
            place += 1
        limit = min(place + gap, len(words) - 1)
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


def _fits(how: str, what: str, token: Token) -> bool:
    if how == "stem":
        return token.stem == what
    return token.text == what if how == "exact" else token.text.startswith(what)


@lru_cache(maxsize=4)
def _compiled(outcomes: Outcomes = ()) -> tuple[Mapping[str, tuple[_Phrase, ...]], frozenset[str]]:
    """Phrases by the key of their first word, and every whole word in them; a pack's `outcomes` before the tables."""
    merged: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    known: set[str] = set()
    own: set[tuple[tuple[str, str], ...]] = set()
    entry = cache(_entry_of)  # each word stands in many phrases
    tables = [{f"out:{label}": phrases for label, phrases in outcomes}, *map(read_words, LANGUAGES)]
    for table in tables:
        for name, phrases in table.items():
            label, _, value = name.partition(":")
            for phrase in phrases:
                for words in product(*(word.split("/") if len(word) > 1 else [word] for word in _words_of(phrase))):
                    pattern = _pattern(words, label in _INFLECTED, entry, known)
                    # What a pack calls an outcome is nothing else in its field.
                    if pattern and (table is tables[0] or pattern not in own):
                        merged.setdefault(pattern, {}).setdefault(label, value)
        if table is tables[0]:
            own = set(merged)
    index: dict[str, list[_Phrase]] = {}
    for pattern, labels in merged.items():
        how, what = pattern[0]
        key = f"~{what}" if how == "stem" else f"={what}" if how == "exact" else f"*{what[:3]}"
        index.setdefault(key, []).append(_Phrase(pattern, labels))
    return (
        {key: tuple(sorted(found, key=lambda phrase: -len(phrase.words))) for key, found in index.items()},
        frozenset(known),
    )


def _words_of(phrase: str) -> list[str]:
    """As `tokenise` takes them: "a little" is one."""
    words: list[str] = []
    for word in phrase.split():
        if words and words[-1] == "a" and len(tokenise(f"a {word}")) == 1:
            words[-1] = f"a {word}"
        else:
            words.append(word)
    return words


def _pattern(
    words: Iterable[str], inflected: bool, entry: Callable[[str, bool], _Entry], known: set[str]
) -> tuple[tuple[str, str], ...]:
    pattern: list[tuple[str, str]] = []
    for word in words:
        if word == "~" and pattern:
            pattern.append(("gap", ""))
            continue
        parts, whole = entry(word, inflected)
        pattern += parts
        known.update(whole)
    return tuple(pattern)


_Entry = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]
"""Parts of a pattern, and the whole words in them."""


def _entry_of(word: str, inflected: bool) -> _Entry:
    """What one word of a phrase stands for."""
    if word == "~":
        return (("exact", word),), ()
    if word.startswith("=") and len(word) > 1:
        return (("exact", word[1:]),), (word[1:],)
    if word.endswith("*") and len(word) > 1:
        return (("prefix", word[:-1].replace("ё", "е")),), ()
    tokens = [token for token in tokenise(word) if token.text not in ARTICLES]
    parts = []
    for token in tokens:
        exact = not inflected or "а" <= token.text[0] <= "я" or token.kind != "w" or len(token.text) < 3
        parts.append(("exact", token.text) if exact else ("stem", token.stem))
    return tuple(parts), tuple(token.text for token in tokens)
