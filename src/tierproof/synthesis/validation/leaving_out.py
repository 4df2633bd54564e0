"""One source left out of a question, its figures foretold from the others.

Enters: a question's evidence, priors, what other techniques have taught.  Leaves: a `Fold` for each source: scores of
the model in use and of simpler ones, and what other shapes of the spread and other shares of interest would have
scored.  Knows nothing of groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec import structs

from tierproof.evidence.record import Outcome
from tierproof.synthesis.model.baseline import share_of
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.model import Fit
from tierproof.synthesis.model.prior import NORMAL, Priors, Shape
from tierproof.synthesis.model.regressors import BASELINE, INTERESTED, Design
from tierproof.synthesis.pooling import LEAST_SD, Learned, Pooling, learning, model_of_figures
from tierproof.synthesis.posteriors.answering import Evidence
from tierproof.synthesis.trust.sensitivity import weighted_mean
from tierproof.synthesis.validation.scoring import Forecasts, Seen
from tierproof.synthesis.values.figures import Figures
from tierproof.synthesis.values.normal import Array

__all__ = ["FAR", "KEPT", "USUAL", "Fold", "folds_of"]

USUAL: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0)
FAR: Final = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
"""Multiples of the pooled spread that are tried for the usual setting and for the far one."""
KEPT: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of what is learned of interest that are tried."""
_FEW: Final = 20
_CELLS: Final = 8.0
"""Forecasts are condensed to components an eighth of an sd apart: scores move by less than 1e-3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One source left out of one question; `n` records."""

    technique: str
    outcome: Outcome
    baseline: Array
    """(n,) share of successes of the comparator; NaN where there is none."""
    seen: Mapping[str, Seen]
    usual: Array
    """(n, len(USUAL)) density at what was observed if the spread were so multiplied."""
    far: Array
    """(n, len(FAR))"""
    kept: Mapping[float, tuple[Array, Array]]
    """(n,) log density at what was observed, and observed less expected, were that share of interest used; empty unless
    nobody gains in this source and somebody does in the others."""
    foretold: Foretold

    def again(self, shape: Shape) -> Seen:
        """Scores under another shape."""
        return self.foretold.seen(shape)


def folds_of(evidence: Evidence, pooling: Pooling, priors: Priors, learned: Learned) -> Iterator[Fold]:
    """`pooling`: of that evidence, under its first priors; `learned`: those from the other techniques, of interest
    before any share is taken of it."""
    # The columns are laid out for all records, so that what is left out has its place in them.  Of
    # estimates only a first slope enters, which says how much of the chance in baselines a variance holds.
    figures, design = pooling.figures, pooling.design
    spread = priors.mean_sd**2 + priors.tau_source_scale**2 + priors.tau_record_scale**2
    y, se, sources = figures.estimate, figures.se, range(len(figures.sources))
    nothing = Forecasts.alike(Mixture.normal(priors.mean, spread**0.5), se).seen(y)
    fixed = [weighted_mean(y[figures.source != code], se[figures.source != code]) for code in sources]
    one_effect = Forecasts.of([fixed[code] for code in figures.source.tolist()], se).seen(y)
    interest = learned[INTERESTED]

    def with_share(fitted: Fit, share: float) -> Fit:
        used = {**learned, INTERESTED: (share * interest[0], max(share * interest[1], LEAST_SD))}
        return learning(fitted, used)

    intercept = model_of_figures(figures, design, priors, columns=1)
    leave_plain = intercept.leaving_out(intercept.fit())
    leave = model_of_figures(figures, design, priors).leaving_out(pooling.fit)
    for code in sources:
        out = figures.source == code
        plain = structs.replace(leave_plain(code), shape=NORMAL)
        whole = leave(code)
        model = with_share(whole, priors.interest_kept)
        x, apart = _known(figures, design, priors, out)
        held = Held(y=y[out] + design.shift[out], se=design.se[out], x=x, spread=apart)
        foretold = held.by(model)
        independent = not (figures.interested[out].any() or figures.rival[out].any())
        asked = independent and INTERESTED in design.names and bool(figures.interested[~out].any())
        yield Fold(
            technique=evidence.technique,
            outcome=evidence.outcome,
            baseline=share_of(figures.baseline[out]),
            seen={
                "no pooling": nothing.where(out),
                "fixed effect": one_effect.where(out),
                "plain": Forecasts.alike(plain.predictive().condensed(per_sd=_CELLS, above=_FEW), se[out]).seen(y[out]),
                "moderators": foretold.seen(NORMAL),
                "pack": foretold.seen(priors.shape),
            },
            usual=foretold.densities(USUAL),
            far=foretold.densities(FAR),
            kept={share: held.by(with_share(whole, share)).scored(priors.shape) for share in KEPT} if asked else {},
            foretold=foretold,
        )


def _known(figures: Figures, design: Design, priors: Priors, out: np.ndarray) -> tuple[Array, Array]:
    """Columns and spread of the records `out`, their baselines no farther than the others': nothing is extrapolated."""
    x, spread = design.x[out], design.spread[out]
    rest = ~out & np.isfinite(figures.baseline)
    if BASELINE in design.names and rest.any():
        k = design.names.index(BASELINE)
        x[:, k] = np.clip(x[:, k], design.x[rest, k].min(), design.x[rest, k].max())
        spread = np.exp(-priors.spread_slope * x[:, k])
    return x, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Records of the source that was left out."""

    y: Array
    se: Array
    x: Array
    spread: Array

    def by(self, model: Fit) -> Foretold:
        p = self.x.shape[1]
        squares = (self.x[:, :, None] * self.x[:, None, :]).reshape(-1, p * p)
        unit = np.where(model.scaled, model.heterogeneity()[:, None], 1.0)
        covariances = model.covariances * (unit[:, :, None] * unit[:, None, :])
        return Foretold(
            y=self.y,
            weights=model.weights,
            mean=self.x @ (model.means * unit).T,
            variance=squares @ covariances.reshape(-1, p * p).T + np.square(self.se)[:, None],
            spread=model.tau_source_grid**2 + np.square(self.spread)[:, None] * model.tau_record_grid**2,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What a model says of `n` observations `y`, in a component for each of its `k` grid points."""

    y: Array
    weights: Array
    """(k,)"""
    mean: Array
    """(n, k)"""
    variance: Array
    """(n, k) of the mean, and of the observation's own error."""
    spread: Array
    """(n, k) variance of true effects."""

    def seen(self, shape: Shape) -> Seen:
        """Every score under that shape."""
        weights = np.outer(shape.weights, self.weights).reshape(-1)
        n = len(self.y)
        variances = self.variance[:, None, :] + np.square(shape.multipliers)[None, :, None] * self.spread[:, None, :]
        return Forecasts(
            np.broadcast_to(weights, (n, len(weights))),
            np.tile(self.mean, len(shape.multipliers)),
            np.sqrt(variances.reshape(n, -1)),
        ).seen(self.y)

    def scored(self, shape: Shape) -> tuple[Array, Array]:
        """(n,) log density at what was observed, and observed less expected."""
        density = self.densities(shape.multipliers) @ np.asarray(shape.weights)
        return np.log(density), self.y - self.mean @ self.weights

    def densities(self, multipliers: Sequence[float]) -> Array:
        """(n, multipliers) density at what was observed, were the spread so multiplied."""
        square = (self.y[:, None] - self.mean) ** 2
        found = np.empty((len(self.y), len(multipliers)))
        for column, multiplier in enumerate(multipliers):
            total = self.variance + multiplier**2 * self.spread
            found[:, column] = (np.exp(-0.5 * square / total) / np.sqrt(2.0 * np.pi * total)) @ self.weights
        return np.maximum(found, 1e-300)
