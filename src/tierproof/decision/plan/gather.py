"""Which techniques can be planned with, and why the others cannot.

Enters: an `Appraisal`, and what the team is and has.  Leaves: candidates as draws, and each barred technique with its
reason.  Knows nothing of limits or search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from tierproof.decision.appraisals.appraisal import Appraisal, assumed
from tierproof.decision.plan.candidate import Candidate
from tierproof.decision.ranking.tiers import can_adopt
from tierproof.errors import InputError, Problem, meant
from tierproof.evidence.technique import Assumption, Role, Skill, Technique
from tierproof.messages import gettext

__all__ = ["SKILLS", "Bar", "Barred", "Team", "barred_of", "candidate_of", "expected", "gather"]

SKILLS: Final[tuple[Skill, ...]] = ("basic", "standard", "specialist", "research")
"""From what anyone can do to what few can."""
Bar = Literal["role", "skills", "needs", "asked", "requires", "evidence"]
"""`evidence`: no record answers for it, so that nothing it would do is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who would carry the plan out.  None: no restriction."""

    role: Role | None = None
    """None: the profile's."""
    skills: Skill | None = None
    """The most demanding skill that the team has."""
    have: frozenset[str] | None = None
    """Ids of the resources at hand; None: whatever is needed."""
    without: frozenset[str] = frozenset()
    """Techniques that are not wanted."""
    only: frozenset[str] | None = None
    """Techniques among which to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """A technique that the team cannot take up, whatever the limits, or for which no record answers."""

    technique: str
    bar: Bar
    missing: tuple[str, ...]
    """What would open it: a role, a skill, resources, or techniques."""


def gather(appraisal: Appraisal, team: Team) -> tuple[tuple[Candidate, ...], tuple[Barred, ...]]:
    """Candidates and barred techniques, each in order of id.  Raises InputError as `barred_of` does."""
    barred = barred_of(appraisal, team)
    out = {bar.technique for bar in barred}
    kept = sorted(key for key in appraisal.techniques if key not in out and (team.only is None or key in team.only))
    return tuple(candidate_of(appraisal, key) for key in kept), barred


def barred_of(appraisal: Appraisal, team: Team) -> tuple[Barred, ...]:
    """Techniques that cannot be planned with, in order of id.

    Raises InputError for a technique or resource that the pack does not know.
    """
    techniques = appraisal.techniques
    resources = set(appraisal.settings.resources) or {need for t in techniques.values() for need in t.needs}
    problems = [
        *_unknown(team.have or (), resources, "have", "resource"),
        *_unknown(team.without, techniques, "without", "technique"),
        *_unknown(team.only or (), techniques, "only", "technique"),
    ]
    if problems:
        raise InputError(*problems)
    barred = {
        key: bar
        for key, technique in techniques.items()
        if (team.only is None or key in team.only) and (bar := _bar(technique, team, appraisal)) is not None
    }
    kept = {key for key in techniques if key not in barred and (team.only is None or key in team.only)}
    # A technique falls with what it requires, and so on down.
    while True:
        fallen = {
            key: Barred(technique=key, bar="requires", missing=tuple(sorted(missing)))
            for key in sorted(kept)
            if (missing := set(techniques[key].requires) - kept)
        }
        if not fallen:
            break
        barred |= fallen
        kept -= fallen.keys()
    return tuple(barred[key] for key in sorted(barred))


def candidate_of(appraisal: Appraisal, key: str) -> Candidate:
    """A technique as a candidate; its draws are those of the tier table."""
    technique = appraisal.techniques[key]
    effort = technique.effort
    return Candidate(
        id=key,
        theta=appraisal.theta(key, "quality"),
        cost=appraisal.ratio(key, "cost"),
        latency=appraisal.ratio(key, "latency"),
        running=assumed(key, "running_usd_month", effort.running_usd_month),
        one_off=appraisal.profile.engineer_day_usd * assumed(key, "engineer_days", effort.engineer_days)
        + assumed(key, "one_off_usd", effort.one_off_usd),
        days=expected(effort.engineer_days),
        weeks=expected(effort.weeks),
        requires=frozenset(technique.requires),
        excludes=frozenset(technique.excludes),
    )


def expected(assumption: Assumption) -> float:
    """Mean of the triangular distribution."""
    return (assumption.low + assumption.mode + assumption.high) / 3.0


def _bar(technique: Technique, team: Team, appraisal: Appraisal) -> Barred | None:
    key = technique.id
    if key in team.without:
        return Barred(technique=key, bar="asked", missing=())
    if not can_adopt(team.role or appraisal.profile.role, technique):
        return Barred(technique=key, bar="role", missing=(technique.role,))
    if team.skills is not None and SKILLS.index(technique.skills) > SKILLS.index(team.skills):
        return Barred(technique=key, bar="skills", missing=(technique.skills,))
    missing = () if team.have is None else tuple(sorted(set(technique.needs) - team.have))
    if missing:
        return Barred(technique=key, bar="needs", missing=missing)
    # What another one is built upon need not do anything by itself.
    if appraisal.answered(key) or any(key in other.requires for other in appraisal.techniques.values()):
        return None
    return Barred(technique=key, bar="evidence", missing=())


def _unknown(given: Iterable[str], known: Collection[str], field: str, kind: str) -> list[Problem]:
    return [
        Problem(
            field=field,
            message=gettext("no {kind} is called '{name}'", kind=kind, name=name[:60]),
            remedy=meant(name, known),
        )
        for name in sorted(set(given) - set(known))
    ]
