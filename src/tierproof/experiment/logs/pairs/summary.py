"""What a comparison needs of its pairs, whether they lie in memory or not: moments and counts, no columns.

Enters: two series.  Leaves: `Items`, which give a `Summary` of any metric.  Must not know tools, files, or what is said
of a comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tierproof.experiment.logs.files.named_columns import NONE, Series
from tierproof.experiment.logs.pairs.pairing import Key, Paired, Side, key_of, pair
from tierproof.experiment.trials.paired import Array, Estimate, Moments, log_ratio

__all__ = ["UNKNOWN", "HeldItems", "Items", "Resource", "Summary", "robust_error"]

LEAST_PAIRS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """USD, seconds or tokens of the pairs of which both are known."""

    baseline: float
    """Mean; NaN below two such pairs."""
    treated: float
    ratio: Estimate | None
    """Log ratio of the means."""


UNKNOWN = Resource(baseline=math.nan, treated=math.nan, ratio=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Of one metric over the items that both have a score for."""

    key: Key
    sides: tuple[Side, Side]
    unpaired: int
    """Items of either log that are in no pair."""
    scores: Moments
    low: float
    """The lowest of all paired scores."""
    high: float
    binary: bool
    """All scores are 0 or 1."""
    won: int
    """Items of which the treated system has more."""
    lost: int
    clusters: int | None
    """Groups of items; None where each item is its own."""
    se: float | None
    """Of the mean difference, with clusters where there are any; None of one item."""
    usd: Resource = UNKNOWN
    seconds: Resource = UNKNOWN
    tokens: Resource = UNKNOWN

    @property
    def pairs(self) -> int:
        return self.scores.n


class Items(Protocol):
    """Two series side by side, and what pairs them."""

    key: Key

    def sides(self, metric: str) -> tuple[Side, Side]:
        """Counts of either series' rows."""

    def summary(self, metric: str, *, wrong: float | None, absent: float | None, refused: bool) -> Summary | None:
        """Of the items that both have a score for, as `pair` says; None where there are none."""


class HeldItems:
    """Items of series in memory."""

    def __init__(self, baseline: Series, treated: Series, by: str | None) -> None:
        self._series = (baseline, treated)
        self.key = key_of(baseline, treated, by)

    def sides(self, metric: str) -> tuple[Side, Side]:
        return pair(*self._series, metric, self.key).sides

    def summary(self, metric: str, *, wrong: float | None, absent: float | None, refused: bool) -> Summary | None:
        paired = pair(*self._series, metric, self.key, wrong=wrong, absent=absent, refused=refused)
        return _summary(paired) if len(paired) else None


def _summary(paired: Paired) -> Summary:
    base, treated = paired.baseline, paired.treated
    gaps = treated - base
    scores = Moments.of(base, treated)
    clusters, se = _standard_error(gaps, paired)
    return Summary(
        key=paired.key,
        sides=paired.sides,
        unpaired=paired.unpaired,
        scores=scores,
        low=float(min(base.min(), treated.min())),
        high=float(max(base.max(), treated.max())),
        binary=bool((np.isin(base, (0.0, 1.0)) & np.isin(treated, (0.0, 1.0))).all()),
        won=int((gaps > 0).sum()),
        lost=int((gaps < 0).sum()),
        clusters=clusters,
        se=se,
        usd=_resource(*paired.usd),
        seconds=_resource(*paired.seconds),
        tokens=_resource(*paired.tokens),
    )


def _standard_error(gaps: Array, paired: Paired) -> tuple[int | None, float | None]:
    """Number of clusters, None where each item is its own, and the standard error of the mean."""
    n = len(gaps)
    groups = paired.groups
    if groups is None or not (groups != NONE).any():
        return None, float(gaps.std(ddof=1)) / math.sqrt(n) if n >= LEAST_PAIRS else None
    # An item of no stated group is one of its own.
    _, places = np.unique(np.where(groups == NONE, np.arange(n) + 1, groups), return_inverse=True)
    count = int(places.max()) + 1
    sums = np.bincount(places, weights=gaps - gaps.mean())
    return count, robust_error(count, float((sums**2).sum()), n)


def robust_error(clusters: int, squares: float, n: int) -> float | None:
    """Standard error of the mean of `n` items in clusters; None of one cluster.

    With G clusters of sums s_g of deviations: sqrt(G / (G - 1) sum s_g^2) / n (Liang and Zeger 1986).
    """
    return math.sqrt(clusters / (clusters - 1) * squares) / n if clusters >= LEAST_PAIRS else None


def _resource(baseline: Array, treated: Array) -> Resource:
    both = ~np.isnan(baseline + treated)
    if np.count_nonzero(both) < LEAST_PAIRS:
        return UNKNOWN
    mine, other = baseline[both], treated[both]
    return Resource(baseline=float(mine.mean()), treated=float(other.mean()), ratio=log_ratio(mine, other))
