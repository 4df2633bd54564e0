"""The words in which claims are read back, one file a language (`words/*.toml`), checked when they are read.

Leaves: the phrases of a language.  Knows nothing of claims; `wording` fills the phrases.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

__all__ = ["Phrases", "phrases_in"]


class Phrases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one language says; its file says what each part is."""

    language: Literal["en", "ru"]
    joint: str
    only: str
    denied: str
    on_outcome: str
    compared: str
    plural_classes: frozenset[str]
    times: tuple[str, str]
    classes: dict[str, str]
    forms: dict[str, tuple[str, str]]
    verbs: dict[str, tuple[str, str]]
    outcomes: dict[str, str]
    outcomes_on: dict[str, str]
    failures: dict[str, str]
    amounts: dict[str, str]
    bounds: dict[str, str]
    quantifiers: dict[str, str]
    conditions: dict[str, str]
    values: dict[str, str]
    factors: dict[str, str]
    populations: dict[str, str]

    def times_of(self, number: float) -> str:
        """`2 times`, `5 раз`, `1.5 раза`."""
        few = number != int(number) or (number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14))
        return self.times[0] if few else self.times[1]


@cache
def phrases_in(language: str) -> Phrases:
    """Of `ru`; of any other language the English ones."""
    place = files("tierproof.challenge.telling") / "words" / ("ru.toml" if language == "ru" else "en.toml")
    return msgspec.toml.decode(place.read_bytes(), type=Phrases)
