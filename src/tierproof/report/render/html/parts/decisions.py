"""Plans and briefs as sections of a page.

Enters: results.  Leaves: `Section`s for `html_report(further=...)`.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tierproof.messages import gettext
from tierproof.report.render.html.blocks import laid, untitled
from tierproof.report.render.html.page import Section
from tierproof.report.words.brief import brief_blocks, chosen_of
from tierproof.report.words.plan import plan_blocks

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief
    from tierproof.decision.plan import Plan
    from tierproof.evidence import Pack

__all__ = ["briefs_section", "plan_section"]


def plan_section(plan: Plan, pack: Pack) -> Section:
    """The plan in the report's profile."""
    return Section(
        id="plan",
        title=gettext("A plan"),
        short=gettext("Plan"),
        lead=gettext("The best set of techniques in this profile, with all gains, costs and efforts together."),
        body=laid(untitled(plan_blocks(plan, pack))),
    )


def briefs_section(briefs: Sequence[Brief], pack: Pack) -> Section:
    """Every brief, folded up to its answer."""
    return Section(
        id="briefs",
        title=gettext("Decisions that teams face"),
        short=gettext("Briefs"),
        template="section_briefs.html",
        lead=gettext(
            "Options side by side, each in its own situation; open one for evidence on both sides, thresholds and the "
            "next measurement."
        ),
        data={
            "briefs": [
                {
                    "id": brief.scenario.id,
                    "title": brief.scenario.title,
                    "answer": chosen_of(brief),
                    "body": laid(untitled(brief_blocks(brief, pack))),
                }
                for brief in briefs
            ]
        },
    )
