"""The normal distribution against scipy, which carries its own implementation (Cephes)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tierproof.synthesis.values import normal

# scipy returns 0 below z = -37.5, where ours still has denormal numbers.
Z = np.concatenate((np.linspace(-37, 37, 2001), [-1e-300, 0.0, 1e-300]))


def test_distribution_function_and_complement_keep_their_digits_in_the_tails() -> None:
    # The C library's erfc and Cephes' both promise some 1e-15 in relative terms; near z = 37 the exponent of -700 has
    # an own rounding error of 1e-13.
    np.testing.assert_allclose(normal.cdf(Z), stats.norm.cdf(Z), rtol=5e-13)
    np.testing.assert_allclose(normal.sf(Z), stats.norm.sf(Z), rtol=5e-13)
    np.testing.assert_allclose(normal.pdf(Z), stats.norm.pdf(Z), rtol=5e-13)


def test_quantile_inverts() -> None:
    p = np.concatenate((np.geomspace(1e-300, 0.5, 500), 1 - np.geomspace(1e-15, 0.5, 500)))
    # AS 241 promises 1e-16 relative; Cephes differs from it by a few units in the last place.
    np.testing.assert_allclose(normal.quantile(p), stats.norm.ppf(p), rtol=1e-13, atol=1e-15)
    assert normal.quantile([0.0, 1.0]).tolist() == [-np.inf, np.inf]


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_quantile_refuses_what_is_no_probability(bad: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        normal.quantile([0.5, bad])


@given(st.floats(-1e308, 1e308))
def test_any_float_gives_a_probability(z: float) -> None:
    assert 0.0 <= float(normal.cdf(z)) <= 1.0
    assert float(normal.cdf(z)) + float(normal.sf(z)) == pytest.approx(1.0, abs=1e-15)


def test_shapes_are_kept() -> None:
    z = np.zeros((2, 3))
    assert normal.cdf(z).shape == normal.pdf(z).shape == normal.quantile(z + 0.5).shape == (2, 3)
    assert normal.cdf(0.0).shape == ()
