"""A pasted tier table held against the evidence, row by row.

Enters: kept views, who asks, a table's text.  Leaves: what the page shows.  What is pasted is kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from tierproof.answers.audit import audit_of
from tierproof.answers.view import View
from tierproof.doors.cli.audit import form_of
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.errors import InputError, Problem
from tierproof.report.render.html.parts.pictured import Part, Picture, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import page_challenge as say
from tierproof.report.words.audit import audit_blocks

if TYPE_CHECKING:
    from tierproof.challenge.audits.audit import Audit

__all__ = ["Pasted", "audit_page", "audited_page"]

_LARGEST: Final = 1_000_000
"""Letters: no tier table has more."""


class Pasted(Struct, frozen=True):
    """A table, as text."""

    table: str = ""
    as_of: str = ""
    """Year, or year and month; empty: what it states."""


def audit_page(views: KeptViews, asked: Asked) -> Shown:
    """A box for a table."""
    del views
    return _shown(asked, Pasted(), [])


def audited_page(views: KeptViews, asked: Asked, data: Pasted) -> Shown:
    """The pasted table, held against the evidence."""
    if len(data.table) > _LARGEST:
        raise InputError(Problem(field="table", message="is larger than 1 MB, which no tier table is"))
    if not data.table.strip():
        raise InputError(Problem(field="table", message="is empty", remedy="a head, then one row a technique"))
    settings = {name: value for name, value in asked.settings.items() if name not in ("role", "lack", "as_of")}

    def view_for(pack: object, **which: Any) -> View:
        del pack
        return views.view(**which)

    found = audit_of(
        data.table,
        form_of(data.table),
        pack=views.pack,
        as_of=data.as_of.strip() or None,
        view_for=view_for,
        **settings,
    )
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
