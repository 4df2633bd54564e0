"""The short way to decision briefs: scenarios of a pack, in the reader's view.

Enters: a pack or a view, a scenario by name or in words, where the reader stands.  Leaves: `Brief`s.  Knows nothing of
screens.

A scenario states how its situation differs from the pack's profile and context; what the reader states comes first.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tierproof.answers.verdicts import verdicts_on_claims
from tierproof.answers.view import View, view_of
from tierproof.challenge.brief import Asked, Brief, Scenario, compose, make_brief, scenarios_from, settle
from tierproof.decision.appraisal import Appraisal, appraise
from tierproof.decision.plan import Team
from tierproof.decision.profile import profile_from
from tierproof.errors import InputError, Problem
from tierproof.evidence import Pack
from tierproof.evidence.technique import Role, Skill
from tierproof.synthesis import Context, Synthesis, synthesise

__all__ = ["brief_for", "briefs_of", "scenarios_of"]


def scenarios_of(pack: Pack) -> tuple[Scenario, ...]:
    """The pack's scenarios, in order of title.  Raises InputError where one cannot be used."""
    return scenarios_from(pack.scenarios, pack.techniques, pack.settings)


def brief_for(
    pack: Pack,
    words: str,
    *,
    role: str | None = None,
    task: str | None = None,
    model_size: str | float | None = None,
    as_of: str | None = None,
    include_lab: bool = False,
    profile: Path | None = None,
    sets: tuple[str, ...] = (),
    skills: Skill | None = None,
    have: frozenset[str] | None = None,
    judged: bool = True,
) -> Brief:
    """The brief that `words` mean: a scenario of the pack, or one put together from what they ask for.

    Settings as in `api.view_of`; raises InputError for any that cannot be used, and for words that ask for nothing that
    the pack knows.  `judged`: with verdicts on the claims on which it bears, which take a second or two.
    """
    settled = settle(words, scenarios_of(pack), pack.techniques, pack.settings)
    asked = settled if isinstance(settled, Asked) else None
    default = None if isinstance(settled, Asked) else settled
    situation = (
        tuple(f"{key}={value}" for key, value in default.profile.items())
        if default is not None and profile is None
        else ()
    )
    view = view_of(
        pack,
        role=role or (default.team.role if default is not None else None),
        task=task
        or (default.context.task_family if default is not None else asked.task if asked is not None else None),
        model_size=model_size or (default.context.params_b if default is not None else None),
        as_of=as_of,
        include_lab=include_lab,
        profile=profile,
        sets=(*situation, *sets),
    )
    appraisal = appraise(view.detailed, pack.techniques, pack.settings, view.profile)
    scenario = default or _composed(asked, appraisal, view.role)
    team = Team(role=view.role, skills=skills or scenario.team.skills, have=have)
    claims = verdicts_on_claims(view, scenario.claims) if judged else {}
    return make_brief(scenario, appraisal, view.conversion.effects, team=team, claims=claims, asked=asked)


def _composed(asked: Asked | None, appraisal: Appraisal, role: Role | None) -> Scenario:
    assert asked is not None  # words are settled as a scenario, or as what they ask for
    scenario = compose(asked, appraisal, role=role)
    if scenario is None:
        message = f"no technique of the pack serves '{asked.words[:60]}'"
        raise InputError(Problem(message=message, remedy="name techniques, or tierproof brief --list"))
    return scenario


def briefs_of(view: View) -> tuple[Brief, ...]:
    """Every scenario's brief, in order of title.  A context that several share is pooled once.

    Scenarios change the pack's own profile; a profile of the reader's stays as it is.
    """
    pack, effects = view.pack, view.conversion.effects
    pooled: dict[Context, Synthesis] = {view.context: view.detailed}
    own = view.profile != profile_from(pack.settings.profile)
    briefs = []
    for scenario in scenarios_of(pack):
        context = replace(
            view.context,
            task_family=view.context.task_family or scenario.context.task_family,
            params_b=view.context.params_b or scenario.context.params_b,
        )
        if context not in pooled:
            pooled[context] = synthesise(effects, pack.techniques, pack.settings, context, detail=True)
        profile = view.profile if own else profile_from({**pack.settings.profile, **scenario.profile})
        appraisal = appraise(pooled[context], pack.techniques, pack.settings, profile)
        team = Team(role=view.role or scenario.team.role, skills=scenario.team.skills)
        briefs.append(make_brief(scenario, appraisal, effects, team=team))
    return tuple(briefs)
