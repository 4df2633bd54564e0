"""How often k answers to an item are right at least once, or each time.

Enters: for each item, how many answers were given and how many were right.  Leaves: shares with intervals over the
items.  Must not know arms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tierproof.experiment.sycophancy.rates import wilson
from tierproof.experiment.trials.paired import Array

__all__ = ["Pass", "Share", "each_time", "mean_share", "once", "passes_of"]


@dataclass(frozen=True, slots=True)
class Share:
    """A mean over items, 0 to 1, with its 95 % interval over items."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pass:
    """Of k answers to an item."""

    k: int
    items: int
    """Items with k answers and more."""
    once: Share
    """At least one is right: pass@k."""
    each: Share
    """All are right: pass^k."""


def once(answers: int, right: int, k: int) -> float:
    """Unbiased estimate, from `answers` >= k of which `right` are right, that one of k answers at least is right.

    1 - C(n - c, k) / C(n, k): M. Chen and others, "Evaluating large language models trained on code", arXiv 2107.03374
    (2021), equation 1.  Raises ValueError where fewer than k answers were given.
    """
    _check(answers, right, k)
    return 1 - math.comb(answers - right, k) / math.comb(answers, k)


def each_time(answers: int, right: int, k: int) -> float:
    """Unbiased estimate that all of k answers are right.

    C(c, k) / C(n, k): S. Yao and others, "tau-bench: a benchmark for tool-agent-user interaction in real-world
    domains", arXiv 2406.12045 (2024), section 4.  Raises ValueError where fewer than k answers were given.
    """
    _check(answers, right, k)
    return math.comb(right, k) / math.comb(answers, k)


def passes_of(counts: Sequence[tuple[int, int]], most: int) -> tuple[Pass, ...]:
    """For k from 1 to `most`: means over the items, each (answers, right), that have k answers; none where none has."""
    found = []
    for k in range(1, most + 1):
        enough = [one for one in counts if one[0] >= k]
        if not enough:
            break
        at_least = np.array([once(answers, right, k) for answers, right in enough])
        every = np.array([each_time(answers, right, k) for answers, right in enough])
        found.append(Pass(k, len(enough), mean_share(at_least), mean_share(every)))
    return tuple(found)


def mean_share(values: Array) -> Share:
    """Mean of one value an item, each within 0 to 1, with Wilson's interval at the effective sample size.

    That is p q / Var(mean), items being independent (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998); of
    values that are 0 or 1 it is their number less one.  Where all items come out alike it is their number.
    """
    n, p = len(values), float(values.mean())
    variance = float(values.var(ddof=1)) / n if n > 1 else 0.0
    effective = p * (1 - p) / variance if variance > 0 else float(n)
    low, high = wilson(p, effective)
    return Share(p, min(low, p), max(high, p))


def _check(answers: int, right: int, k: int) -> None:
    if not 0 <= right <= answers or not 1 <= k <= answers:
        raise ValueError(f"needs 1 <= k <= answers and right <= answers, not k = {k}, {right} of {answers}")
