"""Whether another analysis of the same evidence points the other way: then no effect is clear.

Enters: the evidence and pooling of the main analysis.  Leaves: the name of the first analysis, among those of
`sensitivity.py`, whose average has the other sign.  Most are settled at the main analysis' own heterogeneities, where
an average costs one small system of equations; those near zero are fitted.  Knows nothing of marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from tierproof.evidence.effect import Effect
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.pooling import Pooling
from tierproof.synthesis.posteriors.answering import Evidence
from tierproof.synthesis.trust.sensitivity import ANALYSES, Alternatives, weighted_mean
from tierproof.synthesis.values.normal import Array

__all__ = ["opposing"]

_FAR: Final = 1.0
"""An average this many sds from zero at the main analysis' heterogeneities has the same sign once fitted: of 1,504 that
had the other one, in 4,000 small worlds, none lay farther than 0.68."""
_SURE: Final = 1.5
"""Where the main average itself is nearer to zero than so many sds, sources that agree do not settle it."""


def opposing(alternatives: Alternatives) -> str:
    """The analysis that has the other sign than the main one; empty: none has."""
    evidence, main = alternatives.evidence, alternatives.main
    average = main.average()
    sign = 1.0 if average.mean > 0 else -1.0
    if sign * weighted_mean(main.figures.estimate, main.figures.se).mean < 0:
        return "fixed effect"
    suspects = list(_with_more(evidence, main, sign * average.mean - _FAR * average.sd))
    if sign * average.mean < _SURE * average.sd or not _all_agree(main, sign):
        suspects += _near_zero(alternatives, sign)
    for name in sorted(suspects, key=ANALYSES.index):
        if (other := alternatives.average(name)) is not None and _crosses(other, sign):
            return name
    return ""


def _crosses(average: Mixture, sign: float) -> bool:
    """Whether its median has the other sign."""
    below = float(average.cdf(0.0))
    return (below if sign > 0 else 1.0 - below) > 0.5


def _all_agree(main: Pooling, sign: float) -> bool:
    """Whether every source's mean has the average's sign, as observed and as it would be where the reader stands.

    Then so has every weighted mean of some of them.
    """
    figures, design, fit = main.figures, main.design, main.fit
    unit = np.where(fit.scaled, main.heterogeneity(), 1.0)
    here = figures.estimate + design.shift - ((design.x - design.at) * unit) @ (fit.weights @ fit.means)
    w = 1.0 / (design.se**2 + (design.spread * float(fit.weights @ fit.tau_record_grid)) ** 2)
    sums = [np.bincount(figures.source, weights=w * y) for y in (figures.estimate, here)]
    return all(bool((sign * each > 0).all()) for each in sums)


def _with_more(evidence: Evidence, main: Pooling, room: float) -> Iterator[str]:
    """Analyses of further records that might move the average, on the analysis scale, by `room` or more."""
    tau = float(main.fit.weights @ main.fit.tau_source_grid)
    for name, more in (("all records", evidence.usable), ("with doubtful", (*evidence.used, *evidence.doubtful))):
        if len(more) != len(evidence.used) and 2.0 * abs(_moved(evidence.used, more, tau)) > room:
            yield name


def _near_zero(alternatives: Alternatives, sign: float) -> Iterator[str]:
    """Analyses of fewer records or columns whose average is near zero, or beyond."""
    evidence, main = alternatives.evidence, alternatives.main

    def near(moments: Array, columns: int | None = None) -> bool:
        mean, sd = alternatives.one_point.averages(moments.sum(axis=0), main.design.at, columns)
        return bool(sign * mean < _FAR * sd)

    complete = np.array([effect.record.selection == "complete" for effect in evidence.used])
    for name, kept in (("independent", main.figures.interested == 0), ("complete", complete)):
        if kept.any() and not kept.all() and near(alternatives.moments(name, kept)):
            yield name
    if _one_crosses(alternatives, sign):
        yield "without one"
    if len(main.design.at) > 1 and near(alternatives.moments(), columns=1):
        yield "no moderators"


def _one_crosses(alternatives: Alternatives, sign: float) -> bool:
    """Whether the average crosses zero without some source, among those without which it is near.

    Whichever source moves the average most, it moves it across zero only if one of these does.
    """
    if len(alternatives.main.sources) < 2:
        return False
    parts = alternatives.moments()
    mean, sd = alternatives.one_point.averages(parts.sum(axis=0) - parts, alternatives.main.design.at)
    close = np.flatnonzero(sign * mean < _FAR * sd).tolist()
    return any(_crosses(alternatives.without(code), sign) for code in close)


def _moved(few: Sequence[Effect], many: Sequence[Effect], tau: float) -> float:
    """How far further records move the weighted mean, on the analysis scale."""

    def mean(effects: Sequence[Effect]) -> float:
        w = 1.0 / (np.array([effect.se for effect in effects]) ** 2 + tau**2)
        return float(w @ np.array([effect.estimate for effect in effects]) / w.sum())

    return mean(many) - mean(few)
