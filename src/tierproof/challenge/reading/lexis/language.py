"""Which language a text is in, as far as parsing needs to know.

Enters: text.  Leaves: `en`, `ru` or `other`.  Knows nothing of claims.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from tierproof.challenge.reading.lexis.closed import closed

__all__ = ["Language", "language_of"]

Language = Literal["en", "ru", "other"]

_SAMPLE = 5_000
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH: Final = closed("english")
# None that is an English word or sign too, as French “plus” and Portuguese “os” are.
_FOREIGN: Final = closed("foreign") - _ENGLISH


def language_of(text: str) -> Language:
    """The language of `text`; technique names alone count as English.

    Cyrillic means Russian unless letters that Russian lacks stand in it; any other script, or Latin letters with more
    function words of another language than of English, is `other`.
    """
    words = [word.lower() for word in _WORD.findall(text[:_SAMPLE])]
    letters = "".join(words)
    if not letters:
        return "en"
    cyrillic = sum("Ѐ" <= letter <= "ӿ" for letter in letters)
    latin = sum(letter < "ɐ" for letter in letters)
    if cyrillic + latin < 0.7 * len(letters):
        return "other"
    if cyrillic >= 0.15 * len(letters):
        return "other" if sum(letters.count(letter) for letter in "іїєґўјљњћџ") > 0.01 * cyrillic else "ru"
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    return "other" if foreign > english else "en"
