"""From effects to posteriors: every technique and outcome of a pack, in one context.

Enters: effects, techniques, settings, a context.  Leaves: a `Synthesis`.  Knows nothing of money, screens or files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, get_args

from msgspec import Struct

from tierproof.errors import InputError, Problem
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.evidence.settings import Settings
from tierproof.evidence.technique import Technique
from tierproof.synthesis.answering import Evidence, evidence_for, scale_of
from tierproof.synthesis.certainty import Appraised, certainty_of, certainty_of_assumption
from tierproof.synthesis.hype import Hype, learn
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.pooling import Pooling, pool_effects
from tierproof.synthesis.posterior import EVERYWHERE, Context, Interval, Posterior, Synthesis
from tierproof.synthesis.prior import Priors
from tierproof.synthesis.sensitivity import sensitivity_of, sub_rows_of
from tierproof.synthesis.stand_in import stand_in

__all__ = ["Fits", "posterior_of", "predict_at", "priors_from", "priors_of", "synthesise"]

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
_NONE: Final = Interval(median=0.0, low=0.0, high=0.0)


class Fits(Struct, frozen=True, kw_only=True):
    """Every question of a pack with its fit, from which any task and model size can be read."""

    questions: Mapping[tuple[str, Outcome], tuple[Evidence, Pooling]]
    today: tuple[int, int] | None
    """Date of the newest evidence."""


def synthesise(
    effects: Sequence[Effect],
    techniques: Mapping[str, Technique],
    settings: Settings,
    context: Context = EVERYWHERE,
    *,
    outcomes: Collection[Outcome] | None = None,
    detail: bool | Collection[str] = False,
) -> Synthesis:
    """Posterior of every technique and outcome that has evidence or an assumption.

    `outcomes`: those wanted, default all.  `detail`: sensitivity analyses and sub-rows too (some ten fits more for each
    posterior), of all techniques or of those named.  The result does not depend on the order of `effects`.  Raises
    InputError for priors or assumptions that cannot be used.
    """
    priors = priors_of(settings)
    wanted = [outcome for outcome in OUTCOMES if outcomes is None or outcome in outcomes]
    evidence = {
        key: found
        for key, found in evidence_for(effects, techniques, context).items()
        if found.used and key[1] in wanted
    }
    pooled = {key: pool_effects(found.used, context, priors) for key, found in evidence.items()}
    hype = {outcome: _learn(pooled, outcome, priors) for outcome in {"quality", *wanted}}
    today = context.as_of or max({effect.date for effect in effects if effect.date}, default=None)
    posteriors: dict[tuple[str, Outcome], Posterior] = {}
    questions: dict[tuple[str, Outcome], tuple[Evidence, Pooling]] = {}
    for name in sorted(techniques):
        for outcome in wanted:
            key = (name, outcome)
            if key in evidence:
                interested = hype[outcome].priors.get(name, hype[outcome].elsewhere)
                pooling = pooled[key]
                if pooling.interest() is not None:
                    pooling = pooling.with_interest(*interested)
                questions[key] = evidence[key], pooling
                least = settings.minimal_difference.get(outcome, 0.0)
                posterior = posterior_of(evidence[key], pooling, context, least, today)
                if detail is True or (detail and name in detail):
                    posterior = replace(
                        posterior,
                        sensitivity=sensitivity_of(evidence[key], pooling, context, priors, interested),
                        sub_rows={
                            row: posterior_of(
                                part,
                                pool_effects(part.used, context, priors, interested=interested),
                                context,
                                least,
                                today,
                            )
                            for row, part in sub_rows_of(effects, techniques[name], outcome, context).items()
                        },
                    )
                posteriors[key] = posterior
            elif outcome in techniques[name].assumed:
                posteriors[key] = _assumed(techniques[name], outcome, context)
    return Synthesis(
        posteriors=posteriors,
        context=context,
        hype=_hype(hype["quality"], pooled),
        fits=Fits(questions=questions, today=today),
    )


def predict_at(
    synthesis: Synthesis,
    context: Context,
    settings: Settings,
    *,
    technique: str | None = None,
    outcomes: Collection[Outcome] | None = None,
) -> Synthesis:
    """The same evidence read for another task or model size, without another fit; equal to `synthesise` there.

    `technique`, `outcomes`: those wanted, default all.  Sensitivity and sub-rows are left out.  Raises ValueError where
    the context admits other evidence than the synthesis did, or the synthesis has kept no fits.
    """
    here = synthesis.context
    if synthesis.fits is None or (context.as_of, context.include_lab) != (here.as_of, here.include_lab):
        raise ValueError("other evidence answers there: it has to be pooled")
    priors = priors_of(settings)
    posteriors = {}
    for key, posterior in synthesis.posteriors.items():
        name, outcome = key
        if technique not in (None, name) or (outcomes is not None and outcome not in outcomes):
            continue
        if key in synthesis.fits.questions:
            found, pooling = synthesis.fits.questions[key]
            least = settings.minimal_difference.get(outcome, 0.0)
            posteriors[key] = posterior_of(found, pooling.at(context, priors), context, least, synthesis.fits.today)
        else:
            posteriors[key] = replace(posterior, context=context)
    return Synthesis(posteriors=posteriors, context=context, hype=synthesis.hype, fits=synthesis.fits)


def priors_of(settings: Settings) -> Priors:
    """The priors with the pack's overrides; raises InputError for those that cannot be used."""
    return priors_from(settings.priors)


def priors_from(overrides: Mapping[str, object]) -> Priors:
    """The priors with these overrides; raises InputError for those that cannot be used."""
    try:
        return Priors.of(overrides)
    except ValueError as error:
        raise InputError(Problem(message=str(error), field="priors", remedy="docs/method.md lists them")) from None


def _learn(pooled: Mapping[tuple[str, Outcome], Pooling], outcome: Outcome, priors: Priors) -> Hype:
    estimates = {
        key[0]: estimate
        for key, pooling in pooled.items()
        if key[1] == outcome and (estimate := pooling.interest()) is not None
    }
    return learn(estimates, sd=priors.interested_sd)


def _hype(learned: Hype, pooled: Mapping[tuple[str, Outcome], Pooling]) -> Interval:
    """In log odds, at the median question's spread of true effects."""
    spreads = sorted(pooling.heterogeneity() for (_, outcome), pooling in pooled.items() if outcome == "quality")
    middle = 0.5 * (spreads[(len(spreads) - 1) // 2] + spreads[len(spreads) // 2]) if spreads else 1.0
    return learned.pack.scale(middle).interval()


def posterior_of(
    evidence: Evidence, pooling: Pooling, context: Context, minimal_difference: float, today: tuple[int, int] | None
) -> Posterior:
    """What one question's fit says where the reader stands."""
    average, predictive = pooling.average(), pooling.predictive()
    seen = Appraised(
        evidence=evidence,
        pooling=pooling,
        average=average,
        predictive=predictive,
        context=context,
        minimal_difference=minimal_difference,
        today=today,
    )
    return Posterior.on_demand(
        {
            "record_weights": lambda: tuple(pooling.weights.tolist()),
            "tau_source": pooling.fit.tau_source,
            "tau_record": pooling.fit.tau_record,
            "coefficients": pooling.fit.coefficients,
            "discount": pooling.discount,
            "certainty": partial(certainty_of, seen),
        },
        technique=evidence.technique,
        outcome=evidence.outcome,
        scale=scale_of(evidence.outcome),
        average=average,
        predictive=predictive,
        basis=evidence.basis,
        records=tuple([effect.record.id for effect in evidence.used]),
        sources=pooling.sources,
        context=context,
    )


def _assumed(technique: Technique, outcome: Outcome, context: Context) -> Posterior:
    guess: Mixture = stand_in(technique.assumed[outcome], outcome, technique=technique.id)
    return Posterior(
        technique=technique.id,
        outcome=outcome,
        scale=scale_of(outcome),
        average=guess,
        predictive=guess,
        basis="assumed",
        records=(),
        sources=(),
        tau_source=_NONE,
        tau_record=_NONE,
        certainty=certainty_of_assumption(technique.assumed[outcome]),
        context=context,
    )
