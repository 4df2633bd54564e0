"""What to adopt: the best set under limits, and a decision briefed; short.

Enters: a `Plan` or a `Brief` with the view it was made in.  Leaves: small Structs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from msgspec import field

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.short.parts import (
    Cited,
    Page,
    Reader,
    Short,
    Span,
    Unit,
    chance,
    few,
    heaviest,
    paged,
    span,
    told_reader,
)
from tierproof.answers.view import View
from tierproof.challenge.brief import Brief
from tierproof.challenge.brief.option import TODAY
from tierproof.decision.plan import Plan
from tierproof.decision.plan.plans import Measurement, PlanVerdict
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.record import Outcome
from tierproof.synthesis import Context
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = ["ShortBrief", "ShortPlan", "short_brief", "short_plan"]

_MOST = 3


class ShortStep(Short, frozen=True, kw_only=True):
    """One technique of the plan, in the order in which to take it up."""

    units: ClassVar[Mapping[str, Unit]] = {"adds": "usd_month", "p_adds": "chance"}

    id: str
    start_week: float | None
    end_week: float | None
    adds: float | None = field(name="adds_usd_month")
    """What the plan would lose without it, expected."""
    p_adds: float
    """0 to 1."""
    assumed: tuple[Outcome, ...] = ()
    """Outcomes that rest on the pack's assumption and no source."""
    unknown: tuple[Outcome, ...] = ()
    """Outcomes that nothing is known of: they count as unchanged."""
    against: str = ""
    """Set against this, not against the reader's system without it."""
    heaviest_source: Cited | None = None


class Measure(Short, frozen=True, kw_only=True):
    """A measurement on the reader's own workload, before paying for a technique."""

    units: ClassVar[Mapping[str, Unit]] = {"worth": "usd", "price": "usd"}

    id: str
    items: int
    worth: float | None = field(name="worth_usd")
    """Expected, over the horizon."""
    price: float | None = field(name="price_usd")


class NotIn(Short, frozen=True, kw_only=True):
    """A technique that is not in the plan."""

    units: ClassVar[Mapping[str, Unit]] = {"would_add": "usd_month"}

    id: str
    why: str
    because_of: tuple[str, ...] = ()
    would_add: float | None = field(name="would_add_usd_month")


class ShortPlan(Short, frozen=True, kw_only=True):
    """The best set of techniques under limits"""

    units: ClassVar[Mapping[str, Unit]] = {
        "net_benefit": "usd_month",
        "net_benefit_mean": "usd_month",
        "p_beats_nothing": "chance",
        "failures_removed": "share",
        "cost_ratio": "multiple",
        "latency_ratio": "multiple",
        "one_off": "usd",
        "budget": "usd_month",
        "p_better_than_next": "chance",
    }

    verdict: PlanVerdict
    members: tuple[str, ...]
    """Ids, in the order in which to take them up."""
    net_benefit: Span | None = field(name="net_benefit_usd_month")
    net_benefit_mean: float | None = field(name="net_benefit_mean_usd_month")
    p_beats_nothing: float
    """0 to 1."""
    certainty: CertaintyLevel | None
    """The lowest of its members' evidence."""
    failures_removed: Span | None
    """Share of today's failures."""
    cost_ratio: Span | None
    """Of a request, over today's."""
    latency_ratio: Span | None
    one_off: float | None = field(name="one_off_usd")
    """Assumed, as are weeks and days."""
    engineer_days: float | None
    weeks: float | None
    budget: float | None = field(name="budget_usd_month")
    """More than today."""
    reader: Reader
    steps: tuple[ShortStep, ...]
    next_best: tuple[str, ...] = ()
    p_better_than_next: float | None = None
    measure_first: tuple[Measure, ...] = ()
    page: Page
    """Of `left_out`."""
    left_out: tuple[NotIn, ...] = ()


class ShortOption(Short, frozen=True, kw_only=True):
    """One way to go."""

    units: ClassVar[Mapping[str, Unit]] = {
        "p_best": "chance",
        "net_benefit": "usd_month",
        "net_benefit_mean": "usd_month",
        "p_pays": "chance",
        "failures_removed": "share",
        "cost_ratio": "multiple",
        "latency_ratio": "multiple",
    }

    id: str
    name: str
    techniques: tuple[str, ...] = ()
    p_best: float
    """0 to 1."""
    net_benefit: Span | None = field(name="net_benefit_usd_month")
    net_benefit_mean: float | None = field(name="net_benefit_mean_usd_month")
    p_pays: float
    """0 to 1."""
    failures_removed: Span | None = None
    """Share of today's failures."""
    cost_ratio: float | None = None
    latency_ratio: float | None = None
    weeks: float | None = None
    certainty: CertaintyLevel | None = None
    sources_pooled: int = 0
    """Behind quality, cost and time, or what else decides; a table counts those of all outcomes."""
    records_pooled: int = 0
    heaviest_sources: tuple[Cited, ...] = ()
    assumed: tuple[str, ...] = ()
    """`technique: outcome` that rest on the pack's assumption and no source."""
    decided_by_assumption: bool = False
    """What decides rests on nothing else."""
    unknown: tuple[str, ...] = ()
    """`technique: outcome` that nothing is known of: they count as unchanged."""
    against: tuple[str, ...] = ()
    """`technique: what its quality is set against` in place of the reader's system without it."""
    breaks: tuple[str, ...] = ()
    """Limits that it breaks."""


_UNITS: Mapping[str, Unit] = {**Reader.units, "latency_price": "usd", "engineer_day_usd": "usd"}


class Threshold(Short, frozen=True, kw_only=True):
    """Where another option becomes the best."""

    quantity: str
    """A figure of the profile."""
    now: float | None
    """A share, or USD, as the profile has it."""
    side: Literal["above", "below"]
    """Of `at`."""
    at: float | None
    becomes: str
    """Id of the option."""

    def unit_of(self, name: str) -> Unit | None:
        return _UNITS.get(self.quantity) if name in ("now", "at") else None


class ShortBrief(Short, frozen=True, kw_only=True):
    """A decision briefed"""

    units: ClassVar[Mapping[str, Unit]] = {"p_best": "chance"}

    scenario: str
    question: str
    decided_by: str
    recommended: str
    """Id of an option; empty: none that pays fits."""
    p_best: float | None = None
    leads_but_does_not_pay: str = ""
    reader: Reader
    page: Page
    options: tuple[ShortOption, ...]
    turns: tuple[Threshold, ...] = ()
    measure_next: tuple[Measure, ...] = ()
    not_read: tuple[str, ...] = ()
    """Words of the question that nothing took."""
    missing: tuple[str, ...] = ()
    """What was asked for and no technique of the pack is."""
    not_covered: str
    """What no evidence covers."""


def short_plan(plan: Plan, view: View, *, offset: int = 0, limit: int = 5) -> ShortPlan:
    left, page = paged(plan.left_out, offset, limit)
    return ShortPlan(
        verdict=plan.verdict,
        members=plan.members,
        net_benefit=span(plan.net_benefit),
        net_benefit_mean=few(plan.net_benefit_mean),
        p_beats_nothing=chance(plan.p_beats_nothing),
        certainty=plan.certainty,
        failures_removed=span(plan.failures_removed),
        cost_ratio=span(plan.cost_ratio),
        latency_ratio=span(plan.latency_ratio),
        one_off=few(plan.takes.one_off),
        engineer_days=few(plan.takes.days),
        weeks=few(plan.takes.weeks),
        budget=few(plan.takes.budget),
        reader=_reader(plan.profile, plan.context),
        steps=tuple(
            ShortStep(
                id=step.technique,
                start_week=few(step.start),
                end_week=few(step.end),
                adds=few(step.adds),
                p_adds=chance(step.p_adds),
                assumed=tuple(sorted(step.assumed)),
                unknown=tuple(sorted(step.unknown)),
                against=clean(step.against),
                heaviest_source=_first(view, step.technique),
            )
            for step in plan.steps
        ),
        next_best=() if plan.next_best is None else plan.next_best.members,
        p_better_than_next=None if plan.next_best is None else chance(plan.next_best.p_worse),
        measure_first=_measures(plan.measurements),
        page=page,
        left_out=tuple(
            NotIn(
                id=one.technique,
                why=one.reason if one.bar is None else f"{one.reason}: {one.bar}",
                because_of=one.names,
                would_add=few(one.would_add),
            )
            for one in left
        ),
    )


def short_brief(brief: Brief, view: View, *, offset: int = 0, limit: int = 4) -> ShortBrief:
    """`view`: of the brief's own profile and context."""
    scenario, found, asked = brief.scenario, brief.recommendation, brief.asked
    chosen, page = paged(brief.options, offset, limit)
    return ShortBrief(
        scenario=scenario.id,
        question=clean(scenario.question),
        decided_by=scenario.decide_by,
        recommended="" if found is None else found.option,
        p_best=None if found is None else chance(found.p_best),
        leads_but_does_not_pay="" if brief.leader is None else brief.leader.option,
        reader=_reader(brief.profile, brief.context),
        page=page,
        options=tuple(
            ShortOption(
                id=row.id,
                name=clean(row.name),
                techniques=row.techniques,
                p_best=chance(row.p_best),
                net_benefit=span(row.net_benefit),
                net_benefit_mean=few(row.net_benefit_mean),
                p_pays=chance(row.p_pays),
                failures_removed=None if row.id == TODAY else span(row.failures_removed),
                cost_ratio=None if row.id == TODAY else few(row.cost_ratio.median),
                latency_ratio=None if row.id == TODAY else few(row.latency_ratio.median),
                weeks=None if row.id == TODAY else few(row.takes.weeks),
                certainty=row.certainty,
                sources_pooled=row.sources,
                records_pooled=row.records,
                heaviest_sources=tuple(one for name in row.techniques[:2] for one in heaviest(view, name)),
                assumed=tuple(f"{technique}: {outcome}" for technique, outcome in row.assumed),
                decided_by_assumption=row.assumed_alone,
                unknown=tuple(f"{technique}: {outcome}" for technique, outcome in row.unknown),
                against=tuple(f"{technique}: {clean(what)}" for technique, what in row.against.items()),
                breaks=row.breaks,
            )
            for row in chosen
        ),
        turns=tuple(
            Threshold(
                quantity=turn.quantity,
                now=few(turn.now),
                side="above" if turn.threshold > turn.now else "below",
                at=few(turn.threshold),
                becomes=turn.becomes,
            )
            for turn in brief.turns[:_MOST]
        ),
        measure_next=_measures(brief.measurements),
        not_read=() if asked is None else tuple(shorten(clean(words), 60) for words in asked.unread),
        missing=() if asked is None else tuple(shorten(clean(words), 60) for words in asked.missing),
        not_covered=clean(scenario.uncovered),
    )


def _measures(known: Iterable[Measurement]) -> tuple[Measure, ...]:
    paying = [one for one in known if one.pays][:_MOST]
    return tuple(
        Measure(id=one.technique, items=one.items, worth=few(one.worth), price=few(one.price)) for one in paying
    )


def _reader(profile: Profile, context: Context) -> Reader:
    return told_reader(profile, task=context.task_family, size=context.params_b, as_of=context.as_of)


def _first(view: View, technique: str) -> Cited | None:
    return next(iter(heaviest(view, technique)), None)
