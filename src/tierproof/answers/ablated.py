"""What each part of a system does in it: a part of `tierproof measure`.

Enters: the parts that a `Measurement` found.  Leaves: an `Ablation`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tierproof.answers.document import Exact, drawn
from tierproof.experiment.design.standing import State

if TYPE_CHECKING:
    from tierproof.experiment.findings.against.ablated import Part as Found

__all__ = ["Ablation", "ablation_answer"]


class Month(Exact, frozen=True):
    """What a part is worth, USD a month, its cost and time counted; its interval holds for all parts together."""

    value: float
    """USD a month."""
    low: float
    high: float


class Part(Exact, frozen=True):
    """A part, by the whole and the whole without it."""

    name: str
    arm: str
    """The whole without it, among `arms`; that arm's figures are of leaving the part out."""
    state: State | None
    """`better`: the part is less than the margin short of what pays for it; `worse`: less than that beyond it; null
    where it was not measured; so below."""
    guaranteed: bool
    """The state is a decision that the design's guarantee holds for."""
    difference: float | None
    """Of mean score, whole less without."""
    low: float | None
    """Of its interval, for all parts together."""
    high: float | None
    p_worth: float | None
    """That the part is worth its cost and time, 0 to 1."""
    month: Month | None
    """Null where its cost was not seen, or a success is worth nothing."""
    unmeasured: str
    """Why it was not measured here; empty: it was."""


class Ablation(Exact, frozen=True):
    """A whole system, the first of `arms`, minus each part."""

    system: str
    parts: tuple[Part, ...]


def ablation_answer(system: str, parts: Sequence[Found]) -> Ablation:
    return Ablation(system=system, parts=tuple(_part(one) for one in parts))


def _part(one: Found) -> Part:
    standing = one.standing
    month = None if one.month is None else Month(*one.month)
    if standing is None:
        none = dict.fromkeys(("state", "difference", "low", "high", "p_worth"))
        return drawn(Part, one, **none, guaranteed=False, month=month)
    low, high = standing.interval
    gap = standing.difference if math.isfinite(standing.difference) else None
    return drawn(Part, standing, name=one.name, arm=one.arm, difference=gap, low=low, high=high, month=month,
                 unmeasured=one.unmeasured)  # fmt: skip
