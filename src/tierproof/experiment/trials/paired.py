"""What paired scores say of one arm against the baseline: effects with standard errors, a test, and items needed.

Enters: two arrays of equal length, one value an item, the baseline's first.  Leaves: estimates on the scales on which
effects are analysed.  Must not know arms, models or when it is called: intervals that hold at every look are
`design/sequence.py`'s concern.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tierproof.experiment.trials.student import NORMAL_95, t_quantile, wider_than_normal

__all__ = [
    "Array",
    "Estimate",
    "Moments",
    "difference",
    "error_of_logs",
    "exact_mcnemar",
    "fewest_telling",
    "items_needed",
    "log_odds_ratio",
    "log_ratio",
    "lognormal_error",
    "ratio_of_means",
    "sign_test",
    "skewness_of",
    "unseen_share",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point with its standard error."""

    value: float
    se: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Central normal interval; holds for one look, planned beforehand."""
        reach = NormalDist().inv_cdf(0.5 + level / 2) * self.se
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """All that the estimates below need of paired scores, wherever those lie."""

    n: int
    baseline: float
    """Mean."""
    treated: float
    gap: float
    """Mean of treated less baseline."""
    baseline_variance: float
    """With divisor n, as the other's and their covariance."""
    treated_variance: float
    covariance: float
    gap_variance: float
    """With divisor n - 1; NaN of one item."""
    gap_skewness: float
    """Third central moment over the sd cubed, both with divisor n; 0 where all gaps are equal."""
    alike: bool
    """All items but one at most differ by the same."""
    whole: bool
    """All differences are -1, 0 or 1, as of right-or-wrong scores."""

    @classmethod
    def of(cls, baseline: Array, treated: Array) -> Moments:
        """Of two columns of equal length, at least one item each."""
        gaps = treated - baseline
        return cls(
            n=len(gaps),
            baseline=float(baseline.mean()),
            treated=float(treated.mean()),
            gap=float(gaps.mean()),
            baseline_variance=float(baseline.var()),
            treated_variance=float(treated.var()),
            covariance=float(np.mean((baseline - baseline.mean()) * (treated - treated.mean()))),
            gap_variance=float(gaps.var(ddof=1)) if len(gaps) > 1 else math.nan,
            gap_skewness=skewness_of(float(np.mean((gaps - gaps.mean()) ** 3)), float(gaps.var())),
            alike=bool(np.count_nonzero(gaps != np.median(gaps)) < 2),
            whole=bool(np.isin(gaps, (-1.0, 0.0, 1.0)).all()),
        )

    @property
    def complement(self) -> Moments:
        """Of 1 less each score."""
        return replace(
            self,
            baseline=1 - self.baseline,
            treated=1 - self.treated,
            gap=-self.gap,
            gap_skewness=-self.gap_skewness,
        )

    def difference(self) -> Estimate:
        """As `difference` says.  Raises ValueError below two items."""
        self._check()
        se = math.sqrt(self.gap_variance / self.n)
        return Estimate(self.gap, max(se, math.sqrt(2) / self.n) if self.alike else se)

    def reach(
        self,
        side: Literal[1, -1],
        error: float,
        *,
        se: float | None = None,
        clusters: float | None = None,
        span: float = 1.0,
    ) -> float:
        """How far the true difference may lie above (side 1) or below (-1) what was found, on one look planned
        beforehand, but with probability `error`.

        What was seen says so by Student's t, and what else a few items with large differences ask for (`further`); but
        however little those seen differ, a share of items that nobody has seen may be wholly otherwise
        (`unseen_share`), by as much as scores can differ.

        `span`: how far two scores can lie apart, 1 of shares.  `se`, `clusters`: the standard error and the number of
        clusters where items come in such; they make items fewer by the square of what they make it wider.  Raises
        ValueError below two items.
        """
        self._check()
        plain = math.sqrt(self.gap_variance / self.n)
        near = self.difference().se if se is None else se
        wider = (near / plain) ** 2 if clusters is not None and plain else 1.0
        units = clusters or self.n
        seen = t_quantile(1 - error, units - 1.0) * near + wider * self.further(side, error)
        return max(seen, span * unseen_share(units, error))

    def further(self, side: Literal[1, -1], error: float) -> float:
        """How much further out than Student's t an end lies where differences are skewed to its side, and steps of one
        item are seen: half of one where all are whole (Edwards's continuity correction).

        The mean of a sample then lies too near its bulk, and its sd comes out too small with it: to first order by
        (2 z^2 + 1) / 6 times the skewness over the root of n, in standard errors (P. Hall, "Inverting an Edgeworth
        expansion", Annals of Statistics 11 (1983) 569-576).  The end on the other side is left where it is.
        """
        z = NormalDist().inv_cdf(1 - error)
        far = max(0.0, side * self.gap_skewness) * (2 * z * z + 1) / 6 / math.sqrt(self.n)
        return far * math.sqrt(self.gap_variance / self.n) + (0.5 / self.n if self.whole else 0.0)

    def log_odds_ratio(self) -> Estimate:
        """As `log_odds_ratio` says.  Raises ValueError below two items."""
        self._check()
        n = self.n
        p0, v0 = _kept(self.baseline, self.baseline_variance, n)
        p1, v1 = _kept(self.treated, self.treated_variance, n)
        slope0, slope1 = 1 / (p0 * (1 - p0)), 1 / (p1 * (1 - p1))
        variance = (v1 * slope1**2 + v0 * slope0**2 - 2 * self.covariance * slope0 * slope1) / n
        # Two arms that answer almost alike differ by next to nothing, which is no certainty: it is no less than that of
        # one item won and one lost, so that the interval of no discordant pair in n ends near 3 / n, the rule of three.
        least = 2 / n**2 * slope0 * slope1
        return Estimate(_logit(p1) - _logit(p0), math.sqrt(max(variance, least)) * wider_than_normal(n))

    def _check(self) -> None:
        if self.n < 2:
            raise ValueError("needs paired scores of two items or more")


def difference(baseline: Array, treated: Array) -> Estimate:
    """Mean paired difference; standard error sd / sqrt(n) with n - 1 in the sd.  Raises ValueError below two items.

    Where all items but one differ by the same, one that gains and one that loses are counted beside them: no exception
    in n items leaves room for a share of near 3 / n (rule of three).
    """
    _check(baseline, treated)
    return Moments.of(baseline, treated).difference()


def log_odds_ratio(baseline: Array, treated: Array) -> Estimate:
    """logit(mean treated) - logit(mean baseline) of scores in [0, 1], with the covariance of the pairs.

    By the delta method, with d logit(p) = dp / (p q):

        Var = [ v1 / (p1 q1)^2 + v0 / (p0 q0)^2 - 2 c / (p1 q1 p0 q0) ] / n

    v: variance of the scores, c: their covariance, both with divisor n.  For right-or-wrong scores v = p q, and this is
    the sandwich variance of generalised estimating equations with the item as cluster (Liang and Zeger 1986).  Means
    are kept within [0.5 / n, 1 - 0.5 / n]; an arm that reaches an end counts with v = p q of the kept mean, so that a
    perfect arm is not taken for a certain one.  It is read as a normal standard error, so it is wider by as much as
    Student's interval of so few items is.  Raises ValueError below two items.
    """
    _check(baseline, treated)
    return Moments.of(baseline, treated).log_odds_ratio()


def log_ratio(baseline: Array, treated: Array) -> Estimate | None:
    """log(mean treated / mean baseline) of a resource, with the covariance of the pairs; None if either mean is 0.

    Var = [ v1 / m1^2 + v0 / m0^2 - 2 c / (m1 m0) ] / n, by the delta method; where logs say more, as in heavy tails
    whose largest were not met, `lognormal_error`.  The ratio of means, not the mean of ratios: what is paid for in a
    month is a sum.  Wider for few and skewed items as `ratio_of_means` says.  Raises ValueError below two items.
    """
    _check(baseline, treated)
    m0, m1 = float(baseline.mean()), float(treated.mean())
    if m0 <= 0 or m1 <= 0:
        return None
    # The linearised influence of each item on the log ratio.
    influence = treated / m1 - baseline / m0
    skewness = skewness_of(float(np.mean(influence**3)), float(influence.var()))
    n = len(baseline)
    se = max(float(influence.std(ddof=1)) / math.sqrt(n), error_of_logs(baseline, treated))
    return ratio_of_means(m0, m1, se, skewness, n)


def error_of_logs(baseline: Array, treated: Array) -> float:
    """`lognormal_error` of two columns of amounts; 0 of one pair, and where an amount is 0."""
    if len(baseline) < 2 or min(baseline.min(), treated.min()) <= 0:
        return 0.0
    mine, other = np.log(baseline), np.log(treated)
    (v0, c), (_, v1) = np.cov(mine, other)
    return lognormal_error(float(v0), float(v1), float(c), len(mine))


def lognormal_error(baseline: float, treated: float, covariance: float, n: int) -> float:
    """Standard error of the log ratio of two means, of `n` pairs that are lognormal.

    By the variances v of the logs and their covariance c, with divisor n - 1: the means' logs are those of the logs
    and half their variances, so that Var = (v1 + v0 - 2 c) / n + (v1^2 + v0^2 - 2 c^2) / (2 (n - 1)): Cox's method, for
    pairs (X.-H. Zhou and S. Gao, "Confidence intervals for the log-normal mean", Statistics in Medicine 16 (1997)
    783-790).
    """
    of_means = max(0.0, treated + baseline - 2 * covariance) / n
    of_variances = max(0.0, treated**2 + baseline**2 - 2 * covariance**2) / (2 * (n - 1))
    return math.sqrt(of_means + of_variances)


def ratio_of_means(baseline: float, treated: float, se: float, skewness: float, n: float) -> Estimate:
    """Log ratio of two means above 0 over `n` items, with its standard error; `skewness`: of treated / its mean -
    baseline / its mean.

    Its standard error is read as a normal one, on both sides: it is wider by as much as Student's interval of so few
    items is, and as skewness moves one end (`Moments.further`).
    """
    moved = abs(skewness) * (2 * NORMAL_95**2 + 1) / 6 / NORMAL_95 / math.sqrt(n)
    return Estimate(math.log(treated / baseline), se * wider_than_normal(n) * (1 + moved))


def exact_mcnemar(baseline: Array, treated: Array) -> float:
    """Two-sided exact p-value that neither of two right-or-wrong arms wins more items (McNemar 1947, binomial form).

    Scores of 0.5 and more count as right.
    """
    _check(baseline, treated)
    right0, right1 = baseline >= 0.5, treated >= 0.5
    return sign_test(int(np.sum(right1 & ~right0)), int(np.sum(right0 & ~right1)))


def sign_test(won: int, lost: int) -> float:
    """Two-sided exact p-value that neither of two arms wins more items, of so many won and lost."""
    n, fewer = won + lost, min(won, lost)
    whole = math.lgamma(n + 1) - n * math.log(2)
    # From the largest term down, to where what follows is less than the last digit.
    term = math.exp(whole - math.lgamma(fewer + 1) - math.lgamma(n - fewer + 1))
    tail, at = 0.0, fewer
    while at >= 0 and term > tail * 1e-18:
        tail += term
        term *= at / (n - at + 1)
        at -= 1
    return min(1.0, 2 * tail)


def fewest_telling(error: float) -> int:
    """Items below which chance alone may win them all with more than that probability: 2^-n.

    Of fewer, an interval rests on the shape that it takes scores to have.
    """
    return math.ceil(-math.log2(error))


def unseen_share(n: float, error: float) -> float:
    """The share of items of which n, drawn at random, show none with probability `error`: 1 - error^(1 / n)."""
    return -math.expm1(math.log(error) / n)


def skewness_of(cubes: float, variance: float) -> float:
    """Of the mean cube of deviations from a mean, and their mean square; 0 where nothing varies."""
    return cubes / variance**1.5 if variance > 1e-18 else 0.0


def items_needed(gap: float, discordant: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Items for a paired comparison of right-or-wrong arms to find a difference `gap` with `power`, two-sided `alpha`.

    `discordant`: share of items on which the arms differ, at least |gap|.  Connor, "Sample size for testing differences
    in proportions for the paired-sample design", Biometrics 43 (1987) 207-211:
    n = (z_alpha sqrt(psi) + z_beta sqrt(psi - gap^2))^2 / gap^2.
    """
    if not 0 < abs(gap) <= discordant <= 1:
        raise ValueError("needs 0 < |gap| <= discordant <= 1")
    normal = NormalDist()
    reach = normal.inv_cdf(1 - alpha / 2) * math.sqrt(discordant)
    reach += normal.inv_cdf(power) * math.sqrt(discordant - gap * gap)
    return math.ceil((reach / gap) ** 2)


def _kept(mean: float, variance: float, n: int) -> tuple[float, float]:
    """Mean kept off the ends, and variance."""
    kept = min(max(mean, 0.5 / n), 1 - 0.5 / n)
    return kept, variance if kept == mean else kept * (1 - kept)


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p)


def _check(*columns: NDArray[Any]) -> None:
    if len({len(column) for column in columns}) != 1 or len(columns[0]) < 2:
        raise ValueError("needs paired scores of two items or more")
