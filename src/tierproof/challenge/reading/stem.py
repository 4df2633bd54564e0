"""Light stemming of English and Russian words, just enough for names to match in any inflection.

Enters: one lower-case word.  Leaves: its stem.  Knows nothing of techniques; both sides of a comparison must be
stemmed.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["stem"]

_VOWELS = frozenset("aeiouy")
# Longest first: case endings of nouns and adjectives, then personal, past and infinitive endings of verbs.
_RUSSIAN_ENDINGS = tuple(
    sorted(
        [
            "иями",
            "ями",
            "ами",
            "ыми",
            "ими",
            "ого",
            "его",
            "ому",
            "ему",
            "иях",
            "ях",
            "ах",
            "ая",
            "яя",
            "ое",
            "ее",
            "ие",
            "ые",
            "ий",
            "ый",
            "ой",
            "ей",
            "ую",
            "юю",
            "ом",
            "ем",
            "ым",
            "им",
            "ых",
            "их",
            "ов",
            "ев",
            "ию",
            "ия",
            "ии",
            "ью",
            "ью",
            "ьми",
            "ам",
            "ям",
            "ешь",
            "ет",
            "ит",
            "ют",
            "ут",
            "ат",
            "ят",
            "ишь",
            "ете",
            "ите",
            "ла",
            "ло",
            "ли",
            "л",
            "ть",
            "ти",
            "а",
            "я",
            "о",
            "е",
            "и",
            "ы",
            "у",
            "ю",
            "ь",
            "й",
        ],
        key=len,
        reverse=True,
    )
)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Stem of a lower-case word; a word of another alphabet, or a very short one, comes back as it is."""
    if not word:
        return word
    if "а" <= word[0] <= "я":
        return _russian(word)
    return _english(word)


def _russian(word: str) -> str:
    if len(word) > 5 and word.endswith(("ся", "сь")):
        word = word[:-2]
    if word.endswith("нее"):
        return word  # a comparative is no case of its adjective
    for ending in _RUSSIAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    # "дообучени|е" and "дообучени|ю" both end in a soft vowel that other cases drop.
    return word.rstrip("иь") if len(word.rstrip("иь")) >= 3 else word


def _english(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 5 and word.endswith("ing"):
        word = _undouble(word[:-3])
    elif len(word) > 4 and word.endswith("ed"):
        word = _undouble(word[:-2])
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _undouble(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in _VOWELS and word[-1] not in "ls":
        return word[:-1]
    return word
