"""The baseline as a moderator: control-rate regression without the bias of a naive slope.

An observed baseline b = xi + e0 holds chance, and the same chance, turned, stands in the effect y = ... + e1 - e0: a
low draw of the comparator makes its own effect look large.  Regressing y on b therefore finds a slope where there is
none (S. J. Sharp, S. G. Thompson and D. G. Altman, BMJ 313 (1996) 735-738).  Here true baselines are taken as
N(m, t^2), the structural model of S. G. Thompson, T. C. Smith and S. J. Sharp (Statistics in Medicine 16 (1997)
2741-2758) and H. C. van Houwelingen, L. R. Arends and T. Stijnen (Statistics in Medicine 21 (2002) 589-624), with m
and t by moments.  Given what was observed,

    k = t^2 / (t^2 + var e0)      xi | b ~ N(m + k (b - m), k var e0)      E(e0 | b) = (1 - k) (b - m)

so that y + (1 - k) (b - m) regressed on E(xi | b) is free of both faults, and stays normal given (ts, tr).  What is
left of chance, k var e0, moves the figure by 1 + s of itself where effects change by s a logit: with s = -0.4 it adds
a third of what it adds with s = 0, and counting all of it would pass as much spread of true effects for chance.

A baseline far from all others is no draw of N(m, t^2): 99.9 % among baselines of 70 to 80 would be put down to chance
by five of its standard errors, and all of that would pass for an effect.  So a deviation counts as chance as far as one
of three standard deviations would (B. Efron and C. Morris, Journal of the American Statistical Association 67 (1972)
130-139: limited translation).

Enters: observed baselines on the logit scale, with the variance of their error.  Leaves: a `Calibrated`.  Knows nothing
of techniques or fits.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from msgspec import Struct

from tierproof.synthesis.values.normal import Array

__all__ = ["Calibrated", "calibrated", "logit", "share_of"]

_OUTLYING: Final = 3.0
"""Standard deviations of observed baselines from their mean, beyond which no more of a deviation counts as chance."""


def logit(share: float) -> float:
    """Log odds of a share in (0, 1)."""
    return math.log(share / (1.0 - share))


def share_of(log_odds: Array) -> Array:
    """Shares in (0, 1) of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


class Calibrated(Struct, frozen=True):
    """`n` records; those without a baseline stand at the mean and are left as they were."""

    baseline: Array
    """(n,) expected true baseline, logit."""
    shift: Array
    """(n,) what is added to the effect: the part of the baseline's error that its own figure betrays."""
    error: Array
    """(n,) variance of the baseline's error."""
    kept: Array
    """(n,) k, the share of a deviation from the mean that is no chance."""

    def taken_off(self, slope: Array | float = 0.0) -> Array:
        """(n,) what all this takes off the effects' variances where they change by `slope` a logit of baseline."""
        return self.error * (1.0 - self.kept * (1.0 + slope) ** 2)


def calibrated(baseline: Array, variance: Array, share: Array) -> Calibrated:
    """`baseline` (n,) logits, NaN where unknown; `variance` (n,) of their error; `share` (n,) of each in the mean.

    t^2 is the spread of the observed baselines less their mean error variance, so that baselines which differ no more
    than by chance count as one, and no slope is asked of them.
    """
    known = np.isfinite(baseline)
    weights = np.where(known, share, 0.0)
    weights = weights / weights.sum()
    observed = np.where(known, baseline, 0.0)
    mean = float(weights @ observed)
    deviation = np.where(known, observed - mean, 0.0)
    spread = max(float(weights @ deviation**2) - float(weights @ variance), 0.0)
    kept = np.divide(spread, spread + variance, out=np.ones_like(variance), where=spread + variance > 0)
    most = _OUTLYING * np.sqrt(spread + variance)
    within = np.clip(deviation, -most, most)
    expected = mean + kept * within + (deviation - within)
    return Calibrated(expected, (1.0 - kept) * within, variance, kept)
