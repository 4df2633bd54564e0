"""The Sobol net against scipy's, and what the joint draws promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.stats import qmc

from tierproof.decision.appraisals.draws import DRAWS, LEVELS, QUANTITIES, cells, quantiles
from tierproof.decision.appraisals.sobol import BITS, DIMENSIONS, sobol
from tierproof.synthesis.model.mixture import Mixture

MIXTURES = {
    "normal": Mixture.normal(0.3, 0.7),
    "heavy tails": Mixture(np.array([0.8, 0.2]), np.array([0.2, 0.2]), np.array([0.3, 1.5])),
    "two modes": Mixture(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.2, 0.2])),
    "a lattice's": Mixture(
        np.exp(-(np.linspace(-2, 2, 200) ** 2)), np.linspace(0.1, 0.5, 200), np.geomspace(0.05, 1.0, 200)
    ),
}


@pytest.mark.parametrize("digits", [0, 1, 5, 11])
def test_net_is_scipys(digits: int) -> None:
    # scipy has the same direction numbers (Joe and Kuo 2008) and the same Gray-code order: equal bit for bit.
    expected = qmc.Sobol(DIMENSIONS, scramble=False, bits=BITS).random(2**digits)
    assert np.array_equal(sobol(2**digits, DIMENSIONS) * 2.0**-BITS, expected)


@pytest.mark.parametrize(("n", "dimensions"), [(0, 1), (3, 1), (2**33, 1), (4, 0), (4, DIMENSIONS + 1)])
def test_nets_that_do_not_exist_are_refused(n: int, dimensions: int) -> None:
    with pytest.raises(ValueError, match=r"power of two|direction numbers"):
        sobol(n, dimensions)


def test_every_quantity_is_drawn_once_at_every_level() -> None:
    for index in cells("a-technique").values():
        assert np.array_equal(np.sort(index), np.arange(DRAWS))


def test_draws_are_pinned() -> None:
    # From the first run with eleven quantities: a changed hash, order or direction number would silently change every
    # table.
    assert cells("a-technique")["quality"][:4].tolist() == [1808, 338, 211, 1139]


def test_techniques_and_quantities_are_drawn_independently() -> None:
    # Under independence a correlation of 2,048 draws has sd 0.022; over 300 pairs the largest is below 0.09 with
    # probability 0.98.  A common net without reordering gives correlations near 1.
    names = [f"technique-{k}" for k in range(25)]
    quality = np.corrcoef([LEVELS[cells(name)["quality"]] for name in names])
    assert np.abs(quality - np.eye(len(names))).max() < 0.09
    # Within one technique the net makes pairs of quantities far less correlated than chance would.
    within = np.corrcoef([LEVELS[cells("technique-0")[quantity]] for quantity in QUANTITIES])
    assert np.abs(within - np.eye(len(QUANTITIES))).max() < 0.01


@pytest.mark.parametrize("mixture", MIXTURES.values(), ids=MIXTURES.keys())
def test_quick_quantiles_are_near_the_exact_ones(mixture: Mixture) -> None:
    drawn, exact = quantiles(mixture), mixture.quantile(LEVELS)
    # The docstring's promise; between two modes a quantile can be anywhere in the gap, so the mean error is bounded.
    one_mode = mixture is not MIXTURES["two modes"]
    assert np.abs(drawn - exact).mean() < (0.0015 if one_mode else 0.01) * mixture.sd
    assert abs(drawn.mean() - mixture.mean) < 0.002 * mixture.sd
    assert abs(drawn.std() / mixture.sd - 1.0) < 0.01  # 2,048 levels end at 3.5 sd: the far tails are not drawn
    assert np.all(np.diff(drawn) >= 0)


def test_a_joint_integral_of_several_quantities() -> None:
    # E[expit(x) exp(y) + z^2] with x ~ N(0.2, 1), y ~ N(-0.1, 0.5^2), z uniform: product of known parts.
    index = cells("integrand")
    x = stats.norm.ppf(LEVELS)[index["quality"]] + 0.2
    y = 0.5 * stats.norm.ppf(LEVELS)[index["cost"]] - 0.1
    z = LEVELS[index["latency"]]
    expit, _ = integrate.quad(lambda t: stats.norm.pdf(t, 0.2, 1.0) / (1 + np.exp(-t)), -9, 9)
    expected = expit * np.exp(-0.1 + 0.125) + 1 / 3
    # Plain Monte Carlo would err by 0.5 / sqrt(2048) = 0.011; the net by less than a twentieth of that.
    assert np.mean(1 / (1 + np.exp(-x)) * np.exp(y) + z**2) == pytest.approx(expected, abs=5e-4)
