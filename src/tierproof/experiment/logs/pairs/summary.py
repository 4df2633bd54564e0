"""What a comparison needs of its pairs, whether they lie in memory or not: moments and counts, no columns.

Enters: two series.  Leaves: `Items`, which give a `Summary` of any metric.  Must not know tools, files, or what is said
of a comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tierproof.experiment.logs.files.named_columns import NONE, Series
from tierproof.experiment.logs.pairs.pairing import Key, Paired, Side, key_of, pair
from tierproof.experiment.trials.paired import (
    Array,
    Estimate,
    Moments,
    error_of_logs,
    log_ratio,
    ratio_of_means,
    skewness_of,
)

__all__ = [
    "UNKNOWN",
    "HeldItems",
    "Items",
    "Resource",
    "Summary",
    "alike_within",
    "clustered_ratio",
    "of_clusters",
]

LEAST_PAIRS = 2
ALIKE = 0.01
"""Shares of success that differ by amounts within so little of each other show no spread."""


Places = NDArray[np.intp]


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
    span: float
    """How far two scores can lie apart: 1 of shares; of others, whose scale nobody states, how far those seen do that
    are not of the one item that lies farthest out."""
    binary: bool
    """All scores are 0 or 1."""
    won: int
    """Items of which the treated system has more."""
    lost: int
    clusters: int | None
    """Groups of items; None where each item is its own."""
    even: float | None
    """So many groups of one size tell as much; None where each item is its own."""
    se: float | None
    """Of the mean difference, with clusters where there are any; None of one item, and where one cluster outweighs all
    others."""
    unasked: int
    """Items for which neither log has the metric, and says that none was asked."""
    usd: Resource = UNKNOWN
    seconds: Resource = UNKNOWN
    tokens: Resource = UNKNOWN

    @property
    def pairs(self) -> int:
        return self.scores.n

    @property
    def shares(self) -> bool:
        """All paired scores lie from 0 to 1."""
        return self.low >= 0 and self.high <= 1


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
    low, high = float(min(base.min(), treated.min())), float(max(base.max(), treated.max()))
    # All but one at most: the lowest, or the highest, may lie elsewhere.
    alike = bool(_spread_of_others(gaps, gaps) <= alike_within(low, high))
    scores = replace(Moments.of(base, treated), alike=alike)
    places = _clusters(paired)
    clusters, even, se = _standard_error(gaps, places)
    return Summary(
        key=paired.key,
        sides=paired.sides,
        unpaired=paired.unpaired,
        unasked=paired.unasked,
        scores=scores,
        low=low,
        high=high,
        span=1.0 if low >= 0 and high <= 1 else _spread_of_others(np.minimum(base, treated), np.maximum(base, treated)),
        binary=bool((np.isin(base, (0.0, 1.0)) & np.isin(treated, (0.0, 1.0))).all()),
        won=int((gaps > 0).sum()),
        lost=int((gaps < 0).sum()),
        clusters=clusters,
        even=even,
        se=se,
        usd=_resource(*paired.usd, places),
        seconds=_resource(*paired.seconds, places),
        tokens=_resource(*paired.tokens, places),
    )


def _spread_of_others(lows: Array, highs: Array) -> float:
    """From the least of `lows` to the greatest of `highs`, of all items but the one whose end lies farthest out."""
    least, most = np.sort(lows)[:2], np.sort(highs)[-2:]
    return float(min(most[0] - least[0], most[-1] - least[-1]))


def alike_within(low: float, high: float) -> float:
    """How far apart differences of scores from `low` to `high` may lie and still be alike.

    Of what is no share one item far out says nothing of the others' scale: there only equal ones are.
    """
    return ALIKE if low >= 0 and high <= 1 else 0.0


def _clusters(paired: Paired) -> Places | None:
    """The number of each item's cluster; None where each item is its own."""
    groups = paired.groups
    if groups is None or not (groups != NONE).any():
        return None
    # An item of no stated group is one of its own.
    found: Places = np.unique(np.where(groups == NONE, np.arange(len(groups)) + 1, groups), return_inverse=True)[1]
    return found


def _standard_error(values: Array, places: Places | None) -> tuple[int | None, float | None, float | None]:
    """Number of clusters and as how many of one size they count, None where each item is its own, and the standard
    error of the mean."""
    n = len(values)
    if places is None:
        return None, None, float(values.std(ddof=1)) / math.sqrt(n) if n >= LEAST_PAIRS else None
    sizes = np.bincount(places)
    present = sizes > 0
    sums, sizes = np.bincount(places, weights=values - values.mean())[present], sizes[present]
    rest = np.where(sizes < n, n - sizes, 1)
    return of_clusters(len(sizes), n, int((sizes**2).sum()), float(((sums / rest) ** 2).sum()))


def of_clusters(clusters: int, n: int, sizes: int, squares: float) -> tuple[int, float, float | None]:
    """Number of clusters, as how many of one size they count, and the standard error of the mean of `n` items in them.

    With G clusters of k_g items, whose deviations have the sums s_g: G' = n^2 / sum k_g^2, `sizes` being that sum (Kish
    1965), and by leaving out one cluster after the other sqrt((G - 1) / G sum (s_g / (n - k_g))^2), `squares` being
    that sum (CR3: Bell and McCaffrey, Survey Methodology 28 (2002) 169-181); of one size it is Liang and Zeger's
    (1986).  None below two of one size: one cluster that outweighs all others cannot be held against them.
    """
    even = n * n / sizes
    return clusters, even, math.sqrt((clusters - 1) / clusters * squares) if even >= LEAST_PAIRS else None


def clustered_ratio(
    baseline: float, treated: float, errors: tuple[float | None, float, float], skewness: float, clusters: float
) -> Estimate | None:
    """Log ratio of two means of items in clusters, as of so many items; None where `of_clusters` has no error.

    `errors`: its standard error with clusters, without (clusters only widen it, as they do that of scores), and by the
    logs of clusters' sums.
    """
    robust, *others = errors
    if robust is None:
        return None
    return ratio_of_means(baseline, treated, max(robust, *others), skewness, clusters)


def _resource(baseline: Array, treated: Array, places: Places | None) -> Resource:
    both = ~np.isnan(baseline + treated)
    if np.count_nonzero(both) < LEAST_PAIRS:
        return UNKNOWN
    mine, other = baseline[both], treated[both]
    ratio = log_ratio(mine, other)
    if ratio is not None and places is not None:
        influence = other / other.mean() - mine / mine.mean()
        inside = np.unique(places[both], return_inverse=True)[1]
        _, even, se = _standard_error(influence, inside)
        plain = float(influence.std(ddof=1)) / math.sqrt(len(influence))
        skewness = skewness_of(float(np.mean(influence**3)), float(influence.var()))
        sums = [np.bincount(inside, weights=each).astype(np.float64) for each in (mine, other)]
        of_logs = error_of_logs(sums[0], sums[1])
        ratio = clustered_ratio(float(mine.mean()), float(other.mean()), (se, plain, of_logs), skewness, even or 0.0)
    return Resource(baseline=float(mine.mean()), treated=float(other.mean()), ratio=ratio)
