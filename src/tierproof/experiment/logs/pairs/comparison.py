"""What two systems' logs say of their difference: paired, with its uncertainty, and all that was left out.

Enters: `Paired` columns.  Leaves: a `Compared`.  Must not know tools, files or screens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np

from tierproof.experiment.findings.paired import (
    Array,
    Estimate,
    difference,
    exact_mcnemar,
    items_needed,
    log_odds_ratio,
    log_ratio,
)
from tierproof.experiment.findings.student import t_quantile, t_two_sided
from tierproof.experiment.logs.files.named_columns import NONE
from tierproof.experiment.logs.pairs.pairing import Paired

__all__ = ["Compared", "Named", "Verdict", "compared", "with_holm"]

Verdict = Literal["better", "worse", "not settled"]
"""Of the treated system."""
LEAST_PAIRS = 2
POWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is compared."""

    baseline: str
    """System."""
    treated: str
    metric: str
    filter: str = ""
    task: str = ""
    lower_is_better: bool = False
    unsure: bool = False
    """Of what is called so less is usually better, and the log does not say."""

    @property
    def measured(self) -> str:
        """Metric and filter."""
        return f"{self.metric}, {self.filter}" if self.filter else self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One metric of a system against the baseline's, over the items that both have a score for."""

    named: Named
    paired: Paired
    baseline: float
    """Mean over the paired items, repeats of an item averaged first; so below."""
    treated: float
    difference: float
    se: float | None
    """Of the difference: standard deviation of the items' differences over the root of their number, with clusters
    where there are any; None of one item."""
    reach: float | None
    """The same, kept from vanishing where (almost) all items differ alike: what intervals and tests go by."""
    df: float
    level: float
    p_value: float | None
    """Two-sided, that there is no difference; exact where scores are right or wrong, else of Student's t."""
    p_exact: float | None
    """That neither wins more items: McNemar's exact test, or the sign test where scores lie between."""
    p_holm: float | None = None
    """`p_value` put right for all comparisons made together (Holm 1979)."""
    won: int
    lost: int
    log_odds: Estimate | None
    """Log odds ratio of the means, of scores from 0 to 1."""
    cost: Estimate | None
    """Log ratio of USD; None where the logs have no price."""
    latency: Estimate | None
    tokens: Estimate | None
    clusters: int | None
    detectable: float | None
    """The least difference that so many items find four times in five."""
    needed: int | None
    """Items that would find a difference as large as this one four times in five."""
    without_refused: Compared | None = None
    """The same with what the provider declined left out, where something was."""
    warnings: tuple[str, ...] = ()

    @property
    def pairs(self) -> int:
        return len(self.paired)

    @property
    def verdict(self) -> Verdict:
        """Which is better, where the interval and the test put right for all comparisons both say so."""
        ends = self.interval()
        p = self.p_value if self.p_holm is None else self.p_holm
        if self.named.unsure or ends is None or p is None or ends[0] <= 0 <= ends[1] or p > 1 - self.level:
            return "not settled"
        return "better" if (self.difference > 0) != self.named.lower_is_better else "worse"

    def interval(self, level: float | None = None) -> tuple[float, float] | None:
        """Central interval of the difference, by Student's t; None of one item."""
        if self.reach is None:
            return None
        at = t_quantile(0.5 + (self.level if level is None else level) / 2, self.df) * self.reach
        # Shares of success differ by no more than all.
        most = 1.0 if self.log_odds is not None else math.inf
        return max(-most, self.difference - at), min(most, self.difference + at)


def compared(paired: Paired, named: Named, *, level: float = 0.95, warnings: Sequence[str] = ()) -> Compared:
    """Everything that is said of one comparison; needs at least one pair."""
    base, treated = paired.baseline, paired.treated
    n = len(base)
    gaps = treated - base
    mean = float(gaps.mean())
    clusters, se = _standard_error(gaps, paired)
    within = bool(((base >= 0) & (base <= 1) & (treated >= 0) & (treated <= 1)).all())
    reach = None if se is None else _kept(se, base, treated, within=within)
    df = float((clusters or n) - 1)
    binary = bool((np.isin(base, (0.0, 1.0)) & np.isin(treated, (0.0, 1.0))).all())
    won, lost = int((gaps > 0).sum()), int((gaps < 0).sum())
    enough = n >= LEAST_PAIRS
    exact = _sign_test(won, lost) if enough else None
    p_value = exact if binary and clusters is None else None
    if p_value is None and reach is not None:
        p_value = t_two_sided(mean / reach, df)
    reach_z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(POWER)
    return Compared(
        named=named,
        paired=paired,
        baseline=float(base.mean()),
        treated=float(treated.mean()),
        difference=mean,
        se=se,
        reach=reach,
        df=df,
        level=level,
        p_value=p_value,
        p_exact=exact,
        won=won,
        lost=lost,
        log_odds=log_odds_ratio(base, treated) if within and enough else None,
        cost=_ratio(*paired.usd),
        latency=_ratio(*paired.seconds),
        tokens=_ratio(*paired.tokens),
        clusters=clusters,
        detectable=None if reach is None else reach_z * reach,
        needed=_needed(mean, reach, n, (won + lost) / n, binary=binary and clusters is None),
        warnings=tuple(warnings),
    )


def _standard_error(gaps: Array, paired: Paired) -> tuple[int | None, float | None]:
    """Number of clusters, None where each item is its own, and the standard error of the mean.

    With G clusters of sums s_g of deviations: sqrt(G / (G - 1) sum s_g^2) / n (Liang and Zeger 1986).
    """
    n = len(gaps)
    groups = paired.groups
    if groups is None or not (groups != NONE).any():
        return None, float(gaps.std(ddof=1)) / math.sqrt(n) if n >= LEAST_PAIRS else None
    # An item of no stated group is one of its own.
    _, places = np.unique(np.where(groups == NONE, np.arange(n) + 1, groups), return_inverse=True)
    count = int(places.max()) + 1
    if count < LEAST_PAIRS:
        return count, None
    sums = np.bincount(places, weights=gaps - gaps.mean())
    return count, math.sqrt(count / (count - 1) * float((sums**2).sum())) / n


def _kept(se: float, base: Array, treated: Array, *, within: bool) -> float | None:
    """The standard error, where items differ (almost) alike that of one item won and one lost; None where the scale of
    such scores is not known."""
    gaps = treated - base
    if np.count_nonzero(gaps != np.median(gaps)) >= 2:
        return se
    if within:
        return max(se, difference(base, treated).se)
    span = float(max(base.max(), treated.max()) - min(base.min(), treated.min()))
    return max(se, span * math.sqrt(2) / len(base)) or None


def _sign_test(won: int, lost: int) -> float:
    """McNemar's exact test on the items won and lost, whatever lies between them."""
    first = np.concatenate((np.zeros(won), np.ones(lost), np.zeros(2)))
    second = np.concatenate((np.ones(won), np.zeros(lost), np.zeros(2)))
    return exact_mcnemar(first, second)


def _ratio(baseline: Array, treated: Array) -> Estimate | None:
    both = ~np.isnan(baseline + treated)
    if np.count_nonzero(both) < LEAST_PAIRS:
        return None
    return log_ratio(baseline[both], treated[both])


def _needed(gap: float, reach: float | None, n: int, discordant: float, *, binary: bool) -> int | None:
    if reach is None or abs(gap) < 1e-12:
        return None
    if binary and abs(gap) <= discordant:
        return items_needed(gap, discordant, power=POWER)
    z = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(POWER)
    return max(2, math.ceil(n * (z * reach / gap) ** 2 - 1e-9))


def with_holm(found: Sequence[Compared]) -> tuple[Compared, ...]:
    """The same, each with its p-value put right for all of them together (Holm, 1979)."""
    known = sorted((one.p_value, at) for at, one in enumerate(found) if one.p_value is not None)
    adjusted: dict[int, float] = {}
    highest = 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[at] = highest
    return tuple(replace(one, p_holm=adjusted.get(at)) for at, one in enumerate(found))
