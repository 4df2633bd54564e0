"""Numbers in words of languages whose words are data (`numerals.toml`), as digits.

Enters: a text without digits, in any language.  Leaves: the same with the number words of one language in digits.
Must not know which number counts.

A word that is another too (an article, `neuf` that means new) is a number only where nothing else is said, or where it
is stated.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import msgspec

__all__ = ["numerals_in_digits"]

STATED = re.compile(
    r"(?:^|[:=]|\b(?:ist|sind|est|sont|es|son|равн[оа]|равен|будет|это))[\s*_`\"'«„$(]*$", re.IGNORECASE
)
ENDS = re.compile(r"[\s*_`\"'»“$).!]*(?:$|[.!\n])")
BLANK = r"(?:[ \u00a0]|-)"


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Number words of a language, as they stand in the file."""

    values: dict[str, str]
    sizes: dict[str, str]
    parts: dict[str, str]
    joins: str = ""
    said: str = ""
    wide: str = ""
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    values: Mapping[str, float]
    sizes: Mapping[str, float]
    parts: Mapping[str, float]
    joins: frozenset[str]
    said: frozenset[str]
    wide: frozenset[float]
    word: re.Pattern[str]
    phrase: re.Pattern[str]
    turned: re.Pattern[str] | None
    """Ones before their tens, in a language that says them so."""


@functools.cache
def languages() -> tuple[Language, ...]:
    text = files(__package__).joinpath("numerals.toml").read_text(encoding="utf-8")
    tables = msgspec.convert(tomllib.loads(text), dict[str, Words])
    return tuple(map(_language, tables.values()))


def _by_word(table: Mapping[str, str]) -> dict[str, float]:
    return {word: float(value) for value, words in table.items() for word in words.split()}


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word).replace(r"\-", BLANK) for word in sorted(words, key=len, reverse=True))


def _language(words: Words) -> Language:
    values, sizes, parts = map(_by_word, (words.values, words.sizes, words.parts))
    joins = words.joins.split()
    word, gap = _any([*values, *sizes, *parts]), _any(joins)
    between = rf"(?:{BLANK}(?:(?:{gap}){BLANK})?" + (rf"|(?:{gap})?)" if words.glued else ")")
    ones, tens = (
        _any([one for one, value in values.items() if low <= value < high]) for low, high in ((1, 10), (20, 100))
    )
    return Language(
        values=values,
        sizes=sizes,
        parts=parts,
        joins=frozenset(joins),
        said=frozenset(words.said.split()),
        wide=frozenset(map(float, words.wide.split())),
        word=re.compile(f"{word}|{gap}", re.IGNORECASE),
        # Atomic: `achtzehn` has two parts that are numbers too, so that a run of it could be parted in 2^n ways.
        phrase=re.compile(rf"(?<![\w-])(?>{word})(?>{between}(?>{word}))*+(?![\w-])", re.IGNORECASE),
        turned=re.compile(rf"({ones})(?:{gap})({tens})", re.IGNORECASE) if words.glued else None,
    )


def numerals_in_digits(text: str) -> tuple[str, int]:
    """A text with the number words of the language that has most letters of it in digits, and how many letters these
    were; what is none stays.
    """
    return max((_read(language, text) for language in languages()), key=lambda one: one[1])


def _read(language: Language, text: str) -> tuple[str, int]:
    parts, place, letters = list[str](), 0, 0
    for match in language.phrase.finditer(text):
        found = _written(language, match)
        if found is not None:
            parts += [text[place : match.start()], found]
            place, letters = match.end(), letters + len(match[0])
    return "".join([*parts, text[place:]]), letters


def _written(language: Language, match: re.Match[str]) -> str | None:
    phrase = match[0].lower()
    if phrase in language.said:
        before, after = match.string[: match.start()], match.string[match.end() :]
        if not (STATED.search(before) and ENDS.match(after)):
            return None
    if language.turned is not None:
        phrase = language.turned.sub(r"\2 \1", phrase)
    words = [re.sub(BLANK, "-", word) for word in language.word.findall(phrase)]
    value = _value(language, words)
    return None if value is None else f"{value:.15g}"


def _value(language: Language, words: list[str]) -> float | None:
    """What the words of a phrase come to; None where they are several numbers, or none."""
    *before, last = words
    if last in language.parts:
        bottom = language.parts[last]
        joined = bool(before) and before[-1] in language.joins
        whole = _whole(language, before[:-1] if joined else before)
        if not before:
            return 1 / bottom if bottom == 2 else None
        return None if whole is None else whole + 1 / bottom if joined else whole / bottom
    return _whole(language, words)


def _whole(language: Language, words: Sequence[str]) -> float | None:
    """Sizes multiply what stands before them, all else is added where there is room for it."""
    total, group, room, last = 0.0, 0.0, 1000.0, float("inf")
    for word in words:
        if word in language.joins:
            continue
        if word in language.parts:
            return None
        size = language.sizes.get(word)
        if size == 100:
            if room < 100 and group >= 10:
                return None
            group, room = (group or 1) * size, 100
        elif size is not None:
            if size >= last:
                return None
            total, group, room, last = total + (group or 1) * size, 0.0, 1000.0, size
        else:
            value = language.values[word]
            if value >= room:
                return None
            group += value
            room = 20 if value in language.wide else 10 if value >= 20 and value < 100 else 100 if value >= 100 else 0
    return total + group if words else None
