"""Where the reader stands.  Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["EVERYWHERE", "OF_SUCCESSES", "Context"]

OF_SUCCESSES: Final = frozenset({"quality", "wrong-answers"})
"""Outcomes that a reader's share of successes is a baseline of: a system that always answers is wrong in the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where the reader stands; posteriors are predicted at it."""

    task_family: str | None = None
    """None: averaged over the families in evidence."""
    params_b: float | None = None
    """Model size in billions of parameters; None: the evidence's mean."""
    baseline: float | None = None
    """Share of requests that succeed without the technique, in (0, 1); None: the evidence's mean.

    It moves `OF_SUCCESSES` alone: of how safe or stable a reader's system is today, a profile says nothing.
    """
    as_of: tuple[int, int] | None = None
    """Year and month; later evidence is left out."""
    include_lab: bool = False

    def __post_init__(self) -> None:
        if self.params_b is not None and not 0 < self.params_b < float("inf"):
            raise ValueError("a model has a positive, finite number of parameters")
        if self.baseline is not None and not 0 < self.baseline < 1:
            raise ValueError("a baseline is a share of successes between 0 and 1, ends excluded")


EVERYWHERE: Final = Context()
"""All evidence outside laboratories, to date; no task, model size or baseline named."""
