"""From effects to posteriors: every technique and outcome of a pack, in one context.

Enters: effects, techniques, settings, a context.  Leaves: a `Synthesis`.  Knows nothing of money, screens or files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, Final

from msgspec import Struct, structs

from tierproof.errors import InputError
from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings, Words
from tierproof.evidence.record import EVERY_OUTCOME, Outcome, up_is_better
from tierproof.evidence.technique import Technique
from tierproof.messages import Message
from tierproof.synthesis.model.across import Across, learn
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.model.regressors import BASELINE, INTERESTED
from tierproof.synthesis.pooling import LEARNED, LEAST_SD, Baselines, Learned, Pooling, pool_effects
from tierproof.synthesis.posteriors.answering import Evidence, evidence_for, scale_of
from tierproof.synthesis.posteriors.posterior import Certainty, Posterior, Synthesis
from tierproof.synthesis.posteriors.stand_in import stand_in
from tierproof.synthesis.trust.certainty import Appraised, certainty_of, certainty_of_assumption
from tierproof.synthesis.trust.opposing import opposing
from tierproof.synthesis.trust.sensitivity import Alternatives, sensitivity_of, sub_rows_of
from tierproof.synthesis.values.context import EVERYWHERE, OF_SUCCESSES, Context
from tierproof.synthesis.values.interval import Interval
from tierproof.synthesis.values.same_point import Pairs, paired

__all__ = [
    "in_detail",
    "learned_across",
    "pairs_of",
    "posterior_of",
    "priors_for",
    "priors_from",
    "priors_of",
    "synthesise",
]

PAIRED: Final[tuple[Outcome, ...]] = ("quality", "cost", "latency")
"""Outcomes that decisions draw together."""
_NONE: Final = Interval(median=0.0, low=0.0, high=0.0)


def synthesise(
    effects: Sequence[Effect],
    techniques: Mapping[str, Technique],
    settings: Settings,
    context: Context = EVERYWHERE,
    *,
    outcomes: Collection[Outcome] | None = None,
    detail: bool | Collection[str] = False,
    today: tuple[int, int] | None = None,
    pool: Callable[[Sequence[Effect], Context, Priors], Pooling] = pool_effects,
) -> Synthesis:
    """Posterior of every technique and outcome that has evidence or an assumption.

    `outcomes`: those wanted, default all.  `detail`: sensitivity analyses and sub-rows too (some ten fits more for each
    posterior), of all techniques or of those named.  `today`: year and month against which the age of evidence counts
    where the context names none; default the pack's date, else that of the newest effect.  `pool`: `Poolings`, where
    the same records are asked about several times.  The result does not depend on the order of `effects`.  Raises
    InputError for priors or assumptions that cannot be used.
    """
    priors = priors_of(settings)
    wanted = [outcome for outcome in EVERY_OUTCOME if outcomes is None or outcome in outcomes]
    evidence = {
        key: found
        for key, found in evidence_for(effects, techniques, context).items()
        if found.used and key[1] in wanted
    }
    pooled = {key: pool(found.used, context, priors) for key, found in evidence.items()}
    across = {outcome: learned_across(pooled, outcome, priors) for outcome in {"quality", *wanted}}
    today = _counted_to(context, today or settings.dated, effects)
    posteriors: dict[tuple[str, Outcome], Posterior] = {}
    kept: dict[tuple[str, Outcome], Learned] = {}
    for name in sorted(techniques):
        for outcome in wanted:
            key = (name, outcome)
            if key in evidence:
                learned = kept[key] = priors_for(name, across[outcome], outcome, share=priors.interest_kept)
                reading = _Reading(
                    evidence=evidence[key],
                    pooling=pooled[key].learning(learned),
                    priors=priors,
                    learned=learned,
                    minimal_difference=settings.minimal_difference.get(outcome, 0.0),
                    today=today,
                    words=settings.words,
                    held=settings.left_out_coverage.get(outcome),
                )
                posteriors[key] = reading.posterior(context)
            elif outcome in techniques[name].assumed:
                posteriors[key] = _assumed(techniques[name], outcome, context)
    found = Synthesis(
        posteriors=posteriors,
        context=context,
        hype=_hype(across["quality"].get(INTERESTED), pooled, priors),
        learned=kept,
        pairs={name: pairs for name in sorted(techniques) if (pairs := pairs_of(name, evidence))},
    )
    return in_detail(found, techniques if detail is True else detail, effects, techniques) if detail else found


def in_detail(
    synthesis: Synthesis, names: Collection[str], effects: Iterable[Effect], techniques: Mapping[str, Technique]
) -> Synthesis:
    """The same with sensitivity analyses and sub-rows of the techniques of these ids; nothing is pooled twice.

    `effects` are those of which the synthesis was made; others' do no harm.
    """
    own: dict[tuple[str, Outcome], list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.record.technique in names:
            own[effect.record.technique, effect.record.outcome].append(effect)
    posteriors = dict(synthesis.posteriors)
    for key, posterior in synthesis.posteriors.items():
        if key[0] in names and posterior.in_detail is not None:
            posteriors[key] = posterior.in_detail(sub_rows_of(own[key], techniques[key[0]], key[1], synthesis.context))
    return replace(synthesis, posteriors=posteriors)


def pairs_of(technique: str, evidence: Mapping[tuple[str, Outcome], Evidence]) -> Pairs:
    """How the technique's effects on what money is made of go together."""
    used = {outcome: evidence[technique, outcome].used for outcome in PAIRED if (technique, outcome) in evidence}
    return paired(used, PAIRED)


def posterior_of(
    evidence: Evidence, pooling: Pooling, learned: Learned, settings: Settings, context: Context
) -> Posterior:
    """What one question says where the reader stands, by a pooling that has learned from the other techniques."""
    reading = _Reading(
        evidence=evidence,
        pooling=pooling,
        priors=priors_of(settings),
        learned=learned,
        minimal_difference=settings.minimal_difference.get(evidence.outcome, 0.0),
        today=_counted_to(context, settings.dated, evidence.used),
        words=settings.words,
        held=settings.left_out_coverage.get(evidence.outcome),
    )
    return reading.posterior(context)


def priors_of(settings: Settings) -> Priors:
    """The priors with the pack's overrides; raises InputError for those that cannot be used."""
    return priors_from(settings.priors)


def priors_from(overrides: Mapping[str, object]) -> Priors:
    """The priors with these overrides; raises InputError for those that cannot be used."""
    try:
        return Priors.of(overrides)
    except ValueError as error:
        raise InputError.of(str(error), remedy=Message("docs/method.md lists them"), field="priors") from None


def learned_across(
    pooled: Mapping[tuple[str, Outcome], Pooling], outcome: Outcome, priors: Priors
) -> dict[str, Across]:
    """What the techniques together say of each coefficient of which they learn from one another, on one outcome."""
    sds = {INTERESTED: priors.interested_sd, BASELINE: priors.baseline_sd}
    return {
        name: learn(
            {
                key[0]: estimate
                for key, pooling in pooled.items()
                if key[1] == outcome and (estimate := pooling.coefficient(name)) is not None
            },
            sd=sds[name],
        )
        for name in LEARNED
    }


def priors_for(technique: str, across: Mapping[str, Across], outcome: Outcome, *, share: float) -> Learned:
    """The priors that the other techniques give one of them; of interest the share that helps to foretell.

    Few sources can make those who gain by a difference look modest.  That is not expected of others: they are taken to
    report what independents do, so that no average is raised for want of independents.
    """
    learned = {name: each.priors.get(technique, each.elsewhere) for name, each in across.items()}
    mean, sd = learned[INTERESTED]
    mean = max(mean, 0.0) if up_is_better(outcome) else min(mean, 0.0)
    return {**learned, INTERESTED: (share * mean, max(share * sd, LEAST_SD))}


def _hype(learned: Across | None, pooled: Mapping[tuple[str, Outcome], Pooling], priors: Priors) -> Interval:
    """In log odds, at the median question's spread of true effects; the share that is used."""
    spreads = sorted(pooling.heterogeneity() for (_, outcome), pooling in pooled.items() if outcome == "quality")
    middle = 0.5 * (spreads[(len(spreads) - 1) // 2] + spreads[len(spreads) // 2]) if spreads else 1.0
    if learned is None or not priors.interest_kept:
        return _NONE
    return learned.pack.scale(middle * priors.interest_kept).interval()


class _Reading(Struct, frozen=True, kw_only=True):
    """One question, pooled: what its posterior is read from, here or elsewhere."""

    evidence: Evidence
    pooling: Pooling
    priors: Priors
    learned: Learned
    minimal_difference: float
    today: tuple[int, int] | None
    words: Words
    held: float | None
    """Share of left-out figures of the outcome that 90 % intervals held."""
    detailed: bool = False
    """Whether sensitivity analyses are wanted."""
    parts: Mapping[str, _Reading] = {}
    """Sub-rows by their ids."""
    kept: dict[Any, Any] = {}
    """Fits beside the main one, which hold wherever the reader stands."""

    def at(self, context: Context) -> Posterior:
        """The posterior in another context: what is pooled stays."""
        return structs.replace(self, pooling=self.pooling.at(context)).posterior(context)

    def in_detail(self, context: Context, sub_rows: Mapping[str, Evidence]) -> Posterior:
        """The posterior with sensitivity analyses, and with sub-rows of that evidence by their ids."""
        parts = {
            row: structs.replace(
                self,
                evidence=part,
                pooling=pool_effects(part.used, context, self.priors).learning(self.learned),
                kept={},
            )
            for row, part in sub_rows.items()
        }
        return structs.replace(self, detailed=True, parts=parts).posterior(context)

    def posterior(self, context: Context) -> Posterior:
        """The posterior in the context at which `pooling` is read."""
        evidence, pooling = self.evidence, self.pooling
        average, predictive = cache(pooling.average), cache(pooling.predictive)
        others = Alternatives(evidence, pooling, context, self.priors, self.learned, kept=self.kept)

        def certainty() -> Certainty:
            seen = Appraised(
                evidence=evidence,
                pooling=pooling,
                average=average(),
                predictive=predictive(),
                context=context,
                minimal_difference=self.minimal_difference,
                today=self.today,
                words=self.words,
                held=self.held,
                kept=self.kept,
            )
            return certainty_of(seen)

        later: dict[str, Callable[[], Any]] = {
            "average": average,
            "predictive": predictive,
            "record_weights": lambda: tuple(pooling.weights.tolist()),
            "tau_source": pooling.fit.tau_source,
            "tau_record": pooling.fit.tau_record,
            "coefficients": pooling.fit.coefficients,
            "discount": pooling.discount,
            "baselines": partial(_baselines_of, self, context),
            "carried": pooling.carried,
            "source_range": partial(_range, pooling),
            "opposing": partial(opposing, others),
            "certainty": certainty,
            "sub_rows": lambda: {name: part.at(context) for name, part in self.parts.items()},
        }
        if self.detailed:
            later["sensitivity"] = partial(sensitivity_of, others)
        return Posterior.on_demand(
            later,
            technique=evidence.technique,
            outcome=evidence.outcome,
            scale=scale_of(evidence.outcome),
            basis=evidence.basis,
            records=tuple([effect.record.id for effect in evidence.used]),
            sources=pooling.sources,
            context=context,
            elsewhere=self.at,
            in_detail=None if self.detailed else partial(self.in_detail, context),
        )


def _counted_to(context: Context, dated: tuple[int, int] | None, effects: Iterable[Effect]) -> tuple[int, int] | None:
    """Year and month against which the age of evidence counts: the reader's, or up to when evidence was gathered."""
    return context.as_of or dated or max({effect.date for effect in effects if effect.date}, default=None)


def _range(pooling: Pooling) -> tuple[float, float]:
    means = pooling.source_means()
    return float(means.min()), float(means.max())


def _baselines_of(reading: _Reading, context: Context) -> Baselines | None:
    return reading.pooling.baselines(context.baseline if reading.evidence.outcome in OF_SUCCESSES else None)


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
