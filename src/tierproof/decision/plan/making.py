"""The plan: the best set under limits, with all that a team asks before it follows one.

Enters: an `Appraisal`, limits, the team.  Leaves: a `Plan`.  Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal, interval_of
from tierproof.decision.plan.candidate import Array, Candidate, combine
from tierproof.decision.plan.gather import Barred, Team, candidate_of, gather
from tierproof.decision.plan.limits import Limits, takes
from tierproof.decision.plan.order import added_by, clashing, measurements_for, steps_for, without
from tierproof.decision.plan.plans import Alternative, FrontierPoint, LeftOut, Lift, Plan, PlanVerdict
from tierproof.decision.plan.search import Found, PlannedSet, Solver
from tierproof.decision.ranking.tiers import certainty_of, lowest
from tierproof.evidence.record import Outcome
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Posterior

__all__ = ["make_plan"]

FRONTIER_STEP = 0.85
"""Each point of the frontier may take at most this share of the effort of the one above."""
FRONTIER_POINTS = 16
WORTH_SAYING = 0.005
"""USD a month: less is rounding."""


def make_plan(appraisal: Appraisal, limits: Limits | None = None, team: Team | None = None) -> Plan:
    """The set of techniques with the largest expected net benefit a month that keeps all limits.

    Raises InputError for a technique or resource that the pack does not know.
    """
    limits, team = limits or Limits(), team or Team()
    team = replace(team, role=team.role or appraisal.profile.role)
    candidates, barred = gather(appraisal, team)
    profile, damping = appraisal.profile, appraisal.settings.damping
    solver = Solver(candidates, profile, damping)
    found = solver.best(limits, 2)
    best = found.sets[0] if found.sets else None
    verdict = _verdict(solver, found, limits)
    chosen = [solver.candidates[name] for name in (best.members if best else ())]
    joint = combine(chosen, profile, damping)
    steps = steps_for(chosen, profile, damping, limits, appraisal)
    left_out = _left_out(solver, chosen, barred, limits, appraisal)
    members = tuple(step.technique for step in steps)
    return Plan(
        verdict=verdict,
        profile=profile,
        context=appraisal.synthesis.context,
        limits=limits,
        team=team,
        method=solver.method(found),
        gap=found.gap,
        candidates=len(candidates),
        members=members,
        net_benefit=interval_of(joint.net_benefit),
        net_benefit_mean=float(joint.net_benefit.mean()),
        success=interval_of(joint.success),
        failures_removed=interval_of((joint.success - profile.baseline_success) / (1.0 - profile.baseline_success)),
        cost_ratio=interval_of(joint.cost),
        latency_ratio=interval_of(joint.latency),
        takes=takes(chosen, profile, damping, limits),
        p_beats_nothing=float(np.mean(joint.net_benefit > 0)),
        certainty=_certainty(appraisal, members),
        next_best=_next_best(solver, found),
        steps=steps,
        measurements=measurements_for(appraisal, _changes(solver, chosen, barred, limits, appraisal), members)
        if best
        else (),
        frontier=_frontier(solver, best, limits),
        left_out=left_out,
        lifts=_lifts(solver, best, limits),
        least_latency=_least_latency(solver, limits) if best is None else None,
    )


def _certainty(appraisal: Appraisal, members: Sequence[str]) -> CertaintyLevel | None:
    """The lowest of the members', each by the table's rule under a lens of money."""

    def of(name: str) -> CertaintyLevel | None:
        found = {outcome: appraisal.posterior(name, outcome) for outcome in MONEY_OUTCOMES}
        known: dict[Outcome, Posterior] = {outcome: one for outcome, one in found.items() if one is not None}
        return certainty_of(appraisal.techniques[name], known, MONEY_OUTCOMES)

    return lowest(map(of, members))


def _verdict(solver: Solver, found: Found, limits: Limits) -> PlanVerdict:
    if not found.sets:
        return "infeasible"
    if found.sets[0].members:
        return "adopt"
    # Where no record answers for any technique, no limit is in the way.
    return "do nothing" if not solver.candidates or _fits_alone(solver, limits) else "nothing fits"


def _fits_alone(solver: Solver, limits: Limits) -> bool:
    """Some candidate, with what it requires, keeps every limit: sets cannot fit where no such seed does, but for
    latency and cost, which another member can bring down."""
    if any(solver.planned(solver.closure(name) or frozenset(), limits) for name in solver.candidates):
        return True
    return len(solver.best(limits, 2).sets) > 1


def _changes(
    solver: Solver, chosen: Sequence[Candidate], barred: Sequence[Barred], limits: Limits, appraisal: Appraisal
) -> dict[str, Array]:
    """What each technique changes a month, (n,) draws by id: a member over the plan without it, another over the plan.

    Another comes in with what it requires: beside the plan, less what it excludes, or alone; by the better of these, in
    the mean, that keeps the limits.  Of what no such set lets in there is nothing to learn.  A technique for which no
    record answers is among them: to measure it is how it comes into a plan.
    """
    profile, damping = solver.profile, solver.damping
    base = combine(chosen, profile, damping).net_benefit
    changes = added_by(chosen, profile, damping)
    others = {name: solver.closure(name) for name in solver.candidates.keys() - changes.keys()}
    sets = {name: [solver.candidates[other] for other in sorted(needed)] for name, needed in others.items() if needed}
    sets |= {one.technique: [candidate_of(appraisal, one.technique)] for one in barred if one.bar == "evidence"}
    for name, needed in sorted(sets.items()):
        ids = {one.id for one in needed}
        beside = [*(one for one in without(clashing(needed, chosen), chosen) if one.id not in ids), *needed]
        kept = [way for way in (beside, needed) if not limits.broken(takes(way, profile, damping, limits))]
        if kept:
            nets = [combine(way, profile, damping).net_benefit for way in kept]
            changes[name] = max(nets, key=lambda draws: float(draws.mean())) - base
    return changes


def _next_best(solver: Solver, found: Found) -> Alternative | None:
    if len(found.sets) < 2:
        return None
    first, second = (_net_benefit(solver, item.members) for item in found.sets[:2])
    return Alternative(
        members=found.sets[1].members,
        net_benefit=found.sets[1].net_benefit,
        p_worse=float(np.mean(first > second) + 0.5 * np.mean(first == second)),
    )


def _net_benefit(solver: Solver, members: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    chosen = [solver.candidates[name] for name in members]
    return combine(chosen, solver.profile, solver.damping).net_benefit


def _frontier(solver: Solver, best: PlannedSet | None, limits: Limits) -> tuple[FrontierPoint, ...]:
    """Best sets for less and less one-off effort, each under its own cap (epsilon constraints); least effort first."""
    points: list[FrontierPoint] = []
    current = best
    while current is not None and len(points) < FRONTIER_POINTS:
        points.append(
            FrontierPoint(
                members=current.members,
                net_benefit=current.net_benefit,
                one_off=current.takes.one_off,
                days=current.takes.days,
                weeks=current.takes.weeks,
            )
        )
        if not current.members:
            break
        found = solver.best(limits.at("one_off", FRONTIER_STEP * current.takes.one_off))
        current = found.sets[0] if found.sets else None
    return tuple(reversed(points))


def _left_out(
    solver: Solver, chosen: Sequence[Candidate], barred: Sequence[Barred], limits: Limits, appraisal: Appraisal
) -> tuple[LeftOut, ...]:
    profile, damping = solver.profile, solver.damping
    members = frozenset(candidate.id for candidate in chosen)
    base = float(combine(chosen, profile, damping).net_benefit.mean())

    def value(extra: Sequence[Candidate]) -> float:
        return float(combine([*chosen, *extra], profile, damping).net_benefit.mean()) - base

    left = [
        LeftOut(
            technique=item.technique,
            reason="bar",
            bar=item.bar,
            names=item.missing,
            would_add=value([candidate_of(appraisal, item.technique)]),
        )
        for item in barred
    ]
    for name in sorted(solver.candidates.keys() - members):
        with_required = solver.closure(name) or frozenset({name})
        extra = [solver.candidates[other] for other in sorted(with_required - members)]
        adds = value(extra)
        clash = clashing(extra, chosen)
        alone = limits.broken(takes([solver.candidates[o] for o in sorted(with_required)], profile, damping, limits))
        beside = limits.broken(takes([*chosen, *extra], profile, damping, limits))
        if clash:
            out = LeftOut(technique=name, reason="excluded by", names=clash, would_add=adds)
        elif adds <= 0 or not (alone or beside):
            out = LeftOut(technique=name, reason="does not pay", would_add=adds)
        else:
            names = alone or beside
            out = LeftOut(technique=name, reason="limit", names=names, alone=bool(alone), would_add=adds)
        left.append(out)
    return tuple(sorted(left, key=lambda item: (-item.would_add, item.technique)))


def _least_latency(solver: Solver, limits: Limits) -> float:
    """Expected latency of a set within the other limits, than which none is less by a hundredth of today's."""
    low, high = limits.latency or 0.0, solver.profile.latency_seconds
    while high - low > 0.01 * solver.profile.latency_seconds:
        middle = (low + high) / 2
        if found := solver.best(limits.at("latency", middle)).sets:
            high = min(middle, found[0].takes.latency)
        else:
            low = middle
    return high


def _lifts(solver: Solver, best: PlannedSet | None, limits: Limits) -> tuple[Lift, ...]:
    """The best plan without each limit, and without any, where that is better than what there is."""
    today = best.net_benefit if best else 0.0
    ways: dict[tuple[str, ...], Limits] = {(name,): limits.without(name) for name in limits.stated()}
    if len(ways) > 1:
        ways[limits.stated()] = Limits(team=limits.team)
    lifts: list[Lift] = []
    for names, lifted in ways.items():
        found = solver.best(lifted).sets
        if not found or (best is not None and found[0].net_benefit <= today + WORTH_SAYING):
            continue
        broken = limits.broken(found[0].takes)
        gain = found[0].net_benefit - today
        if len(names) > 1 and (len(broken) < 2 or any(gain <= other.gain + WORTH_SAYING for other in lifts)):
            continue
        to = {name: float(getattr(found[0].takes, name)) for name in (broken or names)}
        lifts.append(Lift(to=to, members=found[0].members, net_benefit=found[0].net_benefit, gain=gain))
    return tuple(sorted(lifts, key=lambda item: (-item.gain, len(item.to), sorted(item.to))))
