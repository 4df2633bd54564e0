"""Where a comparator has no odds: nothing succeeds without the technique, or everything does.

Enters: the records that an average rests on.  Leaves: what to say of it.  Knows nothing of how it was pooled.

Half an item stands in for none, so the size of such an odds ratio is that of the test set: a hundred times the items,
a hundred times the ratio.  Its sign is sound; what can be told of its size are the shares themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from msgspec import Struct

from tierproof.evidence.record import SUCCESS, Record
from tierproof.messages import Message

__all__ = ["WithoutOdds", "without_odds"]

_SHARE: Final = 1 / 3
"""Of the records, from which on the size of the average is not told."""


class WithoutOdds(Struct, frozen=True, kw_only=True):
    count: int
    """Records whose comparator has no odds, all at the same end."""
    of: int
    """Records that the average rests on."""
    start: float
    """Success without the technique, 0 or 1."""
    median: float
    """Of the successes with it, shares."""
    low: float
    high: float

    @property
    def told(self) -> str:
        """`in 25 of 25 records none succeed without it and 57 % with it (26 to 84)`."""
        told: dict[str, Any] = {
            "count": self.count,
            "of": self.of,
            "median": 100 * self.median,
            "low": 100 * self.low,
            "high": 100 * self.high,
        }
        if self.start:
            return Message(
                "in {count} of {of} records all succeed without it and {median:.3g} % with it ({low:.3g} to "
                "{high:.3g})",
                **told,
            )
        return Message(
            "in {count} of {of} records none succeed without it and {median:.3g} % with it ({low:.3g} to {high:.3g})",
            **told,
        )


def without_odds(records: Iterable[Record]) -> WithoutOdds | None:
    """Of the end at which more than a third of the comparators stand; None where they do not."""
    shares = [
        (at, after)
        for record in records
        if record.outcome in SUCCESS and record.unit == "percent" and record.baseline is not None
        for at, after in [_successes(record)]
    ]
    for start in (0.0, 1.0):
        after = [after for at, after in shares if at == start]
        if len(after) > _SHARE * len(shares):
            low, median, high = np.quantile(after, (0.0, 0.5, 1.0)).tolist()
            return WithoutOdds(count=len(after), of=len(shares), start=start, median=median, low=low, high=high)
    return None


def _successes(record: Record) -> tuple[float, float]:
    """Without the technique and with it, as shares of which more is better."""
    assert record.baseline is not None
    before, after = record.baseline / 100.0, record.treated / 100.0
    return (before, after) if record.higher_is_better else (1.0 - before, 1.0 - after)
