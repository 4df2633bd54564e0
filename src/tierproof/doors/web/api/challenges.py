"""Claims and tier tables held against the evidence.

Enters: kept views, who asks, what is claimed.  Leaves: Structs of `answers/`; audits for the page too.  What is sent is
kept nowhere.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Struct

from tierproof.answers.audit import AuditAnswer, Audited, audit_answer, audit_of
from tierproof.answers.critique import Critique, CritiqueAnswer, critique_answer, critique_of
from tierproof.answers.view import View
from tierproof.challenge.audits.tables import form_of
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["Pasted", "audit", "audited", "critique", "critiqued"]

_MOST: Final = 50
"""Claims of one text that are judged, as by the command."""
_LONGEST: Final = 4000
"""Letters of a text: what is longer is no claim, and no address."""
_LARGEST: Final = 1_000_000
"""Letters: no tier table has more."""


class Pasted(Struct, frozen=True):
    """A tier table."""

    table: str = ""
    """Markdown, CSV or JSON, at most 1 MB."""
    as_of: str = ""
    """Its own date, as year, or year and month; empty: what it states."""


def critique(views: KeptViews, asked: Asked, text: Annotated[str, "Claims, in English or Russian."]) -> CritiqueAnswer:
    """The verdicts on every claim of a text: `tierproof critique TEXT --json`."""
    return critique_answer(critiqued(views, asked, text, _MOST))


def critiqued(views: KeptViews, asked: Asked, text: str, most: int) -> Critique:
    """The verdicts on the first `most` claims.  Raises InputError for a text that is too long."""
    if len(text) > _LONGEST:
        remedy = Message("send at most {longest:,} letters, or use tierproof critique FILE", longest=_LONGEST)
        raise InputError.of(Message("a text of {n:,} letters", n=len(text)), remedy=remedy, field="text")
    return critique_of(text, views.view(**asked.settings), most=most)


def audit(views: KeptViews, asked: Asked, data: Pasted) -> AuditAnswer:
    """A tier table held against the evidence, row by row: `tierproof audit TABLE --json`."""
    return audit_answer(audited(views, asked, data))


def audited(views: KeptViews, asked: Asked, data: Pasted) -> Audited:
    """The table against the evidence of today and of its own date.  Raises InputError for what is no tier table."""
    if len(data.table) > _LARGEST:
        raise InputError.of(Message("is larger than 1 MB, which no tier table is"), field="table")
    if not data.table.strip():
        raise InputError.of(Message("is empty"), remedy=Message("a head, then one row a technique"), field="table")
    settings = {name: value for name, value in asked.settings.items() if name not in ("role", "lack", "as_of")}

    def view_for(pack: object, **which: Any) -> View:
        del pack
        return views.view(**which)

    as_of = data.as_of.strip() or None
    return audit_of(data.table, form_of(data.table), pack=views.pack, as_of=as_of, view_for=view_for, **settings)
