"""The short way to a decision brief: a scenario of a pack, in the reader's view.

Enters: a pack, a scenario by name or in words, where the reader stands.  Leaves: a `Brief`.  Knows nothing of screens.

The scenario states how its situation differs from the pack's profile and context; what the reader states comes
first.
"""

from __future__ import annotations

from pathlib import Path

from tierproof.api import view_of
from tierproof.critique.brief import Brief, Scenario, find_scenario, make_brief, scenarios_from
from tierproof.decision.appraisal import appraise
from tierproof.decision.plan import Team
from tierproof.evidence import Pack
from tierproof.evidence.technique import Skill

__all__ = ["brief_for", "scenarios_of"]


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
) -> Brief:
    """The brief that `words` mean.  Settings as in `api.view_of`; raises InputError for any that cannot be used."""
    scenario = find_scenario(scenarios_of(pack), words)
    situation = tuple(f"{key}={value}" for key, value in scenario.profile.items()) if profile is None else ()
    view = view_of(
        pack,
        role=role or scenario.team.role,
        task=task or scenario.context.task_family,
        model_size=model_size or scenario.context.params_b,
        as_of=as_of,
        include_lab=include_lab,
        profile=profile,
        sets=(*situation, *sets),
    )
    appraisal = appraise(view.detailed, pack.techniques, pack.settings, view.profile)
    team = Team(role=view.role, skills=skills or scenario.team.skills, have=have)
    return make_brief(scenario, appraisal, view.conversion.effects, team=team)
