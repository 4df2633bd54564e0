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
_NODES: Final = np.sinh(np.linspace(-3.2, 3.2, 49)) / 3.0
"""In sds about the mean, out to four, closest in the middle."""


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
    """One mixture for each of `n` observations; short ones are filled up to `k` components that weigh nothing."""

    weights: Array
    """(n, k)"""
    means: Array
    """(n, k)"""
    sds: Array
    """(n, k)"""

    @classmethod
    def of(cls, effects: Sequence[Mixture], se: Array) -> Forecasts:
        """Forecasts of observations with standard errors `se` (n,) of effects so distributed (n mixtures)."""
        k = max(len(effect) for effect in effects)
        parts = np.zeros((3, len(effects), k))
        parts[2] = 1.0
        for row, effect in enumerate(effects):
            parts[0, row, : len(effect)] = effect.weights
            parts[1, row, : len(effect)] = effect.means
            parts[2, row, : len(effect)] = effect.sds
        return cls(parts[0], parts[1], np.hypot(parts[2], np.asarray(se)[:, None]))

    def density(self, y: Array) -> Array:
        """(n,) density at `y` (n,)."""
        return np.asarray((self.weights * normal.pdf((y[:, None] - self.means) / self.sds) / self.sds).sum(axis=1))

    def cdf(self, y: Array) -> Array:
        """(n,) probability of less than `y` (n,)."""
        return np.asarray((self.weights * normal.cdf((y[:, None] - self.means) / self.sds)).sum(axis=1))

    def quantiles(self, p: Sequence[float]) -> Array:
        """(n, len(p)) read off a table in the normal score, where a mixture is nearly a line: error below 1e-2 sd."""
        mean = (self.weights * self.means).sum(axis=1)
        sd = np.sqrt((self.weights * (self.sds**2 + (self.means - mean[:, None]) ** 2)).sum(axis=1))
        nodes = mean[:, None] + sd[:, None] * _NODES
        tail = np.column_stack([self.cdf(nodes[:, k]) for k in range(len(_NODES))])
        scores = normal.quantile(np.clip(tail, 1e-15, 1.0 - 1e-15))
        found = np.empty((len(mean), len(p)))
        rows = np.arange(len(mean))
        for column, z in enumerate(normal.quantile(np.asarray(p))):
            cell = np.clip((scores < z).sum(axis=1) - 1, 0, len(_NODES) - 2)
            left, right = scores[rows, cell], scores[rows, cell + 1]
            share = np.clip((z - left) / np.maximum(right - left, 1e-12), 0.0, 1.0)
            found[:, column] = nodes[rows, cell] * (1.0 - share) + nodes[rows, cell + 1] * share
        return found

    def crps(self, y: Array) -> Array:
        """(n,) continuous ranked probability score at `y`: E|X - y| - E|X - X'| / 2 (Grimit et al. 2006)."""
        error = (self.weights * _mean_distance(y[:, None] - self.means, self.sds)).sum(axis=1)
        spread = [
            weights @ _mean_distance(means[:, None] - means, np.hypot(sds[:, None], sds)) @ weights
            for weights, means, sds in zip(self.weights, self.means, self.sds, strict=True)
        ]
        return np.asarray(error - 0.5 * np.array(spread))

    def seen(self, y: Array) -> Seen:
        """Every score at `y` (n,)."""
        ends = self.quantiles([0.5 + sign * level / 2 for level in LEVELS for sign in (-1, 1)])
        return Seen(
            pit=self.cdf(y),
            widths=ends[:, 1::2] - ends[:, ::2],
            log_score=np.log(np.maximum(self.density(y), 1e-300)),
            crps=self.crps(y),
        )


def _mean_distance(mean: Array, sd: Array) -> Array:
    """E|X| of X ~ N(mean, sd^2)."""
    z = mean / sd
    return 2.0 * sd * normal.pdf(z) + mean * (2.0 * normal.cdf(z) - 1.0)
