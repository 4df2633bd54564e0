"""The model at given heterogeneities, where everything is normal and in closed form.

Enters: estimates, standard errors, sources, moderators, priors, and values of (ts, tr).  Leaves: the likelihood with
the coefficients integrated out, and the coefficients' normal posterior.  Knows nothing of how (ts, tr) are integrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import ArrayLike

from tierproof.synthesis.values.normal import Array

__all__ = [
    "Data",
    "Marginal",
    "Moments",
    "coefficients",
    "coefficients_at",
    "log_likelihood",
    "marginal",
    "moments_of",
    "prepared",
]

_LOG_TWO_PI: Final = 1.8378770664093453
_UNTHREADED: Final = 2**18
"""Multiplications of a matrix product below which linear algebra libraries start no threads."""
_TOLD: Final = 1e-6
"""Share of a sum that is told with eight digits or more once the rest is taken off."""
_FEW_TERMS: Final = 4 * 10**6
"""Numbers that are kept for a fit: more no cache holds, and to find them anew is as quick as to fetch them."""
_RECORDS: Final = 8
"""Records a source from which on sums are made source by source."""
_SOURCES_AT_ONCE: Final = 1024
"""Sources whose squares are held at once: a pack has fewer, a million records have as many as do not fit in a cache."""
_LARGEST: Final = 1e12
"""Beyond this squares of squares overflow; no effect on a log scale comes near."""


class Data(Struct, frozen=True, kw_only=True):
    """Records in canonical order, sources contiguous; `y` measured from the origin."""

    y: Array
    se: Array
    spread: Array
    """Each record's own multiple of tr."""
    starts: np.ndarray
    """(S,) where each source begins."""
    prior_mean: Array
    prior_sd: Array
    origin: Array
    """(p,) what beta is measured from: `y` is what is left of the estimates at it."""

    prior: Array
    """(p + 1, p + 1) what the prior of beta, measured from the origin, adds to the moments."""
    centre: Array
    """(S, q) each source's mean of z = (x, y), weighted by 1 / se^2; q = p + 1."""
    offset: Array
    """(n, q) each record's z from the centre of its source."""
    terms: Array | None
    """(n, q + q (q + 1) / 2) the same and its products with itself, each pair once; None where they are so many that
    they are found anew, block by block, each time they are summed."""

    def terms_of(self, block: slice) -> Array:
        return _with_pairs(self.offset[block]) if self.terms is None else self.terms[block]

    def of(self, place: int) -> Data:
        """One source alone, the one in that place, and no prior."""
        first, last = self._ends(place)
        return structs.replace(
            self,
            y=self.y[first:last],
            se=self.se[first:last],
            spread=self.spread[first:last],
            starts=np.zeros(1, dtype=np.intp),
            centre=self.centre[place : place + 1],
            offset=self.offset[first:last],
            terms=None if self.terms is None else self.terms[first:last],
            prior=np.zeros_like(self.prior),
        )

    def without(self, place: int) -> Data:
        """All sources but the one in that place."""
        first, last = self._ends(place)
        kept = np.r_[:first, last : len(self.y)]
        starts = np.delete(self.starts, place)
        starts[place:] -= last - first
        return structs.replace(
            self,
            y=self.y[kept],
            se=self.se[kept],
            spread=self.spread[kept],
            starts=starts,
            centre=np.delete(self.centre, place, axis=0),
            offset=self.offset[kept],
            terms=None if self.terms is None else self.terms[kept],
        )

    def _ends(self, place: int) -> tuple[int, int]:
        after = place + 1
        return int(self.starts[place]), int(self.starts[after]) if after < len(self.starts) else len(self.y)


def prepared(
    estimates: tuple[ArrayLike, ArrayLike],
    source: object,
    design: ArrayLike | None,
    prior: tuple[ArrayLike, ArrayLike],
    spread: ArrayLike = 1.0,
) -> tuple[Data, list[object]]:
    """In canonical order, and the sources' labels in theirs.  Raises ValueError for what `fit` refuses."""
    y, se = (np.asarray(part, dtype=np.float64).reshape(-1) for part in estimates)
    x = np.ones((len(y), 1)) if design is None else np.asarray(design, dtype=np.float64)
    labelled, codes = _coded(np.asarray(source).reshape(-1))
    if len(y) == 0:
        raise ValueError("a fit needs at least one record")
    if x.ndim != 2 or not len(y) == len(se) == len(codes) == len(x):
        raise ValueError(f"{len(y)} estimates, {len(se)} standard errors, {len(codes)} sources, moderators {x.shape}")
    if not (np.isfinite(y).all() and np.isfinite(se).all() and np.isfinite(x).all()):
        raise ValueError("estimates, standard errors and moderators are finite")
    times = np.broadcast_to(np.asarray(spread, dtype=np.float64), y.shape)
    if not (np.isfinite(times).all() and (times > 0).all()):
        raise ValueError("multiples of the spread are finite and positive")
    if se.min() <= 0:
        raise ValueError("standard errors are positive")
    if np.abs(y).max() > _LARGEST or se.max() > _LARGEST or se.min() < 1 / _LARGEST:
        raise ValueError(f"estimates are at most {_LARGEST:g} in size, standard errors within its inverse and it")
    p = x.shape[1]
    mean, sd = (np.full(p, part, dtype=np.float64) for part in prior)
    if bool((sd <= 0).any()) or not (np.isfinite(mean).all() and np.isfinite(sd).all()):
        raise ValueError("prior means are finite and prior sds finite and positive")
    order, starts = _canonical(np.column_stack((y, se, x, times)), codes)
    sources = codes[order[starts]].tolist()
    if labelled is not None:
        sources = [labelled[code] for code in sources]
    origin = mean.copy()
    if bool((x[:, 0] == 1.0).all()):
        # Sums of squares about the figures' own mean keep the digits that a far origin would drown.
        weights = se[order] ** -2.0
        origin[0] += float(weights @ (y - x @ mean)[order] / weights.sum())
    lever = np.column_stack((np.eye(p), mean - origin)) / sd[:, None]
    y, se, times = (y - x @ origin)[order], se[order], times[order]
    z, precision = np.column_stack((x[order], y)), se**-2.0
    centre = np.add.reduceat(precision[:, None] * z, starts) / np.add.reduceat(precision, starts)[:, None]
    offset = z - np.repeat(centre, np.diff(starts, append=len(y)), axis=0)
    data = Data(
        y=y,
        se=se,
        spread=times,
        starts=starts,
        prior_mean=mean,
        prior_sd=sd,
        origin=origin,
        prior=lever.T @ lever,
        centre=centre,
        offset=offset,
        terms=_with_pairs(offset) if len(y) * (p + 1) ** 2 <= _FEW_TERMS else None,
    )
    return data, sources


def _coded(labels: np.ndarray) -> tuple[list[object] | None, np.ndarray]:
    """Labels once each, and the place of each record's among them; None: they are whole numbers, their own places."""
    if labels.dtype.kind == "i":
        return None, labels
    known = {label: code for code, label in enumerate(dict.fromkeys(labels.tolist()))}
    return list(known), np.array([known[label] for label in labels.tolist()], dtype=np.int64)


def _canonical(table: Array, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An order that depends on the records' content alone, sources kept together, and where each source begins.

    Floating-point sums depend on the order of their terms; a canonical one makes results the same whatever the order of
    the lines in a file and the sources' names.
    """
    table = table + 0.0  # -0.0 equals 0.0 but has other bytes
    order = np.lexsort((*table.T[::-1], codes))
    code = codes[order]
    cuts = [0, *(np.flatnonzero(code[1:] != code[:-1]) + 1).tolist(), len(order)]
    blocks = [order[start:end] for start, end in pairwise(cuts)]
    blocks.sort(key=lambda block: (len(block), table[block].tobytes()))
    lengths = [len(block) for block in blocks]
    return np.concatenate(blocks), np.cumsum([0, *lengths[:-1]])


class Moments(Struct, frozen=True):
    """What data and prior say of beta, measured from the origin, on the product grid (r, s)."""

    products: Array
    """(r, s, p + 1, p + 1) z' V^-1 z for z = (x, y), and the prior's share."""
    log_determinant: Array
    """(r, s) log |V|."""
    records: int

    def without(self, part: Moments) -> Moments | None:
        """With the share of some sources taken off; None where hardly anything is left whose digits could be told."""
        rest = self.products - part.products
        whole = np.diagonal(self.products, axis1=-2, axis2=-1)
        if bool((np.diagonal(rest, axis1=-2, axis2=-1) < _TOLD * whole).any()):
            return None
        return Moments(rest, self.log_determinant - part.log_determinant, self.records - part.records)


def moments_of(data: Data, tau_source: Array, tau_record: Array, scaled: np.ndarray) -> Moments:
    """Integrate u and v out.

    For a source with precisions w_j = 1 / (se_j^2 + m_j^2 tr^2), g = sum w_j and weighted means (x_, y_), the inverse
    of its covariance diag(1/w) + ts^2 11' acts as (Sherman and Morrison 1950, written without cancellation)

        a' V^-1 b = sum_j w_j (a_j - a_)(b_j - b_) + g / (1 + ts^2 g) a_ b_
        log|V|    = log(1 + ts^2 g) - sum_j log w_j

    so that sources enter through their within-part, which knows only tr, and their weighted mean.  With c and c_ the
    figures and their weighted mean as measured from the source's centre, the within-part is

        sum_j w_j c_j c_j' - g c_ c_'

    whose sums over records are products of matrices for all tr.  The centre is the weighted mean at tr = 0, and
    larger tr only evens the weights out, so that the difference keeps its digits.
    """
    w = 1.0 / (data.se**2 + (tau_record**2)[:, None] * data.spread**2)
    g = np.add.reduceat(w, data.starts, axis=1)
    shift, squares = _sums(data, w)
    shift /= g[:, :, None]
    r, count, q = shift.shape
    within, logs = squares[:, _places(q)], np.zeros((r, len(tau_source)))
    products = np.zeros((r, len(tau_source), q, q))
    for first in range(0, count, _SOURCES_AT_ONCE):
        part = slice(first, first + _SOURCES_AT_ONCE)
        weight, by = g[:, None, part], shift[:, part]
        within -= np.matmul((by * g[:, part, None]).swapaxes(1, 2), by)
        shrunk = 1.0 + weight * (tau_source**2)[None, :, None]
        by += data.centre[part]
        outer = by[..., :, None] * by[..., None, :]
        products += np.matmul(weight / shrunk, outer.reshape(r, -1, q * q)).reshape(r, -1, q, q)
        logs += np.log(shrunk).sum(axis=2)
    products += within[:, None]
    unit = np.hypot(tau_record[:, None], tau_source)[..., None]
    for k in np.flatnonzero(scaled):
        products[..., k, :] *= unit
        products[..., :, k] *= unit
    products += data.prior
    return Moments(products, logs - np.log(w).sum(axis=1)[:, None], len(data.y))


def _sums(data: Data, w: Array) -> tuple[Array, Array]:
    """Under weights `w` (r, n): each source's sum of offsets (r, S, q), and the sum of all products (r, q (q + 1) / 2).

    Products in blocks that are too small for threads, whose start and wait would cost more than they save.
    """
    r, n = w.shape
    q, count = data.centre.shape[1], len(data.starts)
    pairs = q * (q + 1) // 2
    rows = max(1, _UNTHREADED // (r * (q + pairs)))
    squares = np.zeros((r, pairs))
    for start in range(0, n, rows):
        block = slice(start, start + rows)
        squares += w[:, block] @ data.terms_of(block)[:, q:]
    if n < _RECORDS * count:
        return np.add.reduceat(w[:, :, None] * data.offset, data.starts, axis=1), squares
    sums = np.empty((r, count, q))
    for source, (first, last) in enumerate(pairwise([*data.starts.tolist(), n])):
        sums[:, source] = w[:, first:last] @ data.offset[first:last]
    return sums, squares


def _with_pairs(z: Array) -> Array:
    """(n, q + q (q + 1) / 2) each row's q components, then their products, each pair once."""
    n, q = z.shape
    terms = np.empty((n, q + q * (q + 1) // 2))
    terms[:, :q] = z
    place = q
    for first in range(q):
        np.multiply(z[:, first : first + 1], z[:, first:], out=terms[:, place : place + q - first])
        place += q - first
    return terms


@cache
def _upper(q: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(q)


@cache
def _places(q: int) -> np.ndarray:
    """(q, q) where each entry of the symmetric matrix stands among its pairs."""
    places = np.zeros((q, q), dtype=np.intp)
    first, second = _upper(q)
    places[first, second] = places[second, first] = np.arange(len(first))
    return places


def log_likelihood(data: Data, moments: Moments) -> Array:
    """(r, s) log likelihood with beta integrated out.

    The Cholesky root of [[P, l], [l', c + k]], with P beta's posterior precision, ends in the square root of
    c + k - l' P^-1 l: one factorisation gives both the determinant and the residual sum of squares.  k > 0 keeps the
    matrix positive definite where rounding would not, and is taken off again.
    """
    p = len(data.prior_mean)
    slack = 1.0 + 1e-12 * moments.products[..., p, p]
    augmented = moments.products.copy()
    augmented[..., p, p] += slack
    diagonal = np.diagonal(np.linalg.cholesky(augmented), axis1=-2, axis2=-1)
    return np.asarray(
        -0.5
        * (
            moments.records * _LOG_TWO_PI
            + moments.log_determinant
            + 2.0 * np.log(diagonal[..., :p]).sum(axis=-1)
            + 2.0 * np.log(data.prior_sd).sum()
            + diagonal[..., p] ** 2
            - slack
        )
    )


def coefficients(products: Array) -> tuple[Array, Array]:
    """Mean (..., p), measured from the origin, and covariance (..., p, p) of beta."""
    p = products.shape[-1] - 1
    covariances = np.linalg.inv(products[..., :p, :p])
    covariances = 0.5 * (covariances + covariances.swapaxes(-1, -2))
    return np.matmul(covariances, products[..., :p, p, None])[..., 0], covariances


def coefficients_at(
    z: Array, precision: Array, source: np.ndarray, prior: tuple[Array, Array], tau_source: float
) -> Array:
    """(p,) posterior means of beta at one point, the spread between records counted in `precision` (n,).

    `z` (n, p + 1) columns and estimates, `source` (n,) codes from 0 on, `prior` means and sds.  What `moments_of` sums
    for many points, without what it keeps for them.
    """
    p = z.shape[1] - 1
    weighted = precision[:, None] * z
    sums = np.column_stack([np.bincount(source, weights=column) for column in weighted.T])
    shrunk = tau_source**2 / (1.0 + tau_source**2 * np.bincount(source, weights=precision))
    moments = weighted.T @ z - (shrunk[:, None] * sums).T @ sums
    information = prior[1] ** -2.0
    return np.asarray(np.linalg.solve(moments[:p, :p] + np.diag(information), moments[:p, p] + prior[0] * information))


class Marginal(Struct, frozen=True, kw_only=True):
    """Log likelihood with beta integrated out, and beta's conditional posterior, on a product grid (r, s)."""

    log_likelihood: Array
    """(r, s)"""
    means: Array
    """(r, s, p)"""
    covariances: Array
    """(r, s, p, p)"""


def marginal(
    y: ArrayLike,
    se: ArrayLike,
    source: Sequence[object] | ArrayLike,
    X: ArrayLike | None = None,
    *,
    prior_mean: ArrayLike = 0.0,
    prior_sd: ArrayLike = 1.5,
    tau_source: ArrayLike,
    tau_record: ArrayLike,
) -> Marginal:
    """The model at given heterogeneities: `tau_source` (s,), `tau_record` (r,); other arguments as in `fit`."""
    data, _ = prepared((y, se), source, X, (prior_mean, prior_sd))
    grid_source, grid_record = (np.atleast_1d(np.asarray(tau, dtype=np.float64)) for tau in (tau_source, tau_record))
    moments = moments_of(data, grid_source, grid_record, np.zeros(len(data.prior_mean), dtype=bool))
    means, covariances = coefficients(moments.products)
    return Marginal(log_likelihood=log_likelihood(data, moments), means=means + data.origin, covariances=covariances)
