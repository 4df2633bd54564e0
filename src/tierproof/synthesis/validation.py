"""How good the predictive intervals are: leave one source out, foretell its figures, count.

Enters: effects, techniques, settings.  Leaves: a `Validation`: coverage, widths and scores of the model and of simpler
ones, by technique and over all, and the shape of spread that foretells best.  Knows nothing of screens.

Every source counts alike, and so do the records of one source: a paper with a hundred figures is one paper.  What is
learned across techniques (the hype discount; the shape, in the row that says so) is learned without the technique
whose figures are foretold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, get_args

import numpy as np
from msgspec import structs

from tierproof.errors import InputError, Problem
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.evidence.settings import Settings
from tierproof.evidence.technique import Technique
from tierproof.synthesis.across import Across, learn
from tierproof.synthesis.answering import Evidence, evidence_for
from tierproof.synthesis.context import EVERYWHERE, Context
from tierproof.synthesis.design import INTERESTED, design_of
from tierproof.synthesis.figures import figures_of
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.model import Fit
from tierproof.synthesis.normal import Array
from tierproof.synthesis.pooling import fit_figures, pool_effects
from tierproof.synthesis.prior import NORMAL, Priors, Shape
from tierproof.synthesis.scoring import LEVELS, Forecasts, Seen, Summary, summarise
from tierproof.synthesis.sensitivity import weighted_mean
from tierproof.synthesis.synthesise import priors_of

__all__ = ["LEVELS", "MODELS", "Group", "Validation", "validate"]

MODELS: Final = {
    "no pooling": "other sources teach nothing: the prior's own forecast",
    "fixed effect": "one true effect that all records share",
    "plain": "three levels, no moderators, normal spread",
    "moderators": "with interest, model size and task, normal spread",
    "crossfit": "with moderators, spread of the shape that the other techniques' figures ask for",
    "pack": "with moderators, spread of the pack's shape: the model in use",
}
"""What is compared, from the simplest to the model in use."""

_USUAL: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0)
_FAR: Final = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
_SHARES: Final = (0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2)
"""Shapes tried: most settings vary by a usual multiple of the pooled spread, a small share by a far one."""
_FEW: Final = 20
_CELLS: Final = 8.0
"""Forecasts are condensed to components an eighth of an sd apart: scores move by less than 1e-3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Scores over one technique's outcome, one outcome, or all."""

    technique: str | None
    """None: all techniques."""
    outcome: Outcome | None
    """None: all outcomes."""
    records: int
    sources: int
    """Times that a source was left out."""
    models: Mapping[str, Summary]
    """By the names of `MODELS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    overall: tuple[Group, ...]
    """Each outcome over all techniques, then everything."""
    by_technique: tuple[Group, ...]
    shape: Shape
    """The pack's, which `pack` uses."""
    estimated: Shape
    """What foretells the quality figures of all techniques best."""
    alone: tuple[tuple[str, Outcome], ...]
    """Questions with one source, which cannot be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    """One source left out of one question."""

    technique: str
    outcome: Outcome
    seen: Mapping[str, Seen]
    usual: Array
    """(n, len(_USUAL)) density at what was observed if the spread were so multiplied."""
    far: Array
    """(n, len(_FAR))"""
    again: Callable[[Shape], Seen]
    """Scores under another shape."""


def validate(
    effects: Sequence[Effect],
    techniques: Mapping[str, Technique],
    settings: Settings,
    context: Context = EVERYWHERE,
    *,
    outcomes: Collection[Outcome] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Leave each source of each question out in turn and foretell its records from the others.

    `outcomes`: default all; `progress(done, total)` is told after every source.  Raises InputError for priors that
    cannot be used, and where no question has two sources.
    """
    priors = priors_of(settings)
    wanted = [outcome for outcome in get_args(Outcome) if outcomes is None or outcome in outcomes]
    answers = evidence_for(effects, techniques, context)
    evidence = {key: found for key, found in answers.items() if found.used and key[1] in wanted}
    many = {key: found for key, found in evidence.items() if len(_sources(found)) > 1}
    if not many:
        raise InputError(
            Problem(
                message="no question has two sources or more", remedy="add figures of other sources, or widen the view"
            )
        )
    hype = {outcome: _learn(evidence, outcome, context, priors) for outcome in wanted}
    total = sum(len(_sources(found)) for found in many.values())
    folds: list[_Fold] = []
    for (technique, outcome), found in many.items():
        learned = hype[outcome].priors.get(technique, hype[outcome].elsewhere)
        for fold in _folds(found, context, priors, learned):
            folds.append(fold)
            if progress is not None:
                progress(len(folds), total)
    folds = _cross_fitted(folds)
    return Validation(
        overall=tuple(
            _group(part, outcome=outcome)
            for outcome in (*wanted, None)
            if (part := [fold for fold in folds if outcome in (None, fold.outcome)])
        ),
        by_technique=tuple(
            _group([fold for fold in folds if (fold.technique, fold.outcome) == key], technique=key[0], outcome=key[1])
            for key in many
        ),
        shape=priors.shape,
        estimated=_best_shape(_telling(folds)),
        alone=tuple(key for key in evidence if key not in many),
    )


def _sources(evidence: Evidence) -> list[str]:
    return sorted({effect.record.source_id for effect in evidence.used})


def _learn(
    evidence: Mapping[tuple[str, Outcome], Evidence], outcome: Outcome, context: Context, priors: Priors
) -> Across:
    estimates = {
        key[0]: estimate
        for key, found in evidence.items()
        if key[1] == outcome
        and (estimate := pool_effects(found.used, context, priors).coefficient(INTERESTED)) is not None
    }
    return learn(estimates, sd=priors.interested_sd)


def _folds(evidence: Evidence, context: Context, priors: Priors, interested: tuple[float, float]) -> Iterator[_Fold]:
    # The columns are laid out for all records, so that what is left out has its place in them; no estimate enters here.
    figures = figures_of(evidence.used)
    design = design_of(figures, context, priors)
    spread = priors.mean_sd**2 + priors.tau_source_scale**2 + priors.tau_record_scale**2
    nothing = Mixture.normal(priors.mean, spread**0.5)
    for code in range(len(figures.sources)):
        out = figures.source == code
        plain, full = (
            structs.replace(fit_figures(figures, design, priors, ~out, columns), shape=NORMAL) for columns in (1, None)
        )
        if INTERESTED in design.names:
            full = full.with_prior(INTERESTED, *interested)
        held = _Held(y=figures.estimate[out], se=figures.se[out], x=design.x[out])
        one = weighted_mean(figures.estimate[~out], figures.se[~out])
        usual, far = (held.densities(full, multipliers) for multipliers in (_USUAL, _FAR))
        yield _Fold(
            technique=evidence.technique,
            outcome=evidence.outcome,
            seen={
                "no pooling": held.at_all(nothing),
                "fixed effect": held.at_all(one),
                "plain": held.at_all(plain.predictive()),
                "moderators": held.shaped(full, NORMAL),
                "pack": held.shaped(full, priors.shape),
            },
            usual=usual,
            far=far,
            again=partial(held.shaped, full),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Records of the source that was left out."""

    y: Array
    se: Array
    x: Array

    def forecasts(self, predictive: Callable[[Array], Mixture]) -> Forecasts:
        """The predictive at each record's moderators, asked for once for equal ones."""
        rows, which = np.unique(self.x, axis=0, return_inverse=True)
        mixtures = [predictive(row).condensed(per_sd=_CELLS, above=_FEW) for row in rows]
        return Forecasts.of([mixtures[k] for k in which.reshape(-1)], self.se)

    def at_all(self, forecast: Mixture) -> Seen:
        """Scores of one forecast for every record."""
        return Forecasts.of([forecast.condensed(per_sd=_CELLS, above=_FEW)] * len(self.y), self.se).seen(self.y)

    def shaped(self, model: Fit, shape: Shape) -> Seen:
        return self.forecasts(structs.replace(model, shape=shape).predictive).seen(self.y)

    def densities(self, model: Fit, multipliers: Sequence[float]) -> Array:
        """(n, multipliers)"""
        shapes = (Shape(multipliers=(multiplier,), weights=(1.0,)) for multiplier in multipliers)
        columns = [self.forecasts(structs.replace(model, shape=shape).predictive).density(self.y) for shape in shapes]
        return np.maximum(np.column_stack(columns), 1e-300)


def _telling(folds: Sequence[_Fold]) -> list[_Fold]:
    """Folds from which the shape is estimated: quality's, the most numerous, or all where a pack has none."""
    return [fold for fold in folds if fold.outcome == "quality"] or list(folds)


def _best_shape(folds: Sequence[_Fold]) -> Shape:
    """The shape of highest mean log density at what was left out, each source counting alike."""
    if not folds:
        return NORMAL
    weights = np.concatenate([np.full(len(fold.usual), 1.0 / len(fold.usual)) for fold in folds])
    usual, far = (np.concatenate([getattr(fold, name) for fold in folds]) for name in ("usual", "far"))
    best, found = -np.inf, NORMAL
    for i, near in enumerate(_USUAL):
        for j, wide in enumerate(_FAR):
            for share in _SHARES:
                score = float(weights @ np.log((1.0 - share) * usual[:, i] + share * far[:, j]))
                if score > best:
                    best, found = score, Shape(multipliers=(near, wide), weights=(1.0 - share, share))
    return found


def _cross_fitted(folds: Sequence[_Fold]) -> list[_Fold]:
    """Folds with the scores of the shape that the other techniques ask for."""
    telling = _telling(folds)
    shapes = {
        technique: _best_shape([fold for fold in telling if fold.technique != technique])
        for technique in sorted({fold.technique for fold in folds})
    }
    return [replace(fold, seen={**fold.seen, "crossfit": fold.again(shapes[fold.technique])}) for fold in folds]


def _group(folds: Sequence[_Fold], *, technique: str | None = None, outcome: Outcome | None = None) -> Group:
    weights = np.concatenate([np.full(len(fold.usual), 1.0 / len(fold.usual)) for fold in folds])
    return Group(
        technique=technique,
        outcome=outcome,
        records=len(weights),
        sources=len(folds),
        models={name: summarise(Seen.joined([fold.seen[name] for fold in folds]), weights) for name in MODELS},
    )
