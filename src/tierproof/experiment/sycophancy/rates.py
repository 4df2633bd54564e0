"""Shares with intervals: one observation a claim, or several that hang together.

Enters: counts.  Leaves: a `Rate`.  Knows nothing of what is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

__all__ = ["Rate", "clustered_rate", "rate", "wilson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share with its 95 % interval."""

    count: float
    n: int
    value: float
    low: float
    high: float


def rate(count: int, n: int) -> Rate | None:
    """A share of independent observations, with E. B. Wilson's score interval (1927); None of nothing."""
    if n == 0:
        return None
    low, high = wilson(count / n, n)
    return Rate(count=count, n=n, value=count / n, low=low, high=high)


def clustered_rate(clusters: Sequence[tuple[int, int]]) -> Rate | None:
    """A share of observations that come in clusters, each (count, n); None of nothing.

    Wilson's interval at the effective sample size n / design effect (E. L. Korn and B. I. Graubard, "Confidence
    intervals for proportions with small expected number of positive counts estimated from survey data", Survey
    Methodology 24 (1998) 193-201), the design effect being the ratio estimator's variance between clusters over that of
    simple sampling, at least 1.  Where the share is 0 or 1 it cannot be estimated and each cluster counts as one
    observation.
    """
    clusters = [(count, n) for count, n in clusters if n]
    total = sum(n for _, n in clusters)
    if total == 0:
        return None
    count = sum(c for c, _ in clusters)
    p, number = count / total, len(clusters)
    if p in (0.0, 1.0) or number < 2:
        effective = float(number)
    else:
        between = math.fsum((c - p * n) ** 2 for c, n in clusters) * number / (number - 1) / total**2
        effective = total / max(1.0, between / (p * (1 - p) / total))
    low, high = wilson(p, effective)
    return Rate(count=count, n=total, value=p, low=low, high=high)


def wilson(p: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of a share `p` of `n` observations, which need not be a whole number; within 0 to 1."""
    z = NormalDist().inv_cdf(0.975)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (0.0 if p == 0 else max(0.0, centre - reach)), (1.0 if p == 1 else min(1.0, centre + reach))
