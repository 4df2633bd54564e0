"""Control-rate regression: no slope where there is none, the right one where there is, read where the reader stands."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.made import SETTINGS, effect, technique
from tierproof.evidence.conversion import effects_of
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Record
from tierproof.synthesis import Context, Posterior, synthesise
from tierproof.synthesis.model.baseline import calibrated, logit, share_of
from tierproof.synthesis.model.model import fit
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.model.regressors import BASELINE, design_of
from tierproof.synthesis.values.figures import figures_of

TECHNIQUES = {"t": technique()}


@pytest.mark.parametrize("outcome", ["stability", "safety"])
def test_how_often_a_system_succeeds_says_nothing_of_how_safe_it_is(outcome: str) -> None:
    """Every source shows a gain, which falls with the share that is withstood without the technique (15 to 55 %).
    Read at a reader's 85 % of successes, another share, the average would lie below every source."""
    rng = np.random.default_rng(3)
    made = [
        effect(
            float(0.6 - 0.01 * baseline + 0.03 * rng.normal()), 0.03, source=f"s{i}", number=j, outcome=outcome,
            baseline=float(baseline), treated=float(baseline) + 3, n=5_000,
        )
        for i in range(8)
        for j, baseline in enumerate(np.linspace(15, 55, 5))
    ]  # fmt: skip
    plain, there = (
        synthesise(made, TECHNIQUES, SETTINGS, Context(baseline=at)).get("t", outcome)  # type: ignore[arg-type]
        for at in (None, 0.85)
    )
    assert plain is not None
    assert there is not None
    assert there.source_range is not None
    assert there.source_range[0] <= there.average.mean <= there.source_range[1]
    assert there.average.mean == pytest.approx(plain.average.mean, abs=1e-12)
    elsewhere = there.at(Context(baseline=0.3))
    assert elsewhere.average.mean == pytest.approx(plain.average.mean, abs=1e-12)


def observed(rng: np.random.Generator, *, slope: float, sources: int = 40, items: int = 60) -> tuple[np.ndarray, ...]:
    """Observed log odds ratio, its variance, observed baseline and its error's variance, one figure a source.

    True baselines are N(0, 0.4^2) in logits; with 60 items the error of an observed one has an sd of 0.26.
    """
    true = 0.4 * rng.normal(size=sources)
    effects = 0.3 + slope * true + 0.1 * rng.normal(size=sources)
    hits = [rng.binomial(items, share_of(at)) for at in (true, true + effects)]
    shares = [np.clip(hit / items, 0.5 / items, 1 - 0.5 / items) for hit in hits]
    logits = [np.log(share / (1 - share)) for share in shares]
    variances = [1 / (items * share * (1 - share)) for share in shares]
    return logits[1] - logits[0], variances[0] + variances[1], logits[0], variances[0]


def slopes(slope: float, worlds: int = 80) -> tuple[float, float, float]:
    """Mean slope of a naive regression and of the calibrated one, and the latter's standard error over worlds."""
    rng = np.random.default_rng(11)
    naive, ours = [], []
    for _ in range(worlds):
        y, variance, b, error = observed(rng, slope=slope)
        n = len(y)
        found = calibrated(b, error, np.full(n, 1 / n))
        for column, shift, off, into in ((b, 0.0, 0.0, naive), (found.baseline, found.shift, found.taken_off(), ours)):
            x = np.column_stack((np.ones(n), column - column.mean()))
            fitted = fit(y + shift, np.sqrt(variance - off), np.arange(n), x, prior_sd=(1.5, 3.0), accuracy=1e-3)
            into.append(float(fitted.weights @ fitted.means[:, 1]))
    return float(np.mean(naive)), float(np.mean(ours)), float(np.std(ours) / worlds**0.5)


@pytest.mark.parametrize("slope", [0.0, -0.4, 0.3])
def test_the_slope_is_found_without_the_bias_of_the_naive_one(slope: float) -> None:
    """The naive slope is biased by -(1 - k) (1 + slope), k the share of the baselines' variance that is no error."""
    naive, ours, error = slopes(slope)
    k = 0.16 / (0.16 + 0.07)
    assert naive == pytest.approx(slope - (1 - k) * (1 + slope), abs=0.06)
    # Unbiased but for the moments from which k is taken: three standard errors and a tenth of the naive bias.
    assert abs(ours - slope) < 3 * error + 0.1 * abs(naive - slope)


def test_the_bcg_trials_against_the_bivariate_model() -> None:
    """Thirteen trials of BCG: van Houwelingen, Arends and Stijnen (2002) regress the true log odds of the vaccinated on
    those of the others.

    metafor 3.8.1 fits their bivariate model to `dat.colditz1994` (`rma.mv` with `mods = ~ group - 1`, `random =
    ~ group | study`, `struct = "UN"`, `method = "ML"`): variances 1.4314 and 2.4073, correlation 0.9467.  So the slope
    is 0.9467 sqrt(1.4314 / 2.4073) = 0.7300, that is -0.2700 for the log odds ratio.
    """
    table = np.array([
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
        (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
        (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    ])  # fmt: skip
    treated, control = np.log(table[:, 0] / table[:, 1]), np.log(table[:, 2] / table[:, 3])
    errors = [(1 / table[:, k] + 1 / table[:, k + 1]) for k in (0, 2)]
    n = len(table)
    found = calibrated(control, errors[1], np.full(n, 1 / n))
    y, se = treated - control + found.shift, np.sqrt(errors[0] + errors[1] - found.taken_off())
    x = np.column_stack((np.ones(n), found.baseline - found.baseline.mean()))
    fitted = fit(y, se, np.arange(n), x, prior_sd=(10.0, 10.0), tau_source_scale=5.0, tau_record_scale=1e-4)
    # Theirs is a maximum likelihood, ours a posterior mean with m and t by moments: a fifth of its sd apart.
    assert float(fitted.weights @ fitted.means[:, 1]) == pytest.approx(-0.27, abs=0.03)


def test_baselines_that_differ_by_chance_alone_are_one() -> None:
    rng = np.random.default_rng(3)
    found = calibrated(0.1 * rng.normal(size=20), np.full(20, 0.04), np.full(20, 0.05))
    assert np.ptp(found.baseline) == 0.0
    unknown = calibrated(np.array([0.0, 1.0, np.nan]), np.array([0.01, 0.01, 0.0]), np.full(3, 1 / 3))
    assert unknown.shift[2] == unknown.taken_off()[2] == 0.0
    assert np.isfinite(unknown.baseline).all()


def test_a_baseline_far_from_all_others_is_not_put_down_to_chance() -> None:
    """99.9 % of 6,000 among 200 baselines of 70 to 80 %, to which the error of 0.41 logits cannot lead from 99.0 %."""
    shares = np.array([*np.linspace(0.7, 0.8, 200), 0.999])
    logits = np.log(shares / (1 - shares))
    variance = np.array([*np.full(200, 1e-4), 1 / (6_000 * 0.999 * 0.001)])
    found = calibrated(logits, variance, np.full(201, 1 / 201))
    assert 0.99 < share_of(found.baseline)[-1] < 0.999
    assert found.baseline + found.shift == pytest.approx(logits, abs=1e-12)
    # Those that lie as the model has it are drawn as it says.
    kept = found.kept[:-1]
    mean = logits.mean()
    assert found.shift[:-1] == pytest.approx((1 - kept) * (logits[:-1] - mean), abs=1e-12)


def falling(slope: float = -0.4, *, top: float = 0.9) -> list[Effect]:
    """Twenty sources, baselines from 10 % to `top`; the effect is 0.5 at one half and changes by `slope` a quarter."""
    rng = np.random.default_rng(7)
    made = []
    for k, share in enumerate(np.linspace(0.1, top, 20)):
        y = 0.5 + slope * 4 * (share - 0.5) + 0.1 * rng.normal()
        made.append(effect(float(y), 0.1, source=f"s{k}", baseline=100 * float(share), treated=95.0))
    return made


def quality(effects: list[Effect], baseline: float | None) -> Posterior:
    return synthesise(effects, TECHNIQUES, SETTINGS, Context(baseline=baseline)).posteriors["t", "quality"]


def test_effects_are_read_at_the_readers_baseline() -> None:
    effects = falling()
    at = {share: quality(effects, share).average.mean for share in (0.2, 0.5, 0.8)}
    for share, mean in at.items():
        assert mean == pytest.approx(0.5 - 0.4 * 4 * (share - 0.5), abs=0.12)  # the slope's prior shrinks it a little
    anywhere = quality(effects, None)
    assert at[0.8] < anywhere.average.mean < at[0.2]
    # Who names no baseline may stand at any of the evidence's.
    assert anywhere.predictive.sd > quality(effects, 0.5).predictive.sd
    baselines = quality(effects, 0.8).baselines
    assert baselines is not None and baselines.near is not None
    assert baselines.median == pytest.approx(0.5, abs=0.05)
    assert 0.3 < baselines.near < 0.6  # within one logit of 80 %: baselines from 60 to 92 %
    assert baselines.slope == pytest.approx(-0.4, abs=0.1)


def test_beyond_the_evidence_its_nearest_baseline_is_what_is_known() -> None:
    effects = falling(top=0.6)
    assert quality(effects, 0.999).average.mean == quality(effects, 0.7).average.mean
    assert quality(effects, 0.7).average.mean != quality(effects, 0.5).average.mean


def test_other_outcomes_are_not_read_at_the_baseline_of_quality() -> None:
    effects = [effect(0.1, outcome="cost", unit="usd", baseline=1.0, treated=1.1)]
    found = synthesise(effects, TECHNIQUES, SETTINGS, Context(baseline=0.7)).posteriors["t", "cost"]
    assert found.baselines is None
    assert BASELINE not in design_of(figures_of(effects), Context(baseline=0.7), Priors()).names


def test_a_comparator_that_never_succeeds_shows_no_effect() -> None:
    """Its answers have the wrong form, say: half an item would make odds of nothing."""
    effects = falling()
    nothing = [
        effect(5.0, 0.1, source="zero", baseline=0.0, treated=60.0),
        effect(5.0, 0.1, source="errors", baseline=100.0, treated=40.0, higher_is_better=False),
    ]
    assert quality([*effects, *nothing], 0.5).records == quality(effects, 0.5).records
    safe = effect(5.0, 0.1, source="zero", outcome="safety", baseline=0.0, treated=60.0)
    assert synthesise([safe], TECHNIQUES, SETTINGS).posteriors["t", "safety"].records == (safe.record.id,)


def test_the_comparators_part_of_a_variance() -> None:
    """Woolf's variance is the sum of the two arms'; a turned metric has the comparator's success on the other side."""
    record = effect(0.0, baseline=20.0, treated=50.0, n=100).record
    turned = effect(0.0, baseline=80.0, treated=50.0, n=100, higher_is_better=False, number=1).record
    figures = figures_of(effects_of([record, turned], SETTINGS).effects)
    np.testing.assert_allclose(figures.baseline, logit(0.2), rtol=1e-12)
    np.testing.assert_allclose(figures.baseline_variance, 1 / (100 * 0.2 * 0.8), rtol=1e-9)
    assert isinstance(record, Record)


def test_slopes_are_shared_where_one_technique_cannot_tell_its_own() -> None:
    """Twelve techniques fall by 0.3 a quarter; the thirteenth has two sources near one half."""
    rng = np.random.default_rng(9)
    effects, names = [], [f"t{k:02}" for k in range(12)]
    for name in names:
        for j, share in enumerate(np.linspace(0.15, 0.85, 10)):
            y = 0.4 - 0.3 * 4 * (share - 0.5) + 0.1 * rng.normal()
            effects.append(effect(float(y), 0.1, technique=name, source=f"{name}-{j}", baseline=100 * float(share)))
    effects += [
        effect(0.4, 0.1, technique="few", source=f"few-{k}", baseline=share) for k, share in enumerate((45.0, 55.0))
    ]
    techniques = {name: technique(name) for name in (*names, "few")}
    found = synthesise(effects, techniques, SETTINGS).posteriors["few", "quality"].baselines
    assert found is not None and found.slope is not None
    assert found.slope == pytest.approx(-0.3, abs=0.1)
    alone = synthesise(effects[-2:], techniques, SETTINGS).posteriors["few", "quality"].baselines
    assert alone is not None and alone.slope is not None
    assert abs(alone.slope) < 0.1


def test_low_baselines_spread_more_where_a_pack_says_so() -> None:
    record = Priors(spread_slope=0.4)
    design = design_of(figures_of(falling()), Context(baseline=0.9), record)
    assert design.spread[0] > 1.0 > design.spread[-1]
    assert design.spread_at == pytest.approx(float(design.spread[-1]), rel=0.02)
    ratio = float(design.spread[0] / design.spread[-1])
    assert ratio == pytest.approx(float(np.exp(0.4 * 4 * 0.8)), rel=0.05)


def losing(rising: float, *, near: float = 0.0) -> list[Effect]:
    """Four sources that all lose; one, measured from 60 to 95 %, loses less and less.  `near`: its effect at 95 %."""
    made = [effect(-0.1 - 0.02 * k, 0.02, source=f"low{k}", baseline=60.0, treated=58.0) for k in range(3)]
    for k, share in enumerate(np.linspace(0.6, 0.95, 12)):
        y = -0.5 + rising * 4 * (share - 0.6)
        made.append(effect(float(y) + (near if share > 0.9 else 0.0), 0.02, source="wide", number=k,
                           baseline=100 * float(share), treated=50.0))  # fmt: skip
    return made


def test_a_baseline_carries_no_average_to_a_sign_that_no_source_shows() -> None:
    found = quality(losing(0.33), 0.95)
    assert found.source_range is not None and found.source_range[1] < 0
    assert found.carried is not None and found.carried.baseline > 0
    assert found.carried.to_none
    assert float(found.average.quantile(0.5)) == pytest.approx(0.0, abs=1e-4)
    # Where the evidence itself stands the loss is told as it was found.
    low = quality(losing(0.33), 0.65)
    assert low.carried is not None and not low.carried.to_none
    assert low.average.mean < -0.1


def test_records_near_the_reader_that_show_the_sign_carry_it() -> None:
    found = quality(losing(0.4, near=0.8), 0.95)
    assert found.source_range is not None and found.source_range[1] < 0
    assert found.carried is not None and not found.carried.to_none
    assert found.average.mean > 0


def test_what_the_readers_place_adds_is_told() -> None:
    there, here = quality(falling(), 0.5), quality(falling(), 0.8)
    assert here.carried is not None and there.carried is not None
    moved = here.carried.baseline - there.carried.baseline
    assert here.average.mean - there.average.mean == pytest.approx(moved, abs=1e-9)


@pytest.mark.parametrize("slope", [-0.4, 0.3])
def test_no_more_chance_is_seen_in_an_effect_than_its_slope_lets_in(slope: float) -> None:
    """One figure a source, whose true effects spread by 0.1 at a baseline: with the variance for a slope of 0 that
    spread passes for chance where effects fall with the baseline, and chance for spread where they rise."""
    rng = np.random.default_rng(23)
    plain, ours = [], []
    for _ in range(12):
        y, variance, b, error = observed(rng, slope=slope, sources=400)
        n = len(y)
        found = calibrated(b, error, np.full(n, 1 / n))
        residual = y + found.shift - 0.3 - slope * found.baseline
        for at, into in ((0.0, plain), (slope, ours)):
            into.append(float(np.mean(residual**2 - (variance - found.taken_off(at)))))
    # The square of 0.1, within three standard errors of 4,800 squares near 0.12; without the slope it is missed.
    assert np.mean(ours) == pytest.approx(0.01, abs=3 * 0.12 * (2 / 4800) ** 0.5)
    assert abs(np.mean(plain) - 0.01) > 3 * 0.12 * (2 / 4800) ** 0.5


def test_an_effect_that_falls_with_the_baseline_is_weighed_with_less_of_its_chance() -> None:
    falls, flat, rises = (
        design_of(figures_of(falling(slope)), Context(baseline=0.7), Priors()).se for slope in (-0.4, 0.0, 0.4)
    )
    assert (falls < flat).all()
    assert (flat < rises).all()
