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
    "likelihood_of",
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

    log_prior: float
    """log of the product of the priors' variances"""
    prior: Array
    """(q (q + 1) / 2,) what the prior of beta, measured from the origin, adds to the moments' pairs."""
    centre: Array
    """(q, S) each source's mean of z = (x, y), weighted by 1 / se^2; q = p + 1."""
    offset: Array
    """(q, n) each record's z from the centre of its source."""
    pairs: Array | None
    """(q (q + 1) / 2, n) products of each record's offset with itself, each pair once; None where they are so many that
    they are found anew, block by block, each time they are summed."""

    def pairs_of(self, block: slice) -> Array:
        return _pairs(self.offset[:, block]) if self.pairs is None else self.pairs[:, block]

    def of(self, place: int) -> Data:
        """One source alone, the one in that place, and no prior."""
        first, last = self._ends(place)
        return structs.replace(
            self,
            y=self.y[first:last],
            se=self.se[first:last],
            spread=self.spread[first:last],
            starts=np.zeros(1, dtype=np.intp),
            centre=self.centre[:, place : place + 1],
            offset=self.offset[:, first:last],
            pairs=None if self.pairs is None else self.pairs[:, first:last],
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
            centre=np.delete(self.centre, place, axis=1),
            offset=self.offset[:, kept],
            pairs=None if self.pairs is None else self.pairs[:, kept],
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
    order, lengths = _canonical(np.column_stack((y, se, x, times)), codes)
    y, se, times, x = y[order], se[order], times[order], x[order]
    starts = np.cumsum([0, *lengths[:-1]])
    sources = codes[order[starts]].tolist()
    if labelled is not None:
        sources = [labelled[code] for code in sources]
    origin, precision = mean.copy(), 1.0 / np.square(se)
    if bool((x[:, 0] == 1.0).all()):
        # Sums of squares about the figures' own mean keep the digits that a far origin would drown.
        origin[0] += float(precision @ (y - x @ mean) / precision.sum())
    y = y - x @ origin
    z = np.concatenate((x.T, y[None]))
    centre = np.add.reduceat(precision * z, starts, axis=1) / np.add.reduceat(precision, starts)
    offset = z - np.repeat(centre, lengths, axis=1)
    information, away = 1.0 / np.square(sd), mean - origin
    before = np.zeros((p + 1) * (p + 2) // 2)
    before[_squares(p + 1)[:p]] = information
    before[_places(p + 1)[p, :p]] = information * away
    before[-1] = information @ np.square(away)
    data = Data(
        y=y,
        se=se,
        spread=times,
        starts=starts,
        prior_mean=mean,
        prior_sd=sd,
        origin=origin,
        log_prior=2.0 * float(np.log(sd).sum()),
        prior=before,
        centre=centre,
        offset=offset,
        pairs=_pairs(offset) if len(y) * (p + 1) ** 2 <= _FEW_TERMS else None,
    )
    return data, sources


def _coded(labels: np.ndarray) -> tuple[list[object] | None, np.ndarray]:
    """Labels once each, and the place of each record's among them; None: they are whole numbers, their own places."""
    if labels.dtype.kind == "i":
        return None, labels
    known = {label: code for code, label in enumerate(dict.fromkeys(labels.tolist()))}
    return list(known), np.array([known[label] for label in labels.tolist()], dtype=np.int64)


def _canonical(table: Array, codes: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """An order that depends on the records' content alone, sources kept together, and how many records each has.

    Floating-point sums depend on the order of their terms; a canonical one makes results the same whatever the order of
    the lines in a file and the sources' names.
    """
    table = table + 0.0  # -0.0 equals 0.0 but has other bytes
    order = np.lexsort((table[:, 1], table[:, 0], codes))
    code, first = codes[order], table[order, :2]
    alike = (code[1:] == code[:-1]) & (first[1:] == first[:-1]).all(axis=1)
    if alike.any():  # the other columns decide only there, and there are many of them
        tied = np.flatnonzero(np.r_[False, alike] | np.r_[alike, False])
        rows = order[tied]
        order[tied] = rows[np.lexsort((*table[rows].T[::-1], codes[rows]))]
    cuts = [0, *(np.flatnonzero(code[1:] != code[:-1]) + 1).tolist(), len(order)]
    blocks = [order[start:end] for start, end in pairwise(cuts)]
    blocks.sort(key=lambda block: (len(block), table[block].tobytes()))
    return np.concatenate(blocks), [len(block) for block in blocks]


class Moments(Struct, frozen=True):
    """What data and prior say of beta, measured from the origin, on the product grid (r, s)."""

    pairs: Array
    """(r, s, q (q + 1) / 2) z' V^-1 z for z = (x, y), and the prior's share: each pair of components once."""
    log_determinant: Array
    """(r, s) log |V|."""
    records: int

    def without(self, part: Moments) -> Moments | None:
        """With the share of some sources taken off; None where hardly anything is left whose digits could be told."""
        rest = self.pairs - part.pairs
        squares = _squares(_columns(rest.shape[-1]))
        if bool((rest[..., squares] < _TOLD * self.pairs[..., squares]).any()):
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
    shift, within = _sums(data, w)
    shift /= g
    (q, r, count), (i, j) = shift.shape, _upper(len(shift))
    squared = tau_source[:, None] ** 2
    logs, pairs = np.zeros((r, len(tau_source))), np.zeros((r, len(tau_source), len(i)))
    for first in range(0, count, _SOURCES_AT_ONCE):
        part = slice(first, first + _SOURCES_AT_ONCE)
        weight, by = g[:, None, part], shift[:, :, part]
        within -= np.matmul((by * g[:, part]).swapaxes(0, 1), by.transpose(1, 2, 0))[:, i, j]
        shrunk = 1.0 + weight * squared
        by += data.centre[:, None, part]
        outer = by.take(i, axis=0)
        outer *= by.take(j, axis=0)
        pairs += np.matmul(weight / shrunk, outer.transpose(1, 2, 0))
        logs += np.log(shrunk) @ np.ones(shrunk.shape[2])
    pairs += within[:, None]
    if scaled.any():
        unit = np.hypot(tau_record[:, None], tau_source)[..., None]
        for k in np.flatnonzero(scaled):
            pairs[..., _places(q)[k]] *= unit
            pairs[..., _squares(q)[k]] *= unit[..., 0]
    pairs += data.prior
    return Moments(pairs, logs - np.log(w).sum(axis=1)[:, None], len(data.y))


def _sums(data: Data, w: Array) -> tuple[Array, Array]:
    """Under weights `w` (r, n): each source's sum of offsets (q, r, S), and the sum of all products (r, q (q + 1) / 2).

    Products in blocks that are too small for threads, whose start and wait would cost more than they save.
    """
    r, n = w.shape
    q, count = len(data.offset), len(data.starts)
    pairs = q * (q + 1) // 2
    rows = max(1, _UNTHREADED // (r * (q + pairs)))
    squares = np.zeros((r, pairs))
    for start in range(0, n, rows):
        block = slice(start, start + rows)
        squares += w[:, block] @ data.pairs_of(block).T
    if n < _RECORDS * count:
        return np.add.reduceat(data.offset[:, None] * w, data.starts, axis=2), squares
    sums = np.empty((q, r, count))
    for source, (first, last) in enumerate(pairwise([*data.starts.tolist(), n])):
        sums[:, :, source] = data.offset[:, first:last] @ w[:, first:last].T
    return sums, squares


def _pairs(z: Array) -> Array:
    """(q (q + 1) / 2, n) products of the q components of z (q, n), each pair once."""
    q, n = z.shape
    pairs = np.empty((q * (q + 1) // 2, n))
    place = 0
    for first in range(q):
        np.multiply(z[first], z[first:], out=pairs[place : place + q - first])
        place += q - first
    return pairs


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


@cache
def _squares(q: int) -> np.ndarray:
    """(q,) where the diagonal of the symmetric matrix stands among its pairs."""
    return np.diagonal(_places(q))


def _columns(pairs: int) -> int:
    """Columns that have so many pairs."""
    return int((8 * pairs + 1) ** 0.5 - 1) // 2


def likelihood_of(data: Data, moments: Moments) -> tuple[Array, Array]:
    """(r, s) log likelihood with beta integrated out, and (r, s, q, q) the roots from which beta itself is read.

    The Cholesky root of [[P, l], [l', c + k]], with P beta's posterior precision, ends in the square root of
    c + k - l' P^-1 l: one factorisation gives both the determinant and the residual sum of squares.  k > 0 keeps the
    matrix positive definite where rounding would not, and is taken off again.
    """
    p = len(data.prior_mean)
    augmented = moments.pairs[..., _places(p + 1)]
    slack = 1.0 + 1e-12 * augmented[..., p, p]
    augmented[..., p, p] += slack
    roots = np.linalg.cholesky(augmented)
    diagonal = np.diagonal(roots, axis1=-2, axis2=-1)
    constant = moments.records * _LOG_TWO_PI + data.log_prior
    twice = np.log(diagonal[..., :p]) @ np.full(p, 2.0)
    twice += moments.log_determinant + diagonal[..., p] ** 2 - slack
    twice += constant
    return np.asarray(-0.5 * twice), np.asarray(roots)


def coefficients(roots: Array) -> tuple[Array, Array]:
    """Mean (g, p), measured from the origin, and covariance (g, p, p) of beta, by their roots (g, p + 1, p + 1).

    With L the root of P, the last row of the whole root is (L^-1 l)', so that P^-1 = L^-T L^-1 gives both.  L is
    inverted row by row for all of them at once.
    """
    p = roots.shape[-1] - 1
    lower = np.ascontiguousarray(roots[:, :p, :p].transpose(1, 2, 0))
    inverse = np.zeros_like(lower)
    for k in range(p):
        scale = 1.0 / lower[k, k]
        inverse[k, k] = scale
        if k:
            inverse[k, :k] = (lower[k, :k, None] * inverse[:k, :k]).sum(axis=0) * -scale
    inverse = np.ascontiguousarray(inverse.transpose(2, 0, 1))
    means = np.matmul(roots[:, p:, :p], inverse)[:, 0]
    return means, np.matmul(inverse.swapaxes(1, 2), inverse)


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
    likelihood, roots = likelihood_of(data, moments)
    q = roots.shape[-1]
    means, covariances = coefficients(roots.reshape(-1, q, q))
    grid = likelihood.shape
    return Marginal(
        log_likelihood=likelihood,
        means=means.reshape(*grid, -1) + data.origin,
        covariances=covariances.reshape(*grid, q - 1, q - 1),
    )
