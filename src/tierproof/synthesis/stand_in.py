"""An assumption as a distribution: what stands in where no record answers.

Enters: a pack's triangular guess.  Leaves: a `Mixture`.  Knows nothing of evidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tierproof.errors import InputError, Problem
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Assumption
from tierproof.synthesis.answering import scale_of
from tierproof.synthesis.mixture import Mixture

__all__ = ["stand_in", "triangle"]

_SLICES: Final = 16
_POINT_SD: Final = 1e-4
"""Sd given to an assumption of a single value: no decision can tell it from a point."""


def stand_in(assumption: Assumption, outcome: Outcome, *, technique: str) -> Mixture:
    """The guess on the outcome's analysis scale: odds outcomes are log odds ratios already, resources are ratios.

    Raises InputError for a ratio that is not positive.
    """
    ends = (assumption.low, assumption.mode, assumption.high)
    if scale_of(outcome) == "log_ratio":
        if assumption.low <= 0:
            raise InputError(
                Problem(
                    message=f"technique '{technique}' assumes a ratio of {assumption.low:g} for {outcome}",
                    field=f"assumed.{outcome}.low",
                    remedy="give ratios above 0: 1 is no change, 0.5 is half",
                )
            )
        ends = (float(np.log(ends[0])), float(np.log(ends[1])), float(np.log(ends[2])))
    return triangle(*ends)


def triangle(low: float, mode: float, high: float) -> Mixture:
    """The triangular distribution as a mixture of normals with exactly its mean and sd.

    Each slice of equal width becomes a normal of the slice's own probability, mean and variance; probabilities differ
    from the triangle's by less than 0.01.
    """
    if not high > low:
        return Mixture.normal(mode, _POINT_SD)
    edges = np.unique(np.concatenate((np.linspace(low, high, _SLICES + 1), [mode])))

    def moment(k: int) -> np.ndarray:
        """Integral of x^k over each slice."""

        def rising(x: np.ndarray) -> np.ndarray:  # of x^k (x - low)
            return x ** (k + 2) / (k + 2) - low * x ** (k + 1) / (k + 1)

        def falling(x: np.ndarray) -> np.ndarray:  # of x^k (high - x)
            return high * x ** (k + 1) / (k + 1) - x ** (k + 2) / (k + 2)

        total = np.zeros(len(edges) - 1)
        left = edges[1:] <= mode
        if mode > low:
            total += np.where(left, np.diff(rising(edges)), 0.0) * 2.0 / ((high - low) * (mode - low))
        if high > mode:
            total += np.where(left, 0.0, np.diff(falling(edges))) * 2.0 / ((high - low) * (high - mode))
        return total

    weights = moment(0)
    means = moment(1) / weights
    variances = moment(2) / weights - means**2
    return Mixture(weights, means, np.sqrt(np.maximum(variances, _POINT_SD**2 * (high - low) ** 2)))
