"""A decision brief: options side by side in the reader's profile, a recommendation, and what speaks against it.

Enters: a `Scenario`, an `Appraisal` with sub-rows, effects.  Leaves: a `Brief`.  Knows nothing of how it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tierproof.challenge.brief.along import pays_within
from tierproof.challenge.brief.asked import HeadToHead, head_to_head
from tierproof.challenge.brief.option import Drawn, draw, today
from tierproof.challenge.brief.question import Asked
from tierproof.challenge.brief.scenario import DecideBy, Scenario
from tierproof.challenge.brief.tipping import Turn, turns
from tierproof.challenge.verdict import Verdict
from tierproof.challenge.weighing.strongest import strongest
from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal, interval_of
from tierproof.decision.plan import SKILLS, Limits, Team
from tierproof.decision.plan.gather import Barred, barred_of
from tierproof.decision.plan.limits import Takes, takes
from tierproof.decision.plan.order import measurements_for
from tierproof.decision.plan.plans import Measurement
from tierproof.decision.ranking.tiers import certainty_of, lowest, set_against
from tierproof.decision.reader.profile import Profile
from tierproof.decision.worth.information import evpi_of_choice
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Skill
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Context, Interval, Posterior
from tierproof.synthesis.values.normal import Array

__all__ = ["Brief", "Leader", "OptionRow", "Recommendation", "make_brief"]

_TOLD: Final = 0.01
"""Least mean that a leader which does not pay is named for: a percent, or a cent."""
_DECIDING: Final[Mapping[DecideBy, tuple[Outcome, ...]]] = {
    "net benefit": MONEY_OUTCOMES,
    "failures removed": ("quality",),
    "wrong answers removed": ("wrong-answers",),
    "cost saved": ("cost",),
    "time saved": ("latency",),
}
"""Outcomes on which each measure rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option in the reader's profile.  Intervals hold the median and 90 %, for one new setting."""

    id: str
    name: str
    what: str
    techniques: tuple[str, ...]
    forms: Mapping[str, str]
    missing_forms: Mapping[str, str]
    """Forms that have no evidence of their own: the whole technique stands in."""
    value: float
    """Expected, in the measure that decides: USD a month, or a share of failures, wrong answers, cost or time."""
    measure: Interval | None
    """What decides; None where it is not measured."""
    net_benefit: Interval
    net_benefit_mean: float
    failures_removed: Interval
    wrong_answers_removed: Interval | None
    """Where that decides: share of the wrong answers of a system whose every failure is a wrong answer."""
    apart: tuple[str, ...]
    """Why its figures are no share of the reader's requests: it cannot be set beside the others."""
    unmeasured: bool
    """A technique of it is not measured on what decides: it cannot be set beside the others."""
    cost_ratio: Interval
    latency_ratio: Interval
    outcomes: Mapping[Outcome, Interval | None]
    """Further outcomes on their analysis scales; None: nothing is known."""
    p_best: float
    """P(best of the options that fit, by the measure that decides); 0 for one that does not fit."""
    p_pays: float
    """P(net benefit > 0)."""
    fragility: float
    """P(quality falls by more than the minimal difference in a new setting)."""
    takes: Takes
    skills: Skill | None
    """The most demanding skill that it asks for."""
    needs: tuple[str, ...]
    """Resources that it asks for."""
    certainty: CertaintyLevel | None
    """The lowest of its techniques' evidence on what decides, of net benefit by the table's rule; None where none is
    from records."""
    records: int
    sources: int
    assumed: tuple[tuple[str, Outcome], ...]
    """Effects that are stand-ins: technique and outcome."""
    assumed_alone: bool
    """What decides rests on stand-ins alone."""
    unknown: tuple[tuple[str, Outcome], ...]
    """Effects on money that nothing is known of, taken as none: technique and outcome."""
    against: Mapping[str, str]
    """What a technique's quality is set against, by technique, where that is not the reader's system without it."""
    inherited: frozenset[Outcome]
    """Outcomes on which the whole technique stands in for a form that has no record of them."""
    picked_as: tuple[str, ...]
    """Names of options left to the planner for which it picks this one: they are no options beside it."""
    breaks: tuple[str, ...]
    """Limits that it exceeds."""
    barred: tuple[Barred, ...]
    """What keeps the reader's team from it."""

    @property
    def fits(self) -> bool:
        return not self.breaks and not self.barred and not self.unmeasured and not self.apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    option: str
    p_best: float
    runner_up: str
    p_over_runner_up: float
    """P(better than the runner-up), ties counted half."""
    advantage: Interval
    """Over the runner-up, in the measure that decides."""
    advantage_mean: float
    p_pays: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """First by what decides, and no recommendation, since it does not pay."""

    option: str
    pays_within: tuple[float, float] | None
    """USD per success from which on it would pay, and up to which (inf: any more); None where no value makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    scenario: Scenario
    asked: Asked | None
    """The question in the reader's words, where the scenario was put together from it."""
    profile: Profile
    context: Context
    limits: Limits
    team: Team
    options: tuple[OptionRow, ...]
    """Those that fit by expected value, best first; then the others."""
    recommendation: Recommendation | None
    """Of those that pay, going on as today among them; None where no such option fits."""
    leader: Leader | None
    """Where another than the recommended option is first by what decides."""
    direct: tuple[HeadToHead, ...]
    """Options of one technique each that records compare directly."""
    evidence_for: tuple[Effect, ...]
    evidence_against: tuple[Effect, ...]
    turns: tuple[Turn, ...]
    """Nearest thresholds at which the recommendation turns."""
    pays_within: tuple[float, float] | None
    """USD per success from which on the recommended option pays, and up to which (inf: any more); None for today."""
    evpi: float
    """USD a month that knowing every option's net benefit before choosing would be worth."""
    claims: Mapping[str, Verdict]
    """Verdicts on the claims on which it bears, by id; those that were not judged are missing."""
    measurements: tuple[Measurement, ...]
    """Of the recommended option's and the runner-up's techniques, most worthwhile first."""


def make_brief(
    scenario: Scenario,
    appraisal: Appraisal,
    effects: Sequence[Effect],
    *,
    limits: Limits | None = None,
    team: Team | None = None,
    claims: Mapping[str, Verdict] | None = None,
    asked: Asked | None = None,
) -> Brief:
    """The brief in the appraisal's profile and context.

    Limits and team default to the scenario's; `claims` are verdicts already given, by id.  The appraisal's synthesis
    should have sub-rows (`detail=True`); without them whole techniques stand in for their forms, and that is said.
    """
    limits = limits or _limits(scenario)
    team = team or Team(role=scenario.team.role, skills=scenario.team.skills)
    team = replace(team, role=team.role or appraisal.profile.role)
    every = [today(appraisal), *(draw(option, appraisal, limits, team) for option in scenario.options)]
    drawn, picked_as = _each_once(every, {option.id for option in scenario.options if option.best_of})
    bars = {item.technique: item for item in barred_of(appraisal, team)}
    by = scenario.decide_by

    def mean(option: Drawn) -> float:
        found = option.measured(by)
        return 0.0 if found is None else float(found.mean())

    amounts = {o.id: takes(o.candidates, appraisal.profile, appraisal.settings.damping, limits) for o in drawn}
    breaks = {o.id: limits.broken(amounts[o.id]) for o in drawn}
    apart = {o.id: _apart(o) for o in drawn}
    values = {o.id: value for o in drawn if (value := o.measured(by)) is not None}
    fitting = [
        o
        for o in drawn
        if o.id in values and not (breaks[o.id] or apart[o.id] or any(name in bars for name in o.techniques))
    ]
    best = _p_best([values[option.id] for option in fitting])
    chances = {option.id: chance for option, chance in zip(fitting, best, strict=True)}
    rows = [
        _row(
            option,
            value=mean(option),
            measure=values.get(option.id),
            by=by,
            apart=apart[option.id],
            p_best=chances.get(option.id, 0.0),
            takes=amounts[option.id],
            picked_as=picked_as.get(option.id, ()),
            breaks=breaks[option.id],
            barred=tuple(bars[name] for name in option.techniques if name in bars),
            outcomes=scenario.outcomes,
        )
        for option in drawn
    ]
    rows.sort(key=lambda row: (not row.fits, row.unmeasured, -row.value, row.id))
    ranked = sorted(fitting, key=lambda option: (-mean(option), option.id))
    paying = [option for option in ranked if option.pays]
    chosen = paying[0] if paying else None
    leader = ranked[0] if ranked and ranked[0] is not chosen and mean(ranked[0]) >= _TOLD else None
    others = [option for option in ranked if option is not chosen]
    rivals = [option for option in others if chosen is not None and mean(option) <= mean(chosen)]
    single = [option.techniques[0] for option in drawn if len(option.techniques) == 1]
    # Going on as today rests on no record: the first that would change it is spoken about, with sides changed.
    staying = chosen is None or not chosen.techniques
    spoken_of = (leader or next(iter(rivals), None)) if staying else chosen
    answering = _answering(spoken_of, by) if spoken_of else frozenset()
    minimal = appraisal.settings.minimal_difference
    return Brief(
        scenario=scenario,
        asked=asked,
        profile=appraisal.profile,
        context=appraisal.synthesis.context,
        limits=limits,
        team=team,
        options=tuple(rows),
        recommendation=_recommendation(paying, values, chances) if paying else None,
        leader=None if leader is None else Leader(option=leader.id, pays_within=pays_within(leader)),
        direct=head_to_head(single, effects, appraisal),
        evidence_for=strongest(effects, answering, minimal, helps=not staying),
        evidence_against=strongest(effects, answering, minimal, helps=staying),
        turns=turns(chosen, others, mean, money=by == "net benefit") if chosen else (),
        pays_within=pays_within(chosen) if chosen and chosen.techniques else None,
        evpi=evpi_of_choice([option.joint.net_benefit for option in fitting if option.techniques]),
        claims={name: claims[name] for name in scenario.claims if claims and name in claims},
        measurements=_measurements(ranked[:2], fitting),
    )


def _each_once(options: Sequence[Drawn], planned: Collection[str]) -> tuple[list[Drawn], dict[str, tuple[str, ...]]]:
    """Options without those left to the planner (by id) that come to another, and what these are called, by that one.

    One choice counted twice would have half of its chance to be the best, and itself for its rival.
    """
    kept: list[Drawn] = []
    picked_as: dict[str, tuple[str, ...]] = {}
    for option in sorted(options, key=lambda option: option.id in planned):
        ways = {frozenset(other.techniques): other.id for other in kept if not (other.forms or other.missing_forms)}
        same = ways.get(frozenset(option.techniques)) if option.id in planned else None
        if same is None:
            kept.append(option)
        else:
            picked_as[same] = (*picked_as.get(same, ()), option.name)
    return kept, picked_as


def _of(found: Mapping[tuple[str, Outcome], Posterior], technique: str) -> Mapping[Outcome, Posterior]:
    return {outcome: posterior for (name, outcome), posterior in found.items() if name == technique}


def _apart(option: Drawn) -> tuple[str, ...]:
    """Why the figures of its forms are of another question than the others'."""
    techniques = option.appraisal.techniques
    return tuple(
        row.apart
        for name, form in option.forms.items()
        for row in techniques[name].sub_rows
        if row.id == form and row.apart
    )


def _answering(option: Drawn, by: DecideBy) -> frozenset[str]:
    """Ids of the records on which what decides of the option rests, and its money."""
    outcomes = {*MONEY_OUTCOMES, *_DECIDING[by]}
    return frozenset(r for outcome in outcomes for p in option.posteriors(outcome).values() for r in p.records)


def _limits(scenario: Scenario) -> Limits:
    given = scenario.limits
    return Limits(budget=given.budget, one_off=given.one_off, weeks=given.weeks, latency=given.latency, team=given.team)


def _p_best(values: Sequence[Array]) -> list[float]:
    """P(best) of each, ties shared evenly."""
    if not values:
        return []
    size = max(len(value) for value in values)
    stacked = np.vstack([np.broadcast_to(value, size) for value in values])
    winners = stacked == stacked.max(axis=0)
    return [float(p) for p in (winners / winners.sum(axis=0)).mean(axis=1)]


def _row(
    option: Drawn,
    *,
    value: float,
    measure: Array | None,
    by: DecideBy,
    apart: tuple[str, ...],
    p_best: float,
    takes: Takes,
    picked_as: tuple[str, ...],
    breaks: tuple[str, ...],
    barred: tuple[Barred, ...],
    outcomes: Sequence[Outcome],
) -> OptionRow:
    joint, appraisal = option.joint, option.appraisal
    minimal = appraisal.settings.minimal_difference.get("quality", 0.0)
    members = [appraisal.techniques[name] for name in option.techniques]
    known = {(name, o): p for o in (*MONEY_OUTCOMES, *outcomes) for name, p in option.posteriors(o).items()}
    wrong = measure if by == "wrong answers removed" else None
    deciding = _DECIDING[by]
    found = {(name, o): p for o in deciding for name, p in option.posteriors(o).items()}
    levels = [certainty_of(t, _of(found, t.id), deciding) for t in members]
    shown = {outcome: option.effect(outcome) for outcome in outcomes}
    return OptionRow(
        id=option.id,
        name=option.name,
        what=option.what,
        techniques=option.techniques,
        forms=option.forms,
        missing_forms=option.missing_forms,
        value=value,
        measure=None if measure is None else interval_of(measure),
        net_benefit=interval_of(joint.net_benefit),
        net_benefit_mean=float(joint.net_benefit.mean()),
        failures_removed=interval_of(option.failures_removed),
        wrong_answers_removed=None if wrong is None else interval_of(wrong),
        apart=apart,
        unmeasured=measure is None,
        cost_ratio=interval_of(joint.cost),
        latency_ratio=interval_of(joint.latency),
        outcomes={o: None if effect is None else interval_of(effect) for o, effect in shown.items()},
        p_best=p_best,
        p_pays=float(np.mean(joint.net_benefit > 0)),
        fragility=float(np.mean(joint.theta < -minimal)),
        takes=takes,
        skills=max((t.skills for t in members), key=SKILLS.index, default=None),
        needs=tuple(sorted({need for t in members for need in t.needs})),
        certainty=lowest(levels),
        records=len({record for p in known.values() for record in p.records}),
        sources=len({source for p in known.values() for source in p.sources}),
        assumed=tuple(sorted(key for key, p in known.items() if p.basis == "assumed")),
        assumed_alone=bool(found) and all(p.basis == "assumed" for p in found.values()),
        unknown=tuple((name, o) for name in option.techniques for o in MONEY_OUTCOMES if (name, o) not in known),
        against={t.id: against for t in members if (against := set_against(t))},
        inherited=frozenset(outcome for _, outcome in option.inherited),
        picked_as=picked_as,
        breaks=breaks,
        barred=barred,
    )


def _recommendation(
    ranked: Sequence[Drawn], values: Mapping[str, Array], chances: Mapping[str, float]
) -> Recommendation:
    """Of the first over the second; over nothing where it stands alone."""
    chosen = ranked[0]
    gap = values[chosen.id] - values[ranked[1].id] if len(ranked) > 1 else values[chosen.id]
    return Recommendation(
        option=chosen.id,
        p_best=chances[chosen.id],
        runner_up=ranked[1].id if len(ranked) > 1 else "",
        p_over_runner_up=float(np.mean(gap > 0) + 0.5 * np.mean(gap == 0)),
        advantage=interval_of(gap),
        advantage_mean=float(gap.mean()),
        p_pays=float(np.mean(chosen.joint.net_benefit > 0)),
    )


def _measurements(first: Sequence[Drawn], fitting: Sequence[Drawn]) -> tuple[Measurement, ...]:
    """Of the first options' techniques; each in the form in which the better option has it.

    Worth is for the choice at hand: what the option changes against the one that nets most of the others that fit.
    """
    found: dict[str, Measurement] = {}
    for option in first:
        rivals = [other.joint.net_benefit for other in fitting if other is not option]
        changes = option.joint.net_benefit - max(rivals, key=lambda draws: float(draws.mean()), default=np.zeros(1))
        wanted = {name: changes for name in option.techniques if name not in found}
        found |= {item.technique: item for item in measurements_for(option.appraisal, wanted, first[0].techniques)}
    return tuple(sorted(found.values(), key=lambda item: (item.price - item.worth, item.technique)))
