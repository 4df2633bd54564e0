"""A place in a table as it is written, to where it stands in its order.

Enters: a cell, a head or a label ("S", "Tier 1", "A+", "adopt", "2 место", "must have").  Leaves: a `Place`.  Knows
nothing of tables.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from tierproof.challenge.audits.tables.words import PLACES, WORDS, words_of
from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["Place", "from_worst", "orders_otherwise", "otherwise", "place_of"]

_LETTERS: Final = "sabcdef"
_LOOKALIKE: Final = str.maketrans("авсе", "abce")
"""Cyrillic letters that a Russian keyboard puts in the place of Latin ones."""
_ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")
_BESIDE: Final = "|".join(WORDS.place_words)
_CORE: Final = (
    r"(?P<number>\d{1,3}(?:[.,]\d+)?)(?:st|nd|rd|th|-?(?:й|я|е|ое|ый|ая))?"
    r"|[pt](?P<level>\d)"
    rf"|(?P<letter>s{{1,3}}|[abcdef](?:/[abcdef])?)(?P<shade>\+{{1,2}}|-{{1,2}}(?!\s*(?:{_BESIDE})))?"
    r"|(?P<roman>i{1,3}|iv|vi{0,3})"
    rf"|(?P<word>{'|'.join(sorted(map(re.escape, PLACES), key=len, reverse=True))})"
)
_PLACE: Final = re.compile(
    rf"(?:(?P<before>(?:{_BESIDE})(?![^\W\d_])|#|№)\s*[-:#№]?\s*)?(?:{_CORE})"
    rf"(?:\s*-?\s*(?P<after>{_BESIDE}))?(?P<rest>\s*(?:[–—:(,;|].*|-(?!\w).*|\.)?|\s+-.*)"
)


class Place(NamedTuple):
    scale: str
    """`number`, `letter`, `ring`, `need`, `degree`, `metal`, `score`: places of one table share it."""
    value: float
    """The smaller the better."""
    labelled: bool = False
    """Whether a word such as "tier" stands beside it."""
    remark: str = ""
    """What follows it."""


def place_of(text: str) -> Place | None:
    """The place that `text` states, and nothing else; None where it states none.

    A remark may follow it after a mark ("A: must have", "S (proven)").
    """
    shown = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    if (drawn := _drawn(shown)) is not None:
        return drawn
    bare = "".join(c for c in shown if unicodedata.category(c) not in ("So", "Sk", "Cf", "Mn")).strip(" *_`~\t[]")
    if re.fullmatch(r"[авсе][+-]{0,2}|(?:тир|уровень|класс)\s+[авсе][+-]{0,2}|[авсе][+-]{0,2}[- ]тир", bare):
        bare = re.sub(r"(?<![а-я])[авсе](?![а-я])", lambda m: m[0].translate(_LOOKALIKE), bare)
    match = _PLACE.fullmatch(bare)
    if match is None:
        return None
    labelled = bool(match["before"] or match["after"])
    remark = match["rest"].strip(" .:-–—(),;|")
    scale, value = _value(match)
    return Place(scale, value, labelled, remark)


def _drawn(shown: str) -> Place | None:
    """Stars, medals, and points out of so many."""
    if stars := sum(shown.count(star) for star in "★⭐"):
        return Place("score", -float(stars))
    if (medal := next((medal for medal in "🥇🥈🥉" if medal in shown), None)) is not None:
        return Place("metal", PLACES[medal][1])
    points = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d+)?)\s*/\s*\d{1,3}\s*", shown)
    return Place("score", -float(points[1].replace(",", "."))) if points is not None else None


def _value(match: re.Match[str]) -> tuple[str, float]:
    if number := match["number"] or match["level"]:
        return "number", float(number.replace(",", "."))
    if match["roman"]:
        return "number", _ROMAN.index(match["roman"]) + 1.0
    if match["word"]:
        return PLACES[match["word"]]
    # "SS" is above "S"; "A/B" is between.
    letters = "s" if match["letter"][0] == "s" else match["letter"].replace("/", "")
    marks = match["shade"] or ""
    shade = marks.count("-") - marks.count("+") - (len(match["letter"]) - 1) * (letters == "s")
    return "letter", sum(_LETTERS.index(letter) + 1.0 for letter in letters) / len(letters) + 0.3 * shade


def orders_otherwise(line: str) -> bool:
    """Whether a line over a list, or a head, says that it is ordered by something else, or from the worst on."""
    return _ordered_by(WORDS.other_orders, line)


def from_worst(line: str) -> bool:
    """Whether it says that it is ordered from the worst on."""
    return _ordered_by(WORDS.worst, line)


def _ordered_by(beginnings: tuple[str, ...], line: str) -> bool:
    words = words_of(line)
    return any(word.startswith(beginnings) for word in words) and not any(word.startswith(WORDS.best) for word in words)


def otherwise(line: str) -> InputError:
    """What is wrong where a line says that the order is another."""
    what = gettext("'{line}' says that the order is by something else, or from the worst on", line=line[:60])
    return InputError.of(what, remedy=gettext("a place for each, 1 the best, or S, A, B, C, D"))
