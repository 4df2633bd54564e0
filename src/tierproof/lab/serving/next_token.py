"""The next token, from logits.

Enters: logits, how to draw, what is allowed.  Leaves: a token, its log probability and the likeliest others.  Must not
know models or requests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chosen", "Sampling"]


@dataclass(frozen=True, slots=True)
class Chosen:
    token: int
    logprob: float
    """Natural logarithm of the model's own probability, before temperature, top-p and constraint."""
    top: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class Sampling:
    """How one sequence draws; `seed` None: from the operating system's entropy."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    top_logprobs: int = 0
    _rng: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)

    def choose(self, logits: NDArray[np.float32], allowed: NDArray[np.bool_] | None = None) -> Chosen:
        """Draw a token.  `logits` and `allowed` have shape (vocabulary,); at least one token must be allowed."""
        logprobs = logits - logits.max()
        logprobs = logprobs - np.log(np.exp(logprobs).sum())
        masked = logprobs if allowed is None else np.where(allowed, logprobs, -np.inf)
        token = int(masked.argmax()) if self.temperature == 0 else self._drawn(masked)
        order = np.argsort(-logprobs, kind="stable")[: self.top_logprobs]
        return Chosen(token, float(logprobs[token]), tuple((int(one), float(logprobs[one])) for one in order))

    def _drawn(self, logprobs: NDArray[np.float32]) -> int:
        scaled = (logprobs - logprobs.max()).astype(np.float64) / self.temperature
        chances = np.exp(scaled)
        chances /= chances.sum()
        order = np.argsort(-chances, kind="stable")
        running = np.cumsum(chances[order])
        # The nucleus: the smallest set whose chance reaches top_p (Holtzman et al. 2020).
        size = int(np.searchsorted(running, min(self.top_p, 1.0) - 1e-12)) + 1
        kept = order[:size]
        at = np.searchsorted(np.cumsum(chances[kept]), self._rng.random() * chances[kept].sum(), side="right")
        return int(kept[min(int(at), len(kept) - 1)])
