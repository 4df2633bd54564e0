"""The three-level random-effects model, computed exactly on a grid of its two heterogeneities.

    y_ij = x_ij . beta + u_i + v_ij + e_ij     u_i ~ N(0, ts^2)   v_ij ~ N(0, tr^2)   e_ij ~ N(0, se_ij^2)

Enters: estimates, standard errors, sources, moderators, priors.  Leaves: a `Fit`.  Given (ts, tr) everything is normal
and in closed form; (ts, tr) themselves are integrated on a lattice that `lattice.py` places.  No sampling, no seeds.
Knows nothing of techniques or records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from tierproof.synthesis.lattice import Lattice, integrate
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.normal import Array
from tierproof.synthesis.posterior import Coefficient, Interval
from tierproof.synthesis.prior import NORMAL, Shape

__all__ = ["Fit", "Marginal", "fit", "marginal"]

_LOG_TWO_PI: Final = 1.8378770664093453


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The posterior of one fit: `g` grid points, `p` coefficients."""

    weights: Array
    """(g,) posterior probability of each grid point."""
    tau_source_grid: Array
    """(g,) sd between sources."""
    tau_record_grid: Array
    """(g,) sd between records of a source."""
    means: Array
    """(g, p) mean of beta given the grid point."""
    covariances: Array
    """(g, p, p) covariance of beta given the grid point."""
    prior_mean: Array
    """(p,)"""
    prior_sd: Array
    """(p,)"""
    names: tuple[str, ...]
    scaled: np.ndarray
    """(p,) True for coefficients in units of the heterogeneity."""
    log_marginal: float
    """Log marginal likelihood of the data, everything integrated out."""
    records: int
    sources: int
    lattice: Lattice
    shape: Shape

    def average(self, x: ArrayLike | None = None) -> Mixture:
        """Distribution of the mean effect x . beta; `x` (p,) defaults to the intercept alone."""
        mean, variance = self._at(x)
        return Mixture(self.weights, mean, np.sqrt(variance)).condensed()

    def predictive(self, x: ArrayLike | None = None, between: ArrayLike | None = None) -> Mixture:
        """Distribution of the true effect in one new record of a new source with moderators `x`.

        `between` (p, p): covariance of the moderators over the new settings of which `x` is the mean; what they add to
        the spread is added as if normal.
        """
        mean, variance = self._at(x)
        spread = self.tau_source_grid**2 + self.tau_record_grid**2
        if between is not None:
            moderators = np.asarray(between, dtype=np.float64)
            spread = spread + ((self.means @ moderators) * self.means).sum(axis=1)
            spread += (self.covariances * moderators).sum(axis=(1, 2))
        multipliers = np.square(self.shape.multipliers)
        return Mixture(
            np.outer(self.shape.weights, self.weights).reshape(-1),
            np.tile(mean, len(multipliers)),
            np.sqrt(variance + np.multiply.outer(multipliers, spread)).reshape(-1),
        ).condensed()

    def _at(self, x: ArrayLike | None) -> tuple[Array, Array]:
        p = self.means.shape[1]
        at = np.eye(1, p)[0] if x is None else np.asarray(x, dtype=np.float64)
        if at.shape != (p,):
            raise ValueError(f"x has shape {at.shape}, the fit has {p} coefficients")
        return self.means @ at, (self.covariances @ at) @ at

    def with_prior(self, name: str, mean: float, sd: float) -> Fit:
        """The posterior had the coefficient's prior been N(mean, sd^2): exact, without another fit.

        Every grid point's normal is multiplied by the ratio of the two priors, which is a rank-one update (Sherman and
        Morrison 1950), and reweighted by the ratio's expectation.  Raises ValueError for an unknown coefficient.
        """
        if name not in self.names:
            raise ValueError(f"no coefficient '{name}'; there are: {', '.join(self.names)}")
        k = self.names.index(name)
        old_mean, old_sd = float(self.prior_mean[k]), float(self.prior_sd[k])
        precision = sd**-2.0 - old_sd**-2.0
        linear = mean * sd**-2.0 - old_mean * old_sd**-2.0
        at, column = self.means[:, k], self.covariances[:, :, k]
        variance = column[:, k]
        growth = 1.0 + precision * variance
        log_ratio = (
            np.log(old_sd / sd)
            - 0.5 * ((mean / sd) ** 2 - (old_mean / old_sd) ** 2)
            - 0.5 * np.log(growth)
            + 0.5 * (2.0 * at * linear + variance * linear**2 - precision * at**2) / growth
        )
        top = float(log_ratio.max())
        weights = self.weights * np.exp(log_ratio - top)
        total = float(weights.sum())
        shape = self.lattice.weights.T.shape
        prior_mean, prior_sd = self.prior_mean.copy(), self.prior_sd.copy()
        prior_mean[k], prior_sd[k] = mean, sd
        return replace(
            self,
            weights=weights / total,
            means=self.means + column * ((linear - precision * at) / growth)[:, None],
            covariances=self.covariances
            - column[:, :, None] * column[:, None, :] * (precision / growth)[:, None, None],
            prior_mean=prior_mean,
            prior_sd=prior_sd,
            log_marginal=self.log_marginal + top + float(np.log(total)),
            lattice=replace(self.lattice, weights=(weights / total).reshape(shape).T),
        )

    def coefficients(self) -> tuple[Coefficient, ...]:
        """Posterior mean and sd of every coefficient but the intercept."""
        unit = np.eye(len(self.names))
        each = [(name, self.average(unit[k])) for k, name in enumerate(self.names) if k]
        return tuple(Coefficient(name=name, mean=mixture.mean, sd=mixture.sd) for name, mixture in each)

    def tau_source(self, level: float = 0.9) -> Interval:
        return self.lattice.interval(0, level)

    def tau_record(self, level: float = 0.9) -> Interval:
        return self.lattice.interval(1, level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginal:
    """Log likelihood with beta integrated out, and beta's conditional posterior, on a product grid (r, s)."""

    log_likelihood: Array
    """(r, s)"""
    means: Array
    """(r, s, p)"""
    covariances: Array
    """(r, s, p, p)"""


def fit(
    y: ArrayLike,
    se: ArrayLike,
    source: Sequence[object] | ArrayLike,
    X: ArrayLike | None = None,
    *,
    prior_mean: ArrayLike = 0.0,
    prior_sd: ArrayLike = 1.5,
    tau_source_scale: float = 0.5,
    tau_record_scale: float = 0.5,
    shape: Shape = NORMAL,
    names: Sequence[str] = (),
    scaled: Sequence[str] = (),
) -> Fit:
    """Posterior of the three-level model.

    `y`, `se` (n,) estimates and positive standard errors; `source` (n,) labels, equal for figures of one source; `X`
    (n, p) moderators with the intercept in column 0 (default: intercept only); `prior_mean`, `prior_sd` (p,) or scalar:
    independent normal priors of beta; the scales are those of the half-normal priors of ts and tr; `shape`
    is the predictive's; `scaled`: names of coefficients measured in units of the heterogeneity sqrt(ts^2 + tr^2).
    The order of the records and the labels' spelling do not change a digit of the result.
    Raises ValueError for empty, unequal or non-finite input, or a standard error or prior sd that is not positive.
    """
    data = _data((y, se), source, X, (prior_mean, prior_sd))
    p = data.x.shape[1]
    named = tuple(names) or ("intercept", *(f"x{k}" for k in range(1, p)))
    if len(named) != p:
        raise ValueError(f"{len(named)} names for {p} coefficients")
    in_spreads = np.array([name in scaled for name in named])
    if bool(data.prior_mean[in_spreads].any()):
        raise ValueError("a coefficient measured in units of the heterogeneity is fitted with prior mean 0")

    def log_likelihood(tau_source: Array, tau_record: Array) -> Array:
        return _solve(data, tau_source, tau_record, full=False, scaled=in_spreads).log_likelihood.T

    finest = float(1.0 / np.sqrt(np.sum(data.se**-2.0)))
    lattice = integrate(
        log_likelihood,
        scales=(tau_source_scale, tau_record_scale),
        finest=(max(finest, 1e-3 * tau_source_scale), max(float(data.se.min()), 1e-3 * tau_record_scale)),
        furthest=float(np.abs(data.y).max()),
    )
    solved = _solve(data, lattice.first, lattice.second, full=True, scaled=in_spreads)
    tau_record, tau_source = (grid.reshape(-1) for grid in np.meshgrid(lattice.second, lattice.first, indexing="ij"))
    return Fit(
        weights=lattice.weights.T.reshape(-1),
        tau_source_grid=tau_source,
        tau_record_grid=tau_record,
        means=solved.means.reshape(-1, p) + data.prior_mean,
        covariances=solved.covariances.reshape(-1, p, p),
        prior_mean=data.prior_mean,
        prior_sd=data.prior_sd,
        names=named,
        scaled=in_spreads,
        log_marginal=lattice.log_integral,
        records=len(data.y),
        sources=len(data.starts),
        lattice=lattice,
        shape=shape,
    )


def marginal(
    y: ArrayLike,
    se: ArrayLike,
    source: Sequence[object] | ArrayLike,
    X: ArrayLike | None = None,
    *,
    prior_mean: ArrayLike = 0.0,
    prior_sd: ArrayLike = 1.5,
    tau_source: ArrayLike,
    tau_record: ArrayLike,
) -> Marginal:
    """The model at given heterogeneities: `tau_source` (s,), `tau_record` (r,); other arguments as in `fit`."""
    data = _data((y, se), source, X, (prior_mean, prior_sd))
    solved = _solve(
        data, *(np.atleast_1d(np.asarray(tau, dtype=np.float64)) for tau in (tau_source, tau_record)), full=True
    )
    return Marginal(
        log_likelihood=solved.log_likelihood,
        means=solved.means + data.prior_mean,
        covariances=solved.covariances,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    """Records in canonical order, sources contiguous; `y` measured from the prior mean."""

    y: Array
    se: Array
    x: Array
    starts: np.ndarray
    """(S,) where each source begins."""
    block: np.ndarray
    """(n,) source of each record, counted from 0."""
    prior_mean: Array
    prior_sd: Array


def _data(
    estimates: tuple[ArrayLike, ArrayLike], source: object, design: ArrayLike | None, prior: tuple[ArrayLike, ArrayLike]
) -> _Data:
    y, se = (np.asarray(part, dtype=np.float64).reshape(-1) for part in estimates)
    x = np.ones((len(y), 1)) if design is None else np.asarray(design, dtype=np.float64)
    codes = np.unique(np.asarray(source), return_inverse=True)[1].reshape(-1)
    if len(y) == 0:
        raise ValueError("a fit needs at least one record")
    if x.ndim != 2 or not len(y) == len(se) == len(codes) == len(x):
        raise ValueError(f"{len(y)} estimates, {len(se)} standard errors, {len(codes)} sources, moderators {x.shape}")
    if not (np.isfinite(y).all() and np.isfinite(se).all() and np.isfinite(x).all()):
        raise ValueError("estimates, standard errors and moderators are finite")
    if bool((se <= 0).any()):
        raise ValueError("standard errors are positive")
    p = x.shape[1]
    mean, sd = (np.broadcast_to(np.asarray(part, dtype=np.float64), (p,)) for part in prior)
    if bool((sd <= 0).any()) or not (np.isfinite(mean).all() and np.isfinite(sd).all()):
        raise ValueError("prior means are finite and prior sds finite and positive")
    order, lengths = _canonical(np.column_stack((y, se, x)), codes)
    return _Data(
        y=(y - x @ mean)[order],
        se=se[order],
        x=np.ascontiguousarray(x[order]),
        starts=np.concatenate(([0], np.cumsum(lengths)[:-1])),
        block=np.repeat(np.arange(len(lengths)), lengths),
        prior_mean=mean,
        prior_sd=sd,
    )


def _canonical(table: Array, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An order that depends on the records' content alone, sources kept together, and each source's length.

    Floating-point sums depend on the order of their terms; a canonical one makes results the same whatever the order of
    the lines in a file and the sources' names.
    """
    table = table + 0.0  # -0.0 equals 0.0 but has other bytes
    order = np.lexsort((*table.T[::-1], codes))
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    blocks = sorted(np.split(order, cuts), key=lambda block: (len(block), table[block].tobytes()))
    return np.concatenate(blocks), np.array([len(block) for block in blocks])


@dataclass(frozen=True, slots=True)
class _Solved:
    log_likelihood: Array
    means: Array
    covariances: Array


def _solve(
    data: _Data, tau_source: Array, tau_record: Array, *, full: bool, scaled: np.ndarray | None = None
) -> _Solved:
    """Integrate u, v and beta out on the product grid (r, s).

    For a source with precisions w_j = 1 / (se_j^2 + tr^2), g = sum w_j and weighted means (x_, y_), the inverse of its
    covariance diag(1/w) + ts^2 11' acts as (Sherman and Morrison 1950, written without cancellation)

        a' V^-1 b = sum_j w_j (a_j - a_)(b_j - b_) + g / (1 + ts^2 g) a_ b_
        log|V|    = log(1 + ts^2 g) - sum_j log w_j

    so that sources enter through their within-part, which knows only tr, and their weighted mean.
    """
    n, p = data.x.shape
    r, s = len(tau_record), len(tau_source)
    z = np.column_stack((data.x, data.y))
    w = 1.0 / (data.se**2 + (tau_record**2)[:, None])
    g = np.add.reduceat(w, data.starts, axis=1)
    z_mean = np.add.reduceat(w[:, :, None] * z, data.starts, axis=1) / g[:, :, None]
    centred = z - z_mean[:, data.block]
    within = np.matmul((w[:, :, None] * centred).transpose(0, 2, 1), centred)
    shrunk = 1.0 + g[:, None, :] * (tau_source**2)[None, :, None]
    k = g[:, None, :] / shrunk
    outer = (z_mean[:, :, :, None] * z_mean[:, :, None, :]).reshape(r, len(data.starts), -1)
    moments = np.matmul(k, outer).reshape(r, s, p + 1, p + 1) + within[:, None]
    if scaled is not None and scaled.any():
        heterogeneity = np.hypot(tau_record[:, None], tau_source)
        unit = np.ones((r, s, p + 1))
        unit[..., :p][..., scaled] = heterogeneity[..., None]
        moments *= unit[..., :, None] * unit[..., None, :]
    precision = moments[..., :p, :p] + np.diag(data.prior_sd**-2.0)
    linear = moments[..., :p, p]
    root = np.linalg.cholesky(precision)
    inverse_root = np.linalg.inv(root) if p > 1 else 1.0 / root
    half = np.matmul(inverse_root, linear[..., None])[..., 0]
    log_likelihood = -0.5 * (
        n * _LOG_TWO_PI
        - np.log(w).sum(axis=1)[:, None]
        + np.log(shrunk).sum(axis=2)
        + 2.0 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
        + 2.0 * np.log(data.prior_sd).sum()
        + moments[..., p, p]
        - (half**2).sum(axis=-1)
    )
    if not full:
        return _Solved(log_likelihood, half, inverse_root)
    means = np.matmul(half[..., None, :], inverse_root)[..., 0, :]
    return _Solved(log_likelihood, means, np.matmul(inverse_root.swapaxes(-1, -2), inverse_root))
