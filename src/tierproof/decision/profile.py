"""The reader's own numbers: what a success is worth, what requests cost, how many there are.

Enters: a TOML table or key=value settings.  Leaves: a `Profile`, validated by `msgspec.convert`.  Knows nothing of techniques.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

__all__ = ["Profile"]

Amount = Annotated[float, Meta(ge=0, le=1e15)]
Positive = Annotated[float, Meta(gt=0, le=1e15)]


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One workload in one team, today."""

    name: str = "default"
    baseline_success: Annotated[float, Meta(gt=0, lt=1)] = 0.7
    """p0: share of requests that succeed today."""
    value_per_success: Amount = 0.10
    """USD that one more success is worth."""
    cost_per_request: Amount = 0.005
    """USD."""
    latency_seconds: Positive = 2.0
    latency_price: Amount = 0.0005
    """USD that one second saved on one request is worth."""
    requests_per_month: Positive = 100_000
    horizon_months: Positive = 12
    """Months over which one-off effort is written off."""
    engineer_day_usd: Amount = 800
