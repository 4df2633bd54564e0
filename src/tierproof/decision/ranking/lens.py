"""A lens: what the reader cares for, as data, and how it makes one score of an appraisal.

Enters: a table of a pack or of the reader; an `Appraisal`.  Leaves: a validated `Lens`; draws of its score.
Knows nothing of tiers beyond their thresholds.
"""

# Annotations are evaluated here, once: from text msgspec would evaluate them anew at every start, which takes longer.
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, Struct

from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal, failures_removed
from tierproof.decision.reader.entry import validated
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.reading.faults import Implausible
from tierproof.evidence.record import SUCCESS, Outcome, up_is_better
from tierproof.messages import Message
from tierproof.synthesis.values.normal import Array

__all__ = ["TIERS", "Lens", "Thresholds", "Tier", "lens_from", "minimal_score", "score", "scored_outcomes", "tier_of"]

Tier = Literal["S", "A", "B", "C", "D"]
TIERS: tuple[Tier, ...] = ("S", "A", "B", "C", "D")
Weight = Annotated[float, Meta(ge=0, le=1e6)]
Threshold = Annotated[float, Meta(ge=-1e9, le=1e9)]


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The least score of each tier; below C is D."""

    S: Threshold
    A: Threshold
    B: Threshold
    C: Threshold

    def __post_init__(self) -> None:
        if not self.S > self.A > self.B > self.C:
            has = ", ".join(f"{limit:g}" for limit in (self.S, self.A, self.B, self.C))
            raise Implausible(
                "",
                Message("limits contradict each other: {has}", has=has),
                Message("each better tier needs more: S > A > B > C"),
            )


class Lens(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a technique's effects become one score.

    `effect`: sum over outcomes of weight x share improved (failures removed at the profile's p0; time or cost saved, of
    the larger of the two amounts).
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

    def __post_init__(self) -> None:
        if self.score == "effect" and not any(self.weights.values()):
            raise Implausible(
                "weights",
                Message("no outcome has a weight"),
                Message("give at least one outcome a weight above 0"),
            )
        if self.score == "net_benefit" and self.weights:
            raise Implausible(
                "weights",
                Message("net benefit takes its weights from the profile's prices"),
                Message("leave weights out, or set score = 'effect'"),
            )


def lens_from(table: Mapping[str, Any], *, file: Path | None = None) -> Lens:
    """A lens from a table of its fields.

    `file` only names the place in the InputError that an unknown field, a wrong type or contradictory limits raise.
    """
    return validated(Lens, table, file=file, what="lens")


def scored_outcomes(lens: Lens) -> tuple[Outcome, ...]:
    """The outcomes that move the score, the heaviest first."""
    if lens.score == "net_benefit":
        return MONEY_OUTCOMES
    return tuple(sorted((o for o, weight in lens.weights.items() if weight > 0), key=lambda o: (-lens.weights[o], o)))


def score(lens: Lens, appraisal: Appraisal, technique: str) -> Array:
    """Draws (DRAWS,) of the technique's score, a share."""
    if lens.score == "net_benefit":
        return appraisal.net_benefit(technique) / appraisal.yardstick
    weights = tuple(sorted(lens.weights.items()))
    return appraisal.fact((technique, weights), partial(_weighed, lens, appraisal, technique))


def _weighed(lens: Lens, appraisal: Appraisal, technique: str) -> Array:
    p0 = appraisal.profile.baseline_success
    total = np.zeros(())
    for outcome in scored_outcomes(lens):
        total = total + lens.weights[outcome] * _improved(outcome, appraisal.theta(technique, outcome), p0)
    return np.asarray(total)


def minimal_score(lens: Lens, profile: Profile, minimal_difference: Mapping[Outcome, float], yardstick: float) -> float:
    """What a loss of the minimal difference takes off the score, at the heaviest outcome alone; not negative.

    A score is harmful when it is below minus this.
    """
    heaviest = scored_outcomes(lens)[0]
    least = minimal_difference.get(heaviest, 0.0)
    loss = -float(
        _improved(heaviest, np.asarray(-least if up_is_better(heaviest) else least), profile.baseline_success)
    )
    if lens.score == "effect":
        return lens.weights[heaviest] * loss
    failures = profile.requests_per_month * (1.0 - profile.baseline_success)
    return profile.value_per_success * failures * loss / yardstick


def tier_of(thresholds: Thresholds, value: float) -> Tier:
    """The tier of a score."""
    for tier in TIERS[:-1]:
        if value >= getattr(thresholds, tier):
            return tier
    return TIERS[-1]


def _improved(outcome: Outcome, theta: Array, p0: float) -> Array:
    """Share improved: failures removed; time, cost or memory saved; for throughput, time saved a piece of work.

    A resource's share is of the larger of the two amounts, so that it lies within -1 and 1 and undoing a technique
    gives minus what it gave: half the time is +50 %, twice the time -50 %, six times -83 %.  As a share of today's
    amount a loss would have no end, and the far tail of one outcome would rank a row by itself.
    """
    if outcome in SUCCESS:
        return failures_removed(p0, theta)
    saved = theta if up_is_better(outcome) else -theta
    return np.asarray(np.sign(saved) * -np.expm1(-np.abs(saved)))
