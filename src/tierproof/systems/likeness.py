"""When two answers are the same, and how alike two texts are.

Enters: texts.  Leaves: a normal form, and numbers from 0 to 1.  Must not know who wrote them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

__all__ = ["medoid", "normal_form", "number_in", "token_f1"]

ARTICLES = frozenset({"a", "an", "the"})
NUMBER = re.compile(
    r"(?:(?<![\w.])[-+−])?(?:(?:\d{1,3}(?:[,\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?|(?<!\w)\.\d+)(?:[eE][-+]?\d+)?"
)
FRACTION = re.compile(r"(?<![\w./])([-−]?\d{1,15})\s?/\s?(\d{1,15})(?![\w/]|\.\d)")
LONGEST_NUMBER = 60


def normal_form(text: str) -> str:
    """A text without what does not matter in a short answer: case, punctuation, articles, spaces.

    As SQuAD's official scorer does (Rajpurkar et al. 2016), for all scripts; a number is written one way (`1,000.0` is
    `1000`), and keeps its sign and its point.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    parts = [part for word in folded.split() if (part := _plain(word))]
    # An answer that is an article and nothing else is the letter of an option.
    return " ".join([part for part in parts if part not in ARTICLES] or parts)


def _plain(word: str) -> str:
    core = word.strip(".,;:!?'\"()[]{}$€£%*`")
    signed = core if not word.lstrip("('\"*`$€£").startswith(("-", "−")) else "-" + core.lstrip("-−")
    if NUMBER.fullmatch(signed):
        value = _decimal(signed)
        if value is not None:
            return format(value.normalize(), "f")
    return "".join(letter for letter in word if unicodedata.category(letter)[0] != "P")


def _decimal(text: str) -> Decimal | None:
    if len(text) > LONGEST_NUMBER:
        return None
    try:
        value = Decimal(re.sub("[,\u00a0\u202f ]", "", text).replace("−", "-"))
    except InvalidOperation:
        return None
    return value if abs(value.adjusted()) < LONGEST_NUMBER else None


def number_in(text: str) -> float | None:
    """The last number in a text, which is where an answer stands; None where there is none.

    In English notation: `1,234.5`.  `12 %` is 12, `3/4` is 0.75, the 5 of `3-5` is not negative.
    """
    last: tuple[int, float] | None = None
    for match in NUMBER.finditer(text):
        value = _decimal(match[0])
        if value is not None and math.isfinite(float(value)):
            last = match.end(), float(value)
    for match in FRACTION.finditer(text):
        if last is not None and match.end() == last[0] and int(match[2]):
            return int(match[1].replace("−", "-")) / int(match[2])
    return last[1] if last is not None else None


def token_f1(one: str, other: str) -> float:
    """Harmonic mean of the shares of words that each of two texts has in common with the other, repeats counted."""
    left, right = normal_form(one).split(), normal_form(other).split()
    if not left or not right:
        return float(left == right)
    common = sum((Counter(left) & Counter(right)).values())
    return 2 * common / (len(left) + len(right))


def medoid(texts: Sequence[str]) -> int:
    """Place of the text that is most like all others; of equals the first.

    Minimum Bayes risk under token F1 (Kumar and Byrne, NAACL 2004).
    """
    totals = [
        sum(token_f1(text, other) for place, other in enumerate(texts) if place != own)
        for own, text in enumerate(texts)
    ]
    return max(range(len(texts)), key=lambda place: (totals[place], -place))
