"""Stems of English and Russian words, so that names and words match in any inflection.

Enters: one lower-case word.  Leaves: its stem, by the Snowball stemmers.  An English word made with a suffix that
changes what it says ("useful", "useless", "faster") keeps that suffix: only its plural is undone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import snowballstemmer

from tierproof.challenge.reading.lexis.closed import closed

__all__ = ["stem"]

_ENGLISH = snowballstemmer.stemmer("english")
_RUSSIAN = snowballstemmer.stemmer("russian")
_MEANT: Final = tuple(closed("meant"))
_LONGEST = 40


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case word; a word of another alphabet, or one too long to be one, comes back as it is."""
    if not word or len(word) > _LONGEST:
        return word
    if "а" <= word[0] <= "я":
        # "обычно" is no case of "обычный".
        return word if len(word) <= 3 or (word.endswith("но") and len(word) > 4) else str(_RUSSIAN.stemWord(word))
    if not "a" <= word[0] <= "z":
        return word
    single = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
    return single if single.endswith(_MEANT) else str(_ENGLISH.stemWord(word))
