"""Anyone's own meta-analysis: plain figures in, one pooled effect out.

Enters: estimates, standard errors, and which of them share a source.  Leaves: a `Pooled`.  Knows nothing of packs,
techniques or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tierproof.synthesis.interval import Interval
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.model import fit
from tierproof.synthesis.normal import Array
from tierproof.synthesis.prior import Priors

__all__ = ["Pooled", "pool"]

_LEVEL: Final = 0.95


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
    tau_source: Interval
    """Sd of true effects between sources."""
    tau_record: Interval
    """Sd of true effects between records of one source."""
    i2_source: float
    """Share of the variance of a typical record that lies between sources, in [0, 1]."""
    i2_record: float
    """Share that lies between records of one source; what is left is sampling error."""
    records: int
    sources: int
    log_marginal: float
    """Log marginal likelihood of the estimates."""


def pool(
    y: ArrayLike, se: ArrayLike, cluster: Sequence[object] | ArrayLike | None = None, *, priors: Priors | None = None
) -> Pooled:
    """Three-level random-effects meta-analysis of `y` (n,) with standard errors `se` (n,), both on one scale.

    `cluster` (n,): equal labels for figures of one source; default: every figure has a source of its own.  Then the two
    heterogeneities cannot be told apart by the data and only sqrt(tau_source^2 + tau_record^2) is meaningful.  The
    default priors suit log odds ratios, log ratios and standardised mean differences; give others for other scales.
    Shares I2 follow Higgins and Thompson (Statistics in Medicine 21 (2002) 1539-1558), in the multilevel form of
    Nakagawa and Santos (Evolutionary Ecology 26 (2012) 1253-1274), at the posterior means of the variances.
    Raises ValueError for empty, unequal or non-finite input, or a standard error that is not positive.
    """
    priors = Priors() if priors is None else priors
    y, se = (np.asarray(part, dtype=np.float64).reshape(-1) for part in (y, se))
    labels = np.arange(len(y)) if cluster is None else np.asarray(cluster).reshape(-1)
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
    return Pooled(
        average=average,
        predictive=predictive,
        mean=average.mean,
        sd=average.sd,
        interval=average.interval(_LEVEL),
        predictive_interval=predictive.interval(_LEVEL),
        tau_source=fitted.tau_source(_LEVEL),
        tau_record=fitted.tau_record(_LEVEL),
        i2_source=between / total,
        i2_record=within / total,
        records=fitted.records,
        sources=fitted.sources,
        log_marginal=fitted.log_marginal,
    )


def typical_variance(se: Array) -> float:
    """Higgins and Thompson's typical sampling variance (their equation 9); of a single record, its own."""
    w = se**-2.0
    n = len(w)
    if n == 1:
        return float(1.0 / w[0])
    return float((n - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))
