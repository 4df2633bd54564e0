"""The three-level fit against closed forms, and against brute-force integration that shares no code with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tierproof.synthesis.model import conditional
from tierproof.synthesis.model.conditional import coefficients_at, marginal
from tierproof.synthesis.model.model import Fit, fit, model_of
from tierproof.synthesis.model.prior import Shape

Y = np.array([0.2, 0.5, -0.1, 0.9, 0.4])
SE = np.array([0.1, 0.2, 0.15, 0.3, 0.1])
SOURCE = ["a", "a", "b", "c", "c"]
X = np.column_stack((np.ones(5), [0.0, 1.0, 0.0, 1.0, 1.0]))
SDS = (1.5, 0.4)


@dataclass(frozen=True)
class Brute:
    """The posterior by Gauss-Legendre quadrature over (ts, tr), every node by dense linear algebra."""

    weights: np.ndarray
    tau_source: np.ndarray
    tau_record: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_marginal: float


def brute_force(
    scaled: bool = False, prior_mean: tuple[float, float] = (0.0, 0.0), prior_sd: tuple[float, float] = SDS
) -> Brute:
    """72 nodes on each of three panels a heterogeneity: the integrand is smooth, so the error is far below 1e-9."""
    nodes, weights = np.polynomial.legendre.leggauss(72)
    edges = [0.0, 0.15, 0.7, 4.0]  # to 8 prior scales
    tau = np.concatenate([0.5 * (b - a) * nodes + 0.5 * (a + b) for a, b in pairwise(edges)])
    weight = np.concatenate([0.5 * (b - a) * weights for a, b in pairwise(edges)])
    variance = np.square(prior_sd)
    ts, tr = (grid.reshape(-1) for grid in np.meshgrid(tau, tau, indexing="ij"))
    same = np.array([[one == other for other in SOURCE] for one in SOURCE], dtype=float)
    covariance = np.diag(SE**2) + ts[:, None, None] ** 2 * same + tr[:, None, None] ** 2 * np.eye(len(Y))
    x = np.broadcast_to(X, (len(ts), *X.shape)).copy()
    if scaled:
        x[:, :, 1] *= np.sqrt(ts**2 + tr**2)[:, None]
    total = covariance + np.einsum("gip,p,gjp->gij", x, variance, x)
    residual = Y - x @ np.array(prior_mean)
    inverse = np.linalg.inv(total)
    quadratic = np.einsum("gi,gij,gj->g", residual, inverse, residual)
    log_density = -0.5 * (len(Y) * math.log(2 * math.pi) + np.linalg.slogdet(total)[1] + quadratic)
    log_density += stats.halfnorm.logpdf(ts, scale=0.5) + stats.halfnorm.logpdf(tr, scale=0.5)
    joint = np.exp(log_density) * np.outer(weight, weight).reshape(-1)
    gain = np.einsum("p,gip,gij->gpj", variance, x, inverse)
    means = np.array(prior_mean) + np.einsum("gpj,gj->gp", gain, residual)
    covariances = np.diag(variance) - np.einsum("gpj,gjq,q->gpq", gain, x, variance)
    return Brute(joint / joint.sum(), ts, tr, means, covariances, math.log(joint.sum()))


def moments(weights: np.ndarray, means: np.ndarray, variances: np.ndarray) -> tuple[float, float]:
    mean = float(weights @ means)
    return mean, float(weights @ (variances + (means - mean) ** 2)) ** 0.5


def fitted(scaled: bool = False, prior_mean: tuple[float, float] = (0.0, 0.0)) -> Fit:
    return fit(
        Y, SE, SOURCE, X, prior_mean=prior_mean, prior_sd=SDS, names=("mean", "m"), scaled=("m",) if scaled else ()
    )


# 1e-6: what the project promises; the lattice is refined until its error is near 1e-7 of the integral.
PROMISED = 1e-6


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("x", [(1.0, 0.0), (1.0, 1.0)])
def test_average_and_predictive_by_brute_force(scaled: bool, x: tuple[float, float]) -> None:
    ours, brute = fitted(scaled), brute_force(scaled)
    at = np.broadcast_to(np.array(x), brute.means.shape).copy()
    if scaled:
        at[:, 1] *= np.sqrt(brute.tau_source**2 + brute.tau_record**2)
    means = (brute.means * at).sum(axis=1)
    variances = np.einsum("gp,gpq,gq->g", at, brute.covariances, at)
    spread = variances + brute.tau_source**2 + brute.tau_record**2
    for mixture, variance in ((ours.average(x), variances), (ours.predictive(x), spread)):
        mean, sd = moments(brute.weights, means, variance)
        assert mixture.mean == pytest.approx(mean, abs=PROMISED)
        assert mixture.sd == pytest.approx(sd, abs=PROMISED)
        for point in (-0.5, 0.0, 0.3, 1.0):
            expected = float(brute.weights @ stats.norm.cdf(point, means, np.sqrt(variance)))
            # Condensing near-equal components may move a probability by 1e-5 (see Mixture.condensed).
            assert float(mixture.cdf(point)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("scaled", [False, True])
def test_marginal_likelihood_by_brute_force(scaled: bool) -> None:
    assert fitted(scaled).log_marginal == pytest.approx(brute_force(scaled).log_marginal, abs=PROMISED)


@pytest.mark.parametrize("scaled", [False, True])
def test_intervals_of_the_heterogeneities_by_brute_force(scaled: bool) -> None:
    ours, brute = fitted(scaled), brute_force(scaled)
    for interval, tau in ((ours.tau_source(), brute.tau_source), (ours.tau_record(), brute.tau_record)):
        values, index = np.unique(tau, return_inverse=True)
        cumulative = np.cumsum(np.bincount(index, weights=brute.weights))
        # Gauss-Legendre weights are no histogram: the sum below a point is off by about half a node's mass, 0.005 here.
        for value, probability in ((interval.low, 0.05), (interval.median, 0.5), (interval.high, 0.95)):
            assert np.interp(value, values, cumulative) == pytest.approx(probability, abs=0.012)


def test_coefficients_by_brute_force() -> None:
    (ours,), brute = fitted().coefficients(), brute_force()
    mean, sd = moments(brute.weights, brute.means[:, 1], brute.covariances[:, 1, 1])
    assert (ours.name, ours.mean, ours.sd) == ("m", pytest.approx(mean, abs=PROMISED), pytest.approx(sd, abs=PROMISED))


@pytest.mark.parametrize("scaled", [False, True])
def test_another_prior_without_another_fit(scaled: bool) -> None:
    """Against brute force under that prior from the start."""
    ours = fitted(scaled).with_prior("m", 0.3, 0.2)
    brute = brute_force(scaled, prior_mean=(0.0, 0.3), prior_sd=(1.5, 0.2))
    mean, sd = moments(brute.weights, brute.means[:, 0], brute.covariances[:, 0, 0])
    assert ours.average().mean == pytest.approx(mean, abs=PROMISED)
    assert ours.average().sd == pytest.approx(sd, abs=PROMISED)
    # The lattice was refined for the first prior's integral; under another it errs by some tens of 1e-7.
    assert ours.log_marginal == pytest.approx(brute.log_marginal, abs=1e-5)
    between = float(brute.weights @ brute.tau_source**2)
    assert float(ours.weights @ ours.tau_source_grid**2) == pytest.approx(between, abs=1e-5)


def test_one_record_in_closed_form() -> None:
    """Given (ts, tr), y ~ N(mu, se^2 + ts^2 + tr^2): the posterior mean is a precision-weighted average."""
    ours = marginal([0.8], [0.2], ["a"], prior_mean=0.1, prior_sd=1.5, tau_source=[0.0, 0.3], tau_record=[0.4])
    for at, source in enumerate((0.0, 0.3)):
        variance = 0.2**2 + source**2 + 0.4**2
        precision = 1 / variance + 1 / 1.5**2
        assert ours.means[0, at, 0] == pytest.approx((0.8 / variance + 0.1 / 1.5**2) / precision, rel=1e-13)
        assert ours.covariances[0, at, 0, 0] == pytest.approx(1 / precision, rel=1e-13)
        density = stats.norm.logpdf(0.8, 0.1, math.sqrt(variance + 1.5**2))
        assert ours.log_likelihood[0, at] == pytest.approx(density, rel=1e-12)


def test_equal_variances_in_closed_form() -> None:
    """S sources of n records, equal errors: the mean is the plain mean, its variance ts^2 / S + (tr^2 + se^2) / Sn."""
    rng = np.random.default_rng(11)
    y, source = rng.normal(0.3, 0.5, 12), np.repeat(["a", "b", "c", "d"], 3)
    ours = marginal(y, np.full(12, 0.2), source, prior_sd=1e6, tau_source=0.5, tau_record=0.1)
    assert ours.means[0, 0, 0] == pytest.approx(y.mean(), abs=1e-10)
    assert ours.covariances[0, 0, 0, 0] == pytest.approx(0.5**2 / 4 + (0.1**2 + 0.2**2) / 12, rel=1e-9)


def test_many_figures_of_one_source_do_not_count_as_many_sources() -> None:
    one = fit([0.5] * 10, [0.05] * 10, ["a"] * 10)
    ten = fit([0.5] * 10, [0.05] * 10, [str(k) for k in range(10)])
    assert one.average().sd > 2 * ten.average().sd
    assert (one.sources, ten.sources, one.records) == (1, 10, 10)


def test_figures_far_from_zero_lose_no_digits() -> None:
    """Figures and prior moved by the same amount give the posterior moved by it."""
    near, far = fit(Y, SE, SOURCE), fit(Y + 1e4, SE, SOURCE, prior_mean=1e4)
    # Ten thousand takes four of sixteen digits off figures near 1.
    assert far.average().mean - 1e4 == pytest.approx(near.average().mean, abs=1e-10)
    assert far.average().sd == pytest.approx(near.average().sd, rel=1e-9)
    assert far.log_marginal == pytest.approx(near.log_marginal, abs=1e-8)


def test_one_exact_figure_far_from_the_prior_is_put_down_to_heterogeneity() -> None:
    """Given v = ts^2 + tr^2, y = 1000 has density N(0, 1.5^2 + v), and the half-normal priors of scale 0.5 weigh
    exp(-2 v).  So v is near the minimum of 2 v + 1000^2 / (2 v), which is 500."""
    far = fit([1000.0], [1e-8], ["a"])
    total = float(far.weights @ (far.tau_source_grid**2 + far.tau_record_grid**2))
    assert total == pytest.approx(500.0, rel=0.02)


def test_a_shape_scales_the_spread_of_new_settings_alone() -> None:
    shape = Shape(multipliers=(0.5, 3.0), weights=(0.9, 0.1))
    plain, shaped = fit(Y, SE, SOURCE), fit(Y, SE, SOURCE, shape=shape)
    assert shaped.average().mean == plain.average().mean
    spread = float(plain.weights @ (plain.tau_source_grid**2 + plain.tau_record_grid**2))
    expected = plain.average().variance + (0.9 * 0.25 + 0.1 * 9.0) * spread
    assert shaped.predictive().variance == pytest.approx(expected, rel=1e-9)  # the same sums in another order


def test_settings_that_differ_in_their_moderators_differ_more() -> None:
    ours = fitted()
    one, many = ours.predictive((1.0, 0.5)), ours.predictive((1.0, 0.5), np.diag([0.0, 0.25]))
    added = 0.25 * float(ours.weights @ (ours.means[:, 1] ** 2 + ours.covariances[:, 1, 1]))
    assert many.variance == pytest.approx(one.variance + added, rel=1e-9)
    assert many.mean == pytest.approx(one.mean, rel=1e-12)


# Among the sources: one like the others, one that holds nearly all of the weight (its errors are a thousandth of the
# others'), and one that stands so far apart that it makes the spread.
@pytest.mark.parametrize("peculiar", ["none", "exact", "far"])
@pytest.mark.parametrize("a_source", [4, 9])
def test_a_source_left_out_is_as_if_it_had_never_been(peculiar: str, a_source: int) -> None:
    """Against a fit of the rest by itself; both are within 1e-7 of the integral, 1e-6 is what is promised."""
    rng = np.random.default_rng(7)
    source = np.repeat(np.arange(8), a_source)
    se = rng.uniform(0.05, 0.3, len(source))
    y = 0.3 + 0.2 * rng.normal(size=8)[source] + 0.1 * rng.normal(size=len(source)) + se * rng.normal(size=len(source))
    x = np.column_stack((np.ones(len(source)), rng.normal(size=len(source)), rng.integers(0, 2, len(source))))
    if peculiar == "exact":
        se[source == 3] *= 1e-3
    if peculiar == "far":
        y[source == 3] += 4.0

    def asked(kept: np.ndarray) -> dict[str, object]:
        return {
            "y": y[kept], "se": se[kept], "source": source[kept], "X": x[kept], "prior_sd": (1.5, 0.2, 1.0),
            "names": ("mean", "m", "i"), "scaled": ("i",), "spread": np.exp(0.3 * x[kept, 1]),
        }  # fmt: skip

    model = model_of(**asked(source >= 0))
    without = model.leaving_out(model.fit())
    for code in (0, 3, 7):
        ours, alone = without(code), fit(**asked(source != code))
        assert (ours.records, ours.sources) == (alone.records, alone.sources)
        assert ours.log_marginal == pytest.approx(alone.log_marginal, abs=PROMISED)
        for one, other in (
            (ours.average([1.0, 0.5, 0.0]), alone.average([1.0, 0.5, 0.0])),
            (ours.predictive(), alone.predictive()),
        ):
            assert one.mean == pytest.approx(other.mean, abs=PROMISED * other.sd)
            assert one.sd == pytest.approx(other.sd, rel=PROMISED)


def test_the_order_of_records_and_the_names_of_sources_change_no_digit() -> None:
    order = np.array([3, 0, 4, 2, 1])
    renamed = {"a": "zz", "b": "é", "c": "0"}
    one, other = (
        fitted(),
        fit(Y[order], SE[order], [renamed[SOURCE[k]] for k in order], X[order], prior_sd=SDS, names=("mean", "m")),
    )
    assert one.average().means.tobytes() == other.average().means.tobytes()
    assert one.log_marginal == other.log_marginal
    assert one.tau_source() == other.tau_source()


def test_blocks_of_sources_and_records_weigh_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(4)
    source = np.repeat(["a", "b", "c", "d", "e"], [2, 3, 4, 5, 6])  # the last block's records differ in precision
    x = np.column_stack((np.ones(20), drawn.normal(size=20)))
    given = drawn.normal(size=20), drawn.uniform(0.1, 0.9, 20), source, x
    model = model_of(*given, prior_sd=SDS)
    whole, rest = model.fit(), model.leaving_out(model.fit())("c")
    monkeypatch.setattr(conditional, "_SOURCES_AT_ONCE", 2)
    monkeypatch.setattr(conditional, "_FEW_TERMS", 0)
    monkeypatch.setattr(conditional, "_UNTHREADED", 1)
    model = model_of(*given, prior_sd=SDS)
    assert np.allclose(model.fit().means, whole.means, rtol=1e-12)
    assert np.allclose(model.leaving_out(model.fit())("c").means, rest.means, rtol=1e-12)


def test_coefficients_at_one_point_are_those_of_the_grid() -> None:
    source = np.array([0, 0, 1, 2, 2])
    exact = marginal(Y, SE, source, X, prior_mean=0.3, prior_sd=SDS, tau_source=0.4, tau_record=0.2).means[0, 0]
    z, prior = np.column_stack((X, Y)), (np.full(X.shape[1], 0.3), np.asarray(SDS))
    found = coefficients_at(z, 1.0 / (np.asarray(SE) ** 2 + 0.2**2), source, prior, 0.4)
    assert np.allclose(found, exact, rtol=1e-12)


def test_a_coarser_fit_stays_within_its_accuracy() -> None:
    exact, quick = fit(Y, SE, SOURCE), fit(Y, SE, SOURCE, accuracy=1e-3)
    assert quick.log_marginal == pytest.approx(exact.log_marginal, abs=1e-3)
    assert quick.average().mean == pytest.approx(exact.average().mean, abs=1e-3 * exact.average().sd)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": []}, "at least one"),
        ({"y": [0.1, np.nan, 0, 0, 0]}, "finite"),
        ({"se": [0.1, 0.0, 1, 1, 1]}, "positive"),
        ({"se": [0.1, np.inf, 1, 1, 1]}, "finite"),
        ({"source": ["a"]}, "1 sources"),
        ({"X": np.ones((4, 1))}, "moderators"),
        ({"y": [1e13, 0, 0, 0, 0]}, "at most"),
        ({"se": [1e-13, 1, 1, 1, 1]}, "at most"),
        ({"prior_sd": 0.0}, "prior"),
        ({"prior_mean": np.inf}, "prior"),
        ({"names": ("a", "b")}, "2 names"),
        ({"scaled": ("intercept",), "prior_mean": 1.0}, "prior mean 0"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"y": Y, "se": SE, "source": SOURCE}
    if change.get("y") == []:
        change = {"y": [], "se": [], "source": []}
    with pytest.raises(ValueError, match=message):
        fit(**{**good, **change})  # type: ignore[arg-type]


def test_unknown_coefficients_are_refused() -> None:
    with pytest.raises(ValueError, match="no coefficient 'q'"):
        fitted().with_prior("q", 0.0, 1.0)
    with pytest.raises(ValueError, match="shape"):
        fitted().average([1.0, 0.0, 0.0])


figures = st.lists(st.tuples(st.floats(-30, 30), st.floats(1e-4, 30), st.sampled_from("abc")), min_size=1, max_size=8)


@settings(max_examples=60)
@given(figures)
def test_any_figures_give_a_proper_posterior(rows: list[tuple[float, float, str]]) -> None:
    y, se, source = (list(part) for part in zip(*rows, strict=True))
    ours = fit(y, se, source)
    average, predictive = ours.average(), ours.predictive()
    assert math.isfinite(ours.log_marginal)
    assert ours.weights.sum() == pytest.approx(1.0, abs=1e-9)
    # Shrinkage: the mean lies between the prior's and the figures' (rounding aside).
    assert min(0.0, *y) - 1e-6 <= average.mean <= max(0.0, *y) + 1e-6
    assert average.sds.max() <= 1.5 + 1e-6  # given the heterogeneities no posterior is wider than its prior
    assert predictive.sd >= average.sd
    for interval in (ours.tau_source(), ours.tau_record()):
        assert 0.0 <= interval.low <= interval.median <= interval.high
