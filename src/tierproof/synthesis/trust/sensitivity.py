"""The same question answered otherwise: other records, another model, one kind of the technique.

Enters: the evidence and pooling of the main analysis.  Leaves: `Sensitivity` rows, and the evidence of sub-rows.  Knows
nothing of how the main analysis is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Question, Technique
from tierproof.messages import Message
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pooling import Learned, Pooling, fit_figures, pool_effects
from tierproof.synthesis.posteriors.answering import Evidence, evidence_for, question_of
from tierproof.synthesis.posteriors.posterior import Sensitivity
from tierproof.synthesis.trust.one_point import OnePoint
from tierproof.synthesis.values.context import Context
from tierproof.synthesis.values.normal import Array

__all__ = ["ANALYSES", "Alternatives", "fixed_effect", "sensitivity_of", "sub_rows_of", "weighted_mean"]


_WHAT: Final[Mapping[str, Message]] = {
    "all records": Message("picked records too"),
    "independent": Message("without records of those who gain by the technique"),
    "complete": Message("without picked records"),
    "without one": Message("without {source}, which moves the average most"),
    "fixed effect": Message("as if all records shared one true effect"),
    "no moderators": Message("interest, baseline, model size and task ignored"),
    "with doubtful": Message("doubtful records too"),
}
"""In the order in which they are shown."""
_FEW: Final = 8
"""So many sources are left out one by one."""
_FURTHER: Final = 2.0
_MUCH: Final = 0.1
_FARTHEST: Final = 2
ANALYSES: Final = tuple(_WHAT)


class Alternatives:
    """The analyses beside the main one, each fitted when it is asked for."""

    def __init__(self, evidence: Evidence, main: Pooling, context: Context, priors: Priors, learned: Learned) -> None:
        self._evidence, self._main, self._context = evidence, main, context
        self._priors, self._learned = priors, learned

    def average(self, name: str) -> Mixture | None:
        """Of the analysis of that name; None where it would be the main one."""
        found = self.found(name)
        return None if found is None else found[0]

    def found(self, name: str) -> tuple[Mixture, Sequence[Effect], str] | None:
        """Its average, the records that it takes, and what it is."""
        main, used, what = self._main, self._evidence.used, _WHAT[name]
        if name == "fixed effect":
            return fixed_effect(used), used, what
        if name == "no moderators":
            return (_plain(main, self._priors), used, what) if main.design.x.shape[1] > 1 else None
        if name == "without one":
            if len(main.sources) < 2:
                return None
            source, rest = without_most_influential(main, self._priors)
            left = [effect for effect in used if effect.record.source_id != source]
            return rest, left, Message(what.message, source=source)
        effects = self._records(name)
        if not effects or len(effects) == len(used):
            return None
        pooling = pool_effects(effects, self._context, self._priors).learning(self._learned)
        return pooling.average(), effects, what

    def _records(self, name: str) -> Sequence[Effect]:
        evidence, used = self._evidence, self._evidence.used
        if name == "all records":
            return evidence.usable
        if name == "independent":
            return [e for e, bent in zip(used, self._main.figures.interested, strict=True) if not bent]
        if name == "complete":
            return [e for e in used if e.record.selection == "complete"]
        return sorted((*used, *evidence.doubtful), key=lambda effect: effect.record.id)


def sensitivity_of(
    evidence: Evidence, main: Pooling, context: Context, priors: Priors, learned: Learned
) -> tuple[Sensitivity, ...]:
    """Each alternative that differs from the main analysis, in a fixed order; the main analysis is not among them."""
    alternatives = Alternatives(evidence, main, context, priors, learned)
    rows = []
    for name in _WHAT:
        found = alternatives.found(name)
        if found is not None:
            average, effects, what = found
            sources = len({effect.record.source_id for effect in effects})
            rows.append(
                Sensitivity(name=name, what=what, average=average.interval(), records=len(effects), sources=sources)
            )
    return tuple(rows)


def without_most_influential(main: Pooling, priors: Priors) -> tuple[str, Mixture]:
    """The source whose absence moves the average most (of equals the first by name), and the average without it.

    Columns and the point where the reader stands are those of all sources.  Of many sources those are fitted out that
    could be it: in the order of what each moves at the main analysis' heterogeneities, until the next hardly comes to
    as much as the first even if it moves `_FURTHER` times as far once heterogeneities follow; and those that hold so
    much of the weight, or stand so far apart, that they make the heterogeneities what they are.
    """
    centre, sources = main.average().mean, len(main.sources)
    if sources <= _FEW:
        suspects, moved = list(range(sources)), np.full(sources, np.inf)
    else:
        moved = _FURTHER * OnePoint(main).influence()
        makers = _makers_of_spread(main)
        suspects = [*makers, *(code for code in np.argsort(-moved, kind="stable").tolist() if code not in makers)]
        moved[makers] = np.inf
    most, best, found = -1.0, sources, main.average()
    without = main.leaving_out(priors)
    for code in suspects:
        if moved[code] < most:
            break
        rest = without(code)
        by = abs(rest.mean - centre)
        if (by, -code) > (most, -best):
            most, best, found = by, code, rest
    return main.sources[best], found


def _makers_of_spread(main: Pooling) -> list[int]:
    """Sources that hold a tenth of the weight, or stand farther apart than most by their own errors."""
    weights = np.bincount(main.figures.source, weights=main.weights)
    means, errors = main.figures.source_means(float(main.fit.weights @ main.fit.tau_record_grid))
    apart = np.abs(means - main.average().mean) / errors
    makers = {*np.flatnonzero(weights > _MUCH).tolist(), *np.argsort(-apart, kind="stable")[:_FARTHEST].tolist()}
    return sorted(makers)


def fixed_effect(effects: Sequence[Effect]) -> Mixture:
    """One true effect, no heterogeneity, sources ignored, no prior."""
    return weighted_mean(np.array([e.estimate for e in effects]), np.array([e.se for e in effects]))


def weighted_mean(y: Array, se: Array) -> Mixture:
    """The inverse-variance mean of `y` (n,) with standard errors `se` (n,), and its standard error as sd."""
    weights = se**-2.0
    return Mixture.normal(float(weights @ y / weights.sum()), float(weights.sum()) ** -0.5)


def _plain(main: Pooling, priors: Priors) -> Mixture:
    return fit_figures(main.figures, main.design, priors, columns=1).average()


def sub_rows_of(own: Sequence[Effect], technique: Technique, outcome: Outcome, context: Context) -> dict[str, Evidence]:
    """Evidence of each of the technique's sub-rows on one outcome, where it has any, by the sub-row's id.

    A sub-row without subtypes is one that no record is of.

    `own`: the technique's effects on that outcome.
    """
    contrast = question_of(technique, outcome).contrast
    rows = {}
    for sub_row in technique.sub_rows:
        if not sub_row.subtypes:
            continue
        asked = {outcome: Question(contrast=contrast, subtypes=sub_row.subtypes)}
        fields = {name: getattr(technique, name) for name in technique.__struct_fields__}
        part = type(technique)(**{**fields, "questions": asked})
        found = evidence_for(own, {technique.id: part}, context).get((technique.id, outcome))
        if found is not None and found.used:
            rows[sub_row.id] = found
    return rows
