"""Joint draws of every uncertain quantity of every technique, by quasi-Monte Carlo.

Enters: a technique's id.  Leaves: points of the unit cube, one column a quantity.  Knows nothing of distributions.

Within a technique, quantities are integrated on a Sobol net.  Ranks need techniques jointly, and 21 techniques of ten
quantities each are more dimensions than a net of affordable size fills well.  So each technique has the same net in an
order of its own and with its digits shifted, both fixed by a hash of its id: Latin supercube sampling (A. B. Owen,
"Latin supercube sampling for very high-dimensional simulations", ACM Transactions on Modeling and Computer Simulation 8
(1998) 71-102).  What adds up over techniques keeps the net's accuracy, the rest that of Monte Carlo.  As nothing but
its id enters, a technique's draws are the same whichever others stand in the table, and wherever.

Shifting moves whole cells of width 1/DRAWS and points sit at their middles, so that each quantity alone is drawn at the
same levels `LEVELS`, each once: the midpoint rule, exact for the mean of anything symmetric.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from tierproof.decision.appraisals.sobol import BITS, sobol
from tierproof.evidence.record import Outcome
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import Interval
from tierproof.synthesis.values import normal
from tierproof.synthesis.values.normal import Array

try:  # what hashlib hands out; hashlib itself takes 2 ms to import, in which it loads OpenSSL
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = [
    "DRAWS",
    "LEVELS",
    "QUANTITIES",
    "Cells",
    "Quantity",
    "cells",
    "interval_as_drawn",
    "interval_of_levels",
    "quantiles",
    "share",
]

_DIGITS: Final = 11
_NODES: Final = 65
DRAWS: Final = 2**_DIGITS
"""Points a technique.  Expected successes are then within 0.05 percent of quadrature, expected costs within 1 percent
of a closed form even where the log ratio's sd is 3 (tests hold that)."""

Cells = NDArray[np.int16]
"""Small whole numbers: 21 techniques' cells are otherwise megabytes, which take longer to come by than to fill."""
Quantity = Outcome | Literal["engineer_days", "one_off_usd", "running_usd_month"]
# The first coordinates of a Sobol net are the most even: they go to what moves a decision most.
QUANTITIES: Final[tuple[Quantity, ...]] = (
    "quality", "cost", "latency", "engineer_days", "running_usd_month", "one_off_usd", "stability", "safety",
    "throughput", "memory", "wrong-answers",
)  # fmt: skip


LEVELS: Final = (np.arange(DRAWS) + 0.5) / DRAWS
"""Probabilities at which every quantity is drawn, ascending; within (0, 1)."""
LEVELS.flags.writeable = False


@cache
def cells(key: str) -> Mapping[Quantity, Cells]:
    """For each quantity the index into `LEVELS` at each of the technique's `DRAWS` joint points; a permutation each."""
    hashes = _hashes(key, len(QUANTITIES) + DRAWS)
    shift = (hashes[: len(QUANTITIES)] >> np.uint64(64 - _DIGITS)).astype(np.int16)
    order = np.argsort(hashes[len(QUANTITIES) :])
    shifted = _net()[:, order] ^ shift[:, None]
    shifted.flags.writeable = False
    return dict(zip(QUANTITIES, shifted, strict=True))


def interval_as_drawn(mixture: Mixture) -> Interval:
    """Median and central interval of the draws, so that whatever shows a quantity shows the same digits."""
    return interval_of_levels(quantiles(mixture))


def interval_of_levels(ascending: Array, level: float = 0.9) -> Interval:
    """The same of quantiles at `LEVELS`."""
    low, median, high = np.interp((0.5 - level / 2, 0.5, 0.5 + level / 2), LEVELS, ascending)
    return Interval(median=float(median), low=float(low), high=float(high), level=level)


_KNOWN: Final[WeakKeyDictionary[Mixture, Array]] = WeakKeyDictionary()


def quantiles(mixture: Mixture) -> Array:
    """A mixture's quantiles at `LEVELS`, ascending, read-only; kept as long as the mixture is.

    On average they are within 0.0015 sd of the exact ones, with several modes within 0.01 sd.  `Mixture.quantile` is
    exact and ten times dearer, more than draws need.  Here like components are merged, the distribution function is
    read at nodes that lie dense where its mass is, and the normal's own from a table.
    """
    found = _KNOWN.get(mixture)
    if found is None:
        found = _KNOWN[mixture] = _quantiles(mixture)
        found.flags.writeable = False
    return found


def _quantiles(mixture: Mixture) -> Array:
    merged = mixture.condensed(per_sd=8.0, above=32)
    if len(merged) == 1:
        return np.asarray(merged.means[0] + merged.sds[0] * _scores())
    ends = np.array([(merged.means - 4.0 * merged.sds).min(), (merged.means + 4.0 * merged.sds).max()])
    unit = 1.0 / float(merged.weights @ (1.0 / merged.sds))
    first, last = np.arcsinh((ends - merged.mean) / unit)
    nodes = merged.mean + unit * np.sinh(np.linspace(first, last, _NODES))
    at, table = _normal()
    below = merged.weights @ np.interp((nodes - merged.means[:, None]) / merged.sds[:, None], at, table)
    return np.interp(_scores(), np.interp(below, table, at), nodes)


def share(hits: NDArray[np.bool_]) -> float:
    """Share of the draws (n,) that are hits: their mean, in a sixth of the time."""
    return int(np.count_nonzero(hits)) / hits.size


@cache
def _net() -> Cells:
    """(quantities, DRAWS) cell of each point of the net."""
    return np.ascontiguousarray((sobol(DRAWS, len(QUANTITIES)) >> np.uint64(BITS - _DIGITS)).T.astype(np.int16))


@cache
def _scores() -> Array:
    return normal.quantile(LEVELS)


@cache
def _normal() -> tuple[Array, Array]:
    """The normal distribution function: points and probabilities, both ascending.

    Read by lines its probabilities are within 3e-6, and points within 1e-4 at any of `LEVELS`.
    """
    at = np.linspace(-6.0, 6.0, 1201)
    return at, normal.cdf(at)


def _hashes(key: str, count: int) -> NDArray[np.uint64]:
    """`count` 64-bit integers that look random, fixed by `key`.

    SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, OOPSLA 2014), written out because numpy promises the streams of
    its generators' bits, not what it makes of them, from one version to the next.
    """
    seed = np.frombuffer(blake2b(key.encode(), digest_size=8).digest(), dtype="<u8").astype(np.uint64)
    state = seed + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = state ^ (state >> np.uint64(31))
    return mixed
