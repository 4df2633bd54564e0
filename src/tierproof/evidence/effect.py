"""An effect: one observed difference on the scale on which it is analysed.

Enters: what `conversion.py` worked out of a `Record`.  Leaves: an `Effect`.  Knows nothing of pooling.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tierproof.evidence.record import Record

__all__ = ["Effect", "Scale"]

Scale = Literal["log_odds_ratio", "log_ratio"]


# A struct, not a dataclass: ten thousand are made whenever a table is shown, and a struct is made ten times as fast.
class Effect(Struct, frozen=True, kw_only=True, gc=False):
    """`estimate` with standard error `se`, technique against comparator, on `scale`.

    On `log_odds_ratio` up is better, always.  On `log_ratio` the estimate is log(treated / baseline) of the resource
    that the outcome names, after turning the metric so that cost, latency and memory mean "more is worse" (a speed-up
    of 2 is a latency ratio of 1/2) and throughput "more is better".
    """

    estimate: float
    se: float
    scale: Scale
    n_assumed: bool
    """True if the record gave neither n nor a standard error and the pack's assumption stood in."""
    record: Record
    date: tuple[int, int] | None
    """Year and month of the evidence; month 12 where only the year is known."""
