"""The same question answered otherwise: other records, another model, one kind of the technique.

Enters: the evidence and pooling of the main analysis.  Leaves: `Sensitivity` rows, and the evidence of sub-rows.  Knows
nothing of how the main analysis is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Question, Technique
from tierproof.messages import Message
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.model import Fit
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pooling import Learned, Pooling, fit_figures, pool_effects
from tierproof.synthesis.posteriors.answering import Evidence, evidence_for, question_of
from tierproof.synthesis.posteriors.posterior import Sensitivity
from tierproof.synthesis.trust.one_point import OnePoint
from tierproof.synthesis.values.context import Context
from tierproof.synthesis.values.normal import Array

__all__ = ["ANALYSES", "Alternatives", "fixed_effect", "sensitivity_of", "sub_rows_of", "weighted_mean"]

T = TypeVar("T")

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
    """The analyses beside the main one, each fitted when it is asked for, and once wherever the reader stands."""

    def __init__(
        self,
        evidence: Evidence,
        main: Pooling,
        context: Context,
        priors: Priors,
        learned: Learned,
        *,
        kept: dict[Any, Any] | None = None,
    ) -> None:
        """`kept`: fits of the same evidence, read elsewhere."""
        self.evidence, self.main, self._context = evidence, main, context
        self._priors, self._learned = priors, learned
        self._kept: dict[Any, Any] = {} if kept is None else kept

    def _fitted(self, key: object, fit: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = fit()
        found: T = self._kept[key]
        return found

    @property
    def one_point(self) -> OnePoint:
        """The model at the main analysis' heterogeneities."""
        return self._fitted("one point", lambda: OnePoint(self.main))

    def moments(self, name: str = "", of: np.ndarray | None = None) -> Array:
        """What each source says there, by those of its records that count; `name`: of that choice."""
        return self._fitted(("moments", name), lambda: self.one_point.moments(of))

    def _plain(self) -> Fit:
        figures, design = self.main.figures, self.main.design
        return self._fitted("no moderators", lambda: fit_figures(figures, design, self._priors, columns=1))

    def without(self, source: int) -> Mixture:
        """The average without the source of that code; columns and the reader's place are those of all sources."""

        def fit() -> Fit:
            return self._fitted("without", lambda: self.main.leaving_out(self._priors))(source)

        return self.main.average(self._fitted(("without", source), fit))

    def average(self, name: str) -> Mixture | None:
        """Of the analysis of that name; None where it would be the main one."""
        found = self.found(name)
        return None if found is None else found[0]

    def found(self, name: str) -> tuple[Mixture, Sequence[Effect], str] | None:
        """Its average, the records that it takes, and what it is."""
        main, used, what = self.main, self.evidence.used, _WHAT[name]
        if name == "fixed effect":
            return fixed_effect(used), used, what
        if name == "no moderators":
            return (self._plain().average(), used, what) if main.design.x.shape[1] > 1 else None
        if name == "without one":
            if len(main.sources) < 2:
                return None
            source, rest = without_most_influential(self)
            left = [effect for effect in used if effect.record.source_id != source]
            return rest, left, Message(what.message, source=source)
        effects = self._records(name)
        if not effects or len(effects) == len(used):
            return None
        pooled = self._fitted(name, lambda: pool_effects(effects, self._context, self._priors).learning(self._learned))
        return pooled.at(self._context).average(), effects, what

    def _records(self, name: str) -> Sequence[Effect]:
        evidence, used = self.evidence, self.evidence.used
        if name == "all records":
            return evidence.usable
        if name == "independent":
            return [e for e, bent in zip(used, self.main.figures.interested, strict=True) if not bent]
        if name == "complete":
            return [e for e in used if e.record.selection == "complete"]
        return sorted((*used, *evidence.doubtful), key=lambda effect: effect.record.id)


def sensitivity_of(alternatives: Alternatives) -> tuple[Sensitivity, ...]:
    """Each alternative that differs from the main analysis, in a fixed order; the main analysis is not among them."""
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


def without_most_influential(alternatives: Alternatives) -> tuple[str, Mixture]:
    """The source whose absence moves the average most (of equals the first by name), and the average without it.

    Columns and the point where the reader stands are those of all sources.  Of many sources those are fitted out that
    could be it: in the order of what each moves at the main analysis' heterogeneities, until the next hardly comes to
    as much as the first even if it moves `_FURTHER` times as far once heterogeneities follow; and those that hold so
    much of the weight, or stand so far apart, that they make the heterogeneities what they are.
    """
    main = alternatives.main
    centre, sources = main.average().mean, len(main.sources)
    if sources <= _FEW:
        suspects, moved = list(range(sources)), np.full(sources, np.inf)
    else:
        moved = _FURTHER * alternatives.one_point.influence(main.design.at)
        makers = _makers_of_spread(main)
        suspects = [*makers, *(code for code in np.argsort(-moved, kind="stable").tolist() if code not in makers)]
        moved[makers] = np.inf
    most, best, found = -1.0, sources, main.average()
    for code in suspects:
        if moved[code] < most:
            break
        rest = alternatives.without(code)
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
