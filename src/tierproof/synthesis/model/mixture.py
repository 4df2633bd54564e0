"""A finite mixture of normals: the form in which every posterior and predictive leaves the model.

Enters: weights, means and standard deviations.  Leaves: moments, probabilities, quantiles and conjugate updates, exact
up to rounding.  Knows nothing of where the components come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tierproof.synthesis.values import normal
from tierproof.synthesis.values.interval import Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["Mixture"]

_NEGLIGIBLE: Final = 1e-12
"""Components that weigh less are dropped: a thousand of them move no probability by more than 1e-9."""
_TABLE_FROM: Final = 24
"""From this many points on, quantiles are read off a table; fewer are solved one by one to machine precision."""
_TABLE_NODES: Final = 97
_CONDENSE_FROM: Final = 150
_CELLS: Final = 48.0
_LOG_TWO_PI: Final = 1.8378770664093453


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Mixture:
    """sum_k weights_k N(means_k, sds_k^2); three arrays of shape (k,), weights positive with sum 1.

    Raises ValueError for weights that are not positive in sum, for an sd that is not positive, for anything not finite.
    """

    weights: Array
    means: Array
    sds: Array

    def __post_init__(self) -> None:
        weights, means, sds = (
            np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (self.weights, self.means, self.sds)
        )
        if not weights.shape == means.shape == sds.shape:
            weights, means, sds = np.broadcast_arrays(weights, means, sds)
        if weights.ndim != 1:
            raise ValueError("a mixture's weights, means and sds have one dimension")
        if not (np.isfinite(weights).all() and np.isfinite(means).all() and np.isfinite(sds).all()):
            raise ValueError("a mixture's weights, means and sds are finite")
        total = float(weights.sum())
        if total <= 0 or weights.min() < 0:
            raise ValueError("a mixture's weights are not negative and not all zero")
        kept = weights > _NEGLIGIBLE * total
        weights, means, sds = weights[kept], means[kept], sds[kept]
        if sds.min() <= 0:
            raise ValueError("a mixture's sds are positive")
        self._hold(weights / weights.sum(), means, sds)

    def _hold(self, weights: Array, means: Array, sds: Array) -> None:
        for name, part in (("weights", weights), ("means", means), ("sds", sds)):
            part.flags.writeable = False
            object.__setattr__(self, name, part)

    @classmethod
    def _checked(cls, weights: Array, means: Array, sds: Array) -> Mixture:
        """From parts that are known to be right, which takes a tenth of the time."""
        mixture = object.__new__(cls)
        mixture._hold(weights, means, sds)
        return mixture

    @classmethod
    def of_nodes(cls, weights: Array, means: Array, sds: Array) -> Mixture:
        """From finite parts of one shape (k,), weights not negative with sum 1, sds positive, which are not checked."""
        if weights.min() <= _NEGLIGIBLE:
            kept = weights > _NEGLIGIBLE
            weights, means, sds = weights[kept], means[kept], sds[kept]
        return cls._checked(weights / weights.sum(), means, sds)

    @classmethod
    def normal(cls, mean: float, sd: float) -> Mixture:
        """One component."""
        return cls(np.array([1.0]), np.array([mean]), np.array([sd]))

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def mean(self) -> float:
        return float(self.weights @ self.means)

    @property
    def variance(self) -> float:
        return float(self.weights @ (self.sds**2 + (self.means - self.mean) ** 2))

    @property
    def sd(self) -> float:
        return float(np.sqrt(self.variance))

    def _standardised(self, x: Array) -> Array:
        return (x[..., None] - self.means) / self.sds

    def cdf(self, x: ArrayLike) -> Array:
        """P(X <= x), of the shape of `x`."""
        return normal.cdf(self._standardised(np.asarray(x, dtype=np.float64))) @ self.weights

    def sf(self, x: ArrayLike) -> Array:
        """P(X > x), without loss of digits in the upper tail."""
        return normal.cdf(-self._standardised(np.asarray(x, dtype=np.float64))) @ self.weights

    def pdf(self, x: ArrayLike) -> Array:
        """Density, of the shape of `x`."""
        return normal.pdf(self._standardised(np.asarray(x, dtype=np.float64))) @ (self.weights / self.sds)

    def quantile(self, p: ArrayLike) -> Array:
        """The x with P(X <= x) = p, for each p in (0, 1), of the shape of `p`.

        A few points are solved to machine precision.  Many (draws for quasi-Monte Carlo) are read off a table of exact
        values by Hermite interpolation in the normal quantile, where a mixture is nearly a line: error near 1e-4 sd, or
        1e-2 sd where modes stand far apart.
        Raises ValueError for a p outside (0, 1).
        """
        p = np.asarray(p, dtype=np.float64)
        flat = p.reshape(-1)
        if not bool(np.all((flat > 0) & (flat < 1))):
            raise ValueError("a mixture has quantiles for probabilities within (0, 1), ends excluded")
        if flat.size < _TABLE_FROM:
            return self._solve(flat).reshape(p.shape)
        return self._look_up(normal.quantile(flat)).reshape(p.shape)

    def _solve(self, p: Array) -> Array:
        """Newton's method within a bracket that bisection keeps closing."""
        if len(self) == 1:
            return np.asarray(self.means[0] + self.sds[0] * normal.quantile(p))
        ends = self.means + self.sds * normal.quantile(p)[:, None]
        # Every component has P <= p to the left of the least of the components' own quantiles, and >= p to the right.
        low, high = ends.min(axis=1), ends.max(axis=1)
        x = np.clip(self.mean + self.sd * normal.quantile(p), low, high)
        upper = p > 0.5
        for _ in range(200):
            z = self._standardised(x)
            # Above the median the complement is solved for, so that both tails keep their digits.
            lower_tail = normal.cdf(np.where(upper[:, None], -z, z)) @ self.weights
            excess = np.where(upper, (1.0 - p) - lower_tail, lower_tail - p)
            low, high = np.where(excess <= 0, x, low), np.where(excess >= 0, x, high)
            density = normal.pdf(z) @ (self.weights / self.sds)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = excess / density
            candidate = x - step
            inside = np.isfinite(candidate) & (candidate >= low) & (candidate <= high)
            following = np.where(inside, candidate, 0.5 * (low + high))
            done = bool(np.all(np.abs(following - x) <= 4e-15 * (np.abs(x) + self.sd)))
            x = following
            if done:
                break
        return x

    def _look_up(self, z: Array) -> Array:
        """Quantiles at normal scores `z` by Hermite interpolation of x(z), with dx/dz = phi(z) / f(x) known exactly."""
        if len(self) == 1:
            return np.asarray(self.means[0] + self.sds[0] * z)
        low, high = self._solve(normal.cdf(np.array([z.min(), z.max()])))
        # Nodes evenly spaced between the ends of a heavy-tailed mixture would leave its middle bare: a first pass on
        # even nodes places those of the second evenly in the normal score.
        even = np.linspace(low, high, _TABLE_NODES // 2)
        scores = self._scores(even)
        nodes = np.interp(np.linspace(scores[0], scores[-1], _TABLE_NODES), scores, even)
        nodes[0], nodes[-1] = low, high
        scores = self._scores(nodes)
        width, rise = np.diff(scores), np.diff(nodes)
        width = np.maximum(width, 1e-300)
        with np.errstate(divide="ignore", over="ignore"):
            slope = normal.pdf(scores) / self.pdf(nodes)
        # Fritsch and Carlson's bound keeps the interpolant monotone where the density all but vanishes between modes.
        secant = np.concatenate((rise[:1] / width[:1], rise / width, rise[-1:] / width[-1:]))
        slope = np.minimum(slope, 3.0 * np.minimum(secant[:-1], secant[1:]))
        cell = np.clip(np.searchsorted(scores, z, side="right") - 1, 0, _TABLE_NODES - 2)
        t = np.clip((z - scores[cell]) / width[cell], 0.0, 1.0)
        s = 1.0 - t
        return np.asarray(
            nodes[cell] * (1 + 2 * t) * s * s
            + nodes[cell + 1] * (1 + 2 * s) * t * t
            + width[cell] * t * s * (slope[cell] * s - slope[cell + 1] * t)
        )

    def _scores(self, x: Array) -> Array:
        """Normal scores of P(X <= x) at increasing `x`, each from the tail that keeps its digits."""
        standardised = self._standardised(x)
        upper = x > self.mean
        tail = normal.cdf(np.where(upper[:, None], -standardised, standardised)) @ self.weights
        scores = normal.quantile(np.clip(tail, 1e-300, 1.0))
        return np.maximum.accumulate(np.where(upper, -scores, scores))

    def interval(self, level: float = 0.9) -> Interval:
        """Median and central interval of probability `level`."""
        low, median, high = self.quantile([0.5 - level / 2, 0.5, 0.5 + level / 2])
        return Interval(median=float(median), low=float(low), high=float(high), level=level)

    def condensed(self, *, per_sd: float = _CELLS, above: int = _CONDENSE_FROM) -> Mixture:
        """The same distribution in fewer components, for speed: near-equal ones merge into one of the same mean and sd.

        Mean and sd are kept exactly; as merged components differ by less than 1/48 of an sd in mean and 1/48 in log sd,
        probabilities move by less than 1e-5.  With fewer cells `per_sd` more merge; below `above` components none does.
        """
        if len(self) < above:
            return self
        rows = np.floor(np.log(self.sds / self.sds.min()) * per_sd)
        # Cells of the mean follow the sd of their row, so that narrow components are not smeared.
        columns = np.floor((self.means - self.means.min()) * per_sd / (self.sds.min() * np.exp(rows / per_sd)))
        order = np.lexsort((columns, rows))
        rows, columns = rows[order], columns[order]
        first = np.ones(len(self), dtype=bool)
        first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        starts, cell = np.flatnonzero(first), np.cumsum(first) - 1
        own, centres = self.weights[order], self.means[order]
        weights = np.add.reduceat(own, starts)
        means = np.add.reduceat(own * centres, starts) / weights
        square = (self.sds**2)[order] + (centres - means[cell]) ** 2
        variances = np.add.reduceat(own * square, starts) / weights
        return Mixture._checked(weights / weights.sum(), means, np.sqrt(variances))

    def shift(self, by: float) -> Mixture:
        """The distribution of X + by."""
        return Mixture(self.weights, self.means + by, self.sds)

    def scale(self, by: float) -> Mixture:
        """The distribution of by * X, `by` not zero."""
        return Mixture(self.weights, self.means * by, self.sds * abs(by))

    def widen(self, sd: float) -> Mixture:
        """The distribution of X + e with e ~ N(0, sd^2) independent: a predicted observation, say."""
        return Mixture(self.weights, self.means, np.hypot(self.sds, sd))

    def update(self, y: float, se: float) -> Mixture:
        """The distribution of X after observing y ~ N(X, se^2): conjugate, so again a mixture.

        Each component shrinks towards y and is reweighted by how well it foretold y.  Raises ValueError unless `y` is
        finite and `se` is finite and positive.
        """
        _observation(y, se)
        log_weights = self._log_joint(y, se)
        gain = self.sds**2 / (self.sds**2 + se**2)
        return Mixture(
            np.exp(log_weights - log_weights.max()),
            self.means + gain * (y - self.means),
            self.sds * se / np.hypot(self.sds, se),
        )

    def log_evidence(self, y: float, se: float) -> float:
        """Log density of an observation y with standard error `se` (0: of X itself), foretold by this mixture."""
        if not (np.isfinite(y) and np.isfinite(se) and se >= 0):
            raise ValueError("an observation needs a finite value and a standard error that is not negative")
        terms = self._log_joint(y, se)
        top = terms.max()
        return float(top + np.log(np.exp(terms - top).sum()))

    def log_score(self, y: float, se: float = 0.0) -> float:
        """Logarithmic score of the forecast, higher is better: the log density at what was observed."""
        return self.log_evidence(y, se)

    def _log_joint(self, y: float, se: float) -> Array:
        variance = self.sds**2 + se**2
        joint: Array = np.log(self.weights) - 0.5 * (_LOG_TWO_PI + np.log(variance) + (y - self.means) ** 2 / variance)
        return joint


def _observation(y: float, se: float) -> None:
    if not (np.isfinite(y) and np.isfinite(se) and se > 0):
        raise ValueError("an observation needs a finite value and a positive standard error")
