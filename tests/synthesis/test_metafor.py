"""Agreement with metafor on seven of its data sets (`references/make_references.R` made the figures).

With a prior of the mean so wide that it says nothing, the conditional posterior given the heterogeneities is
generalised least squares, and the marginal likelihood is the restricted likelihood up to a known constant.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest

from synthesis import metafor
from tierproof.synthesis.model.conditional import marginal
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pools.meta_analysis import pool, typical_variance
from tierproof.synthesis.trust.certainty import asymmetry
from tierproof.synthesis.trust.sensitivity import weighted_mean

FLAT = 1e5
"""Prior sd.  The data's own standard errors are below 2, so the prior moves means by less than (2 / 1e5)^2 = 4e-10."""
NAMES = metafor.names()


def by_heterogeneity(name: str) -> dict[tuple[float, float], dict[str, float]]:
    grouped: dict[tuple[float, float], dict[str, float]] = defaultdict(dict)
    for reference in metafor.references():
        if reference.data == name and not math.isnan(reference.tau2_source):
            grouped[reference.tau2_source, reference.tau2_record][reference.quantity] = reference.value
    return grouped


def test_there_are_references_for_seven_data_sets() -> None:
    assert len(NAMES) == 7
    assert all(len(by_heterogeneity(name)) >= 12 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_mean_and_standard_error_given_the_heterogeneities(name: str) -> None:
    data = metafor.data_set(name)
    for (source, record), expected in by_heterogeneity(name).items():
        ours = marginal(
            data.y, data.se, data.cluster, prior_sd=FLAT, tau_source=math.sqrt(source), tau_record=math.sqrt(record)
        )
        # Both solve the same normal equations in double precision; 1e-8 leaves room for the flat prior (see FLAT).
        mean = expected.get("mean", expected.get("REML mean"))
        se = expected.get("se", expected.get("REML se"))
        assert ours.means[0, 0, 0] == pytest.approx(mean, abs=1e-8)
        assert math.sqrt(ours.covariances[0, 0, 0, 0]) == pytest.approx(se, rel=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_the_restricted_likelihood(name: str) -> None:
    data = metafor.data_set(name)
    n = len(data.y)
    constant = 0.5 * math.log(2 * math.pi) + 0.5 * math.log(n) + math.log(FLAT)
    for (source, record), expected in by_heterogeneity(name).items():
        if "restricted log likelihood" not in expected:
            continue
        ours = marginal(
            data.y, data.se, data.cluster, prior_sd=FLAT, tau_source=math.sqrt(source), tau_record=math.sqrt(record)
        )
        # Sums of squares of up to 2,000 lose some four of sixteen digits: 1e-8 is generous.
        assert ours.log_likelihood[0, 0] + constant == pytest.approx(expected["restricted log likelihood"], abs=1e-8)


@pytest.mark.parametrize("name", [name for name in NAMES if metafor.data_set(name).x is not None])
def test_a_moderator(name: str) -> None:
    data = metafor.data_set(name)
    x = np.column_stack((np.ones(len(data.y)), data.x))
    constant = math.log(2 * math.pi) + 0.5 * math.log(np.linalg.det(x.T @ x)) + 2 * math.log(FLAT)
    for (source, record), expected in by_heterogeneity(name).items():
        if "moderator" not in expected:
            continue
        ours = marginal(
            data.y, data.se, data.cluster, x, prior_sd=FLAT, tau_source=math.sqrt(source), tau_record=math.sqrt(record)
        )
        mean, covariance = ours.means[0, 0], ours.covariances[0, 0]
        assert mean[0] == pytest.approx(expected["moderated intercept"], abs=1e-7)
        assert mean[1] == pytest.approx(expected["moderator"], abs=1e-7)
        assert math.sqrt(covariance[0, 0]) == pytest.approx(expected["moderated intercept se"], rel=1e-7)
        assert math.sqrt(covariance[1, 1]) == pytest.approx(expected["moderator se"], rel=1e-7)
        # A covariance may be near zero, where only its size against the standard errors means anything.
        scale = expected["moderated intercept se"] * expected["moderator se"]
        assert covariance[0, 1] == pytest.approx(expected["moderated covariance"], abs=1e-7 * scale)
        likelihood = expected["moderated restricted log likelihood"]
        assert ours.log_likelihood[0, 0] + constant == pytest.approx(likelihood, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_the_restricted_likelihood_is_highest_at_metafors_estimate(name: str) -> None:
    data = metafor.data_set(name)
    best = {r.quantity: r.value for r in metafor.references() if r.data == name and r.quantity.startswith("REML tau2")}
    source, record = best["REML tau2 source"], best.get("REML tau2 record")
    # Without clusters of several records the two variances add up; all of it is given to the sources here.
    factors = np.array([0.98, 1.0, 1.02])
    ours = marginal(
        data.y,
        data.se,
        data.cluster,
        prior_sd=FLAT,
        tau_source=np.sqrt(factors * source),
        tau_record=np.sqrt(factors * record) if record is not None else 0.0,
    )
    at = np.unravel_index(int(ours.log_likelihood.argmax()), ours.log_likelihood.shape)
    assert at == ((1, 1) if record is not None else (0, 1))


@pytest.mark.parametrize("name", NAMES)
def test_fixed_effect_and_typical_variance(name: str) -> None:
    data = metafor.data_set(name)
    fixed = weighted_mean(data.y, data.se)
    # Closed forms on both sides: rounding alone.
    assert fixed.mean == pytest.approx(metafor.value(name, "fixed effect mean"), rel=1e-12)
    assert fixed.sd == pytest.approx(metafor.value(name, "fixed effect se"), rel=1e-12)
    assert typical_variance(data.se) == pytest.approx(metafor.value(name, "typical variance"), rel=1e-9)


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if any(r.data == name and r.quantity == "Egger slope" for r in metafor.references())],
)
def test_small_study_asymmetry_is_eggers_regression(name: str) -> None:
    data = metafor.data_set(name)
    assert metafor.value(name, "Egger dispersion") > 1.0  # below 1 ours is held at 1, R's is not
    slope, se = asymmetry(data.y, data.se)
    # Two least-squares solutions of a problem of condition 1e3 or so.
    assert slope == pytest.approx(metafor.value(name, "Egger slope"), rel=1e-8)
    assert se == pytest.approx(metafor.value(name, "Egger slope se"), rel=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_the_posterior_lies_near_reml_where_the_data_speak(name: str) -> None:
    """Not an identity: REML plugs one heterogeneity in, the posterior averages over all that fit."""
    data = metafor.data_set(name)
    ours = pool(data.y, data.se, data.cluster, priors=Priors(mean_sd=10.0, tau_source_scale=2.0, tau_record_scale=2.0))
    mean, se = metafor.value(name, "REML mean"), metafor.value(name, "REML se")
    # A third of a standard error is what averaging over the heterogeneity can do with 7 to 100 records; a posterior
    # that ignored it would have a smaller sd than REML, never by this much a larger one.
    assert abs(ours.mean - mean) < 0.35 * se
    assert 0.9 * se < ours.sd < 1.8 * se
