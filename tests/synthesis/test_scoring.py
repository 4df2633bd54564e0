"""Scores of forecasts against closed forms and numerical integration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from tierproof.synthesis import Mixture
from tierproof.synthesis.validation.scoring import LEVELS, Forecasts, Seen, summarise

MIXED = Mixture(np.array([0.9, 0.1]), np.array([0.2, 0.5]), np.array([0.4, 2.0]))


def test_crps_of_a_normal_in_closed_form() -> None:
    """Gneiting and Raftery (2007), equation 21."""
    y, sd = np.array([-0.7, 0.1, 2.0]), 1.3
    ours = Forecasts.of([Mixture.normal(0.5, 1.2)] * 3, np.full(3, 0.5)).crps(y)
    z = (y - 0.5) / sd
    expected = sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    np.testing.assert_allclose(ours, expected, atol=1e-3 * sd)  # as promised


def test_crps_of_a_mixture_by_its_definition() -> None:
    """The integral of (F(x) - 1{y <= x})^2."""
    se, y = 0.3, 0.9
    ours = Forecasts.of([MIXED], np.array([se])).crps(np.array([y]))[0]
    wide = MIXED.widen(se)
    below = integrate.quad(lambda x: float(wide.cdf(x)) ** 2, -15, y, limit=300)[0]
    above = integrate.quad(lambda x: float(wide.sf(x)) ** 2, y, 15, limit=300)[0]
    assert ours == pytest.approx(below + above, abs=1e-3 * wide.sd)  # as promised


def test_density_probability_and_quantiles_are_the_widened_mixtures() -> None:
    se, y = np.array([0.1, 0.8]), np.array([0.0, 1.5])
    forecasts = Forecasts.of([MIXED, Mixture.normal(1.0, 0.2)], se)
    wide = [MIXED.widen(0.1), Mixture.normal(1.0, 0.2).widen(0.8)]
    for k in (0, 1):
        assert forecasts.density(y)[k] == pytest.approx(float(wide[k].pdf(y[k])), rel=1e-12)
        assert forecasts.cdf(y)[k] == pytest.approx(float(wide[k].cdf(y[k])), abs=1e-6)  # read off a table
        for p, quantile in zip((0.05, 0.25, 0.9), forecasts.quantiles((0.05, 0.25, 0.9))[k], strict=True):
            assert quantile == pytest.approx(float(wide[k].quantile(p)), abs=0.01 * wide[k].sd)  # as promised


def test_calibrated_forecasts_cover_what_they_say() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    se = rng.uniform(0.1, 0.5, n)
    true = np.where(rng.random(n) < 0.9, rng.normal(0.2, 0.4, n), rng.normal(0.5, 2.0, n))
    seen = Forecasts.of([MIXED] * n, se).seen(true + se * rng.normal(size=n))
    summary = summarise(seen, np.ones(n))
    # Binomial sd of 4,000 is at most 0.008: three of them.
    assert summary.coverage == pytest.approx(LEVELS, abs=0.024)
    too_narrow = Forecasts.of([Mixture.normal(0.2, 0.2)] * n, se).seen(true)
    assert summarise(too_narrow, np.ones(n)).coverage[2] < 0.85
    assert summarise(too_narrow, np.ones(n)).log_score < summary.log_score


def test_weights_count() -> None:
    seen = Seen(
        pit=np.array([0.5, 0.999]),
        widths=np.ones((2, 3)),
        log_score=np.array([0.0, -4.0]),
        crps=np.array([0.1, 0.5]),
        error=np.array([0.0, 1.0]),
    )
    assert summarise(seen, np.array([3.0, 1.0])).coverage == (0.75, 0.75, 0.75)
    assert summarise(seen, np.array([3.0, 1.0])).log_score == -1.0
    assert summarise(seen, np.array([3.0, 1.0])).error == 0.25
