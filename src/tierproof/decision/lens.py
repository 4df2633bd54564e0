"""A lens: what the reader cares for, as data.

Enters: a TOML file of a pack or of the reader.  Leaves: a validated `Lens`.  Knows nothing of techniques.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tierproof.evidence.record import Outcome

__all__ = ["TIERS", "Lens", "Thresholds", "Tier"]

Tier = Literal["S", "A", "B", "C", "D"]
TIERS: tuple[Tier, ...] = ("S", "A", "B", "C", "D")
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Thresholds(BaseModel):
    """The least score of each tier; below C is D."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    S: float
    A: float
    B: float
    C: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.S > self.A > self.B > self.C:
            raise ValueError("needs S > A > B > C")
        return self


class Lens(BaseModel):
    """How a technique's effects become one score.

    `effect`: sum over outcomes of weight x share improved (failures removed at the profile's p0, time saved, cost saved).
    `net_benefit`: net benefit a month over what the system nets today.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    summary: str
    score: Literal["effect", "net_benefit"]
    weights: dict[Outcome, Weight] = {}
    thresholds: Thresholds
    why: str = ""
    """Why the thresholds stand where they do."""
