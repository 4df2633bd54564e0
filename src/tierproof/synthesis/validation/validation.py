"""How good the predictive intervals are: leave one source out, foretell its figures, count.

Enters: effects, techniques, settings.  Leaves: a `Validation`: coverage, widths and scores of the model and of simpler
ones, by technique and over all, and the shape of spread that foretells best.  Knows nothing of screens.

Every source counts alike, and so do the records of one source: a paper with a hundred figures is one paper.  What is
learned across techniques (the hype discount; the shape, in the row that says so) is learned without the technique
whose figures are foretold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from tierproof.errors import InputError, Problem
from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import EVERY_OUTCOME, Outcome
from tierproof.evidence.technique import Technique
from tierproof.messages import Message
from tierproof.pieces import HERE, Place, in_pieces
from tierproof.synthesis.model.prior import NORMAL, Priors, Shape
from tierproof.synthesis.pooling import Learned, Pooling, pool_effects
from tierproof.synthesis.posteriors.answering import Evidence, evidence_for
from tierproof.synthesis.synthesise import learned_across, priors_for, priors_of
from tierproof.synthesis.validation.leaving_out import FAR, KEPT, USUAL, Fold, folds_of
from tierproof.synthesis.validation.scoring import LEVELS, Seen, Summary, summarise
from tierproof.synthesis.values.context import EVERYWHERE, Context
from tierproof.synthesis.values.normal import Array

__all__ = ["BANDS", "LEVELS", "MODELS", "Band", "Group", "Kept", "NothingToLeaveOut", "Validation", "validate"]

MODELS: Final = {
    "no pooling": Message("other sources teach nothing: the prior's own forecast"),
    "fixed effect": Message("one true effect that all records share"),
    "plain": Message("three levels, no moderators, normal spread"),
    "moderators": Message("with interest, baseline, model size and task, normal spread"),
    "crossfit": Message("with moderators, spread of the shape that the other techniques' figures ask for"),
    "pack": Message("with moderators, spread of the pack's shape: the model in use"),
}
"""What is compared, from the simplest to the model in use."""
BANDS: Final = ((0.0, 0.3), (0.3, 0.6), (0.6, 0.8), (0.8, 1.0))
"""Shares of successes without the technique, from and to: where forecasts are told apart by the baseline."""

_SHARES: Final = (0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2)
"""Shapes tried: most settings vary by a usual multiple of the pooled spread, a small share by a far one."""


class NothingToLeaveOut(InputError):
    """No question has two sources."""


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
class Band:
    """Quality figures whose baseline lies within a band; every source counts alike, and so do its records there."""

    low: float
    high: float
    records: int
    sources: int
    models: Mapping[str, Summary]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What independents' figures of quality are foretold by, were this share of the interest's coefficient used."""

    share: float
    sources: int
    """Independent sources left out of questions in which others are interested."""
    log_score: float
    error: float
    """Mean of what was observed less what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    overall: tuple[Group, ...]
    """Each outcome over all techniques, then everything."""
    by_technique: tuple[Group, ...]
    by_baseline: tuple[Band, ...]
    """In the order of `BANDS`, those that have figures."""
    interest: tuple[Kept, ...]
    """Empty where no independent source stands beside an interested one."""
    shape: Shape
    """The pack's, which `pack` uses."""
    estimated: Shape
    """What foretells the quality figures of all techniques best."""
    alone: tuple[tuple[str, Outcome], ...]
    """Questions with one source, which cannot be left out."""


def validate(
    effects: Sequence[Effect],
    techniques: Mapping[str, Technique],
    settings: Settings,
    context: Context = EVERYWHERE,
    *,
    outcomes: Collection[Outcome] | None = None,
    progress: Callable[[int, int], None] | None = None,
    place: Place = HERE,
    pool: Callable[[Sequence[Effect], Context, Priors], Pooling] = pool_effects,
) -> Validation:
    """Leave each source of each question out in turn and foretell its records from the others.

    `outcomes`: default all; `progress(done, total)` is told of every source once its question is done; `place` is where
    questions are worked out, one a piece; `pool` as in `synthesise`.  Raises InputError for priors that cannot be used,
    and NothingToLeaveOut where no question has two sources.
    """
    priors = priors_of(settings)
    wanted = [outcome for outcome in EVERY_OUTCOME if outcomes is None or outcome in outcomes]
    answers = evidence_for(effects, techniques, context)
    evidence = {key: found for key, found in answers.items() if found.used and key[1] in wanted}
    many = {key: found for key, found in evidence.items() if len(_sources(found)) > 1}
    if not many:
        raise NothingToLeaveOut(
            Problem(
                message=Message("no question has two sources or more"),
                remedy=Message("add figures of other sources, or widen the view"),
            )
        )
    pooled = {key: pool(found.used, context, priors) for key, found in evidence.items()}
    across = {outcome: learned_across(pooled, outcome, priors) for outcome in wanted}
    total = sum(len(_sources(found)) for found in many.values())
    folds: list[Fold] = []
    asked = [
        (found, pooled[technique, outcome], priors_for(technique, across[outcome], outcome, share=1.0))
        for (technique, outcome), found in many.items()
    ]
    for left_out in in_pieces(partial(_left_out, priors), asked, place):
        for fold in left_out:
            folds.append(fold)
            if progress is not None:
                progress(len(folds), total)
    folds, estimated = _cross_fitted(folds)
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
        by_baseline=_by_baseline(folds),
        interest=_interest(folds),
        shape=priors.shape,
        estimated=estimated,
        alone=tuple(key for key in evidence if key not in many),
    )


def _left_out(priors: Priors, question: tuple[Evidence, Pooling, Learned]) -> list[Fold]:
    """Each source of one question left out in turn."""
    evidence, pooling, learned = question
    return list(folds_of(evidence, pooling, priors, learned))


def _sources(evidence: Evidence) -> list[str]:
    return sorted({effect.record.source_id for effect in evidence.used})


def _telling(folds: Sequence[Fold]) -> list[Fold]:
    """Folds from which the shape is estimated: quality's, the most numerous, or all where a pack has none."""
    return [fold for fold in folds if fold.outcome == "quality"] or list(folds)


def _by_shape(folds: Sequence[Fold]) -> Array:
    """(usual, far, shares) log density at what was left out, under every shape tried, each source counting alike."""
    weights = np.concatenate([np.full(len(fold.usual), 1.0 / len(fold.usual)) for fold in folds])
    usual, far = (np.concatenate([getattr(fold, name) for fold in folds]) for name in ("usual", "far"))
    shares, found = np.array(_SHARES), np.empty((len(USUAL), len(FAR), len(_SHARES)))
    for i, j in np.ndindex(found.shape[:2]):
        found[i, j] = weights @ np.log((1.0 - shares) * usual[:, i, None] + shares * far[:, j, None])
    return found


def _best_shape(scores: Collection[Array]) -> Shape:
    """The shape of highest score over all; the normal one where nothing was scored."""
    if not scores:
        return NORMAL
    total = np.asarray(sum(scores))
    i, j, k = np.unravel_index(int(total.argmax()), total.shape)
    return Shape(multipliers=(USUAL[i], FAR[j]), weights=(1.0 - _SHARES[k], _SHARES[k]))


def _cross_fitted(folds: Sequence[Fold]) -> tuple[list[Fold], Shape]:
    """Folds with the scores of the shape that the other techniques ask for, and the shape that all ask for."""
    telling: dict[str, list[Fold]] = defaultdict(list)
    for fold in _telling(folds):
        telling[fold.technique].append(fold)
    scores = {technique: _by_shape(own) for technique, own in telling.items()}
    shapes = {
        technique: _best_shape([own for other, own in scores.items() if other != technique])
        for technique in {fold.technique for fold in folds}
    }
    again = [replace(fold, seen={**fold.seen, "crossfit": fold.again(shapes[fold.technique])}) for fold in folds]
    return again, _best_shape(scores.values())


def _group(folds: Sequence[Fold], *, technique: str | None = None, outcome: Outcome | None = None) -> Group:
    weights = np.concatenate([np.full(len(fold.usual), 1.0 / len(fold.usual)) for fold in folds])
    return Group(
        technique=technique,
        outcome=outcome,
        records=len(weights),
        sources=len(folds),
        models={name: summarise(Seen.joined([fold.seen[name] for fold in folds]), weights) for name in MODELS},
    )


def _by_baseline(folds: Sequence[Fold]) -> tuple[Band, ...]:
    bands = []
    for low, high in BANDS:
        within = [
            (fold, inside)
            for fold in folds
            if fold.outcome == "quality" and (inside := (fold.baseline >= low) & (fold.baseline < high)).any()
        ]
        if not within:
            continue
        counts = [int(inside.sum()) for _, inside in within]
        weights = np.concatenate([np.full(count, 1.0 / count) for count in counts])
        bands.append(
            Band(
                low=low,
                high=high,
                records=sum(counts),
                sources=len(within),
                models={
                    name: summarise(Seen.joined([fold.seen[name].where(inside) for fold, inside in within]), weights)
                    for name in MODELS
                },
            )
        )
    return tuple(bands)


def _interest(folds: Sequence[Fold]) -> tuple[Kept, ...]:
    asked = [fold for fold in folds if fold.kept and fold.outcome == "quality"]
    if not asked:
        return ()
    weights = np.concatenate([np.full(len(fold.usual), 1.0 / len(fold.usual)) for fold in asked])
    weights = weights / weights.sum()
    found = []
    for share in KEPT:
        log_score, error = (float(weights @ np.concatenate([fold.kept[share][k] for fold in asked])) for k in (0, 1))
        found.append(Kept(share=share, sources=len(asked), log_score=log_score, error=error))
    return tuple(found)
