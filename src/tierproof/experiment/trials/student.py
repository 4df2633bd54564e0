"""Student's t: probabilities and quantiles, for intervals of few items.

Enters: numbers.  Leaves: numbers.  The incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated by
Lentz's method; quantiles by bisection on it.
"""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["NORMAL_95", "t_quantile", "t_two_sided", "wider_than_normal"]

TINY = 1e-300
NORMAL_95 = 1.959963984540054
"""Within so many sds of a normal mean lie 95 %."""
STEPS = 500


def t_two_sided(t: float, df: float) -> float:
    """P(|T| >= |t|) for `df` > 0 degrees of freedom: I_x(df/2, 1/2) with x = df / (df + t^2)."""
    if math.isinf(t):
        return 0.0
    return _beta(df / 2, 0.5, df / (df + t * t))


@lru_cache(maxsize=256)
def t_quantile(p: float, df: float) -> float:
    """The t below which a share `p` lies, for 0.5 <= p < 1 and `df` > 0; to 1e-12 of its size."""
    low, high = 0.0, 1.0
    while t_two_sided(high, df) / 2 > 1 - p:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if t_two_sided(middle, df) / 2 > 1 - p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def wider_than_normal(n: float) -> float:
    """How much wider Student's central 95 % interval of `n` >= 2 values is than the normal one.

    Whoever goes by a standard error as if it were known is told one that is larger by as much.
    """
    return t_quantile(0.975, n - 1.0) / NORMAL_95


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = math.exp(
        a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.log(a)
    )
    c, d = 1.0, 1 / _far(1 - (a + b) * x / (a + 1))
    h = d
    for m in range(1, STEPS):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _far(1 + part * d)
            c = _far(1 + part / c)
            h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * h


def _far(value: float) -> float:
    return value if abs(value) > TINY else TINY
