"""A Sobol sequence: points that fill the unit cube more evenly than random ones, the same on every machine.

Enters: a number of points and of dimensions.  Leaves: integers whose binary digits are those of the points.
Knows nothing of what is integrated.

I. M. Sobol', "On the distribution of points in a cube and the approximate evaluation of integrals", USSR Computational
Mathematics and Mathematical Physics 7 (1967) 86-112; primitive polynomials and initial direction numbers of S. Joe and
F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM Journal on Scientific Computing
30 (2008) 2635-2654, table new-joe-kuo-6.21201.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BITS", "DIMENSIONS", "sobol"]

BITS: Final = 32
"""Binary digits of each coordinate."""

# (degree s, coefficients a of the primitive polynomial, initial direction numbers m) for dimensions 2, 3, ...
_JOE_KUO: Final[tuple[tuple[int, int, tuple[int, ...]], ...]] = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
    (5, 4, (1, 1, 5, 5, 5)),
    (5, 7, (1, 1, 7, 11, 19)),
    (5, 11, (1, 1, 5, 1, 1)),
)
DIMENSIONS: Final = 1 + len(_JOE_KUO)


def sobol(n: int, dimensions: int) -> NDArray[np.uint64]:
    """The first `n` points, origin included, as integers below 2^32; shape (n, dimensions).

    A coordinate is its integer over 2^32.  `n` is a power of two: only then is each coordinate's net complete (every
    interval of length 1/n holds one point).  Points come in Gray-code order (Antonov and Saleev 1979).
    Raises ValueError for an `n` that is not a power of two up to 2^32, or too many dimensions.
    """
    if n < 1 or n & (n - 1) or n > 2**BITS:
        raise ValueError("a Sobol net has a power of two of points")
    if not 1 <= dimensions <= DIMENSIONS:
        raise ValueError(f"direction numbers are at hand for 1 to {DIMENSIONS} dimensions")
    points = np.zeros((1, dimensions), dtype=np.uint64)
    directions = np.array([_directions(dimension) for dimension in range(dimensions)], dtype=np.uint64)
    for bit in range(n.bit_length() - 1):
        # A reflected Gray code: the second half runs through the first backwards with one more digit set.
        points = np.concatenate((points, points[::-1] ^ directions[:, bit]))
    return points


def _directions(dimension: int) -> list[int]:
    """Direction numbers of one dimension, counted from 0, scaled to 2^32."""
    if dimension == 0:
        return [1 << (BITS - 1 - bit) for bit in range(BITS)]
    degree, coefficients, initial = _JOE_KUO[dimension - 1]
    numbers = [m << (BITS - 1 - bit) for bit, m in enumerate(initial)]
    for bit in range(degree, BITS):
        number = numbers[bit - degree] ^ (numbers[bit - degree] >> degree)
        for k in range(1, degree):
            if coefficients >> (degree - 1 - k) & 1:
                number ^= numbers[bit - k]
        numbers.append(number)
    return numbers
