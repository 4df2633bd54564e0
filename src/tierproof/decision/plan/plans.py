"""What a plan looks like once it is made: the values that reports and briefs read.

These are values only.  `making.py` computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tierproof.decision.plan.gather import Bar, Team
from tierproof.decision.plan.limits import Limits, Takes
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.record import Outcome
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Context, Interval

__all__ = ["Alternative", "FrontierPoint", "LeftOut", "Lift", "Measurement", "Plan", "PlanVerdict", "Step"]

PlanVerdict = Literal["adopt", "do nothing", "nothing fits", "infeasible"]
"""`do nothing`: sets fit and none is expected to pay.  `nothing fits`: every set breaks a limit.  `infeasible`: going
on as today breaks one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """The next best plan."""

    members: tuple[str, ...]
    net_benefit: float
    """USD a month, expected."""
    p_worse: float
    """P(the plan nets more than this one), ties counted half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One technique of the plan, in the order in which to take it up."""

    technique: str
    start: float
    end: float
    """Weeks from today."""
    adds: float
    """USD a month that the plan would lose without it (and without what requires it), expected."""
    p_adds: float
    """P(the plan nets more with it)."""
    evpi: float
    """USD a month that knowing its effect before keeping it would be worth."""
    priority: float
    """(adds + evpi) a week of work."""
    after: tuple[str, ...]
    """Members that it requires."""
    assumed: frozenset[Outcome]
    """Outcomes whose effect is a stand-in, not evidence."""
    unknown: frozenset[Outcome]
    """Outcomes of net benefit that nothing is known of; taken as unchanged."""
    against: str
    """What its quality is set against, where that is not the reader's system without it; empty: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A measurement on the reader's own workload, before paying for a technique."""

    technique: str
    items: int
    """Items answered with and without the technique; the size of those tried that nets most."""
    worth: float
    """USD: EVSI over the horizon."""
    price: float
    """USD: requests of both arms, a minute of work an item, and a day; a prototype is not counted."""
    in_plan: bool

    @property
    def pays(self) -> bool:
        return self.worth > self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint:
    """The best that can be had for so much effort: no set nets more for the same one-off effort or less."""

    members: tuple[str, ...]
    net_benefit: float
    one_off: float
    days: float
    weeks: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A technique that is not in the plan, and why."""

    technique: str
    reason: Literal["limit", "does not pay", "excluded by", "bar"]
    bar: Bar | None = None
    """For `bar`: what keeps the team from it."""
    names: tuple[str, ...] = ()
    """Limits that it breaks, members that exclude it, or what is missing, by reason."""
    alone: bool = False
    """For `limit`: it breaks the limit by itself, not only beside the plan."""
    would_add: float
    """USD a month that adding it (and what it requires) to the plan would change, limits aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """What lifting one limit, or several at once, would open."""

    to: Mapping[str, float]
    """What each limit would have to be, in its unit; the others stay."""
    members: tuple[str, ...]
    """The best plan then."""
    net_benefit: float
    gain: float
    """USD a month more than the plan, or than nothing where no plan fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The best set of techniques under limits, for one profile in one context."""

    verdict: PlanVerdict
    profile: Profile
    context: Context
    limits: Limits
    team: Team
    method: str
    gap: float
    """USD a month by which the best possible plan can exceed this one; 0: exact."""
    candidates: int
    members: tuple[str, ...]
    """In the order of the steps."""
    net_benefit: Interval
    """USD a month: median and 90 %."""
    net_benefit_mean: float
    """USD a month; what is maximised."""
    success: Interval
    """Share of requests that succeed with the plan in."""
    failures_removed: Interval
    cost_ratio: Interval
    latency_ratio: Interval
    takes: Takes
    p_beats_nothing: float
    certainty: CertaintyLevel | None
    """The lowest of its members' evidence on what money rests on; None where none is from records."""
    next_best: Alternative | None
    steps: tuple[Step, ...]
    measurements: tuple[Measurement, ...]
    """Those worth considering, most worthwhile first."""
    frontier: tuple[FrontierPoint, ...]
    """By effort, least first."""
    left_out: tuple[LeftOut, ...]
    lifts: tuple[Lift, ...]
    """By gain, largest first."""
    least_latency: float | None
    """Seconds: where nothing is feasible, about the least that any set within the other limits reaches."""
