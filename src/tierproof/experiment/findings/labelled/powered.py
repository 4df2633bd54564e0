"""A mean that people were asked about on some items and a judge on all, from both.

Enters: labels and judgements of some items, judgements of the others.  Leaves: an estimate.  Must not know arms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.student import t_quantile

__all__ = ["Powered", "power", "prediction_powered"]


@dataclass(frozen=True, slots=True)
class Powered:
    value: float
    se: float
    low: float
    """Of the 95 % interval; not kept within any bounds."""
    high: float
    weight: float
    """Of the judge, 0 to 1: 0 where it tells nothing, so that the labels stand alone."""


def power(labels: Array, judged: Array, others: Array) -> float:
    """The judge's weight that makes the estimate's variance least, 0 to 1.

    Cov(y, f) / ((1 + n / N) Var(f)): A. N. Angelopoulos, J. C. Duchi and T. Zrnic, "PPI++: Efficient
    prediction-powered inference", arXiv 2311.01453 (2023); 0 where the judge says the same of all.
    """
    spread = float(np.var(np.concatenate((judged, others)), ddof=1))
    if spread <= 0:
        return 0.0
    covariance = float(np.mean((labels - labels.mean()) * (judged - judged.mean())))
    return min(1.0, max(0.0, covariance / ((1 + len(labels) / len(others)) * spread)))


def prediction_powered(labels: Array, judged: Array, others: Array, *, weight: float | None = None) -> Powered:
    """Mean of the labels of all items, of which only `labels` are known; the labelled items are a random sample.

    w mean(others) + mean(labels - w judged), with Var = w^2 Var(others) / N + Var(labels - w judged) / n: A. N.
    Angelopoulos and others, "Prediction-powered inference", Science 382 (2023) 669-674, with the weight w of `power`;
    `weight` 1 is the method as first published.  Student's interval with n - 1 degrees of freedom.  Where all items
    but one differ from the judge by the same, one more is counted each way, as in `paired.difference`.  Without
    `others` the labels stand alone.  Raises ValueError below two labels.
    """
    n = len(labels)
    if n < 2 or len(judged) != n:
        raise ValueError("needs labels and judgements of two items or more")
    if not len(others):
        weight = 0.0
    elif weight is None:
        weight = power(labels, judged, others)
    rest = labels - weight * judged
    value = float(rest.mean()) + (weight * float(others.mean()) if len(others) else 0.0)
    se = math.sqrt(float(rest.var(ddof=1)) / n)
    if np.count_nonzero(rest != np.median(rest)) < 2:
        se = max(se, math.sqrt(2) / n)
    if len(others) > 1:
        se = math.hypot(se, weight * math.sqrt(float(others.var(ddof=1)) / len(others)))
    reach = t_quantile(0.975, n - 1) * se
    return Powered(value, se, value - reach, value + reach, weight)
