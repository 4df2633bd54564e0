"""The expected value of sample information: against direct integration, and in its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tierproof.experiment.design.value import Belief, best_sample


@pytest.mark.parametrize(
    ("mean", "sd", "spread", "n"), [(0.0, 1.0, 2.0, 4), (0.3, 0.5, 1.0, 20), (-1.0, 0.4, 3.0, 100)]
)
def test_evsi_agrees_with_integrating_over_what_the_sample_could_say(
    mean: float, sd: float, spread: float, n: int
) -> None:
    """By definition: E[max(0, posterior mean)] - max(0, prior mean), with Bayes' rule for normals."""
    z = np.linspace(-10, 10, 400_001)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    observed_sd = math.sqrt(sd**2 + spread**2 / n)
    gain = sd**2 / (sd**2 + spread**2 / n)
    posterior_means = mean + gain * observed_sd * z
    expected = float(np.trapezoid(np.maximum(posterior_means, 0) * density, z)) - max(mean, 0.0)
    # The trapezoidal rule's error at the kink is below step^2 = 2.5e-9.
    assert Belief(mean, sd, spread).evsi(n) == pytest.approx(expected, abs=1e-8)


def test_sample_information_grows_to_perfect_information() -> None:
    belief = Belief(0.2, 0.5, 1.0)
    values = [belief.evsi(n) for n in (1, 10, 100, 1000, 10**8)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(belief.evpi, rel=1e-6)
    assert Belief(50.0, 0.5, 1.0).evpi == 0.0


def test_after_a_sample_less_is_left_to_learn() -> None:
    belief = Belief(0.2, 0.5, 1.0)
    after = belief.after(10)
    assert after.mean == belief.mean
    assert after.sd == pytest.approx(1 / math.sqrt(4 + 10))
    assert after.evpi < belief.evpi


def test_a_single_batch_that_tells_nothing_does_not_end_the_matter() -> None:
    """Far from the threshold one item is worth next to nothing, many are worth their price."""
    belief = Belief(0.3, 0.15, 5.0)
    price = 1e-7
    assert belief.evsi(1) < price
    assert best_sample(belief, scale=1.0, price=price, least=1, most=4096) > 1


@pytest.mark.parametrize(("price", "most"), [(1.0, 1000), (1e-9, 0)])
def test_nothing_pays_when_it_is_dear_or_there_is_nothing_left(price: float, most: int) -> None:
    assert best_sample(Belief(0.1, 0.2, 1.0), scale=1.0, price=price, least=10, most=most) == 0.0


def test_the_rate_falls_with_the_price() -> None:
    rates = [best_sample(Belief(0.0, 0.2, 1.0), scale=1.0, price=p, least=10, most=100) for p in (1e-5, 1e-4, 1e-3)]
    assert rates == sorted(rates, reverse=True)
