"""What the page says beside the answers themselves: names of its parts, labels of its fields, help.

Enters: nothing, or values.  Leaves: sentences.  Knows nothing of layout.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from tierproof.evidence.reading.settings import Words

__all__ = ["MORE", "TABLE", "TABLE_TITLE", "Dial", "dials"]

TABLE: Final = "Table"
TABLE_TITLE: Final = "What works for you, and how sure that is"
MORE: Final = "More about you"


class Dial(Struct, frozen=True, kw_only=True):
    """One figure of the profile, as a field and a slider."""

    name: str
    """Of the profile's field."""
    label: str
    unit: str
    low: float
    """The slider's ends; the field takes what the profile takes."""
    high: float
    even: bool = False
    """Steps of equal size; else each is a share of what stands there."""
    rare: bool = False
    """Asked for under `MORE`."""


def dials(words: Words) -> tuple[Dial, ...]:
    """The figures in the order in which a reader knows them; `words`: what the field calls one piece of work."""
    return (
        Dial(name="baseline_success", label="succeed today", unit="share, 0 to 1", low=0.05, high=0.99, even=True),
        Dial(name="value_per_success", label="a success is worth", unit="USD", low=0.001, high=100),
        Dial(name="requests_per_month", label=f"{words.many} a month", unit="", low=100, high=100_000_000),
        Dial(name="cost_per_request", label=f"{words.a} costs", unit="USD", low=0.0001, high=10),
        Dial(name="latency_seconds", label=f"{words.a} takes", unit="seconds", low=0.05, high=120),
        Dial(name="latency_price", label="a second saved is worth", unit="USD", low=0.00001, high=1),
        Dial(name="horizon_months", label="effort is written off over", unit="months", low=1, high=60, rare=True),
        Dial(name="engineer_day_usd", label="an engineer-day costs", unit="USD", low=100, high=3000, rare=True),
    )
