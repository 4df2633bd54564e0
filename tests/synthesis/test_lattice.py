"""The lattice places itself on densities that are narrow along either axis, as millions of figures make them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from tierproof.synthesis.model.lattice import integrate

Array = np.ndarray
SCALE = 0.5


@pytest.mark.parametrize("seed", range(60))
def test_the_mean_of_a_narrow_density_by_quadrature(seed: int) -> None:
    """A normal ridge: its second axis integrates out by hand but for the prior, which hardly moves across it."""
    drawn = np.random.default_rng(seed)
    a0, b0 = drawn.uniform(0.02, 0.6), drawn.uniform(0.1, 1.2)
    wide, narrow = 10 ** drawn.uniform(-3, -1), 10 ** drawn.uniform(-3, -1.5)
    slope = drawn.uniform(-2, 2) * narrow / wide

    def log_likelihood(first: Array, second: Array) -> Array:
        a, b = first[:, None], second[None, :]
        return np.asarray(-0.5 * ((a - a0) / wide) ** 2 - 0.5 * ((b - b0 - slope * (a - a0)) / narrow) ** 2)

    def density(a: float) -> float:
        ridge = b0 + slope * (a - a0)
        return math.exp(-0.5 * (((a - a0) / wide) ** 2 + (a / SCALE) ** 2 + (ridge / SCALE) ** 2))

    found = integrate(log_likelihood, scales=(SCALE, SCALE), finest=(lambda _: 0.02, 0.02), furthest=5.0, accuracy=1e-3)
    ends = max(0.0, a0 - 9 * wide), a0 + 9 * wide
    mean = quad(lambda a: a * density(a), *ends)[0] / quad(density, *ends)[0]
    # Told to an eighth of its own sd: near zero the ridge's flank is cut off, which the line above leaves out.
    assert float(found.weights.sum(axis=1) @ found.first) == pytest.approx(mean, abs=wide / 8)
    assert max(found.weights[-1].max(), found.weights[:, -1].max()) < 1e-2 * found.weights.max()
