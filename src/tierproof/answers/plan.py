"""The best set of techniques under limits: `tierproof plan`.

Enters: a `Plan` and its pack.  Leaves: a `PlanAnswer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from tierproof.answers.document import Answer, Exact, Expected, Interval, PackNamed, Where, drawn
from tierproof.decision.plan import Plan
from tierproof.decision.plan.gather import Bar
from tierproof.decision.plan.plans import PlanVerdict
from tierproof.decision.reader.profile import Profile
from tierproof.evidence import Pack
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Role, Skill
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = ["Limits", "Measurement", "PlanAnswer", "Takes", "plan_answer"]


class Alternative(Answer, frozen=True):
    """The next best plan."""

    members: tuple[str, ...]
    net_benefit: float = field(name="net_benefit_usd_month")
    """Expected."""
    p_worse: float = field(name="p_plan_better")
    """That the plan nets more than this one, ties counted half, 0 to 1."""


class Takes(Answer, frozen=True):
    """Expected amounts of a set."""

    budget: float = field(name="budget_usd_month")
    one_off: float = field(name="one_off_usd")
    weeks: float
    latency: float = field(name="latency_seconds")
    days: float = field(name="engineer_days")
    keeps: float = field(name="p_keeps_limits")
    """Of money and latency, 0 to 1."""


class Limits(Exact, frozen=True):
    """Null where there is none."""

    budget: float | None = field(name="budget_usd_month")
    """Running cost and what requests cost more than today; savings count against it."""
    one_off: float | None = field(name="one_off_usd")
    """Engineer-days included."""
    weeks: float | None
    latency: float | None = field(name="latency_seconds")
    """Of a request."""
    team: int
    """Techniques worked on at the same time, at least 1."""


class Team(Answer, frozen=True):
    """Who would carry it out; null: no restriction."""

    role: Role | None
    skills: Skill | None
    """The most demanding that the team has."""
    have: tuple[str, ...] | None
    """Resources at hand."""
    without: tuple[str, ...]
    """Techniques that are not wanted."""


class Search(Answer, frozen=True):
    """How the plan was found."""

    method: str
    gap: float = field(name="gap_usd_month")
    """What the best possible plan can net more, at least 0; 0: exact."""
    candidates: int
    """Techniques among which to choose."""


class Step(Answer, frozen=True):
    """One technique, in the order in which to take it up."""

    technique: str
    start: float = field(name="start_week")
    """From today."""
    end: float = field(name="end_week")
    """From today."""
    adds: float = field(name="adds_usd_month")
    """What the plan would lose without it, expected."""
    p_adds: float
    """That the plan nets more with it, 0 to 1."""
    evpi: float = field(name="evpi_usd_month")
    """What knowing its effect before keeping it is worth."""
    priority: float = field(name="priority_usd_month_week")
    """What it adds and teaches, a week of work."""
    after: tuple[str, ...]
    """Members that it requires."""
    assumed: tuple[Outcome, ...]
    """Outcomes that rest on a stand-in."""
    unknown: tuple[Outcome, ...]
    """Outcomes of net benefit that nothing is known of: they count as unchanged."""
    against: str
    """What its quality is set against, where that is not the reader's system without it; empty: it is."""


class Measurement(Answer, frozen=True):
    """A measurement on the reader's own workload, before paying for a technique."""

    technique: str
    items: int
    """Answered with and without it."""
    worth: float = field(name="evsi_usd")
    """Expected value of sample information over the horizon."""
    price: float = field(name="price_usd")
    """Requests of both arms, a minute of work an item, and a day."""
    pays: bool
    in_plan: bool


class FrontierPoint(Answer, frozen=True):
    """The best that can be had for so much effort."""

    members: tuple[str, ...]
    net_benefit: float = field(name="net_benefit_usd_month")
    one_off: float = field(name="one_off_usd")
    days: float = field(name="engineer_days")
    weeks: float


class LeftOut(Answer, frozen=True):
    """A technique that is not in the plan."""

    technique: str
    reason: Literal["limit", "does not pay", "excluded by", "bar"]
    bar: Bar | None
    """What keeps the team from it."""
    names: tuple[str, ...]
    """Limits, techniques or resources that the reason speaks of."""
    alone: bool
    """It breaks the limit by itself, not only beside the plan."""
    would_add: float = field(name="would_add_usd_month")


class Lift(Answer, frozen=True):
    """What a higher limit would bring."""

    to: Mapping[str, float]
    """Limits by name, at their new values."""
    members: tuple[str, ...]
    net_benefit: float = field(name="net_benefit_usd_month")
    gain: float = field(name="gain_usd_month")


class PlanAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/plan/1"):
    """`tierproof plan --json`"""

    pack: PackNamed
    verdict: PlanVerdict
    """`do nothing`: sets fit, none pays; `nothing fits`: every set breaks a limit; `infeasible`: today breaks one."""
    members: tuple[str, ...]
    """In the order in which to take them up."""
    net_benefit: Expected = field(name="net_benefit_usd_month")
    p_beats_nothing: float
    """0 to 1."""
    certainty: CertaintyLevel | None
    """The lowest of its members' evidence on what net benefit rests on; null where none is from records."""
    next_best: Alternative | None
    success: Interval
    """Share of requests that succeed, 0 to 1."""
    failures_removed: Interval
    """Share of today's failures, at most 1."""
    cost_ratio: Interval
    """Cost of a request over today's."""
    latency_ratio: Interval
    """Time of a request over today's."""
    takes: Takes
    limits: Limits
    team: Team
    profile: Profile
    """The reader's figures, defaults included."""
    context: Where
    search: Search
    steps: tuple[Step, ...]
    measurements: tuple[Measurement, ...]
    """Those most worth their price first."""
    frontier: tuple[FrontierPoint, ...]
    left_out: tuple[LeftOut, ...]
    least_latency: float | None = field(name="least_latency_seconds")
    """Where nothing is feasible, about the least that any set within the other limits reaches."""
    lifts: tuple[Lift, ...]


def plan_answer(plan: Plan, pack: Pack) -> PlanAnswer:
    return drawn(
        PlanAnswer,
        plan,
        pack=pack,
        net_benefit=drawn(Expected, plan.net_benefit, mean=plan.net_benefit_mean),
        search=drawn(Search, plan),
    )
