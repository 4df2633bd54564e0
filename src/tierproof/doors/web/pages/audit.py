"""A pasted tier table held against the evidence, row by row.

Enters: kept views, who asks, a table's text.  Leaves: what the page shows.  What is pasted is kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api.challenges import Pasted, audited
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.report.render.html.parts.pictured import Part, Picture, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import page_challenge as say
from tierproof.report.words.audit import audit_blocks

if TYPE_CHECKING:
    from tierproof.challenge.audits.audit import Audit

__all__ = ["audit_page", "audited_page"]


def audit_page(views: KeptViews, asked: Asked) -> Shown:
    """A box for a table."""
    del views
    return _shown(asked, Pasted(), [])


def audited_page(views: KeptViews, asked: Asked, data: Pasted) -> Shown:
    """The pasted table, held against the evidence."""
    found = audited(views, asked, data)
    blocks = audit_blocks(found.audit, found.view.pack, then=found.then)
    return _shown(asked, data, [part_of(blocks, [_picture(found.audit, asked)])])


def _shown(asked: Asked, data: Pasted, parts: list[Part]) -> Shown:
    return Shown(
        title=say.AUDIT_TITLE,
        form="audit_form.html",
        answer="parts_answer.html",
        data={"say": say, "pasted": data, "parts": parts, "note": ""},
        address="/audit" + asked.query(),
    )


def _picture(audit: Audit, asked: Asked) -> Picture:
    most = max(len(audit.rows), 2)
    steps = range(1, most + 1, max(1, most // 5))
    rows = [
        Row(
            label=say.name_told(row.stated.name),
            told=say.audited_told(row),
            value=row.rank,
            ring=row.place,
            href=f"/techniques/{row.technique}{asked.query()}",
        )
        for row in audit.rows
    ]
    return pictured(
        rows,
        axis_of(0.5, most + 0.5, [(float(step), f"{step}") for step in steps]),
        title=say.AUDIT_PICTURE,
        head=say.ROW,
        over=say.RANK,
        legend=say.AUDIT_LEGEND,
    )
