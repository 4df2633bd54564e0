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
_LARGEST: Final = 1e12
"""Beyond this squares of squares overflow; no effect on a log scale comes near."""
_NEGLIGIBLE: Final = 1e-3
"""Grid points that weigh less than the accuracy times this share of the heaviest are dropped."""


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
    kept: np.ndarray
    """(nodes of the lattice,) True for those among the `g` grid points; the rest weigh nothing."""
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
        if at[self.scaled].any():
            points = np.where(self.scaled, at * self.heterogeneity()[:, None], at)
            return (self.means * points).sum(axis=1), np.einsum("gp,gpq,gq->g", points, self.covariances, points)
        return self.means @ at, (self.covariances @ at) @ at

    def heterogeneity(self) -> Array:
        """(g,) total sd of true effects, between and within sources."""
        return np.hypot(self.tau_source_grid, self.tau_record_grid)

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
        nodes = np.zeros(len(self.kept))
        nodes[self.kept] = weights / total
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
            lattice=replace(self.lattice, weights=nodes.reshape(self.lattice.weights.T.shape).T),
        )

    def coefficients(self) -> tuple[Coefficient, ...]:
        """Posterior mean and sd of every coefficient but the intercept, on the analysis scale."""
        unit = np.where(self.scaled, self.heterogeneity()[:, None], 1.0)
        means = self.means * unit
        centre = self.weights @ means
        variances = np.diagonal(self.covariances, axis1=1, axis2=2) * unit**2 + (means - centre) ** 2
        sds = np.sqrt(self.weights @ variances)
        each = zip(self.names, centre.tolist(), sds.tolist(), strict=True)
        return tuple(Coefficient(name=name, mean=mean, sd=sd) for name, mean, sd in each)[1:]

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
    accuracy: float = 1e-7,
) -> Fit:
    """Posterior of the three-level model.

    `y`, `se` (n,) estimates and positive standard errors; `source` (n,) labels, equal for figures of one source; `X`
    (n, p) moderators with the intercept in column 0 (default: intercept only); `prior_mean`, `prior_sd` (p,) or scalar:
    independent normal priors of beta; the scales are those of the half-normal priors of ts and tr; `shape`
    is the predictive's; `scaled`: names of coefficients measured in units of the heterogeneity sqrt(ts^2 + tr^2).
    `accuracy`: relative error allowed to the integral over (ts, tr).
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

    latest: list[_Moments] = []

    def log_likelihood(tau_source: Array, tau_record: Array) -> Array:
        latest[:] = [_moments(data, tau_source, tau_record, in_spreads)]
        return _log_likelihood(data, latest[0]).T

    def finest(tau_record: float) -> float:
        """Standard error of the best-known source's mean."""
        precisions = np.add.reduceat(1.0 / (data.se**2 + tau_record**2), data.starts)
        return float(precisions.max() ** -0.5)

    lattice = integrate(
        log_likelihood,
        scales=(tau_source_scale, tau_record_scale),
        finest=(finest, float(data.se.min())),
        furthest=float(np.abs(data.y).max() + abs(data.prior_mean[0] - data.origin[0])),
        accuracy=accuracy,
    )
    # The lattice was evaluated last at its own nodes, so their moments are at hand.
    weights = lattice.weights.T.reshape(-1)
    kept = weights > _NEGLIGIBLE * accuracy * weights.max()
    means, covariances = _coefficients(latest[0].products.reshape(-1, p + 1, p + 1)[kept])
    tau_record, tau_source = (grid.reshape(-1) for grid in np.meshgrid(lattice.second, lattice.first, indexing="ij"))
    return Fit(
        weights=weights[kept] / weights[kept].sum(),
        tau_source_grid=tau_source[kept],
        tau_record_grid=tau_record[kept],
        means=means + data.origin,
        covariances=covariances,
        prior_mean=data.prior_mean,
        prior_sd=data.prior_sd,
        names=named,
        scaled=in_spreads,
        log_marginal=lattice.log_integral,
        records=len(data.y),
        sources=len(data.starts),
        lattice=lattice,
        kept=kept,
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
    grid_source, grid_record = (np.atleast_1d(np.asarray(tau, dtype=np.float64)) for tau in (tau_source, tau_record))
    moments = _moments(data, grid_source, grid_record, np.zeros(data.x.shape[1], dtype=bool))
    means, covariances = _coefficients(moments.products)
    return Marginal(log_likelihood=_log_likelihood(data, moments), means=means + data.origin, covariances=covariances)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    """Records in canonical order, sources contiguous; `y` measured from the origin."""

    y: Array
    se: Array
    x: Array
    starts: np.ndarray
    """(S,) where each source begins."""
    block: np.ndarray
    """(n,) source of each record, counted from 0."""
    prior_mean: Array
    prior_sd: Array
    origin: Array
    """(p,) what beta is measured from: `y` is what is left of the estimates at it."""

    @property
    def prior(self) -> Array:
        """(p + 1, p + 1) what the prior of beta, measured from the origin, adds to the moments."""
        from_origin = self.prior_mean - self.origin
        lever = np.column_stack((np.eye(len(from_origin)), from_origin)) / self.prior_sd[:, None]
        return np.asarray(lever.T @ lever)


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
    if bool((np.abs(y) > _LARGEST).any()) or bool((np.abs(np.log10(se)) > np.log10(_LARGEST)).any()):
        raise ValueError(f"estimates are at most {_LARGEST:g} in size, standard errors within its inverse and it")
    p = x.shape[1]
    mean, sd = (np.broadcast_to(np.asarray(part, dtype=np.float64), (p,)) for part in prior)
    if bool((sd <= 0).any()) or not (np.isfinite(mean).all() and np.isfinite(sd).all()):
        raise ValueError("prior means are finite and prior sds finite and positive")
    order, lengths = _canonical(np.column_stack((y, se, x)), codes)
    origin = mean.copy()
    if bool((x[:, 0] == 1.0).all()):
        # Sums of squares about the figures' own mean keep the digits that a far origin would drown.
        weights = se[order] ** -2.0
        origin[0] += float(weights @ (y - x @ mean)[order] / weights.sum())
    return _Data(
        y=(y - x @ origin)[order],
        se=se[order],
        x=np.ascontiguousarray(x[order]),
        starts=np.concatenate(([0], np.cumsum(lengths)[:-1])),
        block=np.repeat(np.arange(len(lengths)), lengths),
        prior_mean=mean,
        prior_sd=sd,
        origin=origin,
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
class _Moments:
    """What data and prior say of beta, measured from the origin, on the product grid (r, s)."""

    products: Array
    """(r, s, p + 1, p + 1) z' V^-1 z for z = (x, y), and the prior's share."""
    log_determinant: Array
    """(r, s) log |V|."""


def _moments(data: _Data, tau_source: Array, tau_record: Array, scaled: np.ndarray) -> _Moments:
    """Integrate u and v out.

    For a source with precisions w_j = 1 / (se_j^2 + tr^2), g = sum w_j and weighted means (x_, y_), the inverse of its
    covariance diag(1/w) + ts^2 11' acts as (Sherman and Morrison 1950, written without cancellation)

        a' V^-1 b = sum_j w_j (a_j - a_)(b_j - b_) + g / (1 + ts^2 g) a_ b_
        log|V|    = log(1 + ts^2 g) - sum_j log w_j

    so that sources enter through their within-part, which knows only tr, and their weighted mean.
    """
    q = data.x.shape[1] + 1
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
    products = np.matmul(k, outer).reshape(r, s, q, q) + within[:, None]
    if scaled.any():
        unit = np.ones((r, s, q))
        unit[..., :-1][..., scaled] = np.hypot(tau_record[:, None], tau_source)[..., None]
        products *= unit[..., :, None] * unit[..., None, :]
    products += data.prior
    return _Moments(products, np.log(shrunk).sum(axis=2) - np.log(w).sum(axis=1)[:, None])


def _log_likelihood(data: _Data, moments: _Moments) -> Array:
    """(r, s) log likelihood with beta integrated out.

    The Cholesky root of [[P, l], [l', c + k]], with P beta's posterior precision, ends in the square root of
    c + k - l' P^-1 l: one factorisation gives both the determinant and the residual sum of squares.  k > 0 keeps the
    matrix positive definite where rounding would not, and is taken off again.
    """
    p = data.x.shape[1]
    slack = 1.0 + 1e-12 * moments.products[..., p, p]
    augmented = moments.products.copy()
    augmented[..., p, p] += slack
    diagonal = np.diagonal(np.linalg.cholesky(augmented), axis1=-2, axis2=-1)
    return np.asarray(
        -0.5
        * (
            len(data.y) * _LOG_TWO_PI
            + moments.log_determinant
            + 2.0 * np.log(diagonal[..., :p]).sum(axis=-1)
            + 2.0 * np.log(data.prior_sd).sum()
            + diagonal[..., p] ** 2
            - slack
        )
    )


def _coefficients(products: Array) -> tuple[Array, Array]:
    """Mean (..., p), measured from the origin, and covariance (..., p, p) of beta."""
    p = products.shape[-1] - 1
    covariances = np.linalg.inv(products[..., :p, :p])
    covariances = 0.5 * (covariances + covariances.swapaxes(-1, -2))
    return np.matmul(covariances, products[..., :p, p, None])[..., 0], covariances
