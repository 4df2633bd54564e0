"""An assumption as a distribution: what stands in where no record answers.

Enters: a pack's triangular guess.  Leaves: a `Mixture`.  Knows nothing of evidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tierproof.errors import InputError
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Assumption
from tierproof.messages import Message
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.answering import scale_of

__all__ = ["stand_in", "triangle"]

_SLICES: Final = 16
_POINT_SD: Final = 1e-4
"""Sd given to an assumption of a single value: no decision can tell it from a point."""
_GAUSS_NODES: Final = np.array([-(0.6**0.5), 0.0, 0.6**0.5])
_GAUSS_WEIGHTS: Final = np.array([5.0, 8.0, 5.0]) / 9.0
"""Gauss-Legendre's rule of three points, exact to the fifth power; a linear density times a square is the third."""


def stand_in(assumption: Assumption, outcome: Outcome, *, technique: str) -> Mixture:
    """The guess on the outcome's analysis scale: odds outcomes are log odds ratios already, resources are ratios.

    Raises InputError for a ratio that is not positive.
    """
    ends = (assumption.low, assumption.mode, assumption.high)
    if scale_of(outcome) == "log_ratio":
        if assumption.low <= 0:
            raise InputError.of(
                Message(
                    "technique '{technique}' assumes a ratio of {low:g} for {outcome}",
                    technique=technique,
                    low=assumption.low,
                    outcome=outcome,
                ),
                remedy=Message("give ratios above 0: 1 is no change, 0.5 is half"),
                field=f"assumed.{outcome}.low",
            )
        ends = (float(np.log(ends[0])), float(np.log(ends[1])), float(np.log(ends[2])))
    return triangle(*ends)


def triangle(low: float, mode: float, high: float) -> Mixture:
    """The triangular distribution as a mixture of normals of its own mean and sd.

    Each slice of equal width becomes a normal of the slice's own probability, mean and variance; probabilities differ
    from the triangle's by less than 0.01.
    """
    width = high - low
    if not width > _POINT_SD:
        return Mixture.normal((low + mode + high) / 3.0, _POINT_SD)
    peak = (mode - low) / width
    even = np.linspace(0.0, 1.0, _SLICES + 1)
    # The density has its corner on an edge of a slice, so that it is linear within each.
    edges = np.sort(np.append(even[np.abs(even - peak) > _POINT_SD], peak)) if 0.0 < peak < 1.0 else even
    half = 0.5 * np.diff(edges)[:, None]
    x = edges[:-1, None] + half * (1.0 + _GAUSS_NODES)
    density = 2.0 * np.minimum(x / max(peak, 1e-300), (1.0 - x) / max(1.0 - peak, 1e-300))
    mass = half * _GAUSS_WEIGHTS * density
    weights = mass.sum(axis=1)
    means = (mass * x).sum(axis=1) / weights
    variances = (mass * (x - means[:, None]) ** 2).sum(axis=1) / weights
    return Mixture(weights, low + width * means, width * np.sqrt(variances))
