"""Two techniques head to head.

Enters: an `Appraisal`, and what direct comparisons say.  Leaves: a `Comparison`.  Knows nothing of how it is shown.

Direct evidence has both in one experiment (records that put one instead of the other); indirect evidence is the
difference of each one's own effect.  Under consistency both estimate one difference and their densities multiply (G. Lu
and A. E. Ades, "Combination of direct and indirect evidence in mixed treatment comparisons", Statistics in Medicine 23
(2004) 3105-3124); how far they disagree is shown, not hidden (S. Dias et al., "Checking consistency in mixed treatment
comparison meta-analysis", Statistics in Medicine 29 (2010) 932-944).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from msgspec import structs

from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal, interval_of
from tierproof.decision.appraisals.draws import cells, quantiles
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import EVERY_OUTCOME, Gains, Outcome, gains_of, up_is_better
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pooling import pool_effects
from tierproof.synthesis.posteriors.answering import admits, scale_of
from tierproof.synthesis.posteriors.posterior import Context, Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["Comparison", "Direct", "Versus", "compare", "direct_evidence"]

_OTHER_SIDE: Final[Mapping[Gains, Gains]] = {"treated": "comparator", "comparator": "treated", "neither": "neither"}
"""Who gains by Y in a figure of Y against X gains, seen from X, by the comparator; and the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """What records that compare the two say of first - second on one outcome's analysis scale."""

    average: Mixture
    predictive: Mixture
    records: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """First against second on one outcome; differences first - second on the analysis scale."""

    outcome: Outcome
    direct: Direct | None
    indirect: Mixture | None
    """Of the average effects; None where one of the two is not known."""
    average: Mixture
    """Both kinds of evidence together, of the average difference."""
    new_setting: Mixture
    """The same in one new setting."""
    difference: Interval
    """90 % of `average`."""
    p_better: float
    """P(first is better on average)."""
    p_better_here: float
    """P(first is better in a new setting)."""
    p_better_direct: float | None
    p_better_indirect: float | None
    disagreement: float | None
    """|direct - indirect| over the sd of that difference: above 2 the two kinds of evidence contradict each other."""
    assumed: bool
    """Whether one side's own effect is a stand-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    first: str
    second: str
    outcomes: tuple[Versus, ...]
    """Every outcome of which a difference is known."""
    net_benefit_difference: Interval
    """First less second, USD a month, in a new setting."""
    p_net_benefit: float
    """P(first has the larger net benefit), ties counted half."""
    unanswered: tuple[str, ...]
    """Those of the two for which no record answers, where none compares them either: what they net is assumed."""

    def on(self, outcome: Outcome) -> Versus | None:
        return next((versus for versus in self.outcomes if versus.outcome == outcome), None)


def direct_evidence(
    effects: Iterable[Effect], first: str, second: str, priors: Priors, context: Context | None = None
) -> Mapping[Outcome, Direct]:
    """Pool every sound record that compares the two, in either direction, by outcome; empty where there is none.

    They are pooled in the direction that most of them take; the others enter with their sign changed, and their authors
    as rivals.  So the answer does not depend on who is named first.
    """
    found: dict[Outcome, list[Effect]] = {}
    for effect in effects:
        record = effect.record
        if {record.technique, record.comparator_technique} != {first, second} or record.contrast != "instead-of":
            continue
        if record.doubtful or record.mirror_of is not None or effect.scale != scale_of(record.outcome):
            continue
        if (effect.scale == "log_ratio" and record.scope != "request") or not admits(context or Context(), effect):
            continue
        found.setdefault(record.outcome, []).append(effect)
    return {outcome: _pooled(same, first, second, priors, context or Context()) for outcome, same in found.items()}


def compare(
    appraisal: Appraisal, first: str, second: str, direct: Mapping[Outcome, Direct] | None = None
) -> Comparison:
    """First against second; `direct` as `direct_evidence` gives it, default none.

    Raises ValueError for a technique against itself, KeyError for one that the pack does not have.
    """
    if first == second:
        raise ValueError("a technique is compared with another one")
    if missing := {first, second} - appraisal.techniques.keys():
        raise KeyError(", ".join(sorted(missing)))
    found = (_versus(appraisal, first, second, outcome, (direct or {}).get(outcome)) for outcome in EVERY_OUTCOME)
    outcomes = tuple(versus for versus in found if versus is not None)
    one, other = _benefits(appraisal, first, second, outcomes)
    return Comparison(
        first=first,
        second=second,
        outcomes=outcomes,
        net_benefit_difference=interval_of(one - other),
        p_net_benefit=float(np.mean(one > other) + 0.5 * np.mean(one == other)),
        unanswered=() if direct else tuple(name for name in (first, second) if not appraisal.answered(name)),
    )


def _versus(appraisal: Appraisal, first: str, second: str, outcome: Outcome, direct: Direct | None) -> Versus | None:
    one, other = appraisal.posterior(first, outcome), appraisal.posterior(second, outcome)
    if one is not None and other is not None:
        indirect = _difference(one.average, other.average)
        average, new_setting = indirect, _difference(one.predictive, other.predictive)
    else:
        indirect = None
        if direct is None:
            return None
        average, new_setting = direct.average, direct.predictive
    disagreement = None
    if direct is not None and indirect is not None:
        gap = direct.average.mean - indirect.mean
        disagreement = abs(gap) / float(np.hypot(direct.average.sd, indirect.sd))
        average = _product(direct.average, indirect)
        # Settings vary as they do where both were tried side by side.
        new_setting = average.widen(max(direct.predictive.variance - direct.average.variance, 0.0) ** 0.5)
    return Versus(
        outcome=outcome,
        direct=direct,
        indirect=indirect,
        average=average,
        new_setting=new_setting,
        difference=average.interval(),
        p_better=_p_better(outcome, average),
        p_better_here=_p_better(outcome, new_setting),
        p_better_direct=None if direct is None else _p_better(outcome, direct.average),
        p_better_indirect=None if indirect is None else _p_better(outcome, indirect),
        disagreement=disagreement,
        assumed=any(posterior is not None and posterior.basis == "assumed" for posterior in (one, other)),
    )


def _benefits(appraisal: Appraisal, first: str, second: str, outcomes: Collection[Versus]) -> tuple[Array, Array]:
    """Net benefits drawn jointly: where both were tried side by side, one's effect is the other's plus the difference.

    The one whose own effect is better known is the anchor, so that the answer does not depend on who is named first.
    """
    thetas: dict[tuple[str, Outcome], Array] = {}
    key = " against ".join(sorted((first, second)))
    for versus in outcomes:
        if versus.direct is None or versus.outcome not in MONEY_OUTCOMES:
            continue
        one, other = appraisal.posterior(first, versus.outcome), appraisal.posterior(second, versus.outcome)
        width = {
            name: (np.inf if posterior is None else posterior.predictive.sd, name)
            for name, posterior in ((first, one), (second, other))
        }
        anchor, moved = sorted((first, second), key=width.__getitem__)
        # Drawn for the alphabetically first less the other, whichever was named first.
        ascending = quantiles(versus.new_setting if first < second else versus.new_setting.scale(-1.0))
        difference = ascending[cells(key)[versus.outcome]]
        sign = 1.0 if moved < anchor else -1.0
        thetas[moved, versus.outcome] = appraisal.theta(anchor, versus.outcome) + sign * difference
    joint = appraisal.given(thetas)
    return joint.net_benefit(first), joint.net_benefit(second)


def _pooled(effects: list[Effect], first: str, second: str, priors: Priors, context: Context) -> Direct:
    """Of effects between the two, on one outcome."""
    towards = max((first, second), key=lambda name: (sum(e.record.technique == name for e in effects), name))
    turned = [effect if effect.record.technique == towards else _turned(effect) for effect in effects]
    # The comparator is the other technique here, so that the reader's baseline is not its.
    anywhere = replace(context, baseline=None)
    pooling = pool_effects(sorted(turned, key=lambda effect: effect.record.id), anywhere, priors)
    sign = 1.0 if towards == first else -1.0
    return Direct(
        average=pooling.average().scale(sign),
        predictive=pooling.predictive().scale(sign),
        records=tuple(effect.record.id for effect in pooling.effects),
        sources=pooling.sources,
    )


def _turned(effect: Effect) -> Effect:
    record = effect.record
    assert record.baseline is not None  # there is no effect without one
    sides = {"baseline": record.treated, "treated": record.baseline}
    turned = structs.replace(record, gains=_OTHER_SIDE[gains_of(record)], **sides)
    return structs.replace(effect, estimate=-effect.estimate, record=turned)


def _p_better(outcome: Outcome, difference: Mixture) -> float:
    return float(difference.sf(0.0) if up_is_better(outcome) else difference.cdf(0.0))


def _difference(one: Mixture, other: Mixture) -> Mixture:
    """The distribution of X - Y, both independent: every pair of components."""
    one, other = _few(one), _few(other)
    return Mixture(
        np.outer(one.weights, other.weights).reshape(-1),
        np.subtract.outer(one.means, other.means).reshape(-1),
        np.hypot.outer(one.sds, other.sds).reshape(-1),
    ).condensed()


def _product(one: Mixture, other: Mixture) -> Mixture:
    """The normalised product of two densities: every pair of components updates one by the other."""
    one, other = _few(one), _few(other)
    variance = np.add.outer(one.sds**2, other.sds**2)
    gap = np.subtract.outer(one.means, other.means)
    log_weights = np.add.outer(np.log(one.weights), np.log(other.weights))
    log_weights -= 0.5 * (np.log(variance) + gap**2 / variance)
    gain = one.sds[:, None] ** 2 / variance
    return Mixture(
        np.exp(log_weights - log_weights.max()).reshape(-1),
        (one.means[:, None] - gain * gap).reshape(-1),
        (np.multiply.outer(one.sds, other.sds) / np.sqrt(variance)).reshape(-1),
    ).condensed()


def _few(mixture: Mixture) -> Mixture:
    return mixture.condensed(per_sd=6.0, above=32)
