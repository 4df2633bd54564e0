"""A decision, briefed: a question in words, a scenario of the pack, or techniques that are ticked.

Enters: kept views, who asks, what is to be decided.  Leaves: what the page shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierproof.answers.brief import scenarios_of
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api.decisions import Aim, briefed
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.report.render.html.parts.pictured import Picture, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import numerals
from tierproof.report.words import page_challenge as say
from tierproof.report.words.brief import brief_blocks
from tierproof.report.words.forest import axis_over

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief

__all__ = ["brief_page"]


def brief_page(
    views: KeptViews,
    asked: Asked,
    *,
    question: str = "",
    option: list[str] | None = None,
    together: bool = False,
    aim: Aim | None = None,
) -> Shown:
    """The brief on what is ticked, else on the question."""
    pack, options = views.pack, tuple(option or ())
    parts = []
    if options or question.strip():
        brief = briefed(views, asked, question, options, together=together, aim=aim)
        parts.append(part_of(brief_blocks(brief, pack), [_picture(brief)], _records(brief, views, asked)))
    further = {
        "question": "" if options else question.strip(),
        "together": "true" if together else "",
        "aim": aim or "",
    }
    several = "".join(f"&option={name}" for name in options)
    address = "/brief" + asked.query(further)
    return Shown(
        title=say.BRIEF_TITLE,
        form="brief_form.html",
        answer="parts_answer.html",
        data={
            "say": say,
            "question": question,
            "options": options,
            "together": together,
            "aim": aim,
            "parts": parts,
            "note": "",
            "techniques": list(pack.techniques.values()),
            "scenarios": [(one.title, "/brief" + asked.query({"question": one.id})) for one in scenarios_of(pack)],
        },
        address=address + (several if "?" in address else several.replace("&", "?", 1)),
    )


def _records(brief: Brief, views: KeptViews, asked: Asked) -> list[tuple[str, str]]:
    names = dict.fromkeys(name for row in brief.options for name in row.techniques)
    return [(views.pack.techniques[name].short, f"/techniques/{name}{asked.query()}") for name in names]


def _picture(brief: Brief) -> Picture | None:
    money = brief.scenario.decide_by == "net benefit"
    values = {row.id: row.net_benefit if money else row.measure for row in brief.options}
    known = [value for value in values.values() if value is not None]
    if not known:
        return None
    chosen = brief.recommendation.option if brief.recommendation is not None else ""
    rows = [
        Row(
            label=say.name_told(row.name),
            told=say.option_told(row, money=money),
            value=values[row.id],
            chosen=row.id == chosen,
            hollow=not row.fits,
        )
        for row in brief.options
    ]
    over = axis_over(known, known[:3], 100)
    tell = numerals.money if money else numerals.percent
    ticks = [(at, tell(at)) for at in (over.low * 0.8, 0.0, over.high * 0.8)]
    return pictured(
        rows,
        axis_of(over.low, over.high, ticks),
        title=say.BRIEF_PICTURE,
        head=say.OPTION,
        over=say.NETS if money else say.aim_told(brief.scenario.decide_by),
        legend=say.BRIEF_LEGEND,
    )
