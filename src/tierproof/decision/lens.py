"""A lens: what the reader cares for, as data.

Enters: a TOML file of a pack or of the reader.  Leaves: a validated `Lens`.  Knows nothing of techniques.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tierproof.evidence.record import Outcome

__all__ = ["TIERS", "Lens", "Thresholds", "Tier"]

Tier = Literal["S", "A", "B", "C", "D"]
TIERS: tuple[Tier, ...] = ("S", "A", "B", "C", "D")
Weight = Annotated[float, Meta(ge=0, le=1e6)]


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The least score of each tier; below C is D."""

    S: float
    A: float
    B: float
    C: float

    def __post_init__(self) -> None:
        if not self.S > self.A > self.B > self.C:
            raise ValueError("needs S > A > B > C")


class Lens(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a technique's effects become one score.

    `effect`: sum over outcomes of weight x share improved (failures removed at the profile's p0, time saved, cost saved).
    `net_benefit`: net benefit a month over what the system nets today.
    """

    id: str
    name: str
    summary: str
    score: Literal["effect", "net_benefit"]
    weights: dict[Outcome, Weight] = {}
    thresholds: Thresholds
    why: str = ""
    """Why the thresholds stand where they do."""
