"""A point with an interval about it.  Values only."""

from msgspec import Struct

__all__ = ["Interval"]


class Interval(Struct, frozen=True):
    """A point with a credible interval, on the analysis scale; `level` is its probability."""

    median: float
    low: float
    high: float
    level: float = 0.9
