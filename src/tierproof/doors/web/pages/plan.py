"""The best set of techniques within limits, as sliders and fields.

Enters: kept views, who asks, limits.  Leaves: what the page shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierproof.decision.plan import SKILLS, Limits
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api.decisions import planned
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.evidence.technique import Skill
from tierproof.report.render.html.parts.pictured import Picture, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import numerals
from tierproof.report.words import page_challenge as say
from tierproof.report.words.forest import axis_over
from tierproof.report.words.plan import plan_blocks
from tierproof.synthesis.posteriors.posterior import Interval

if TYPE_CHECKING:
    from tierproof.decision.plan import Plan
    from tierproof.evidence import Pack

__all__ = ["plan_page"]

_LEFT_OUT = 5
"""Techniques left out that are drawn."""


def plan_page(
    views: KeptViews,
    asked: Asked,
    *,
    budget: float | None = None,
    one_off: float | None = None,
    weeks: float | None = None,
    latency: float | None = None,
    at_once: int = 1,
    skills: Skill | None = None,
    without: list[str] | None = None,
) -> Shown:
    """The plan for the reader's figures within his limits."""
    limits = Limits(budget=budget, one_off=one_off, weeks=weeks, latency=latency, team=at_once)
    view, plan = planned(views, asked, limits, skills=skills, without=without or ())
    unwanted = frozenset(view.technique(name).id for name in without or ())
    stated = {name: getattr(limits, name) for name in ("budget", "one_off", "weeks", "latency")}
    told = {name: "" if value is None else f"{value:.12g}" for name, value in stated.items()}
    further = {**told, "at_once": "" if at_once == 1 else str(at_once), "skills": skills or ""}
    address = "/plan" + asked.query(further)
    several = "".join(f"&without={name}" for name in sorted(unwanted))
    records = [(view.pack.techniques[name].short, f"/techniques/{name}{asked.query()}") for name in plan.members]
    return Shown(
        title=say.PLAN_TITLE,
        form="plan_form.html",
        answer="parts_answer.html",
        data={
            "say": say,
            "view": view,
            "stated": told,
            "at_once": at_once,
            "skills": skills,
            "levels": SKILLS,
            "without": unwanted,
            "techniques": list(view.pack.techniques.values()),
            "parts": [part_of(plan_blocks(plan, view.pack), [_picture(plan, view.pack)], records)],
            "note": "",
        },
        address=address + (several if "?" in address else several.replace("&", "?", 1)),
    )


def _picture(plan: Plan, pack: Pack) -> Picture:
    whole = plan.net_benefit
    rows = [Row(label=say.PLAN_WHOLE, told=numerals.money_interval(whole), value=whole, chosen=True)]
    points = [(step.technique, step.adds, False) for step in plan.steps]
    points += [(one.technique, one.would_add, True) for one in plan.left_out[:_LEFT_OUT]]
    rows += [
        Row(
            label=say.name_told(pack.techniques[name].short),
            told=say.plan_told(value),
            value=Interval(value, value, value),
            hollow=hollow,
        )
        for name, value, hollow in points
    ]
    values = [row.value for row in rows if row.value is not None]
    over = axis_over(values, [whole], 100)
    ticks = [(at, numerals.money(at)) for at in (over.low * 0.8, 0.0, over.high * 0.8)]
    return pictured(
        rows,
        axis_of(over.low, over.high, ticks),
        title=say.PLAN_PICTURE,
        head="",
        over=say.NETS,
        legend=say.PLAN_LEGEND,
    )
