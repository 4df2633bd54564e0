"""One question's effects as columns, read once.

Enters: effects.  Leaves: `Figures`, arrays of equal length.  Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from tierproof.evidence.effect import Effect, Scale
from tierproof.evidence.record import Record, gains_of
from tierproof.synthesis.values.normal import Array

__all__ = ["Figures", "figures_of", "own_means"]

_LEAST_SHARE = 1e-3
"""A baseline is no nearer to none or all than this: beyond, its logit tells the number of items, not the system."""
_NO_SHARE = 1e-100
"""Stands for a share of nothing: by its square a mean is still to be had."""
Codes = np.ndarray
"""(n,) whole numbers that index a tuple of names."""


class Figures(Struct, frozen=True, kw_only=True):
    """`n` effects, in their own order."""

    estimate: Array
    """(n,) on the analysis scale."""
    se: Array
    """(n,)"""
    source: Codes
    sources: tuple[str, ...]
    """Source ids, sorted."""
    family: Codes
    families: tuple[str, ...]
    """Task families, sorted."""
    interested: Array
    """(n,) 1 where those who report gain by the treated side (authors, vendors of the technique), 0 elsewhere."""
    rival: Array
    """(n,) 1 where they gain by the comparator: who proposes or sells another technique or model."""
    log10_params: Array
    """(n,) log10 of billions of parameters; NaN where unknown."""
    baseline: Array
    """(n,) logit of the comparator's share of successes, as observed; NaN where the figure is no share."""
    baseline_variance: Array
    """(n,) the comparator's sampling error, as far as it is part of `se`^2; 0 where there is no share."""

    def equal_shares(self) -> Array:
        """(n,) share of each record when all sources count alike and so do the records of one source; sum 1."""
        counts = np.bincount(self.source)
        return np.asarray(1.0 / (counts[self.source] * len(counts)))

    def by_source(self, column: Array) -> Array:
        """(n,) the plain mean of `column` (n,) over each record's source."""
        counts = np.bincount(self.source)
        return np.asarray((np.bincount(self.source, weights=column) / counts)[self.source])

    def source_means(self, tau_record: float) -> tuple[Array, Array]:
        """Each source's inverse-variance mean and its standard error, with that much spread between its records.

        To ask of sources what their weights in an average have no part in; what is shown of a source is `own_means`.
        """
        precision = 1.0 / (self.se**2 + tau_record**2)
        total = np.bincount(self.source, weights=precision)
        means = np.bincount(self.source, weights=precision * self.estimate) / total
        return means, np.asarray(1.0 / np.sqrt(total))


def own_means(
    weights: Array, estimates: Array, errors: Array, tau_record: float, source: Codes | None = None
) -> tuple[Array, Array]:
    """Each source's own mean, by its records' shares in the pooled average, and its standard error; None: one source.

    `tau_record` is the spread between records of one source.  By these shares sources' means add up to the pooled
    figure, and whatever shows a source shows the same one.
    """
    source = np.zeros(len(weights), dtype=np.intp) if source is None else source
    weights = np.maximum(weights, _NO_SHARE)
    total = np.bincount(source, weights=weights)
    means = np.bincount(source, weights=weights * estimates) / total
    return means, np.sqrt(np.bincount(source, weights=weights**2 * (errors**2 + tau_record**2))) / total


_SIDES: Final = {"treated": 1.0, "neither": 0.0, "comparator": -1.0}


def figures_of(effects: Sequence[Effect]) -> Figures:
    """Columns of `effects`, one or more."""
    records = [effect.record for effect in effects]
    source_codes, sources = _coded([record.source_id for record in records])
    family_codes, families = _coded([record.task_family for record in records])
    side = np.array([_SIDES[gains_of(record)] for record in records])
    se = np.array([effect.se for effect in effects])
    baseline, variance = _baselines(effects[0].scale, records, se)
    return Figures(
        estimate=np.array([effect.estimate for effect in effects]),
        se=se,
        source=source_codes,
        sources=sources,
        family=family_codes,
        families=families,
        interested=np.maximum(side, 0.0),
        rival=np.maximum(-side, 0.0),
        log10_params=np.log10(np.array([record.params_b for record in records], dtype=np.float64)),
        baseline=baseline,
        baseline_variance=variance,
    )


def _baselines(scale: Scale, records: Sequence[Record], se: Array) -> tuple[Array, Array]:
    """Logits of the comparators' successes, and the part of each effect's variance that is theirs.

    Woolf's variance of a log odds ratio is 1/(n p1 q1) + 1/(n p0 q0): the second term's share of it does not depend on
    n.  A variance that the source gave itself, say of paired answers, is divided in the same proportion.
    """
    if scale != "log_odds_ratio":
        return np.full(len(se), np.nan), np.zeros(len(se))
    upward = np.array([record.higher_is_better for record in records])
    shares = np.empty((2, len(se)))
    shares[0] = [record.baseline for record in records]  # NaN where there is none
    shares[1] = [record.treated for record in records]
    least = 100.0 * _LEAST_SHARE
    shares = np.minimum(np.maximum(np.where(upward, shares, 100.0 - shares), least), 100.0 - least) / 100.0
    spread = 1.0 / (shares * (1.0 - shares))
    known = np.isfinite(spread[0])
    return np.log(shares[0] / (1.0 - shares[0])), np.where(known, se**2 * spread[0] / spread.sum(axis=0), 0.0)


def _coded(labels: Sequence[str]) -> tuple[Codes, tuple[str, ...]]:
    names = tuple(sorted(set(labels)))
    places = {name: k for k, name in enumerate(names)}
    return np.array([places[label] for label in labels]), names
