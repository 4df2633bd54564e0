"""Words of questions about decisions, read from `questions.toml` and checked there.

Knows nothing of briefs.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from msgspec import Struct, convert

from tierproof.evidence.record import TaskFamily

__all__ = ["QuestionWords", "question_words"]


class QuestionWords(Struct, frozen=True, forbid_unknown_fields=True):
    separators: frozenset[str]
    """Words and marks between one way and the next."""
    alternatives: frozenset[str]
    """Those of them that set one against the other."""
    joints: frozenset[str]
    """Words that make one way of two."""
    without: frozenset[str]
    """Words that leave out what follows."""
    fillers: frozenset[str]
    """Words that a question needs and that name nothing."""
    tasks: dict[TaskFamily, tuple[str, ...]]
    """What people call a task family."""


@lru_cache(maxsize=1)
def question_words() -> QuestionWords:
    """The words that ship.  Raises msgspec.ValidationError where the file does not hold to this form."""
    text = files(__package__).joinpath("questions.toml").read_text(encoding="utf-8")
    return convert(tomllib.loads(text), QuestionWords)
