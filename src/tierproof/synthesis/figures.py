"""One question's effects as columns, read once.

Enters: effects.  Leaves: `Figures`, arrays of equal length.  Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import gains_of
from tierproof.synthesis.normal import Array

__all__ = ["Figures", "figures_of"]

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

    def equal_shares(self) -> Array:
        """(n,) share of each record when all sources count alike and so do the records of one source; sum 1."""
        counts = np.bincount(self.source)
        return np.asarray(1.0 / (counts[self.source] * len(counts)))

    def source_means(self, tau_record: float) -> tuple[Array, Array]:
        """Each source's inverse-variance mean and its standard error, with that much spread between its records."""
        precision = 1.0 / (self.se**2 + tau_record**2)
        total = np.bincount(self.source, weights=precision)
        means = np.bincount(self.source, weights=precision * self.estimate) / total
        return means, np.asarray(1.0 / np.sqrt(total))


def figures_of(effects: Sequence[Effect]) -> Figures:
    """Columns of `effects`, one or more."""
    records = [effect.record for effect in effects]
    source_codes, sources = _coded([record.source_id for record in records])
    family_codes, families = _coded([record.task_family for record in records])
    gains = [gains_of(record) for record in records]
    return Figures(
        estimate=np.array([effect.estimate for effect in effects]),
        se=np.array([effect.se for effect in effects]),
        source=source_codes,
        sources=sources,
        family=family_codes,
        families=families,
        interested=np.array([1.0 if side == "treated" else 0.0 for side in gains]),
        rival=np.array([1.0 if side == "comparator" else 0.0 for side in gains]),
        log10_params=np.log10(np.array([np.nan if record.params_b is None else record.params_b for record in records])),
    )


def _coded(labels: Sequence[str]) -> tuple[Codes, tuple[str, ...]]:
    names = tuple(sorted(set(labels)))
    places = {name: k for k, name in enumerate(names)}
    return np.array([places[label] for label in labels]), names
