"""Integration over two scale parameters on a lattice that places itself.

Enters: a log likelihood of two standard deviations.  Leaves: nodes and weights of their posterior under half-normal
priors.
The density is an even analytic function of each, and the map tau = c sinh(t) keeps it so; the trapezoidal rule on an
evenly spaced lattice in t, with half a weight at 0, therefore converges faster than any power of the step
(Trefethen and Weideman, SIAM Review 56, 2014).  Knows nothing of the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from msgspec import Struct

from tierproof.synthesis.values.interval import Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["Lattice", "integrate", "reweighed"]

_REST: Final = 1e-3
"""The region integrated is where the density exceeds the accuracy times this share of its maximum."""
_SCOUT: Final = 10
_NODES: Final = 15
_MOST_NODES: Final = 119
_LOOKS: Final = 6
"""So many times a box that cut the density is drawn in anew; from then on it only grows, which has an end."""
_EDGE: Final = 0.1
"""Nodes serve another density if at their edges it is below the accuracy times this share of its maximum."""


class Lattice(Struct, frozen=True, kw_only=True):
    """Product lattice of (first, second) = (a,) and (b,) nodes."""

    first: Array
    second: Array
    weights: Array
    """(a, b) posterior probabilities, sum 1."""
    log_integral: float
    first_t: Array
    second_t: Array
    cores: tuple[float, float]

    def interval(self, axis: int, level: float) -> Interval:
        """Median and central interval of the first (0) or second (1) parameter."""
        t = (self.first_t, self.second_t)[axis]
        mass = self.weights.sum(axis=1 - axis)
        if t[0] == 0.0:
            mass = mass.copy()
            mass[0] *= 2.0
        low, median, high = _quantiles(t, mass, (0.5 - level / 2, 0.5, 0.5 + level / 2))
        low, median, high = self.cores[axis] * np.sinh((low, median, high))
        return Interval(median=float(median), low=float(low), high=float(high), level=level)

    def total(self, level: float) -> Interval:
        """Median and central interval of sqrt(first^2 + second^2)."""
        parts = []
        for t in (self.first_t, self.second_t):
            parts.append((t, _cubics(len(t), even=bool(t[0] == 0.0))))
        density = self.weights.copy()
        if self.first_t[0] == 0.0:
            density[0] *= 2.0
        if self.second_t[0] == 0.0:
            density[:, 0] *= 2.0
        value = np.log(np.maximum(density, 1e-14 * density.max()))
        mass = np.exp(parts[0][1] @ value @ parts[1][1].T)
        mass[[0, -1]] *= 0.5
        mass[:, [0, -1]] *= 0.5
        sds = [
            core * np.sinh(t[0] + (t[-1] - t[0]) * _unit(_FINE)) for core, (t, _) in zip(self.cores, parts, strict=True)
        ]
        size = np.hypot(sds[0][:, None], sds[1][None, :]).reshape(-1)
        order = np.argsort(size)
        cumulative = np.cumsum(mass.reshape(-1)[order])
        low, median, high = np.interp(
            np.array((0.5 - level / 2, 0.5, 0.5 + level / 2)) * cumulative[-1], cumulative, size[order]
        )
        return Interval(median=float(median), low=float(low), high=float(high), level=level)


_FINE: Final = 401
"""Points on which a density known at the nodes is summed."""


def _quantiles(t: Array, density: Array, levels: tuple[float, ...]) -> Array:
    """Quantiles of a density known on a lattice: its logarithm is interpolated by cubics, then summed finely."""
    even = bool(t[0] == 0.0)
    value = _cubics(len(t), even=even) @ np.log(np.maximum(density, 1e-14 * density.max()))
    f = np.exp(value - value.max())
    cumulative = np.concatenate(([0.0], np.cumsum(0.5 * (f[1:] + f[:-1]))))
    places = np.interp(np.asarray(levels) * cumulative[-1], cumulative, _unit(_FINE))
    return np.asarray(t[0] + (t[-1] - t[0]) * places)


@cache
def _cubics(count: int, *, even: bool) -> Array:
    """(_FINE, count) weights that carry `count` evenly spaced values to `_FINE` by cubics through the nearest four.

    `even`: the values are those of an even function from 0 on, so that the first cell has neighbours on both sides.
    """
    place = np.linspace(0.0, count - 1.0, _FINE)
    cell = np.clip(place.astype(np.int64), 0 if even else 1, count - 3)
    u = place - cell
    weights = np.zeros((_FINE, count))
    for offset, weight in (
        (-1, -u * (u - 1) * (u - 2) / 6),
        (0, (u + 1) * (u - 1) * (u - 2) / 2),
        (1, -(u + 1) * u * (u - 2) / 2),
        (2, (u + 1) * u * (u - 1) / 6),
    ):
        weights[np.arange(_FINE), np.abs(cell + offset)] += weight
    return weights


@cache
def _unit(count: int) -> Array:
    return np.linspace(0.0, 1.0, count)


def _nodes(ends: tuple[float, float], count: int) -> Array:
    """`count` evenly spaced nodes from end to end: `linspace`, which takes longer than all that is done with them."""
    low, high = ends
    return low + (high - low) * _unit(count)


def integrate(
    log_likelihood: Callable[[Array, Array], Array],
    *,
    scales: tuple[float, float],
    finest: tuple[Callable[[float], float], float],
    furthest: float,
    accuracy: float = 1e-7,
) -> Lattice:
    """Posterior of two standard deviations with half-normal priors of the given `scales`.

    `log_likelihood((a,), (b,)) -> (a, b)`; `finest`: the smallest scale on which it may vary near 0, for the first
    given the least second that matters; `furthest`: a size beyond which the data give no reason to look;
    `accuracy`: relative error allowed to the integral.
    """

    def core_of(axis: int, least: float) -> float:
        """The likelihood's own scale near 0, never wider than half the prior's."""
        own = finest[0](least) if axis == 0 else finest[1]
        return min(max(own, 1e-3 * scales[axis]), 0.5 * scales[axis])

    cores = (core_of(0, 0.0), core_of(1, 0.0))

    def log_density(first_t: Array, second_t: Array) -> tuple[tuple[Array, Array], Array]:
        nodes, prior = _nodes_and_prior((first_t, second_t), cores, scales)
        return nodes, log_likelihood(*nodes) + prior

    whole = [math.asinh((7.0 * scale + furthest) / core) for scale, core in zip(scales, cores, strict=True)]
    drop = -math.log(_REST * accuracy)
    box = _zoom(log_density, [(0.0, end) for end in whole], drop)
    wider = core_of(0, cores[1] * math.sinh(box[1][0]))
    low, high, whole[0] = (math.asinh(cores[0] * math.sinh(end) / wider) for end in (*box[0], whole[0]))
    box[0], cores = (low, high), (wider, cores[1])
    counts, looks = [_NODES, _NODES], 0
    while True:
        t = (_nodes(box[0], counts[0]), _nodes(box[1], counts[1]))
        lattice, gaps = _summed(t, cores, *log_density(*t))
        further = _further(lattice, box, whole, accuracy)
        if further != box:
            # So narrow along one axis that no scout came near: nodes that did see it there look again along the other.
            looks += 1
            box, counts = _zoom(log_density, further, drop) if looks < _LOOKS else further, [_NODES, _NODES]
            continue
        coarse = [gap > accuracy**_AGREED and count < _MOST_NODES for gap, count in zip(gaps, counts, strict=True)]
        if not any(coarse):
            return lattice
        counts = [3 * count // 2 | 1 if more else count for count, more in zip(counts, coarse, strict=True)]


def _further(
    lattice: Lattice, box: list[tuple[float, float]], whole: Sequence[float], accuracy: float
) -> list[tuple[float, float]]:
    """The box, twice as wide towards each side at which the density has not yet fallen off."""
    weights, found = lattice.weights, []
    least = accuracy * float(weights.max())
    for axis, (low, high) in enumerate(box):
        first, last = (weights[0], weights[-1]) if axis == 0 else (weights[:, 0], weights[:, -1])
        width = high - low
        found.append(
            (
                max(0.0, low - width) if first.max() > least else low,
                min(whole[axis], high + width) if last.max() > least else high,
            )
        )
    return found


_AGREED: Final = 0.5
"""Halving the step at least squares the error of such a rule: where every other node gives the integral to the root of
the accuracy, all of them give it to the accuracy."""


def reweighed(
    lattice: Lattice, log_likelihood: Array, *, scales: tuple[float, float], accuracy: float
) -> Lattice | None:
    """The same nodes under another log likelihood (a, b), known at them; None where they do not hold its integral.

    They do where it has fallen to next to nothing at their edges and where every other node gives nearly the same.
    """
    t = (lattice.first_t, lattice.second_t)
    nodes, prior = _nodes_and_prior(t, lattice.cores, scales)
    found, gaps = _summed(t, lattice.cores, nodes, log_likelihood + prior)
    edges = [found.weights[-1], found.weights[:, -1]]
    edges += [part for nodes, part in zip(t, (found.weights[0], found.weights[:, 0]), strict=True) if nodes[0] > 0.0]
    held = max(float(edge.max()) for edge in edges) <= _EDGE * accuracy * float(found.weights.max())
    return found if held and max(gaps) <= accuracy**_AGREED else None


def _nodes_and_prior(
    t: tuple[Array, Array], cores: tuple[float, float], scales: tuple[float, float]
) -> tuple[tuple[Array, Array], Array]:
    """The parameters (a,) and (b,) at `t`, and (a, b) the log density of their half-normal priors in `t`."""
    turned = [np.sinh(nodes) for nodes in t]
    first, second = (
        0.5 * (np.log1p(part * part) - np.square(part * (core / scale)))
        for part, core, scale in zip(turned, cores, scales, strict=True)
    )
    first += 2.0 * math.log(_HALF_NORMAL) + math.log(cores[0] / scales[0]) + math.log(cores[1] / scales[1])
    return (cores[0] * turned[0], cores[1] * turned[1]), first[:, None] + second


_HALF_NORMAL: Final = (2.0 / math.pi) ** 0.5


def _summed(
    t: tuple[Array, Array], cores: tuple[float, float], nodes: tuple[Array, Array], log_density: Array
) -> tuple[Lattice, list[float]]:
    """The lattice with these densities, and by how much of the integral every other node of each axis is off."""
    top = float(log_density.max())
    mass = np.exp(log_density - top)
    if t[0][0] == 0.0:
        mass[0] *= 0.5
    if t[1][0] == 0.0:
        mass[:, 0] *= 0.5
    total = float(mass.sum())
    rough = (2.0 * float(mass[::2].sum()), 2.0 * float(mass[:, ::2].sum()))
    area = float((t[0][1] - t[0][0]) * (t[1][1] - t[1][0]))
    lattice = Lattice(
        first=nodes[0],
        second=nodes[1],
        weights=mass / total,
        log_integral=top + math.log(total * area),
        first_t=t[0],
        second_t=t[1],
        cores=cores,
    )
    return lattice, [abs(part / total - 1.0) for part in rough]


def _zoom(
    log_density: Callable[[Array, Array], tuple[Any, Array]], box: list[tuple[float, float]], drop: float
) -> list[tuple[float, float]]:
    """Shrink the box around the region that matters, one scouting lattice after another, until it shrinks no more."""
    for _ in range(12):
        t = [_nodes(ends, _SCOUT) for ends in box]
        near = log_density(t[0], t[1])[1]
        near = near > near.max() - drop
        closer = []
        for axis in (0, 1):
            hit = near.any(axis=1 - axis).nonzero()[0].tolist()
            low, high = max(hit[0] - 1, 0), min(hit[-1] + 1, _SCOUT - 1)
            closer.append((float(t[axis][low]), float(t[axis][high])))
        shrunk = min((new[1] - new[0]) / (old[1] - old[0]) for new, old in zip(closer, box, strict=True))
        box = closer
        if shrunk > 0.75:
            break
    return box
