"""Where a verdict turns, solved exactly.

Enters: draws of a quantity that is linear in what may change (a price, a volume), or a probability that is monotone in
it. Leaves: the nearest value at which P passes a level.  Knows nothing of claims.

For draws a_i x + b_i, P(a x + b > 0) is a step function of x that changes only at x_i = -b_i / a_i: all crossings are
found by sorting those, with no search and no tolerance.  A quantile answers where the threshold itself is what may
change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import numpy as np

from tierproof.synthesis.values.normal import Array

__all__ = ["Crossing", "bisected", "linear_crossing"]

_SAME: Final = 1e-3
"""Relative width of a bracket at which a bisection stops."""


class Crossing(NamedTuple):
    """P is at least the level on `side` of `at`, nearby."""

    at: float
    side: Literal["above", "below"]


def linear_crossing(slope: Array, offset: Array, level: float, *, now: float) -> Crossing | None:
    """The crossing of P(slope x + offset > 0) = `level` for x > 0 that is nearest to `now`, in ratio; None if none.

    `slope`, `offset`: (n,) joint draws.
    """
    moving = slope != 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at = -offset[moving] / slope[moving]
    step = np.sign(slope[moving])
    inside = np.isfinite(at) & (at > 0)
    order = np.argsort(at[inside], kind="stable")
    places, steps = at[inside][order], step[inside][order]
    # Just above zero a draw is positive by its offset, or by its slope where the offset is nil.
    start = int(np.count_nonzero((offset > 0) | ((offset == 0) & (slope > 0))))
    after = (start + np.cumsum(steps)) / len(offset)
    before = np.concatenate(([start / len(offset)], after[:-1]))
    crossed = np.flatnonzero((before >= level) != (after >= level))
    if not len(crossed):
        return None
    found = places[crossed]
    nearest = crossed[int(np.argmin(np.abs(np.log(found / max(now, 1e-300)))))]
    return Crossing(float(places[nearest]), "above" if after[nearest] >= level else "below")


def bisected(
    probability: Callable[[float], float], level: float, low: float, high: float, *, logarithmic: bool = False
) -> Crossing | None:
    """The crossing of a monotone `probability` with `level` between `low` and `high`; None if it lies outside.

    `logarithmic`: halve ratios, not differences; `low` must be above zero.
    """
    at_low, at_high = probability(low) >= level, probability(high) >= level
    if at_low == at_high:
        return None
    while high - low > _SAME * max(abs(high), abs(low)):
        middle = float(np.sqrt(low * high)) if logarithmic else 0.5 * (low + high)
        if (probability(middle) >= level) == at_low:
            low = middle
        else:
            high = middle
    return Crossing(float(np.sqrt(low * high)) if logarithmic else 0.5 * (low + high), "below" if at_low else "above")
