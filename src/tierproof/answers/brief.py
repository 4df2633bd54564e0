"""A decision that teams face, briefed: `tierproof brief`.

Enters: a pack or a view, a scenario by name or in words, where the reader stands.  Leaves: `Brief`s, and the
`BriefAnswer` of one.  Knows nothing of screens.

A scenario states how its situation differs from the pack's profile and context; what the reader states comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec import field

from tierproof.answers.critique import verdicts_on_claims
from tierproof.answers.document import Answer, Expected, Interval, PackNamed, Where, drawn
from tierproof.answers.plan import Limits, Measurement, Takes
from tierproof.answers.view import View, technique_of, view_of
from tierproof.challenge.brief import Asked, Brief, Scenario, compose, make_brief, scenarios_from, settle
from tierproof.challenge.brief.question import Way
from tierproof.challenge.brief.scenario import DecideBy
from tierproof.challenge.verdict import Verdict, VerdictWord
from tierproof.decision.appraisals.appraisal import Appraisal, appraise
from tierproof.decision.plan import Team
from tierproof.decision.plan.gather import Bar
from tierproof.decision.reader.profile import Profile, profile_from
from tierproof.errors import InputError
from tierproof.evidence import Pack
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Role, Skill
from tierproof.messages import gettext, translated
from tierproof.pieces import HERE, Place, Shared, in_pieces
from tierproof.synthesis import Context
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = [
    "BriefAnswer",
    "ScenariosAnswer",
    "asked_for",
    "brief_answer",
    "brief_for",
    "briefs_of",
    "scenarios_answer",
    "scenarios_of",
]


class Recommendation(Answer, frozen=True):
    """The option to take."""

    option: str
    """Its id."""
    p_best: float
    """That it is the best of the options that fit, 0 to 1."""
    runner_up: str | None
    p_over_runner_up: float
    """That it is better than the next, 0 to 1."""
    advantage: Expected
    """Over the next, in the unit of `decide_by`."""
    p_pays: float
    """0 to 1."""
    pays_from: float | None = field(name="pays_from_usd_per_success")
    """Value of a success from which on it pays, in the mean and in the median; null for going on as today."""
    pays_up_to: float | None = field(name="pays_up_to_usd_per_success")
    """Value up to which it does; null: any above."""


class Barred(Answer, frozen=True):
    """A technique that the team cannot take up, whatever the limits."""

    technique: str
    bar: Bar
    missing: tuple[str, ...]


class Option(Answer, frozen=True):
    """One way to go.  Intervals hold 90 % and speak of one new setting."""

    id: str
    name: str
    what: str
    techniques: tuple[str, ...]
    forms: Mapping[str, str]
    """Form of a technique whose own evidence is used, by technique."""
    missing_forms: Mapping[str, str]
    """Forms without evidence of their own: the whole technique's stands in."""
    value: float
    """Mean, in the unit of `decide_by`."""
    measure: Interval | None
    """What decides; null where it is not measured."""
    apart: tuple[str, ...]
    """Why its figures are of another question than the others'."""
    inherited: tuple[Outcome, ...]
    """Outcomes on which the whole technique stands in for the form meant."""
    p_best: float
    """0 to 1."""
    fits: bool
    """Within the limits, and the team can take it up."""
    picked_as: tuple[str, ...]
    """Names of options left to the planner for which it picks this one."""
    breaks: tuple[str, ...]
    """Limits that it breaks."""
    barred: tuple[Barred, ...]
    net_benefit: Expected = field(name="net_benefit_usd_month")
    p_pays: float
    """0 to 1."""
    failures_removed: Interval
    """Share of today's failures, at most 1."""
    wrong_answers_removed: Interval | None
    """Where that decides: share of the wrong answers of a system whose every failure is one, at most 1."""
    cost_ratio: Interval
    """Cost of a request over today's."""
    latency_ratio: Interval
    """Time of a request over today's."""
    outcomes: Mapping[Outcome, Interval | None]
    """Effect on each outcome that the scenario names, on the scale of analysis."""
    fragility: float
    """That quality is worse by more than the minimal difference in a new setting, 0 to 1."""
    takes: Takes
    skills: Skill | None
    """The most demanding that it needs."""
    needs: tuple[str, ...]
    """Resources."""
    certainty: CertaintyLevel | None
    """The lowest of the evidence on what decides; of net benefit as in the table under the value lens."""
    records: int
    """Behind quality, cost and time, or what else decides; a table counts those of all outcomes."""
    sources: int
    assumed: tuple[tuple[str, Outcome], ...]
    """Techniques and outcomes that rest on a stand-in."""
    assumed_alone: bool
    """What decides rests on stand-ins alone."""
    unknown: tuple[tuple[str, Outcome], ...]
    """Techniques and outcomes of net benefit that nothing is known of: they count as unchanged."""
    against: Mapping[str, str]
    """What a technique's quality is set against, by technique, where that is not the reader's system without it."""


class HeadToHead(Answer, frozen=True):
    """Records that compare two techniques of the first two options."""

    first: str
    second: str
    outcome: Outcome
    p_better: float = field(name="p_first_better")
    """On average, 0 to 1."""
    p_better_here: float = field(name="p_first_better_new_setting")
    """0 to 1."""
    records: int
    sources: int


class Turn(Answer, frozen=True):
    """Where another option becomes the best."""

    quantity: str
    """Of the profile."""
    now: float
    """In the profile's unit."""
    threshold: float
    """In the profile's unit."""
    becomes: str
    """Id of the option."""


class Claim(Answer, frozen=True):
    """A claim on which it bears."""

    id: str
    verdict: VerdictWord | None
    """Null where it was not judged."""
    probability: float | None
    """That the claim holds, 0 to 1."""


class BriefTeam(Answer, frozen=True):
    """Who would carry it out; null: no restriction."""

    role: Role | None
    skills: Skill | None
    have: tuple[str, ...] | None
    """Resources at hand."""


class AskedAnswer(Answer, frozen=True):
    """What the reader's words ask for."""

    words: str
    aims: tuple[Outcome, ...]
    task: str | None
    """Task family."""
    missing: tuple[str, ...]
    """Ways asked for that name nothing of the pack."""
    unread: tuple[str, ...]
    """Words that nothing took."""
    excluded: tuple[str, ...]
    """Techniques that are not wanted."""
    not_apart: tuple[str, ...]
    """Forms asked for that no record sets apart from their technique."""


class Leader(Answer, frozen=True):
    """First by what decides, and no recommendation, since it does not pay."""

    option: str
    pays_from: float | None = field(name="pays_from_usd_per_success")
    """Value of a success from which on it would pay, in the mean and in the median; null where no value makes it."""
    pays_up_to: float | None = field(name="pays_up_to_usd_per_success")
    """Value up to which it would; null: any above, or none at all."""


class BriefAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/brief/1"):
    """`tierproof brief SCENARIO --json`"""

    pack: PackNamed
    scenario: str
    """Its id."""
    title: str
    question: str
    asked: AskedAnswer | None
    """Where it was put together from the reader's words; null: a scenario of the pack."""
    decide_by: DecideBy
    recommendation: Recommendation | None
    """Of those that net more than today by mean and median, today among them; null where no such option fits."""
    leader: Leader | None = field(name="leader_that_does_not_pay")
    """Null where the first by what decides pays."""
    options: tuple[Option, ...]
    direct: tuple[HeadToHead, ...] = field(name="head_to_head")
    evidence_for: tuple[str, ...]
    """Ids of records for the first option."""
    evidence_against: tuple[str, ...]
    turns: tuple[Turn, ...]
    evpi: float = field(name="evpi_usd_month")
    """What knowing every effect before deciding is worth."""
    measurements: tuple[Measurement, ...]
    claims: tuple[Claim, ...]
    caveats: tuple[str, ...]
    uncovered: str
    """What no evidence covers."""
    limits: Limits
    team: BriefTeam
    profile: Profile
    """The reader's figures, the scenario's and defaults included."""
    context: Where


class ScenarioNamed(Answer, frozen=True):
    """One scenario of a pack."""

    id: str
    title: str
    question: str
    options: tuple[str, ...]
    """Their names."""


class ScenariosAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/briefs/1"):
    """`tierproof brief --list --json`"""

    pack: PackNamed
    scenarios: tuple[ScenarioNamed, ...]


def brief_answer(brief: Brief, pack: Pack) -> BriefAnswer:
    scenario, found = brief.scenario, brief.recommendation
    return drawn(
        BriefAnswer,
        brief,
        pack=pack,
        scenario=scenario.id,
        title=scenario.title,
        question=scenario.question,
        decide_by=scenario.decide_by,
        recommendation=None
        if found is None
        else drawn(
            Recommendation,
            found,
            runner_up=found.runner_up or None,
            advantage=drawn(Expected, found.advantage, mean=found.advantage_mean),
            **_paying(brief.pays_within),
        ),
        leader=None if brief.leader is None else drawn(Leader, brief.leader, **_paying(brief.leader.pays_within)),
        options=[
            drawn(Option, row, net_benefit=drawn(Expected, row.net_benefit, mean=row.net_benefit_mean))
            for row in brief.options
        ],
        evidence_for=[effect.record.id for effect in brief.evidence_for],
        evidence_against=[effect.record.id for effect in brief.evidence_against],
        claims=[_claim(name, brief.claims.get(name)) for name in scenario.claims],
        caveats=scenario.caveats,
        uncovered=scenario.uncovered,
    )


def _paying(within: tuple[float, float] | None) -> Mapping[str, float | None]:
    low, high = within or (None, None)
    return {"pays_from": low, "pays_up_to": None if high is None or math.isinf(high) else high}


def _claim(name: str, verdict: Verdict | None) -> Claim:
    return Claim(name, None, None) if verdict is None else Claim(name, verdict.word, verdict.probability)


def scenarios_answer(scenarios: Sequence[Scenario], pack: Pack) -> ScenariosAnswer:
    named = [drawn(ScenarioNamed, one, options=[option.name for option in one.options]) for one in scenarios]
    return drawn(ScenariosAnswer, pack, pack=pack, scenarios=named)


def scenarios_of(pack: Pack) -> tuple[Scenario, ...]:
    """The pack's scenarios, in order of title.  Raises InputError where one cannot be used."""
    return scenarios_from(pack.scenarios, pack.techniques, pack.settings)


def asked_for(pack: Pack, names: Iterable[str], *, aim: Outcome | None = None, together: bool = False) -> Asked:
    """The question which of the techniques `names`, by id, to take up; `together`: or all of them.

    Raises InputError for a name of no technique, and where there is none.
    """
    known = [technique_of(pack, name) for name in dict.fromkeys(names)]
    if not known:
        raise InputError.of(gettext("no technique is chosen"), remedy=gettext("choose one or more"))
    ways = [Way(techniques=(technique.id,)) for technique in known]
    if together and len(known) > 1:
        ways.append(Way(techniques=tuple(technique.id for technique in known)))
    words = gettext(" or ").join(translated(technique.short) for technique in known)
    aims = () if aim is None else (aim,)
    return Asked(words=words, ways=tuple(ways), aims=aims, task=None, missing=(), unread=(), excluded=())


def brief_for(
    pack: Pack,
    words: str | Asked,
    *,
    role: str | None = None,
    task: str | None = None,
    model_size: str | float | None = None,
    as_of: str | None = None,
    include_lab: bool = False,
    profile: Profile | Path | None = None,
    sets: tuple[str, ...] = (),
    skills: Skill | None = None,
    have: frozenset[str] | None = None,
    judged: bool = True,
    view_for: Callable[..., View] = view_of,
) -> Brief:
    """The brief that `words` mean: a scenario of the pack, or one put together from what they ask for.

    Settings as in `view_of`; raises InputError for any that cannot be used, and for words that ask for nothing that
    the pack knows.  `judged`: with verdicts on the claims on which it bears, which take a second or two.  `view_for`:
    `view_of`, or what keeps its views.
    """
    settled = words if isinstance(words, Asked) else settle(words, scenarios_of(pack), pack.techniques, pack.settings)
    asked = settled if isinstance(settled, Asked) else None
    default = None if isinstance(settled, Asked) else settled
    situation = (
        tuple(f"{key}={value}" for key, value in default.profile.items())
        if default is not None and profile is None
        else ()
    )
    stated = profile is not None or any(one.partition("=")[0].strip() == "role" for one in sets)
    view = view_for(
        pack,
        role=role or (default.team.role if default is not None and not stated else None),
        task=task
        or (default.context.task_family if default is not None else asked.task if asked is not None else None),
        model_size=model_size or (default.context.params_b if default is not None else None),
        as_of=as_of,
        include_lab=include_lab,
        profile=profile,
        sets=(*situation, *sets),
    )
    # Forms are pooled apart for what is asked about alone: those of the others would take most of a brief's time.
    named = (
        {name for option in default.options for name in (*option.techniques, *option.best_of)}
        if default is not None
        else {name for way in asked.ways for name in way.techniques}
        if asked is not None
        else set()
    )
    appraisal = appraise(view.detailed_for(*named), pack.techniques, pack.settings, view.profile)
    scenario, asked = (default, None) if default is not None else _composed(asked, appraisal, view.role)
    team = Team(role=view.role, skills=skills or scenario.team.skills, have=have)
    claims = verdicts_on_claims(view, scenario.claims) if judged else {}
    return make_brief(scenario, appraisal, view.conversion.effects, team=team, claims=claims, asked=asked)


def _composed(asked: Asked | None, appraisal: Appraisal, role: Role | None) -> tuple[Scenario, Asked]:
    assert asked is not None  # words are settled as a scenario, or as what they ask for
    composed = compose(asked, appraisal, role=role)
    if composed is None:
        message = gettext("no technique of the pack serves '{words}'", words=asked.words[:60])
        raise InputError.of(message, remedy=gettext("name techniques, or tierproof brief --list"))
    return composed


def briefs_of(view: View, *, place: Place = HERE) -> tuple[Brief, ...]:
    """Every scenario's brief, in order of title, each a piece of work at `place`.

    Scenarios change the pack's own profile; a profile of the reader's stays as it is.
    """
    count = len(scenarios_of(view.pack))
    return tuple(in_pieces(partial(_brief_of, Shared(_Briefed(view))), range(count), place))


class _Briefed:
    """What the briefs of a process share: a context that several have is appraised once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.scenarios = scenarios_of(view.pack)
        self._appraised: dict[tuple[Context, Profile], Appraisal] = {}

    def __reduce__(self) -> tuple[type[_Briefed], tuple[View]]:
        return _Briefed, (self.view,)

    def appraised(self, context: Context, profile: Profile) -> Appraisal:
        key = (context, profile)
        if key not in self._appraised:
            pack, detailed, mine = self.view.pack, self.view.detailed, self.view.profile
            if profile == mine:
                synthesis = detailed if context == self.view.context else detailed.at(context)
                self._appraised[key] = appraise(synthesis, pack.techniques, pack.settings, mine)
            else:
                self._appraised[key] = self.appraised(context, mine).under(profile)
        return self._appraised[key]


def _brief_of(shared: Shared[_Briefed], number: int) -> Brief:
    briefed = shared.value
    view, pack, scenario = briefed.view, briefed.view.pack, briefed.scenarios[number]
    context = replace(
        view.context,
        task_family=view.context.task_family or scenario.context.task_family,
        params_b=view.context.params_b or scenario.context.params_b,
    )
    own = view.profile != profile_from(pack.settings.profile)
    profile = view.profile if own else profile_from({**pack.settings.profile, **scenario.profile})
    appraisal = briefed.appraised(context, profile)
    team = Team(role=view.role or scenario.team.role, skills=scenario.team.skills)
    return make_brief(scenario, appraisal, view.conversion.effects, team=team)
