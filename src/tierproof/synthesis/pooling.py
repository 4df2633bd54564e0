"""One question's effects, fitted, and read where the reader stands.

Enters: effects, a context, priors.  Leaves: a `Pooling`: the fit with its design, from which average, predictive,
discount and weights are read.  Knows nothing of how effects were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from msgspec import Struct, structs

from tierproof.evidence.effect import Effect
from tierproof.synthesis.model.baseline import logit, share_of
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.model import Fit, Model, model_of
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.model.regressors import BASELINE, INTERESTED, SIZE, TASK, Design, design_of
from tierproof.synthesis.values.context import OF_SUCCESSES, Context
from tierproof.synthesis.values.figures import Figures, figures_of, own_means
from tierproof.synthesis.values.normal import Array, cdf

__all__ = [
    "LEARNED", "LEAST_SD", "Baselines", "Carried", "Learned", "Pooling", "Poolings", "fit_figures", "learning",
    "model_of_figures", "pool_effects",
]  # fmt: skip

_ACCURACY: Final = 1e-3
"""A pack's table needs no more: means move by less than 1e-4 sd and probabilities by less than 1e-4."""


LEAST_SD: Final = 1e-3
"""Of a coefficient that is not used: none at all would divide by 0."""
_HALVINGS: Final = 10
_STEPS: Final = 3
"""By which a median comes to where it stops: nearly a line in the place, so that the first does most."""
_EVEN: Final = 1e-6
"""By which a probability may differ from one half, from rounding."""
LEARNED: Final = (INTERESTED, BASELINE)
"""Coefficients of which techniques learn from one another."""
Learned = Mapping[str, tuple[float, float]]
"""Mean and sd of a coefficient's prior, by its name."""


class Baselines(Struct, frozen=True, kw_only=True):
    """Successes without the technique, in the evidence behind one posterior."""

    median: float
    """Weighted, share of requests in (0, 1)."""
    near: float | None
    """Share of the weight within one logit of the reader's; None where he names none."""
    slope: float | None
    """Change of the effect per 25 points of baseline, on the analysis scale; None where the evidence tells none."""


class Carried(Struct, frozen=True, kw_only=True):
    """What reading an average where the reader stands adds to it, on the analysis scale; 0 where nothing."""

    baseline: float
    size: float
    task: float
    stopped: bool
    """They would have carried it farther than any source's figures go: it stops there."""
    to_none: bool
    """It stops at no effect: beyond lies a sign that no source shows."""


class Pooling(Struct, frozen=True, kw_only=True):
    effects: tuple[Effect, ...]
    figures: Figures
    design: Design
    fit: Fit
    weights: Array
    """(n,) share of each effect in the average, sum 1."""
    stopped_at: float | None = None
    """Where the reader's place would carry the average farther than any source's figures go: how far it carries."""

    @property
    def sources(self) -> tuple[str, ...]:
        return self.figures.sources

    def average(self, fit: Fit | None = None) -> Mixture:
        """The mean effect where the reader stands; `fit`: another one of the same columns."""
        average = (fit or self.fit).average(self.design.at)
        unknown = self.design.unknown_variance
        return average.widen(unknown**0.5) if unknown else average

    def at_its_own_place(self) -> float:
        """The mean effect, on the analysis scale, where the evidence itself stands and nobody gains by it."""
        return float(self.design.middle @ (self.fit.weights @ self.fit.means))

    def predictive(self) -> Mixture:
        """The effect in one new setting where the reader stands."""
        predictive = self.fit.predictive(self.design.at, self.design.between, spread_at=self.design.spread_at)
        unknown = self.design.unknown_variance
        return predictive.widen(unknown**0.5) if unknown else predictive

    def heterogeneity(self) -> float:
        """Posterior mean of the total sd of true effects where the reader stands."""
        fit = self.fit
        return float(fit.weights @ np.hypot(fit.tau_source_grid, self.design.spread_at * fit.tau_record_grid))

    def coefficient(self, name: str) -> tuple[float, float] | None:
        """Mean and sd of a coefficient (of interest: in sds of true effects); None where there is no such column."""
        if name not in self.design.names:
            return None
        k = self.design.names.index(name)
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
        return added * float(self.weights @ self.design.x[:, k])

    def leaving_out(self, priors: Priors) -> Callable[[int], Fit]:
        """What fits without the source of a code, under the same priors."""
        leave = model_of_figures(self.figures, self.design, priors).leaving_out(self.fit)
        learned = {
            name: (float(self.fit.prior_mean[k]), float(self.fit.prior_sd[k]))
            for k, name in enumerate(self.design.names)
            if name in LEARNED
        }
        return lambda source: learning(leave(source), learned)

    def at(self, context: Context) -> Pooling:
        """The same fit, read where another reader stands: baseline, task and size move no figure, only the point."""
        here = _asked_of(self.effects, context)
        moved = structs.replace(self, design=self.design.read_at(here), stopped_at=None)
        return moved._no_farther_than_found()

    def carried(self) -> Carried:
        """What the reader's place adds to the average at the evidence's own, by what sets the two apart."""
        design = self.design
        part = self._parts((design.at - design.middle) * (self.fit.weights @ self.fit.means))
        return Carried(
            baseline=part[BASELINE],
            size=part[SIZE],
            task=part[TASK],
            stopped=self.stopped_at is not None,
            to_none=self.stopped_at == 0.0,
        )

    def _no_farther_than_found(self) -> Pooling:
        """The same, carried to the reader's place no farther than any source's figures go.

        A slope of one source may carry all of them across.  What has been found is the average at the evidence's own
        place, any source's mean, and that of any source's records near the reader in whatever carries there; between
        them and no effect the average may lie, by its median, which is what is told.  How far the place carries is not
        known where it stops: that widens the average, by the way from there to what was found at the evidence's own
        place, or to what the slopes foretell, whichever is longer.
        """
        design = self.design
        beta = self.fit.weights @ self.fit.means
        away = design.at - design.middle
        carried = float(away @ beta)
        if not carried:
            return self
        sign = 1.0 if carried > 0.0 else -1.0
        end = sign * max(0.0, self._furthest(away * beta, sign))
        if not self._told_beyond(end, sign, design.at):
            return self
        own = float(self.fit.average(design.middle).quantile(0.5))
        end = sign * max(sign * end, sign * own)
        there = max(abs(end - own), abs(own + carried - end))
        share, unknown = 1.0, design.unknown_variance + there**2
        stopped = self
        for _ in range(_STEPS):
            share -= (float(stopped.average().quantile(0.5)) - end) / carried
            closer = structs.replace(design, at=design.middle + share * away, unknown_variance=unknown)
            stopped = structs.replace(self, design=closer, stopped_at=end)
        return stopped

    def _furthest(self, by_column: Array, sign: float) -> float:
        """The greatest mean of a source, of all its records or of those near the reader in what carries there.

        Means are times `sign`, to which the columns carry by so much.
        """
        figures = self.figures
        near = np.ones(len(figures.estimate), dtype=bool)
        for name, part in self._parts(by_column).items():
            if sign * part > 0.0:
                near &= self.design.near(name)
        ends = [sign * self.source_means()]
        if near.any():
            source = np.unique(figures.source[near], return_inverse=True)[1]
            ends.append(sign * own_means(self.weights[near], figures.estimate[near], figures.se[near], 0.0, source)[0])
        return float(np.concatenate(ends).max())

    def _told_beyond(self, end: float, sign: float, at: Array) -> bool:
        """Whether the average's median at that point of the design lies beyond `end`, on the side of `sign`."""
        mean, variance = self.fit.at(at)
        above = float(self.fit.weights @ cdf((mean - end) / np.sqrt(variance + self.design.unknown_variance)))
        return sign * (above - 0.5) > _EVEN

    def _parts(self, by_column: Array) -> dict[str, float]:
        """What columns add, by what the reader's place is made of."""
        return {
            name: float(sum(by_column[k] for k, column in enumerate(self.design.names) if column.startswith(name)))
            for name in (BASELINE, SIZE, TASK)
        }

    def learning(self, learned: Learned) -> Pooling:
        """The same with the priors that other techniques give.

        Others' interest may take from an average what was found, down to nothing, and no more: where it would carry
        the average beyond every source's own mean and beyond no effect too, only that share of it is used with which
        it does not.
        """
        whole = structs.replace(self, fit=learning(self.fit, learned))
        if INTERESTED not in self.design.names or INTERESTED not in learned or whole._within():
            return whole._no_farther_than_found()
        mean, sd = learned[INTERESTED]
        least, most = 0.0, 1.0
        for _ in range(_HALVINGS):
            share = 0.5 * (least + most)
            part = whole.with_interest(share * mean, max(share * sd, LEAST_SD))
            least, most = (share, most) if part._within() else (least, share)
        return whole.with_interest(least * mean, max(least * sd, LEAST_SD))._no_farther_than_found()

    def with_interest(self, mean: float, sd: float) -> Pooling:
        """The same with another prior of the coefficient of interest."""
        return structs.replace(self, fit=self.fit.with_prior(INTERESTED, mean, sd))

    def baselines(self, here: float | None) -> Baselines | None:
        """Where the evidence's baselines lie, seen from the reader's (in (0, 1)); None where there are none."""
        known = np.isfinite(self.figures.baseline)
        total = float(self.weights[known].sum())
        if not total > 0.0:
            return None
        weights, logits = self.weights[known] / total, self.figures.baseline[known]
        order = np.argsort(logits, kind="stable")
        middle = logits[order][int(np.searchsorted(np.cumsum(weights[order]), 0.5 - 1e-12))]
        near = None if here is None else float(weights @ (np.abs(logits - logit(here)) <= 1.0))
        return Baselines(median=float(share_of(middle)), near=near, slope=self.slope())

    def slope(self) -> float | None:
        """Change of the effect per 25 points of baseline, on the analysis scale; None where none is asked for."""
        found = self.coefficient(BASELINE)
        return None if found is None else found[0]

    def source_means(self) -> Array:
        """Each source's own mean effect, in the order of `sources`."""
        figures = self.figures
        return own_means(self.weights, figures.estimate, figures.se, 0.0, figures.source)[0]

    def _within(self) -> bool:
        """Whether the average, by mean and median, lies between the least and greatest source's own mean or no effect.

        Means are carried to the evidence's own place (baseline, size, task), interest left in; the place moves average
        and means alike.
        """
        design, figures = self.design, self.figures
        beta = self.fit.weights @ self.fit.means
        away = design.x - design.middle
        if INTERESTED in design.names:
            away[:, design.names.index(INTERESTED)] = 0.0
        carried = figures.estimate + design.shift - away @ beta
        means = own_means(self.weights, carried, figures.se, 0.0, figures.source)[0]
        low, high = min(0.0, float(means.min())), max(0.0, float(means.max()))
        if not low <= self.at_its_own_place() <= high:
            return False
        return not any(self._told_beyond(end, sign, design.middle) for end, sign in ((low, -1.0), (high, 1.0)))


def pool_effects(effects: Sequence[Effect], context: Context, priors: Priors) -> Pooling:
    """Fit one question's effects, each coefficient under its first prior.  Raises ValueError without effects."""
    if not effects:
        raise ValueError("there is nothing to pool")
    figures = figures_of(effects)
    design = design_of(figures, _asked_of(effects, context), priors)
    fitted = fit_figures(figures, design, priors)
    return Pooling(
        effects=tuple(effects), figures=figures, design=design, fit=fitted, weights=_weights(figures, design, fitted)
    )


class Poolings:
    """`pool_effects` of one pack's effects: what the same records say is fitted once, however often it is asked."""

    def __init__(self) -> None:
        self._known: dict[Any, Pooling] = {}

    def __call__(self, effects: Sequence[Effect], context: Context, priors: Priors) -> Pooling:
        place = (context.task_family, context.params_b, context.baseline)
        key = (tuple([effect.record.id for effect in effects]), place, priors)
        if key not in self._known:
            self._known[key] = pool_effects(effects, context, priors)
        return self._known[key]


def _asked_of(effects: Sequence[Effect], context: Context) -> Context:
    """Where the reader stands on that outcome: his successes are no share of attacks stopped or of stable runs."""
    if context.baseline is None or effects[0].record.outcome in OF_SUCCESSES:
        return context
    return replace(context, baseline=None)


def learning(fitted: Fit, learned: Learned) -> Fit:
    """The fit with the priors `learned` of those of its coefficients that they name."""
    for name, (mean, sd) in learned.items():
        if name in fitted.names:
            fitted = fitted.with_prior(name, mean, sd)
    return fitted


def fit_figures(figures: Figures, design: Design, priors: Priors, columns: int | None = None) -> Fit:
    """The fit of the figures with the first `columns` of the design."""
    return model_of_figures(figures, design, priors, columns=columns).fit()


def model_of_figures(
    figures: Figures, design: Design, priors: Priors, kept: np.ndarray | slice = slice(None), columns: int | None = None
) -> Model:
    """The model of those of the figures that are `kept`, with the first `columns` of the design.

    Sources are labelled by their codes.  What is known of baselines (chance in them, spread by them) enters with their
    column.
    """
    based = BASELINE in design.names[:columns]
    y, se = (figures.estimate + design.shift, design.se) if based else (figures.estimate, figures.se)
    return model_of(
        y[kept],
        se[kept],
        figures.source[kept],
        design.x[kept, :columns],
        spread=design.spread[kept] if based else 1.0,
        prior_mean=design.prior_mean[:columns],
        prior_sd=design.prior_sd[:columns],
        tau_source_scale=priors.tau_source_scale,
        tau_record_scale=priors.tau_record_scale,
        shape=priors.shape,
        names=design.names[:columns],
        scaled=(INTERESTED,),
        accuracy=_ACCURACY,
    )


def _weights(figures: Figures, design: Design, fitted: Fit) -> Array:
    """Shares in the generalised least squares mean at the heterogeneities' posterior means."""
    tau_source = float(fitted.weights @ fitted.tau_source_grid)
    tau_record = float(fitted.weights @ fitted.tau_record_grid)
    precision = 1.0 / (design.se**2 + (design.spread * tau_record) ** 2)
    of_source = np.bincount(figures.source, weights=precision)
    weights = precision / (1.0 + tau_source**2 * of_source[figures.source])
    return np.asarray(weights / weights.sum())
