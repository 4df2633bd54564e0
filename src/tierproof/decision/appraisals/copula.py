"""Quantities of one technique drawn together: the same draws of each, in orders that go together as they should.

Enters: the cells of a net and the correlations wanted.  Leaves: cells, a permutation of the same levels a quantity.
Knows nothing of what is drawn.

A Gaussian copula by ranks (R. L. Iman and W. J. Conover, Communications in Statistics B 11 (1982) 311-334): each
quantity keeps its own distribution to the last digit, only who meets whom changes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tierproof.synthesis.values import normal
from tierproof.synthesis.values.normal import Array

__all__ = ["joined", "proper"]

_MOST: Final = 0.98
"""No two quantities are one: beyond, a correlation matrix of three has no root of use."""


def proper(correlations: Array) -> Array:
    """The symmetric matrix (k, k), drawn towards independence until it is one that quantities can have.

    Entries that come from different pairs of figures can contradict one another: with 0.9 twice, the third cannot be
    -0.9.
    """
    k = len(correlations)
    held = np.clip(correlations, -_MOST, _MOST) * (1.0 - np.eye(k))
    least = float(np.linalg.eigvalsh(held)[0])
    return np.asarray(np.eye(k) + held * min(1.0, _MOST / max(-least, 1e-12)))


def joined(columns: NDArray[Any], correlations: Array) -> NDArray[Any]:
    """`columns` (k, n), permutations of 0 to n - 1, those from the second on in the order that joins them to the first.

    `correlations` (k, k) of the normal scores, positive definite.
    """
    n = columns.shape[1]
    mixed = np.linalg.cholesky(correlations)[1:] @ _scores(n)[columns]
    ranks, places = columns.copy(), np.arange(n, dtype=columns.dtype)
    np.put_along_axis(ranks[1:], np.argsort(mixed, axis=1, kind="stable"), places[None], axis=1)
    return ranks


@cache
def _scores(n: int) -> Array:
    return normal.quantile((np.arange(n) + 0.5) / n)
