"""How good an answer is: a number from 0 to 1, and why.

Enters: an item with its target, and an answer's text.  Leaves: a score.  Must not know which system answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tierproof.experiment.scorers.agreement import JudgeError
from tierproof.models.chat import ChatCaller
from tierproof.techniques.item import Item

__all__ = ["Score", "Scorer"]


@dataclass(frozen=True, slots=True)
class Score:
    value: float
    """From 0 to 1; 1 is right."""
    detail: str = ""
    """Why, for a person who looks at the item."""
    usd: float = 0.0
    """What scoring took, where a model judges; no cost of the system."""


class Scorer(Protocol):
    """Scores answers; `str()` of it describes it."""

    error: JudgeError | None
    """How often the scorer itself is wrong, where that was measured; shares and differences are corrected by it."""

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score: ...
