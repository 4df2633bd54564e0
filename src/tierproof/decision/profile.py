"""The reader's own numbers: what a success is worth, what requests cost, how many there are.

Enters: a TOML table or key=value settings.  Leaves: a validated `Profile`.  Knows nothing of techniques.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Profile"]

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Profile(BaseModel):
    """One workload in one team, today."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "default"
    baseline_success: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """p0: share of requests that succeed today."""
    value_per_success: Amount = 0.10
    """USD that one more success is worth."""
    cost_per_request: Amount = 0.005
    """USD."""
    latency_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0
    latency_price: Amount = 0.0005
    """USD that one second saved on one request is worth."""
    requests_per_month: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 100_000
    horizon_months: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 12
    """Months over which one-off effort is written off."""
    engineer_day_usd: Amount = 800
