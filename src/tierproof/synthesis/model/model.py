"""The three-level random-effects model, computed exactly on a grid of its two heterogeneities.

    y_ij = x_ij . beta + u_i + m_ij v_ij + e_ij     u_i ~ N(0, ts^2)   v_ij ~ N(0, tr^2)   e_ij ~ N(0, se_ij^2)

Enters: estimates, standard errors, sources, moderators, multiples m of tr (1 unless told), priors.  Leaves: a `Fit`.
Given (ts, tr) everything is normal and in closed form (`conditional.py`); (ts, tr) themselves are integrated on a
lattice that `lattice.py` places.  No sampling, no seeds.  Knows nothing of techniques or records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import ArrayLike

from tierproof.synthesis.model import conditional
from tierproof.synthesis.model.conditional import Data
from tierproof.synthesis.model.lattice import Lattice, integrate, reweighed
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import NORMAL, Shape
from tierproof.synthesis.values.interval import Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["Coefficient", "Fit", "Model", "fit", "model_of"]

_NEGLIGIBLE: Final = 1e-2
"""Grid points that weigh less than the accuracy times this share of the heaviest are dropped."""


class Coefficient(Struct, frozen=True, kw_only=True):
    """One moderator's shrunken coefficient, on the analysis scale."""

    name: str
    """`interested`, `log10_params`, `task:<family>`."""
    mean: float
    sd: float


class Fit(Struct, frozen=True, kw_only=True):
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
        mean, variance = self.at(x)
        return Mixture.of_nodes(self.weights, mean, np.sqrt(variance)).condensed()

    def predictive(
        self, x: ArrayLike | None = None, between: ArrayLike | None = None, *, spread_at: float = 1.0
    ) -> Mixture:
        """Distribution of the true effect in one new record of a new source with moderators `x`.

        `spread_at`: the record's multiple of tr.  `between` (p, p): covariance of the moderators over the new settings
        of which `x` is the mean; what they add to the spread is added as if normal.
        """
        mean, variance = self.at(x)
        spread = self.tau_source_grid**2 + (spread_at * self.tau_record_grid) ** 2
        if between is not None:
            moderators = np.asarray(between, dtype=np.float64)
            spread = spread + ((self.means @ moderators) * self.means).sum(axis=1)
            spread += self.covariances.reshape(len(spread), -1) @ moderators.reshape(-1)
        multipliers = np.square(self.shape.multipliers)
        return Mixture.of_nodes(
            np.multiply.outer(self.shape.weights, self.weights).reshape(-1),
            np.concatenate([mean] * len(multipliers)),
            np.sqrt(variance + np.multiply.outer(multipliers, spread)).reshape(-1),
        ).condensed()

    def at(self, x: ArrayLike | None = None) -> tuple[Array, Array]:
        """(g,) mean and (g,) variance of x . beta at each grid point; `x` as of `average`."""
        p = self.means.shape[1]
        at = np.eye(1, p)[0] if x is None else np.asarray(x, dtype=np.float64)
        if at.shape != (p,):
            raise ValueError(f"x has shape {at.shape}, the fit has {p} coefficients")
        if at[self.scaled].any():
            points = np.where(self.scaled, at * self.heterogeneity()[:, None], at)
            return (self.means * points).sum(axis=1), np.einsum("gp,gpq,gq->g", points, self.covariances, points)
        return self.means @ at, (self.covariances.reshape(-1, p) @ at).reshape(-1, p) @ at

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
        return structs.replace(
            self,
            weights=weights / total,
            means=self.means + column * ((linear - precision * at) / growth)[:, None],
            covariances=self.covariances - column[:, :, None] * (column * (precision / growth)[:, None])[:, None, :],
            prior_mean=prior_mean,
            prior_sd=prior_sd,
            log_marginal=self.log_marginal + top + float(np.log(total)),
            lattice=structs.replace(self.lattice, weights=nodes.reshape(self.lattice.weights.T.shape).T),
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


class Model(Struct, frozen=True, kw_only=True):
    """Figures and priors, ready to be fitted: whole, or without a source."""

    data: Data
    sources: list[object]
    """(S,) labels, in the order of the data."""
    names: tuple[str, ...]
    scaled: np.ndarray
    scales: tuple[float, float]
    shape: Shape
    accuracy: float

    def fit(self) -> Fit:
        return self._fit(self.data)

    def leaving_out(self, whole: Fit) -> Callable[[object], Fit]:
        """What fits without one source: `without(label)`, or what it says once its share is taken off.

        The rest is summed where `whole`, this model's own fit, has its nodes; where they do not hold it (a source that
        made the heterogeneities what they are), or the rest is too small a share for its digits, it is fitted anew.
        """
        lattice = whole.lattice
        everything = conditional.moments_of(self.data, lattice.first, lattice.second, self.scaled)
        places = {label: place for place, label in enumerate(self.sources)}

        def without(label: object) -> Fit:
            place = places[label]
            out = self.data.of(place)
            rest = everything.without(conditional.moments_of(out, lattice.first, lattice.second, self.scaled))
            if rest is not None:
                likelihood, roots = conditional.likelihood_of(self.data, rest)
                found = reweighed(lattice, likelihood.T, scales=self.scales, accuracy=self.accuracy)
                if found is not None:
                    return self._read(found, roots, rest.records, len(self.sources) - 1)
            return self._fit(self.data.without(place))

        return without

    def _fit(self, data: Data) -> Fit:
        latest: list[Array] = []

        def log_likelihood(tau_source: Array, tau_record: Array) -> Array:
            moments = conditional.moments_of(data, tau_source, tau_record, self.scaled)
            likelihood, roots = conditional.likelihood_of(data, moments)
            latest[:] = [roots]
            return likelihood.T

        def finest(tau_record: float) -> float:
            """Standard error of the best-known source's mean."""
            precisions = np.add.reduceat(1.0 / (data.se**2 + (data.spread * tau_record) ** 2), data.starts)
            return float(precisions.max() ** -0.5)

        lattice = integrate(
            log_likelihood,
            scales=self.scales,
            finest=(finest, float((data.se / data.spread).min())),
            furthest=float(np.abs(data.y).max() + abs(data.prior_mean[0] - data.origin[0])),
            accuracy=self.accuracy,
        )
        # The lattice was evaluated last at its own nodes, so their roots are at hand.
        return self._read(lattice, latest[0], len(data.y), len(data.starts))

    def _read(self, lattice: Lattice, roots: Array, records: int, sources: int) -> Fit:
        """The posterior on a lattice, by the roots of the moments at its nodes."""
        q = len(self.names) + 1
        weights = lattice.weights.T.reshape(-1)
        kept = weights > _NEGLIGIBLE * self.accuracy * weights.max()
        weights = weights[kept]
        means, covariances = conditional.coefficients(roots.reshape(-1, q, q)[kept])
        tau_record = np.repeat(lattice.second, len(lattice.first))
        tau_source = np.concatenate([lattice.first] * len(lattice.second))
        return Fit(
            weights=weights / weights.sum(),
            tau_source_grid=tau_source[kept],
            tau_record_grid=tau_record[kept],
            means=means + self.data.origin,
            covariances=covariances,
            prior_mean=self.data.prior_mean,
            prior_sd=self.data.prior_sd,
            names=self.names,
            scaled=self.scaled,
            log_marginal=lattice.log_integral,
            records=records,
            sources=sources,
            lattice=lattice,
            kept=kept,
            shape=self.shape,
        )


def model_of(
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
    spread: ArrayLike = 1.0,
    accuracy: float = 1e-7,
) -> Model:
    """The three-level model.

    `y`, `se` (n,) estimates and positive standard errors; `source` (n,) labels, equal for figures of one source; `X`
    (n, p) moderators with the intercept in column 0 (default: intercept only); `prior_mean`, `prior_sd` (p,) or scalar:
    independent normal priors of beta; the scales are those of the half-normal priors of ts and tr; `shape`
    is the predictive's; `scaled`: names of coefficients measured in units of the heterogeneity sqrt(ts^2 + tr^2).
    `spread` (n,) or scalar: each record's own multiple of tr.  `accuracy`: relative error allowed to the integral over
    (ts, tr).
    The order of the records and the labels' spelling do not change a digit of the result.
    Raises ValueError for empty, unequal or non-finite input, or a standard error or prior sd that is not positive.
    """
    data, sources = conditional.prepared((y, se), source, X, (prior_mean, prior_sd), spread)
    p = len(data.prior_mean)
    named = tuple(names) or ("intercept", *(f"x{k}" for k in range(1, p)))
    if len(named) != p:
        raise ValueError(f"{len(named)} names for {p} coefficients")
    in_spreads = np.array([name in scaled for name in named])
    if bool(data.prior_mean[in_spreads].any()):
        raise ValueError("a coefficient measured in units of the heterogeneity is fitted with prior mean 0")
    return Model(
        data=data,
        sources=sources,
        names=named,
        scaled=in_spreads,
        scales=(tau_source_scale, tau_record_scale),
        shape=shape,
        accuracy=accuracy,
    )


def fit(
    y: ArrayLike,
    se: ArrayLike,
    source: Sequence[object] | ArrayLike,
    X: ArrayLike | None = None,
    **settings: Any,
) -> Fit:
    """Posterior of the three-level model; arguments as in `model_of`."""
    return model_of(y, se, source, X, **settings).fit()
