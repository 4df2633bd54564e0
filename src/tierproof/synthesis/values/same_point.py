"""How a technique's effects on two outcomes go together, from records of one operating point of one source.

Enters: what answers each question.  Leaves: a `Pairing` for two outcomes that sources measured together.  Knows nothing
of pooling, techniques' names or money.

A router that is set to be cheap loses more successes than one that is set to be dear: its bill and its success are two
ends of one curve.  Drawn apart, the bill of one point would meet the success of another.  Outcomes are pooled apart, so
what is kept here are two correlations, of points about their source's mean and of sources' means.  What sets points of
a source apart, say how cheap they are set, sets sources apart too, and sources are few: their correlation is drawn
towards that of points, which is drawn towards 0.  Sampling error is left in: the two errors have little to do with one
another, so it draws both towards 0 as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from msgspec import Struct

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.synthesis.values.normal import Array

__all__ = ["Pairing", "Pairs", "paired", "pairing_of"]

PRIOR_SD: Final = 0.5
"""Of a correlation on Fisher's scale: about 0 it is within -0.68 and 0.68 with 90 %, as much as seven pairs know."""
LEAST_PAIRS: Final = 4
"""Fewer say nothing: Fisher's z of n pairs has the variance 1 / (n - 3) (R. A. Fisher, Metron 1 (1921) 3-32)."""
_Key = tuple[object, ...]


class Pairing(Struct, frozen=True, kw_only=True):
    """Of effects on two outcomes, each on its analysis scale; within (-1, 1), 0 where too few pairs speak."""

    between: float
    """Correlation of sources' means."""
    within: float
    """Correlation of operating points about their source's mean."""
    pairs: int
    sources: int


Pairs = Mapping[tuple[Outcome, Outcome], Pairing]
"""By two outcomes, in the order asked for."""


def paired(used: Mapping[Outcome, Sequence[Effect]], outcomes: Sequence[Outcome]) -> Pairs:
    """The pairings of one technique's outcomes, of those that any source measured at one operating point.

    `used`: the effects that each outcome's average rests on.
    """
    known = [outcome for outcome in outcomes if used.get(outcome)]
    if len(known) < 2:
        return {}
    cited = {outcome: {effect.record.source_id for effect in used[outcome]} for outcome in known}
    points = {}
    for outcome in known:
        elsewhere = set().union(*(there for other, there in cited.items() if other != outcome))
        points[outcome] = _points(effect for effect in used[outcome] if effect.record.source_id in elsewhere)
    found: dict[tuple[Outcome, Outcome], Pairing] = {}
    for one, other in combinations(known, 2):
        shared = sorted(points[one].keys() & points[other].keys(), key=repr)
        if len(shared) >= LEAST_PAIRS:
            sources = [str(key[0]) for key in shared]
            figures = [(points[one][key], points[other][key]) for key in shared]
            found[one, other] = pairing_of(sources, np.array(figures))
    return found


def pairing_of(sources: Sequence[str], figures: Array) -> Pairing:
    """Of `figures` (n, 2), a row a point, from `sources` (n,)."""
    _, code = np.unique(np.array(sources), return_inverse=True)
    count = np.bincount(code)
    means = np.column_stack([np.bincount(code, weights=column) / count for column in figures.T])
    within, between = figures - means[code], means - means.mean(axis=0)
    points = _z(within, len(figures) - len(count) + 1, towards=0.0)
    return Pairing(
        between=math.tanh(_z(between, len(count), towards=points)),
        within=math.tanh(points),
        pairs=len(figures),
        sources=len(count),
    )


def _z(deviations: Array, worth: int, *, towards: float) -> float:
    """Fisher's z of the correlation of `deviations` (n, 2), worth that many pairs, the prior being about `towards`."""
    known = max(0, worth - 3)
    product = deviations.T @ deviations
    size = math.sqrt(product[0, 0] * product[1, 1])
    if not known or size < 1e-12:
        return towards
    z = math.atanh(min(max(float(product[0, 1]) / size, -0.999), 0.999))
    prior = PRIOR_SD**-2
    return (known * z + prior * towards) / (known + prior)


def _points(effects: Iterable[Effect]) -> dict[_Key, float]:
    """Estimates by operating point; a point that several records share is none, since it is not told which is which."""
    found: dict[_Key, float] = {}
    twice = set()
    for effect in effects:
        record = effect.record
        key = (
            record.source_id,
            record.comparator,
            record.model,
            record.params_b,
            record.task,
            record.subtype,
            record.dose,
            record.contrast,
            record.setting,
        )
        if key in found:
            twice.add(key)
        found[key] = effect.estimate
    for key in twice:
        del found[key]
    return found
