"""The model at the main analysis' own heterogeneities, where any choice of its records costs one small system.

Enters: a pooling, and where the reader stands.  Leaves: averages of records or sources left out, found by taking their
share off the whole.  They tell where a fit is worth its time and are shown nowhere: a source that holds most of the
weight also moves the heterogeneities, which here stay.  Knows nothing of analyses' names.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tierproof.synthesis.pooling import Pooling
from tierproof.synthesis.values.normal import Array

__all__ = ["OnePoint"]


class OnePoint:
    """`n` records of `S` sources, `p` coefficients, those in units of the heterogeneity in plain ones."""

    def __init__(self, main: Pooling) -> None:
        design, figures, fit = main.design, main.figures, main.fit
        self._tau_source = float(fit.weights @ fit.tau_source_grid)
        self._tau_record = float(fit.weights @ fit.tau_record_grid)
        unit = np.where(fit.scaled, float(np.hypot(self._tau_source, self._tau_record)), 1.0)
        self._order = np.argsort(figures.source, kind="stable")
        self._starts = np.flatnonzero(np.diff(figures.source[self._order], prepend=-1))
        z = np.column_stack((design.x * unit, figures.estimate + design.shift))[self._order]
        self._z = z
        self._precision = (1.0 / (design.se**2 + np.square(design.spread * self._tau_record)))[self._order]
        self._unit = unit
        self._prior, self._linear = fit.prior_sd**-2.0, fit.prior_mean * fit.prior_sd**-2.0

    def moments(self, kept: np.ndarray | None = None) -> Array:
        """(S, p + 1, p + 1) what each source's records say of the coefficients, its deviation integrated out.

        `kept` (n,): the records that count, default all.
        """
        w = self._precision if kept is None else np.where(kept[self._order], self._precision, 0.0)
        g = np.add.reduceat(w, self._starts)
        weighted = w[:, None] * self._z
        sums = np.add.reduceat(weighted, self._starts, axis=0)
        ends = pairwise([*self._starts.tolist(), len(w)])
        products = np.stack([weighted[first:last].T @ self._z[first:last] for first, last in ends])
        shrunk = self._tau_source**2 / (1.0 + self._tau_source**2 * g)
        products -= shrunk[:, None, None] * sums[:, :, None] * sums[:, None, :]
        return products

    def averages(self, moments: Array, at: Array, columns: int | None = None) -> tuple[Array, Array]:
        """Mean and sd (...) of the average where the reader stands, by moments (..., p + 1, p + 1).

        `at` (p,): the reader's place in the design.  `columns`: the first of the design that are used, default all.
        """
        p = len(at) if columns is None else columns
        at = (at * self._unit)[:p]
        covariance = np.linalg.inv(moments[..., :p, :p] + np.diag(self._prior[:p]))
        mean = np.einsum("p,...pq,...q->...", at, covariance, moments[..., :p, -1] + self._linear[:p])
        return np.asarray(mean), np.asarray(np.sqrt(np.einsum("p,...pq,q->...", at, covariance, at)))

    def influence(self, at: Array) -> Array:
        """(S,) by how much the average moves where each source is left out, in the order of the pooling's sources."""
        parts = self.moments()
        whole = parts.sum(axis=0)
        return np.abs(self.averages(whole - parts, at)[0] - self.averages(whole, at)[0])
