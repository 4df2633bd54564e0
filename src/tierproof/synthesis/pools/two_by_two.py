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
from tierproof.synthesis.values import normal
from tierproof.synthesis.values.normal import Array

__all__ = ["TwoByTwo", "corrected", "log_likelihood", "pool_exact"]

_LEVEL: Final = 0.95
_MOST_OUTCOMES: Final = 4000
"""A study with more possible outcomes has a likelihood that is normal to a thousandth, and is taken so."""
_REACH: Final = 25.0
_STEPS: Final = 2501
_NODES: Final = 24
_NARROW: Final = 0.5
"""Of a study's own error: a spread so narrow meets a probability that is smooth over it."""
_POINTS: Final = 129
_ERRORS: Final = 9.0
_NOTHING: Final = 24.0
"""Below the greatest log probability, from where on it counts as none."""
_EVEN, _LEVEL_OUT = 1e-3, 1e-9
"""A probability that comes so near to its greatest at the grid's end is even beyond it, and from so near on this side.
"""
_MEANS, _SPREADS = 321, 61
_ROUGH: Final = 81


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

    def one_ended(self) -> bool:
        """Whether every informative study lies at the same end of what its sums allow: no ratio is then too large, or
        none too small, for the events to have come out so."""
        told = self.only(self.informative())
        total = told.events + told.events_baseline
        at_least = told.events == np.maximum(0, total - told.items_baseline)
        at_most = told.events == np.minimum(told.items, total)
        return bool(at_least.all() or at_most.all())

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
    """(m, t) exact log likelihood of the informative studies at the means `mu` (m,) and spreads `tau` (t,) >= 0.

    Over theta a spread that is narrow beside a study's own error is integrated by its own Gauss-Hermite rule, any other
    by the trapezoidal rule where the study's probability varies, which converges faster than any power of the step;
    where it is even to the end (no event in an arm) the rest is the normal's own.
    """
    tables = tables.only(tables.informative())
    _, error = corrected(tables)
    total = np.zeros((len(mu), len(tau)))
    for k in range(len(error)):
        narrow = tau < _NARROW * error[k]
        if narrow.any():
            x, weight = _hermite()
            at = mu[:, None, None] + 2.0**0.5 * np.maximum(tau[narrow], 1e-8)[:, None] * x
            log_density = _log_probability(tables, k, at)
            top = log_density.max(axis=2, keepdims=True)
            mass = np.exp(log_density - top) @ (weight / np.pi**0.5)
            total[:, narrow] += top[:, :, 0] + np.log(mass)
        if not narrow.all():
            theta, density, ends = _where_it_varies(tables, k, float(error[k]))
            spread = tau[~narrow][:, None]
            z = (theta - mu[:, None, None]) / spread
            mass = (np.exp(-0.5 * z**2) @ density) / (spread[:, 0] * (2.0 * np.pi) ** 0.5)
            mass += ends[0] * normal.cdf(z[:, :, 0]) + ends[1] * normal.cdf(-z[:, :, -1])
            total[:, ~narrow] += np.log(np.maximum(mass, 1e-300))
    return total


def _where_it_varies(tables: TwoByTwo, k: int, error: float) -> tuple[Array, Array, tuple[float, float]]:
    """Log odds ratios at which study `k`'s probability is neither even nor next to nothing; the probability there,
    times the trapezoidal rule's weights; and what it is beyond either end, where it stays even."""
    grid, value, _ = _log_probability_grid(*(int(part[k]) for part in _parts(tables)))
    top = float(value.max())
    even = [top if top - value[end] < _EVEN else -np.inf for end in (0, -1)]
    shown = grid[(value > top - _NOTHING) & (value < top - _LEVEL_OUT if max(even) == top else True)]
    low, high = float(shown[0]), float(shown[-1])
    if max(even) < top:  # a peak, which may lie between two points of the grid
        peak = float(grid[int(value.argmax())])
        low, high = min(low, peak - _ERRORS * error), max(high, peak + _ERRORS * error)
    theta = np.linspace(low, high, _POINTS)
    density = np.exp(_log_probability(tables, k, theta)) * (theta[1] - theta[0])
    density[[0, -1]] *= 0.5
    return theta, density, (float(np.exp(even[0])), float(np.exp(even[1])))


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
        # The treated events have an sd of 1 / error.
        return grid, math.log(error / (2.0 * math.pi) ** 0.5) - 0.5 * z**2, -z / error
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
    u = np.linspace(0.0, 1.0, _SPREADS)
    tau = 8.0 * priors.tau_source_scale * u**2
    mu = np.linspace(*_reach_of(tables, priors, tau[1::10], rough), _MEANS)
    log_posterior = _log_posterior(tables, priors, mu, tau)
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
        conflict=None
        if tables.one_ended()
        else conflict_of(
            y,
            se,
            len(y),
            priors,
            tau=mean_tau,
            beyond=float(at_spread[tau > 3.2905267314919255 * priors.tau_source_scale].sum()),
        ),
        repeats=repeated(y, se),
    )


def _log_posterior(tables: TwoByTwo, priors: Priors, mu: Array, tau: Array) -> Array:
    """(m, t) log of likelihood times priors."""
    return (
        log_likelihood(tables, mu, tau)
        - 0.5 * ((mu - priors.mean) / priors.mean_sd)[:, None] ** 2
        - 0.5 * (tau / priors.tau_source_scale)[None, :] ** 2
        - math.log(priors.mean_sd * priors.tau_source_scale * math.pi)
    )


def _reach_of(tables: TwoByTwo, priors: Priors, tau: Array, rough: Pooled) -> tuple[float, float]:
    """Ends between which the mean lies: where no study has an event in one arm, farther than corrections make it."""
    low, high = rough.mean - 12.0 * rough.sd, rough.mean + 12.0 * rough.sd
    while True:
        peaks = _log_posterior(tables, priors, np.linspace(low, high, _ROUGH), tau).max(axis=1)
        near = peaks > peaks.max() - _NOTHING
        if not (near[0] or near[-1]):
            return low, high
        width = high - low
        low, high = low - width * near[0], high + width * near[-1]


def _interval(values: Array, mass: Array) -> Interval:
    """Median and central interval of masses at ascending nodes, each spread over the cells beside it."""
    cumulative = np.cumsum(mass)
    middle = cumulative - 0.5 * mass
    low, median, high = np.interp((0.5 - _LEVEL / 2, 0.5, 0.5 + _LEVEL / 2), middle, values)
    return Interval(median=float(median), low=float(low), high=float(high), level=_LEVEL)
