"""Two arms' events, pooled: exactly, or as log ratios with the usual corrections.

Enters: events and items of each arm, study by study.  Leaves: estimates with standard errors, or a `Pooled`.  Knows
nothing of files or packs.

Exact: the number of events in the treated arm, given both arms' sum, has Fisher's noncentral hypergeometric
distribution, which holds the study's odds ratio and nothing else,

    P(a | m) = C(n1, a) C(n0, m - a) e^(a theta) / sum_j C(n1, j) C(n0, m - j) e^(j theta)     theta_i ~ N(mu, tau^2)

(van Houwelingen, Zwinderman and Stijnen, Statistics in Medicine 12 (1993) 2273-2284; Stijnen, Hamza and Özdemir,
Statistics in Medicine 29 (2010) 3046-3067).  A study without events in either arm, or with nothing else, has one
possible outcome and tells nothing.  Theta is integrated by adaptive Gauss-Hermite quadrature, mu and tau on a grid.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final, Literal

import numpy as np
from msgspec import Struct

from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pools.meta_analysis import Pooled, pool, repeated, typical_variance
from tierproof.synthesis.pools.scales import conflict_of
from tierproof.synthesis.posteriors.posterior import Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["TwoByTwo", "corrected", "log_likelihood", "pool_exact"]

_LEVEL: Final = 0.95
_MOST_OUTCOMES: Final = 4000
"""A study with more possible outcomes has a likelihood that is normal to a thousandth, and is taken so."""
_REACH: Final = 25.0
_STEPS: Final = 2501
_NODES: Final = 24
_MEANS, _SPREADS = 321, 61


class TwoByTwo(Struct, frozen=True, kw_only=True):
    """`k` studies; whole numbers, 0 <= events <= items, items > 0."""

    events: Array
    """(k,) of the treated arm."""
    items: Array
    events_baseline: Array
    """(k,) of the comparator."""
    items_baseline: Array

    def informative(self) -> np.ndarray:
        """(k,) False for a study with no events, or nothing but events, in both arms."""
        total = self.events + self.events_baseline
        return np.asarray((total > 0) & (total < self.items + self.items_baseline))

    def only(self, kept: np.ndarray) -> TwoByTwo:
        return TwoByTwo(
            events=self.events[kept],
            items=self.items[kept],
            events_baseline=self.events_baseline[kept],
            items_baseline=self.items_baseline[kept],
        )


def corrected(tables: TwoByTwo, measure: Literal["OR", "RR"] = "OR") -> tuple[Array, Array]:
    """Log ratios of odds or risks and their standard errors, half an event added to each cell of a table with a zero.

    Woolf's variance (1955) for odds, Katz's (1978) for risks.
    """
    a, c = tables.events.astype(np.float64), tables.events_baseline.astype(np.float64)
    b, d = tables.items - a, tables.items_baseline - c
    add = np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), 0.5, 0.0)
    a, b, c, d = a + add, b + add, c + add, d + add
    if measure == "OR":
        return np.log(a * d / (b * c)), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return np.log(a / (a + b)) - np.log(c / (c + d)), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def log_likelihood(tables: TwoByTwo, mu: Array, tau: Array) -> Array:
    """(m, t) exact log likelihood of the informative studies at the means `mu` (m,) and spreads `tau` (t,) >= 0."""
    tables = tables.only(tables.informative())
    centre, error = corrected(tables)
    x, weight = _hermite()
    spread = np.maximum(tau, 1e-8)[None, :, None]
    means = mu[:, None, None]
    total = np.zeros((len(mu), len(tau)))
    for k in range(len(centre)):
        precision = error[k] ** -2 + spread**-2
        at = (centre[k] * error[k] ** -2 + means * spread**-2) / precision + np.sqrt(2.0 / precision) * x
        log_density = _log_probability(tables, k, at) - 0.5 * ((at - means) / spread) ** 2 - np.log(spread)
        log_density += x**2 + np.log(weight) - 0.5 * np.log(np.pi * precision)
        top = log_density.max(axis=2, keepdims=True)
        total += (top + np.log(np.exp(log_density - top).sum(axis=2, keepdims=True)))[:, :, 0]
    return total


@cache
def _hermite() -> tuple[Array, Array]:
    return np.polynomial.hermite.hermgauss(_NODES)


def _log_probability(tables: TwoByTwo, k: int, theta: Array) -> Array:
    """Log probability of study `k`'s treated events at the log odds ratios `theta`, of its shape."""
    grid, value, slope = _log_probability_grid(*(int(part[k]) for part in _parts(tables)))
    place = np.clip((theta - grid[0]) / (grid[1] - grid[0]), 0.0, len(grid) - 1.000001)
    cell = place.astype(np.int64)
    u, h = place - cell, grid[1] - grid[0]
    # Cubic Hermite; beyond the grid the straight line that the logarithm has become.
    inside = (
        (1 + 2 * u) * (1 - u) ** 2 * value[cell]
        + u * (1 - u) ** 2 * h * slope[cell]
        + u**2 * (3 - 2 * u) * value[cell + 1]
        + u**2 * (u - 1) * h * slope[cell + 1]
    )
    beyond = theta - np.clip(theta, grid[0], grid[-1])
    return np.asarray(inside + beyond * np.where(beyond < 0, slope[0], slope[-1]))


def _parts(tables: TwoByTwo) -> tuple[Array, Array, Array, Array]:
    return tables.events, tables.items, tables.events_baseline, tables.items_baseline


@cache
def _log_probability_grid(a: int, n1: int, c: int, n0: int) -> tuple[Array, Array, Array]:
    """Log odds ratios, the log probability there, and its slope."""
    m = a + c
    low, high = max(0, m - n0), min(n1, m)
    grid = np.linspace(-_REACH, _REACH, _STEPS)
    if high - low > _MOST_OUTCOMES:
        one = TwoByTwo(
            events=np.array([a]), items=np.array([n1]), events_baseline=np.array([c]), items_baseline=np.array([n0])
        )
        centre, error = (float(part[0]) for part in corrected(one))
        z = (grid - centre) / error
        return grid, -0.5 * z**2, -z / error
    outcomes = np.arange(low, high + 1)
    log_ways = np.array([_log_choose(n1, j) + _log_choose(n0, m - j) for j in outcomes.tolist()])
    terms = log_ways[None, :] + grid[:, None] * outcomes[None, :]
    top = terms.max(axis=1)
    mass = np.exp(terms - top[:, None])
    total = mass.sum(axis=1)
    value = log_ways[a - low] + a * grid - top - np.log(total)
    return grid, value, a - (mass @ outcomes) / total


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def pool_exact(tables: TwoByTwo, priors: Priors) -> Pooled:
    """Posterior of the mean log odds ratio under the exact likelihood; studies that tell nothing are left out.

    Raises ValueError where no study tells anything.
    """
    tables = tables.only(tables.informative())
    if not len(tables.events):
        raise ValueError("no study has both an event and an item without one")
    y, se = corrected(tables)
    rough = pool(y, se, priors=priors)
    reach = 12.0 * rough.sd
    mu = np.linspace(rough.mean - reach, rough.mean + reach, _MEANS)
    u = np.linspace(0.0, 1.0, _SPREADS)
    tau = 8.0 * priors.tau_source_scale * u**2
    log_posterior = (
        log_likelihood(tables, mu, tau)
        - 0.5 * ((mu - priors.mean) / priors.mean_sd)[:, None] ** 2
        - 0.5 * (tau / priors.tau_source_scale)[None, :] ** 2
        - math.log(priors.mean_sd * priors.tau_source_scale * math.pi)
    )
    step = mu[1] - mu[0]
    area = step * 16.0 * priors.tau_source_scale * u / (_SPREADS - 1)
    area[-1] *= 0.5
    top = float(log_posterior.max())
    mass = np.exp(log_posterior - top) * area[None, :]
    total = float(mass.sum())
    mass /= total
    at_mean = mass.sum(axis=1)
    average = Mixture(at_mean, mu, np.full(len(mu), 0.5 * step)).condensed()
    heavy = mass > 1e-9 * mass.max()
    means, spreads = np.broadcast_to(mu[:, None], mass.shape)[heavy], np.broadcast_to(tau, mass.shape)[heavy]
    multipliers = np.asarray(priors.shape.multipliers)
    predictive = Mixture(
        np.outer(priors.shape.weights, mass[heavy] / mass[heavy].sum()).reshape(-1),
        np.tile(means, len(multipliers)),
        np.hypot(np.multiply.outer(multipliers, spreads), 0.5 * step).reshape(-1),
    ).condensed()
    at_spread = mass.sum(axis=0)
    variance = float(at_spread @ tau**2)
    mean_tau = float(at_spread @ tau)
    precision = 1.0 / (se**2 + variance)
    from_sampling = variance / (variance + typical_variance(se))
    return Pooled(
        average=average,
        predictive=predictive,
        mean=average.mean,
        sd=average.sd,
        interval=average.interval(_LEVEL),
        predictive_interval=predictive.interval(_LEVEL),
        tau=_interval(tau, at_spread),
        tau_source=None,
        tau_record=None,
        i2=from_sampling,
        i2_source=None,
        i2_record=None,
        weights=tuple((precision / precision.sum()).tolist()),
        records=len(y),
        sources=len(y),
        log_marginal=top + math.log(total),
        conflict=conflict_of(
            y,
            se,
            len(y),
            priors,
            tau=mean_tau,
            beyond=float(at_spread[tau > 3.2905267314919255 * priors.tau_source_scale].sum()),
        ),
        repeats=repeated(y, se),
    )


def _interval(values: Array, mass: Array) -> Interval:
    """Median and central interval of masses at ascending nodes, each spread over the cells beside it."""
    cumulative = np.cumsum(mass)
    middle = cumulative - 0.5 * mass
    low, median, high = np.interp((0.5 - _LEVEL / 2, 0.5, 0.5 + _LEVEL / 2), middle, values)
    return Interval(median=float(median), low=float(low), high=float(high), level=_LEVEL)
