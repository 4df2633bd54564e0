"""What perfect information would be worth.

Enters: draws of net benefit.  Leaves: money, in the unit of the draws.  Knows nothing of how anything is measured: what
an experiment of a given size is worth stands in `worth/sampling.py`.

H. Raiffa and R. Schlaifer, "Applied Statistical Decision Theory" (1961); for parts of what is uncertain, A. E. Ades, G.
Lu and K. Claxton, "Expected value of sample information calculations in medical decision modeling", Medical Decision
Making 24 (2004) 207-227.  All are expected gains over deciding today by the mean; a monthly one times the horizon is
what may be paid once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tierproof.synthesis.values.normal import Array

__all__ = ["evpi", "evpi_of_choice", "evppi_of_choice"]


_ROUNDING = 1e-13


def evpi(net_benefit: Array) -> float:
    """Adopting or not, everything known: E max(NB, 0) - max(E NB, 0); `net_benefit` (n,).  Not negative."""
    return _gained(float(np.maximum(net_benefit, 0.0).mean()), max(0.0, float(net_benefit.mean())))


def evpi_of_choice(net_benefits: Sequence[Array]) -> float:
    """Choosing the best of several techniques or none, everything known; each (n,), drawn jointly.  Not negative."""
    if not net_benefits:
        return 0.0
    stacked = np.vstack(net_benefits)
    best_known = float(np.maximum(stacked.max(axis=0), 0.0).mean())
    return _gained(best_known, max(0.0, float(stacked.mean(axis=1).max())))


def evppi_of_choice(net_benefits: Mapping[str, Array]) -> dict[str, float]:
    """For each technique: choosing the best of all or none, everything known about that one alone.  Not negative."""
    means = {name: float(draws.mean()) for name, draws in net_benefits.items()}
    worth = {}
    for name, draws in net_benefits.items():
        other = max([0.0, *(mean for key, mean in means.items() if key != name)])
        worth[name] = _gained(float(np.maximum(draws, other).mean()), max(other, means[name]))
    return worth


def _gained(known: float, today: float) -> float:
    """By how much the one exceeds the other; what is left of rounding in sums is nothing."""
    return known - today if known - today > _ROUNDING * max(abs(known), abs(today)) else 0.0
