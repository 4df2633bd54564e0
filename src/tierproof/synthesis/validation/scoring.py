"""How good forecasts were, once what they foretold was seen.

Enters: forecasts (mixtures of normals, one for each observation) and observations.  Leaves: coverage, widths, and two
proper scores (Gneiting and Raftery, JASA 102 (2007) 359-378).  Knows nothing of the models that made the forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.values import normal
from tierproof.synthesis.values.normal import Array

__all__ = ["LEVELS", "Forecasts", "Seen", "Summary", "summarise"]

LEVELS: Final = (0.5, 0.8, 0.9)
"""Probabilities of the central intervals whose coverage is counted."""
_STEPS: Final = np.linspace(-3.9, 3.9, 41)
_NODES: Final = np.sinh(_STEPS) / 3.0
"""In sds about the mean, out to eight, closest in the middle."""
_WIDTHS: Final = np.cosh(_STEPS) / 3.0 * (_STEPS[1] - _STEPS[0])
"""What each node stands for in an integral: evenly spaced steps, where the trapezoidal rule is all but exact."""


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
    error: Array
    """(n,) observed less the forecast's mean; a mean above 0: forecasts are too low."""

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        return cls(
            pit=np.concatenate([part.pit for part in parts]),
            widths=np.concatenate([part.widths for part in parts]),
            log_score=np.concatenate([part.log_score for part in parts]),
            crps=np.concatenate([part.crps for part in parts]),
            error=np.concatenate([part.error for part in parts]),
        )

    def where(self, wanted: np.ndarray) -> Seen:
        """Of the observations `wanted` (n,) alone."""
        fields = (self.pit, self.widths, self.log_score, self.crps, self.error)
        return Seen(**dict(zip(self.__slots__, (part[wanted] for part in fields), strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Weighted means over observations."""

    coverage: tuple[float, ...]
    """Share of observations within the central interval, for each of `LEVELS`."""
    width: tuple[float, ...]
    """Mean width of those intervals, on the analysis scale."""
    log_score: float
    crps: float
    error: float
    """Mean of what was observed less what was expected, on the analysis scale, sign kept."""


def summarise(seen: Seen, weights: Array) -> Summary:
    """`weights` (n,), not negative, with a positive sum."""
    weights = weights / weights.sum()
    distance = np.abs(seen.pit - 0.5)
    return Summary(
        coverage=tuple(float(weights @ (distance <= level / 2)) for level in LEVELS),
        width=tuple(float(mean) for mean in weights @ seen.widths),
        log_score=float(weights @ seen.log_score),
        crps=float(weights @ seen.crps),
        error=float(weights @ seen.error),
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

    @classmethod
    def alike(cls, effect: Mixture, se: Array) -> Forecasts:
        """The same with one effect's distribution for all."""
        sds = np.hypot(effect.sds, np.asarray(se)[:, None])
        return cls(np.broadcast_to(effect.weights, sds.shape), np.broadcast_to(effect.means, sds.shape), sds)

    def density(self, y: Array) -> Array:
        """(n,) density at `y` (n,)."""
        return np.asarray((self.weights * normal.pdf((y[:, None] - self.means) / self.sds) / self.sds).sum(axis=1))

    def cdf(self, y: Array) -> Array:
        """(n,) probability of less than `y` (n,)."""
        return np.asarray((self.weights * _cdf((y[:, None] - self.means) / self.sds)).sum(axis=1))

    def mean(self) -> Array:
        """(n,)"""
        return np.asarray((self.weights * self.means).sum(axis=1))

    def tabled(self) -> tuple[Array, Array]:
        """(n, nodes) points about the mean and the probability of less, from which quantiles and spreads are read."""
        mean = self.mean()
        sd = np.sqrt((self.weights * (self.sds**2 + (self.means - mean[:, None]) ** 2)).sum(axis=1))
        nodes = mean[:, None] + sd[:, None] * _NODES
        # Hundreds of thousands of probabilities, each the nearest in a table: their errors, below 2e-4, even out.
        scale = _PER_SD / self.sds
        place = nodes.astype(np.float32)[:, :, None] - self.means.astype(np.float32)[:, None, :]
        place *= scale.astype(np.float32)[:, None, :]
        place += _MIDDLE
        np.clip(place, 0.0, 2.0 * _MIDDLE, out=place)
        below = _nearest().take(place.astype(np.intp))
        return nodes, np.matmul(below, self.weights.astype(np.float32)[:, :, None])[..., 0].astype(np.float64)

    def quantiles(self, p: Sequence[float]) -> Array:
        """(n, len(p)) within 1e-2 sd."""
        return _quantiles(*self.tabled(), p)

    def crps(self, y: Array) -> Array:
        """(n,) continuous ranked probability score at `y`, within 1e-3 sd."""
        return self._crps(y, *self.tabled())

    def _crps(self, y: Array, nodes: Array, below: Array) -> Array:
        """E|X - y| - E|X - X'| / 2 (Grimit et al. 2006), of which the second term is the integral of F (1 - F)."""
        distance = (self.weights * _mean_distance(y[:, None] - self.means, self.sds)).sum(axis=1)
        sd = (nodes[:, -1] - nodes[:, 0]) / (_NODES[-1] - _NODES[0])
        return np.asarray(distance - sd * ((below * (1.0 - below)) @ _WIDTHS))

    def seen(self, y: Array) -> Seen:
        """Every score at `y` (n,)."""
        nodes, below = self.tabled()
        ends = _quantiles(nodes, below, [0.5 + sign * level / 2 for level in LEVELS for sign in (-1, 1)])
        return Seen(
            pit=self.cdf(y),
            widths=ends[:, 1::2] - ends[:, ::2],
            log_score=np.log(np.maximum(self.density(y), 1e-300)),
            crps=self._crps(y, nodes, below),
            error=y - self.mean(),
        )


def _quantiles(nodes: Array, below: Array, p: Sequence[float]) -> Array:
    """(n, len(p)) read by lines in the normal score, where a mixture is nearly one: error below 1e-2 sd."""
    below = np.clip(below, 1e-15, 1.0 - 1e-15)
    cell = np.clip((below[:, :, None] < np.asarray(p)).sum(axis=1) - 1, 0, len(_NODES) - 2)
    ends = [(np.take_along_axis(nodes, at, axis=1), np.take_along_axis(below, at, axis=1)) for at in (cell, cell + 1)]
    (first, before), (last, after) = ends
    left, right = normal.quantile(np.stack((before, after)))
    share = np.clip((_scores(tuple(p)) - left) / np.maximum(right - left, 1e-12), 0.0, 1.0)
    return np.asarray(first * (1.0 - share) + last * share)


@cache
def _scores(p: tuple[float, ...]) -> Array:
    return normal.quantile(np.asarray(p))


@cache
def _nearest() -> NDArray[np.float32]:
    """The normal distribution function at the middles of cells of width 1 / `_PER_SD`, from 6 sds below on."""
    return normal.cdf((np.arange(2 * int(_MIDDLE) + 1) + 0.5 - _MIDDLE) / _PER_SD).astype(np.float32)


_PER_SD: Final = 1000.0
_MIDDLE: Final = 6000.0


@cache
def _table() -> Array:
    return normal.cdf(np.linspace(-7.0, 7.0, 2801))


def _cdf(z: Array) -> Array:
    """The normal distribution function read by lines from a table: within 1e-6, which no score shows."""
    table = _table()
    place = (np.clip(z, -7.0, 6.999) + 7.0) * 200.0
    cell = place.astype(np.intp)
    left = table[cell]
    return np.asarray(left + (place - cell) * (table[cell + 1] - left))


def _mean_distance(mean: Array, sd: Array) -> Array:
    """E|X| of X ~ N(mean, sd^2)."""
    z = mean / sd
    return 2.0 * sd * normal.pdf(z) + mean * (2.0 * _cdf(z) - 1.0)
