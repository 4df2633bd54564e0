"""What is ranked, set side by side, planned and briefed.

Enters: kept views, who asks, limits or a question.  Leaves: Structs of `answers/`; plans and briefs for the pages too.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from tierproof.answers.brief import (
    BriefAnswer,
    ScenariosAnswer,
    asked_for,
    brief_answer,
    brief_for,
    scenarios_answer,
    scenarios_of,
)
from tierproof.answers.compare import ComparisonAnswer, comparison_answer, comparison_of
from tierproof.answers.history import HistoryAnswer, history_answer
from tierproof.answers.plan import PlanAnswer, plan_answer
from tierproof.answers.show import CardAnswer, card_answer
from tierproof.answers.table import TableAnswer, table_answer
from tierproof.answers.view import View
from tierproof.challenge.brief import Brief
from tierproof.decision.plan import Limits, Plan, Team, make_plan
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.errors import InputError
from tierproof.evidence.technique import Skill
from tierproof.messages import Message

__all__ = [
    "Aim",
    "brief",
    "briefed",
    "comparison",
    "history",
    "plan",
    "planned",
    "scenarios",
    "table",
    "technique",
]

Aim = Literal["quality", "wrong-answers", "cost", "latency"]


def table(views: KeptViews, asked: Asked) -> TableAnswer:
    """Techniques ranked in tiers, with what each removes, costs and risks: `tierproof table --json`."""
    view = views.view(**asked.settings)
    return table_answer(view.table(), view.pack)


def technique(views: KeptViews, asked: Asked, name: Annotated[str, "Its id, name or any usual name."]) -> CardAnswer:
    """What is known of one technique, with every source and record: `tierproof show NAME --json`."""
    view = views.view(**asked.settings)
    return card_answer(views.card(view, name), view.pack)


def comparison(views: KeptViews, asked: Asked, first: str, second: str) -> ComparisonAnswer:
    """Two techniques head to head: `tierproof compare FIRST SECOND --json`."""
    view = views.view(**asked.settings)
    return comparison_answer(comparison_of(view, first, second), view.pack)


def history(views: KeptViews, asked: Asked) -> HistoryAnswer:
    """How each technique's tier moved by year of evidence: `tierproof history --json`."""
    view = views.view(**asked.settings)
    return history_answer(views.history(view), view.pack)


def plan(
    views: KeptViews,
    asked: Asked,
    *,
    budget: Annotated[float | None, "USD a month beyond today's, at most; left out: no limit."] = None,
    one_off: Annotated[float | None, "USD once, engineer-days included, at most."] = None,
    weeks: Annotated[float | None, "Of calendar time, at most."] = None,
    latency: Annotated[float | None, "Seconds of a request, at most."] = None,
    at_once: Annotated[int, "Techniques worked on at the same time, 1 to 50."] = 1,
    skills: Annotated[Skill | None, "The most demanding that the team has; left out: all."] = None,
    without: Annotated[list[str] | None, "Techniques that are not wanted."] = None,
) -> PlanAnswer:
    """The best set of techniques within limits: `tierproof plan --json`."""
    limits = Limits(budget=budget, one_off=one_off, weeks=weeks, latency=latency, team=at_once)
    view, found = planned(views, asked, limits, skills=skills, without=without or ())
    return plan_answer(found, view.pack)


def planned(
    views: KeptViews, asked: Asked, limits: Limits, *, skills: Skill | None, without: list[str] | tuple[()]
) -> tuple[View, Plan]:
    """The plan for the reader's figures within his limits, and where he stands."""
    view = views.view(**asked.settings)
    # Money and time are limits that a reader states; skills and resources say who he is.
    team = Team(
        role=view.role,
        skills=skills,
        have=frozenset(view.pack.settings.resources) - view.lack if view.lack else None,
        without=frozenset(view.technique(name).id for name in without),
    )
    return view, make_plan(view.appraisal, limits, team)


def brief(
    views: KeptViews,
    asked: Asked,
    *,
    question: Annotated[str, "In a few words, or a scenario's name; left out where options are named."] = "",
    option: Annotated[list[str] | None, "Techniques to set side by side, instead of a question."] = None,
    together: Annotated[bool, "With all named options as one more."] = False,
    aim: Annotated[Aim | None, "What decides between named options; left out: net benefit."] = None,
    skills: Annotated[Skill | None, "The most demanding that the team has; left out: all."] = None,
) -> BriefAnswer:
    """A decision briefed: its options, an answer, what speaks against it: `tierproof brief QUESTION --json`."""
    if not question.strip() and not option:
        remedy = Message("ask something, or name options; /scenarios lists what the pack has")
        raise InputError.of(Message("is empty"), remedy=remedy, field="question")
    found = briefed(views, asked, question, tuple(option or ()), together=together, aim=aim, skills=skills)
    return brief_answer(found, views.pack)


def briefed(
    views: KeptViews,
    asked: Asked,
    question: str,
    options: tuple[str, ...],
    *,
    together: bool = False,
    aim: Aim | None = None,
    skills: Skill | None = None,
) -> Brief:
    """The brief on named options, else on the question; the reader's own figures go before a scenario's."""
    pack, settings = views.pack, asked.settings
    figures = settings.pop("profile")

    def view_for(pack: object, **which: Any) -> View:
        del pack
        return views.whole(**which)

    return brief_for(
        pack,
        asked_for(pack, options, aim=aim, together=together) if options else question,
        view_for=view_for,
        have=frozenset(pack.settings.resources) - set(asked.lack) if asked.lack else None,
        skills=skills,
        sets=tuple(f"{name}={value!r}" for name, value in figures.items()),
        **{name: settings[name] for name in ("role", "task", "model_size", "as_of", "include_lab")},
    )


def scenarios(views: KeptViews) -> ScenariosAnswer:
    """The decisions that the pack has briefs on: `tierproof brief --list --json`."""
    return scenarios_answer(scenarios_of(views.pack), views.pack)
