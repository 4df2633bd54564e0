"""What two systems' logs say of their difference: paired, with its uncertainty, and all that was left out.

Enters: a `Summary` of the pairs.  Leaves: a `Compared`.  Must not know tools, files or screens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from tierproof.experiment.logs.pairs.summary import Summary
from tierproof.experiment.trials.paired import (
    Estimate,
    fewest_telling,
    items_needed,
    sign_test,
    unseen_share,
)
from tierproof.experiment.trials.student import t_quantile, t_two_sided
from tierproof.messages import Quoted

__all__ = ["Compared", "Named", "Verdict", "compared", "settling", "with_holm"]

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
    """Of what is called so more need not be better, and the log does not say."""
    apart: bool = False
    """Each log has one task, and they are called otherwise."""

    @property
    def measured(self) -> str:
        """Metric and filter."""
        return Quoted(f"{self.metric}, {self.filter}") if self.filter else self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One metric of a system against the baseline's, over the items that both have a score for."""

    named: Named
    paired: Summary
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
    """That neither wins more items: McNemar's exact test, or the sign test where scores lie between; None where items
    come in clusters, and below two items."""
    p_holm: float | None = None
    """`p_value` put right for all comparisons made together (Holm 1979)."""
    won: int
    lost: int
    log_odds: Estimate | None
    """Log odds ratio of the means, of scores from 0 to 1; None of one item, or one cluster."""
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
        return self.paired.pairs

    def tells(self, error: float) -> bool:
        """Whether so few items, or clusters, could say anything with that probability of error on one side."""
        return (self.paired.even or self.pairs) >= fewest_telling(error)

    @property
    def verdict(self) -> Verdict:
        """Which is better, where the interval and the test put right for all comparisons both say so."""
        ends = self.interval()
        p = self.p_value if self.p_holm is None else self.p_holm
        if (
            not self.tells((1 - self.level) / 2)
            or self.named.unsure
            or ends is None
            or p is None
            or ends[0] <= 0 <= ends[1]
            or p > 1 - self.level
        ):
            return "not settled"
        return "better" if (self.difference > 0) != self.named.lower_is_better else "worse"

    @property
    def shares(self) -> bool:
        """All paired scores lie from 0 to 1."""
        return self.paired.shares

    @property
    def most(self) -> float:
        """Shares of success differ by no more than all."""
        return 1.0 if self.shares else math.inf

    def interval(self, level: float | None = None) -> tuple[float, float] | None:
        """Central interval of the difference; None of one item."""
        error = (1 - (self.level if level is None else level)) / 2
        low, high = self.end(-1, error), self.end(1, error)
        return None if low is None or high is None else (low, high)

    def end(self, side: Literal[1, -1], error: float) -> float | None:
        """The upper (side 1) or lower end of the difference, which leaves it out with probability `error`; None of one
        item.  By `Moments.reach`."""
        if self.reach is None:
            return None
        far = self.paired.scores.reach(side, error, se=self.reach, clusters=self.paired.even, span=self.paired.span)
        return side * min(self.most, side * self.difference + far)


def compared(paired: Summary, named: Named, *, level: float = 0.95, warnings: Sequence[str] = ()) -> Compared:
    """Everything that is said of one comparison; needs at least one pair."""
    scores, n, se = paired.scores, paired.pairs, paired.se
    reach = None if se is None else _kept(se, paired)
    df = (paired.even or n) - 1.0
    won, lost = paired.won, paired.lost
    enough = n >= LEAST_PAIRS
    exact = sign_test(won, lost) if enough and paired.clusters is None else None
    binary = paired.binary and paired.clusters is None
    p_value = exact if binary else None
    if p_value is None and reach is not None:
        p_value = t_two_sided(scores.gap / reach, df)
    detectable = None if reach is None else _told(paired, reach, n, (1 - level) / 2)
    return Compared(
        named=named,
        paired=paired,
        baseline=scores.baseline,
        treated=scores.treated,
        difference=scores.gap,
        se=se,
        reach=reach,
        df=df,
        level=level,
        p_value=p_value,
        p_exact=exact,
        won=won,
        lost=lost,
        log_odds=_log_odds(paired) if paired.shares and enough and se is not None else None,
        cost=paired.usd.ratio,
        latency=paired.seconds.ratio,
        tokens=paired.tokens.ratio,
        clusters=paired.clusters,
        # Shares differ by no more than all.
        detectable=None if paired.shares and detectable is not None and detectable > 1 else detectable,
        needed=_needed(paired, reach, (1 - level) / 2, binary=binary),
        warnings=tuple(warnings),
    )


def _log_odds(paired: Summary) -> Estimate:
    """Clusters widen it as they widen the difference, and as far as Student's t of so few lies outside of the normal
    95 % that its readers go by."""
    found = paired.scores.log_odds_ratio()
    if paired.even is None:
        return found
    plain = _plain(paired)
    wider = max(1.0, paired.se / plain) if paired.se and plain else 1.0
    few = t_quantile(0.975, paired.even - 1.0) / NormalDist().inv_cdf(0.975)
    return Estimate(found.value, found.se * wider * few)


def _plain(paired: Summary) -> float:
    """Standard error of the difference if each item were a cluster of its own."""
    return math.sqrt(paired.scores.gap_variance / paired.pairs)


def _kept(se: float, paired: Summary) -> float | None:
    """The standard error, where items differ (almost) alike that of one item won and one lost; None where the scale of
    such scores is not known.

    Clusters only widen it: sums of few clusters come out alike by chance.
    """
    if paired.clusters is not None:
        se = max(se, _plain(paired))
    if not paired.scores.alike:
        return se
    if paired.shares:
        return max(se, paired.scores.difference().se)
    return max(se, paired.span * math.sqrt(2) / paired.pairs) or None


def settling(one: Compared, margin: float, error: float) -> int | None:
    """Items that would show, four times in five, that a system which is as good as the baseline does not fall short of
    it by `margin`, with that probability of error; None where none would.

    Clusters are counted as items, in groups as large as these.
    """
    if one.reach is None or margin <= 0:
        return None
    return _items(one.paired, one.reach, margin, error)


def _told(paired: Summary, reach: float, items: int, error: float) -> float:
    """The difference from the true one that so many items tell four times in five, with that probability of error.

    By `Moments.reach` with the normal's z in place of t and without skewness, and z of four in five standard errors:
    (z of the error + z of four in five) se, or what nobody has seen; where all items but one differ alike that alone.
    """
    z, often = NormalDist().inv_cdf(1 - error), NormalDist().inv_cdf(POWER)
    units = (paired.even or paired.pairs) * items / paired.pairs
    unseen = paired.span * unseen_share(units, error)
    if paired.scores.alike:
        return max(unseen, z * math.sqrt(2) * paired.span / units)
    se = reach * math.sqrt(paired.pairs / items)
    return max(z * se, unseen) + often * se


def _items(paired: Summary, reach: float, difference: float, error: float) -> int:
    """The fewest items that tell such a difference, four times in five."""
    few, many = 0, 1
    while _told(paired, reach, many, error) > difference:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if _told(paired, reach, middle, error) <= difference else (middle, many)
    return many


def _needed(paired: Summary, reach: float | None, error: float, *, binary: bool) -> int | None:
    gap, discordant = paired.scores.gap, (paired.won + paired.lost) / paired.pairs
    if reach is None or abs(gap) < 1e-12:
        return None
    if binary and abs(gap) <= discordant:
        return max(fewest_telling(error), items_needed(gap, discordant, power=POWER))
    return max(fewest_telling(error), _items(paired, reach, abs(gap), error))


def with_holm(found: Sequence[Compared]) -> tuple[Compared, ...]:
    """The same, each with its p-value put right for all of them together (Holm, 1979)."""
    known = sorted((one.p_value, at) for at, one in enumerate(found) if one.p_value is not None)
    adjusted: dict[int, float] = {}
    highest = 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[at] = highest
    return tuple(replace(one, p_holm=adjusted.get(at)) for at, one in enumerate(found))
