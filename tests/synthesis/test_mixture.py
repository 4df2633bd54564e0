"""Mixtures of normals against scipy's quadrature and root finding, and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from tierproof.synthesis import Mixture

WEIGHTS, MEANS, SDS = np.array([0.2, 0.5, 0.3]), np.array([-1.0, 0.3, 2.5]), np.array([0.5, 1.2, 0.1])
MIXED = Mixture(WEIGHTS, MEANS, SDS)


def density(x: float) -> float:
    return float(WEIGHTS @ stats.norm.pdf(x, MEANS, SDS))


def expectation(f: object) -> float:
    value, _ = integrate.quad(lambda x: f(x) * density(x), -12, 14, points=(-1, 0.3, 2.3, 2.5, 2.7), limit=500)  # type: ignore[operator]
    return float(value)


def test_moments_by_quadrature() -> None:
    # quad is told to reach 1.5e-8; it does better on smooth integrands.
    mean = expectation(lambda x: x)
    assert MIXED.mean == pytest.approx(mean, abs=1e-8)
    assert MIXED.variance == pytest.approx(expectation(lambda x: (x - mean) ** 2), abs=1e-8)
    assert MIXED.sd == pytest.approx(MIXED.variance**0.5, rel=1e-14)


def test_probabilities_and_quantiles() -> None:
    x = np.linspace(-4, 5, 101)
    reference = stats.norm.cdf(x[:, None], MEANS, SDS) @ WEIGHTS
    np.testing.assert_allclose(MIXED.cdf(x), reference, atol=1e-14)  # rounding
    np.testing.assert_allclose(MIXED.sf(x), 1 - reference, atol=1e-14)
    np.testing.assert_allclose(MIXED.pdf(x), [density(one) for one in x], rtol=1e-12)
    for p in (1e-6, 0.025, 0.5, 0.9, 1 - 1e-6):
        root = optimize.brentq(lambda x, p=p: float(stats.norm.cdf(x, MEANS, SDS) @ WEIGHTS) - p, -20, 20, xtol=1e-14)
        # brentq's own tolerance, and the tails' slope of 1e-6 turns its rounding of P into 1e-9 of x.
        assert float(MIXED.quantile(p)) == pytest.approx(root, abs=1e-8)


HEAVY = Mixture(np.array([0.89, 0.11]), np.array([0.3, 0.3]), np.array([0.4, 2.1]))
"""The form of a predictive: one mode, heavy tails."""


@pytest.mark.parametrize(
    ("mixture", "error"),
    [
        (HEAVY, 2e-4),  # what 4,096 draws resolve is fifty times coarser
        (MIXED, 1e-2),  # a spike beside a wide component is the hardest case for a table of 97 nodes
    ],
)
def test_many_quantiles_are_read_off_a_table(mixture: Mixture, error: float) -> None:
    p = np.linspace(0.001, 0.999, 997)
    table, solved = mixture.quantile(p), np.array([float(mixture.quantile(one)) for one in p])
    assert np.abs(table - solved).max() < error * mixture.sd
    assert np.all(np.diff(table) >= 0)


def test_an_interval_is_central() -> None:
    interval = MIXED.interval(0.8)
    assert [float(MIXED.cdf(x)) for x in (interval.low, interval.median, interval.high)] == pytest.approx(
        [0.1, 0.5, 0.9], abs=1e-12
    )


def test_updating_is_bayes_rule() -> None:
    y, se = 0.7, 0.4
    posterior = MIXED.update(y, se)

    def joint(x: float) -> float:
        return density(x) * float(stats.norm.pdf(y, x, se))

    evidence = integrate.quad(joint, -8, 8, points=(-1, 0.3, 0.7, 2.3, 2.5), limit=500)[0]
    mean = integrate.quad(lambda x: x * joint(x), -8, 8, points=(-1, 0.3, 0.7, 2.3, 2.5), limit=500)[0] / evidence
    assert MIXED.log_evidence(y, se) == pytest.approx(np.log(evidence), abs=1e-8)  # quad's tolerance
    assert posterior.mean == pytest.approx(mean, abs=1e-8)
    assert posterior.sd < MIXED.sd


def test_updating_twice_is_updating_with_the_mean_of_both() -> None:
    twice = MIXED.update(0.5, 0.3).update(0.9, 0.3)
    once = MIXED.update(0.7, 0.3 / 2**0.5)
    assert twice.mean == pytest.approx(once.mean, rel=1e-12)  # the same algebra in another order
    assert twice.sd == pytest.approx(once.sd, rel=1e-12)


def test_no_data_in_the_limit_leaves_the_prior_and_much_data_replaces_it() -> None:
    assert MIXED.update(5.0, 1e6).mean == pytest.approx(MIXED.mean, abs=1e-9)
    assert MIXED.update(5.0, 1e-6).mean == pytest.approx(5.0, abs=1e-9)


def test_shift_scale_and_widen() -> None:
    assert MIXED.shift(2.0).mean == pytest.approx(MIXED.mean + 2.0)
    assert MIXED.scale(-2.0).sd == pytest.approx(2.0 * MIXED.sd)
    assert float(MIXED.scale(-1.0).cdf(-0.3)) == pytest.approx(float(MIXED.sf(0.3)))
    assert MIXED.widen(0.7).variance == pytest.approx(MIXED.variance + 0.49)


def test_condensing_keeps_moments_and_moves_no_probability() -> None:
    rng = np.random.default_rng(7)
    sds = np.sqrt(0.1 + np.outer(np.linspace(0, 1, 63) ** 2, np.linspace(0.5, 1, 63)).reshape(-1))
    many = Mixture(rng.dirichlet(np.ones(len(sds))), 0.1 * np.sin(5 * sds), sds)  # smooth, as a fit's grid is
    few = many.condensed()
    assert len(few) < len(many) / 10
    assert few.mean == pytest.approx(many.mean, rel=1e-12)
    assert few.sd == pytest.approx(many.sd, rel=1e-12)
    x = np.linspace(-3, 3, 301)
    assert np.abs(few.cdf(x) - many.cdf(x)).max() < 1e-5  # what the docstring promises


@pytest.mark.parametrize(
    ("weights", "means", "sds", "message"),
    [
        ([1.0], [np.nan], [1.0], "finite"),
        ([-0.1, 1.1], [0.0, 0.0], [1.0, 1.0], "negative"),
        ([0.0], [0.0], [1.0], "zero"),
        ([1.0], [0.0], [0.0], "positive"),
        ([[1.0]], [[0.0]], [[1.0]], "dimension"),
    ],
)
def test_impossible_mixtures_are_refused(
    weights: list[float], means: list[float], sds: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Mixture(np.array(weights), np.array(means), np.array(sds))


@pytest.mark.parametrize("p", [0.0, 1.0, -0.2, np.nan])
def test_quantiles_of_impossible_probabilities_are_refused(p: float) -> None:
    with pytest.raises(ValueError, match="within"):
        MIXED.quantile(p)


@pytest.mark.parametrize(("y", "se"), [(np.nan, 1.0), (0.0, 0.0), (0.0, np.inf), (np.inf, 1.0)])
def test_impossible_observations_are_refused(y: float, se: float) -> None:
    with pytest.raises(ValueError, match="observation"):
        MIXED.update(y, se)


component = st.tuples(st.floats(0.01, 1), st.floats(-50, 50), st.floats(1e-3, 50))


@settings(max_examples=60)
@given(st.lists(component, min_size=1, max_size=6), st.floats(1e-6, 1 - 1e-6))
def test_quantile_and_cdf_are_inverse(components: list[tuple[float, float, float]], p: float) -> None:
    mixture = Mixture(*(np.array(part) for part in zip(*components, strict=True)))
    assert float(mixture.cdf(mixture.quantile(p))) == pytest.approx(p, abs=1e-9)
