"""Words that name outcomes, read from `outcomes.toml` and checked there.

Knows nothing of audits.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from msgspec import Struct, convert

from tierproof.evidence.record import Outcome

__all__ = ["OutcomeWords", "outcome_words"]


class OutcomeWords(Struct, frozen=True, forbid_unknown_fields=True):
    outcomes: dict[Outcome, tuple[str, ...]]
    """Phrases, by the outcome that they name."""
    bad: frozenset[str]
    """Those of them that speak of the bad end."""
    neutral: tuple[str, ...]
    """Words that a mark may hold beside its outcome."""


@lru_cache(maxsize=1)
def outcome_words() -> OutcomeWords:
    """The words that ship.  Raises msgspec.ValidationError where the file does not hold to this form."""
    text = files(__package__).joinpath("outcomes.toml").read_text(encoding="utf-8")
    return convert(tomllib.loads(text), OutcomeWords)
