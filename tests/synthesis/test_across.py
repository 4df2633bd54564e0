"""A coefficient's prior, learned across techniques, against dense integration of the hierarchical model."""

from __future__ import annotations

import numpy as np
import pytest

from tierproof.synthesis.model.across import learn

SD = 1.0


def posterior_of(value: float, se: float) -> tuple[float, float]:
    """What a fit under the prior N(0, SD^2) reports where the data say value +- se."""
    precision = se**-2.0 + SD**-2.0
    return value * se**-2.0 / precision, precision**-0.5


def brute(values: list[float], ses: list[float]) -> tuple[float, float]:
    """Mean and sd of the next technique's coefficient, by a fine grid over (m, s)."""
    m = np.linspace(-6, 6, 1201)[:, None]
    s = np.linspace(0, 2.0, 801)[None, :]
    log_density = -0.5 * (m / SD) ** 2 - 0.5 * (s / (0.5 * SD)) ** 2
    for value, se in zip(values, ses, strict=True):
        variance = se**2 + s**2
        log_density = log_density - 0.5 * np.log(variance) - 0.5 * (value - m) ** 2 / variance
    weights = np.exp(log_density - log_density.max())
    weights[:, [0, -1]] *= 0.5
    weights /= weights.sum()
    mean = float((weights * m).sum())
    return mean, float((weights * (s**2 + (m - mean) ** 2)).sum()) ** 0.5


VALUES, SES = [0.9, 0.4, 0.1, 0.8], [0.3, 0.2, 0.5, 0.25]
NAMES = ["a", "b", "c", "d"]


def test_the_prior_of_a_technique_is_the_predictive_of_the_others() -> None:
    learned = learn(dict(zip(NAMES, map(posterior_of, VALUES, SES), strict=True)), sd=SD)
    for left_out, name in enumerate(NAMES):
        others = [k for k in range(4) if k != left_out]
        mean, sd = brute([VALUES[k] for k in others], [SES[k] for k in others])
        # Ours ends the half-normal of s at four scales and has 33 nodes: three digits.
        assert learned.priors[name] == pytest.approx((mean, sd), abs=1e-3)
    assert learned.elsewhere == pytest.approx(brute(VALUES, SES), abs=1e-3)


def test_a_technique_does_not_tell_its_own_prior() -> None:
    one = learn(dict(zip(NAMES, map(posterior_of, VALUES, SES), strict=True)), sd=SD)
    other = learn(dict(zip(NAMES, map(posterior_of, [9.0, *VALUES[1:]], SES), strict=True)), sd=SD)
    assert one.priors["a"] == pytest.approx(other.priors["a"], rel=1e-12)
    assert one.priors["b"] != pytest.approx(other.priors["b"], rel=1e-3)


def test_where_nothing_was_learned_the_prior_stays() -> None:
    mean, sd = learn({}, sd=SD).elsewhere
    # N(0, 1) for the mean, and a half-normal spread of mean square 0.25 about it.
    assert (mean, sd) == (0.0, pytest.approx((1.0 + 0.25) ** 0.5, abs=1e-3))
    silent = learn({"a": (0.0, SD)}, sd=SD)
    assert silent.elsewhere == pytest.approx((0.0, sd), abs=1e-3)


def test_order_does_not_matter() -> None:
    pairs = dict(zip(NAMES, map(posterior_of, VALUES, SES), strict=True))
    assert learn(pairs, sd=SD).elsewhere == learn(dict(reversed(pairs.items())), sd=SD).elsewhere


@pytest.mark.parametrize("sd", [0.0, -1.0, np.inf])
def test_impossible_priors_are_refused(sd: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        learn({}, sd=sd)
