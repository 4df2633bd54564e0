"""One question's effects, fitted, and read where the reader stands.

Enters: effects, a context, priors.  Leaves: a `Pooling`: the fit with its design, from which average, predictive,
discount and weights are read.  Knows nothing of how effects were chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct, structs

from tierproof.evidence.effect import Effect
from tierproof.synthesis.context import Context
from tierproof.synthesis.design import INTERESTED, Design, design_of
from tierproof.synthesis.figures import Figures, figures_of
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.model import Fit, fit
from tierproof.synthesis.normal import Array
from tierproof.synthesis.prior import Priors

__all__ = ["Pooling", "fit_figures", "pool_effects"]

_ACCURACY: Final = 1e-3
"""A pack's table needs no more: means move by less than 1e-4 sd and probabilities by less than 1e-4."""


class Pooling(Struct, frozen=True, kw_only=True):
    effects: tuple[Effect, ...]
    figures: Figures
    design: Design
    fit: Fit
    weights: Array
    """(n,) share of each effect in the average, sum 1."""

    @property
    def sources(self) -> tuple[str, ...]:
        return self.figures.sources

    def average(self) -> Mixture:
        """The mean effect where the reader stands."""
        average = self.fit.average(self.design.at)
        unknown = self.design.unknown_variance
        return average.widen(unknown**0.5) if unknown else average

    def predictive(self) -> Mixture:
        """The effect in one new setting where the reader stands."""
        predictive = self.fit.predictive(self.design.at, self.design.between)
        unknown = self.design.unknown_variance
        return predictive.widen(unknown**0.5) if unknown else predictive

    def heterogeneity(self) -> float:
        """Posterior mean of the total sd of true effects."""
        return float(self.fit.weights @ self.fit.heterogeneity())

    def interest(self) -> tuple[float, float] | None:
        """Mean and sd of the coefficient of interest, in sds of true effects; None where nobody is interested."""
        if INTERESTED not in self.design.names:
            return None
        k = self.design.names.index(INTERESTED)
        mean = self.fit.means[:, k]
        centre = float(self.fit.weights @ mean)
        variance = float(self.fit.weights @ (self.fit.covariances[:, k, k] + (mean - centre) ** 2))
        return centre, variance**0.5

    def interested_share(self) -> float:
        """Share of the average's weight that authors and vendors hold."""
        return float(self.weights @ self.figures.interested)

    def discount(self) -> float:
        """What interest added to the weighted mean of the figures, and the average leaves off."""
        if INTERESTED not in self.design.names:
            return 0.0
        k = self.design.names.index(INTERESTED)
        added = float(self.fit.weights @ (self.fit.means[:, k] * self.fit.heterogeneity()))
        return added * self.interested_share()

    def without(self, source: int, priors: Priors) -> Mixture:
        """The average with the source of that code left out, under the same priors."""
        rest = fit_figures(self.figures, self.design, priors, self.figures.source != source)
        if INTERESTED in self.design.names:
            k = self.design.names.index(INTERESTED)
            rest = rest.with_prior(INTERESTED, float(self.fit.prior_mean[k]), float(self.fit.prior_sd[k]))
        average = rest.average(self.design.at)
        unknown = self.design.unknown_variance
        return average.widen(unknown**0.5) if unknown else average

    def at(self, context: Context, priors: Priors) -> Pooling:
        """The same fit, read where another reader stands: task and model size move no figure, only the point."""
        return structs.replace(self, design=design_of(self.figures, context, priors))

    def with_interest(self, mean: float, sd: float) -> Pooling:
        """The same with another prior of the coefficient of interest."""
        return structs.replace(self, fit=self.fit.with_prior(INTERESTED, mean, sd))


def pool_effects(
    effects: Sequence[Effect], context: Context, priors: Priors, *, interested: tuple[float, float] | None = None
) -> Pooling:
    """Fit one question's effects; `interested`: mean and sd of that coefficient's prior, where others have told of it.

    Raises ValueError without effects.
    """
    if not effects:
        raise ValueError("there is nothing to pool")
    figures = figures_of(effects)
    design = design_of(figures, context, priors)
    fitted = fit_figures(figures, design, priors)
    if interested is not None and INTERESTED in design.names:
        fitted = fitted.with_prior(INTERESTED, *interested)
    return Pooling(
        effects=tuple(effects), figures=figures, design=design, fit=fitted, weights=_weights(figures, fitted)
    )


def fit_figures(
    figures: Figures, design: Design, priors: Priors, kept: np.ndarray | slice = slice(None), columns: int | None = None
) -> Fit:
    """The fit of those of the figures that are `kept`, with the first `columns` of the design."""
    return fit(
        figures.estimate[kept],
        figures.se[kept],
        figures.source[kept],
        design.x[kept, :columns],
        prior_mean=design.prior_mean[:columns],
        prior_sd=design.prior_sd[:columns],
        tau_source_scale=priors.tau_source_scale,
        tau_record_scale=priors.tau_record_scale,
        shape=priors.shape,
        names=design.names[:columns],
        scaled=(INTERESTED,),
        accuracy=_ACCURACY,
    )


def _weights(figures: Figures, fitted: Fit) -> Array:
    """Shares in the generalised least squares mean at the heterogeneities' posterior means."""
    tau_source = float(fitted.weights @ fitted.tau_source_grid)
    tau_record = float(fitted.weights @ fitted.tau_record_grid)
    precision = 1.0 / (figures.se**2 + tau_record**2)
    of_source = np.bincount(figures.source, weights=precision)
    weights = precision / (1.0 + tau_source**2 * of_source[figures.source])
    return np.asarray(weights / weights.sum())
