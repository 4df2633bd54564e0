"""How good forecasts were, once what they foretold was seen.

Enters: forecasts (mixtures of normals, one for each observation) and observations.  Leaves: coverage, widths, and two
proper scores (Gneiting and Raftery, JASA 102 (2007) 359-378).  Knows nothing of the models that made the forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tierproof.synthesis import normal
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.normal import Array

__all__ = ["LEVELS", "Forecasts", "Seen", "Summary", "summarise"]

LEVELS: Final = (0.5, 0.8, 0.9)
"""Probabilities of the central intervals whose coverage is counted."""
_LOG_TWO_PI: Final = 1.8378770664093453
_HALVINGS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How one model's forecasts fared, an entry for each of `n` observations."""

    pit: Array
    """(n,) probability that the forecast gave to less than what was observed; uniform if forecasts are calibrated."""
    widths: Array
    """(n, levels) of the central intervals."""
    log_score: Array
    """(n,) log density at what was observed; higher is better."""
    crps: Array
    """(n,) continuous ranked probability score, on the analysis scale; lower is better."""

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        return cls(
            pit=np.concatenate([part.pit for part in parts]),
            widths=np.concatenate([part.widths for part in parts]),
            log_score=np.concatenate([part.log_score for part in parts]),
            crps=np.concatenate([part.crps for part in parts]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Weighted means over observations."""

    coverage: tuple[float, ...]
    """Share of observations within the central interval, for each of `LEVELS`."""
    width: tuple[float, ...]
    """Mean width of those intervals, on the analysis scale."""
    log_score: float
    crps: float


def summarise(seen: Seen, weights: Array) -> Summary:
    """`weights` (n,), not negative, with a positive sum."""
    weights = weights / weights.sum()
    distance = np.abs(seen.pit - 0.5)
    return Summary(
        coverage=tuple(float(weights @ (distance <= level / 2)) for level in LEVELS),
        width=tuple(float(mean) for mean in weights @ seen.widths),
        log_score=float(weights @ seen.log_score),
        crps=float(weights @ seen.crps),
    )


@dataclass(frozen=True, slots=True)
class Forecasts:
    """One mixture, each time widened by the standard error of what is to be observed: `k` components, `n` forecasts."""

    weights: Array
    """(k,)"""
    means: Array
    """(k,)"""
    sds: Array
    """(n, k)"""

    @classmethod
    def of(cls, effect: Mixture, se: Array) -> Forecasts:
        """Forecasts of observations with standard errors `se` (n,) of an effect so distributed."""
        return cls(effect.weights, effect.means, np.hypot(effect.sds, np.asarray(se)[:, None]))

    def density(self, y: Array) -> Array:
        """(n,) density at `y` (n,)."""
        return normal.pdf((y[:, None] - self.means) / self.sds) / self.sds @ self.weights

    def cdf(self, y: Array) -> Array:
        """(n,) probability of less than `y` (n,)."""
        return normal.cdf((y[:, None] - self.means) / self.sds) @ self.weights

    def quantile(self, p: float) -> Array:
        """(n,) by bisection, to 1e-6 of the bracket."""
        ends = self.means + self.sds * normal.quantile(p)
        low, high = ends.min(axis=1), ends.max(axis=1)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            below = self.cdf(middle) < p
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray(0.5 * (low + high))

    def crps(self, y: Array) -> Array:
        """(n,) continuous ranked probability score at `y`: E|X - y| - E|X - X'| / 2 (Grimit et al., QJRMS 132, 2006)."""
        error = _mean_distance(y[:, None] - self.means, self.sds) @ self.weights
        difference = self.means[:, None] - self.means
        spread = np.array(
            [self.weights @ _mean_distance(difference, np.hypot(sd[:, None], sd)) @ self.weights for sd in self.sds]
        )
        return error - 0.5 * spread

    def seen(self, y: Array) -> Seen:
        """Every score at `y` (n,)."""
        ends = [(self.quantile(0.5 - level / 2), self.quantile(0.5 + level / 2)) for level in LEVELS]
        return Seen(
            pit=self.cdf(y),
            widths=np.column_stack([high - low for low, high in ends]),
            log_score=np.log(np.maximum(self.density(y), 1e-300)),
            crps=self.crps(y),
        )


def _mean_distance(mean: Array, sd: Array) -> Array:
    """E|X| of X ~ N(mean, sd^2)."""
    z = mean / sd
    return 2.0 * sd * normal.pdf(z) + mean * (2.0 * normal.cdf(z) - 1.0)
