"""Anyone's own meta-analysis: plain figures in, one pooled effect out.

Enters: estimates, standard errors, and which of them share a source.  Leaves: a `Pooled`.  Knows nothing of packs,
techniques or files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from msgspec import structs
from numpy.typing import ArrayLike

from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.model import fit
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pools.scales import Conflict, conflict_of
from tierproof.synthesis.values import normal
from tierproof.synthesis.values.interval import Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["Pooled", "pool", "repeated", "typical_variance"]

_LEVEL: Final = 0.95
_NOTHING: Final = 1e-6
"""Scale of a spread that is left out of the model, in standard errors of the most exact figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Posterior of the mean effect and of the effect in one new setting, on the scale of the input."""

    average: Mixture = field(repr=False)
    predictive: Mixture = field(repr=False)
    mean: float
    """Posterior mean of the average effect."""
    sd: float
    interval: Interval
    """Median and central 95 % interval of the average."""
    predictive_interval: Interval
    """The same of the true effect in one new record of a new source."""
    tau: Interval
    """Sd of true effects, between sources and within them together."""
    tau_source: Interval | None
    """Sd of true effects between sources; None where every source has one record and one spread is all there is."""
    tau_record: Interval | None
    """Sd of true effects between records of one source; None as above."""
    i2: float
    """Share of the variance of a typical record that is no sampling error, in [0, 1]."""
    i2_source: float | None
    """Share that lies between sources."""
    i2_record: float | None
    """Share that lies between records of one source."""
    weights: tuple[float, ...]
    """Share of each figure in the generalised least squares mean at the spreads' posterior means, sum 1."""
    records: int
    sources: int
    log_marginal: float
    """Log marginal likelihood of the estimates."""
    conflict: Conflict | None
    """Set where the prior and the figures contradict each other."""
    repeats: int
    """Figures that are, with their error, the same as an earlier one."""


def pool(
    y: ArrayLike, se: ArrayLike, cluster: Sequence[object] | ArrayLike | None = None, *, priors: Priors | None = None
) -> Pooled:
    """Random-effects meta-analysis of `y` (n,) with standard errors `se` (n,), both on one scale.

    `cluster` (n,): equal labels for figures of one source; default: every figure has a source of its own.  Where a
    source has several figures there are two spreads, between sources and within them, each with its half-normal prior
    (`tau_source_scale`, `tau_record_scale`); where no source has, the data tell one spread, which has the one
    half-normal prior of scale `tau_source_scale` (Röver et al., Research Synthesis Methods 12 (2021) 448-474).  The
    default priors suit log odds ratios; `priors_for` (`pools/scales.py`) has others.
    Shares I2 follow Higgins and Thompson (Statistics in Medicine 21 (2002) 1539-1558), in the multilevel form of
    Nakagawa and Santos (Evolutionary Ecology 26 (2012) 1253-1274), at the posterior means of the variances.
    Raises ValueError for empty, unequal or non-finite input, or a standard error that is not positive.
    """
    priors = Priors() if priors is None else priors
    y, se = (np.asarray(part, dtype=np.float64).reshape(-1) for part in (y, se))
    labels = np.arange(len(y)) if cluster is None else np.asarray(cluster).reshape(-1)
    one_spread = len(np.unique(labels)) == len(y)
    exact = se[se > 0]
    if one_spread and len(exact):
        priors = structs.replace(priors, tau_record_scale=_NOTHING * float(exact.min()))
    fitted = fit(
        y,
        se,
        labels,
        prior_mean=priors.mean,
        prior_sd=priors.mean_sd,
        tau_source_scale=priors.tau_source_scale,
        tau_record_scale=priors.tau_record_scale,
        shape=priors.shape,
    )
    average, predictive = fitted.average(), fitted.predictive()
    between, within = (float(fitted.weights @ tau**2) for tau in (fitted.tau_source_grid, fitted.tau_record_grid))
    total = between + within + typical_variance(se)
    tau_source = fitted.tau_source(_LEVEL)
    tau = tau_source if one_spread else fitted.lattice.total(_LEVEL)
    return Pooled(
        average=average,
        predictive=predictive,
        mean=average.mean,
        sd=average.sd,
        interval=average.interval(_LEVEL),
        predictive_interval=predictive.interval(_LEVEL),
        tau=tau,
        tau_source=None if one_spread else tau_source,
        tau_record=None if one_spread else fitted.tau_record(_LEVEL),
        i2=(between + within) / total,
        i2_source=None if one_spread else between / total,
        i2_record=None if one_spread else within / total,
        weights=_weights(labels, se, between, within),
        records=fitted.records,
        sources=fitted.sources,
        log_marginal=fitted.log_marginal,
        conflict=conflict_of(
            y,
            se,
            fitted.sources,
            priors,
            tau=float(fitted.weights @ fitted.heterogeneity()),
            beyond=float(fitted.weights @ (fitted.tau_source_grid > _FURTHEST * priors.tau_source_scale)),
        ),
        repeats=repeated(y, se),
    )


_FURTHEST: Final = float(normal.quantile(np.array([0.9995]))[0])
"""Scales of a half-normal below which 99.9 % of it lie."""


def repeated(y: Array, se: Array) -> int:
    """How many figures are, with their error, the same as an earlier one: ten copies are no ten studies."""
    counts = Counter(zip(y.tolist(), se.tolist(), strict=True))
    return sum(count - 1 for count in counts.values())


def typical_variance(se: Array) -> float:
    """Higgins and Thompson's typical sampling variance (their equation 9); of a single record, its own."""
    w = se**-2.0
    n = len(w)
    if n == 1:
        return float(1.0 / w[0])
    return float((n - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def _weights(labels: np.ndarray, se: Array, between: float, within: float) -> tuple[float, ...]:
    precision = 1.0 / (se**2 + within)
    _, source = np.unique(labels, return_inverse=True)
    of_source = np.bincount(source.reshape(-1), weights=precision)
    weights = precision / (1.0 + between * of_source[source.reshape(-1)])
    return tuple((weights / weights.sum()).tolist())
