"""The tier table, which ranks anew as the reader's figures move.

Enters: kept views, and who asks.  Leaves: what the page shows.
"""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

from msgspec import structs

from tierproof.answers.view import lens_of
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.evidence.technique import Role
from tierproof.report.render.html.table import table_markup
from tierproof.report.words import page as words

__all__ = ["Shape", "table_page"]

Shape = Literal["rows", "cards"]


def table_page(views: KeptViews, asked: Asked, shape: Shape = "rows") -> Shown:
    """Techniques ranked by what the evidence says of them, for the reader's own figures."""
    view = views.view(**asked.settings)
    table = view.table()
    return Shown(
        title=words.TABLE_TITLE,
        form="table_form.html",
        answer="table_answer.html",
        data={
            "view": view,
            "own": structs.asdict(views.profile),
            "figures": structs.asdict(view.profile),
            "lenses": [lens_of(view.pack, name) for name in view.pack.lenses],
            "roles": get_args(Role),
            "dials": words.dials(view.pack.settings.words),
            "shape": shape,
            "table": table_markup(table, view.pack, href=partial(_technique, asked)),
        },
        address="/" + asked.query({"shape": "" if shape == "rows" else shape}),
    )


def _technique(asked: Asked, name: str) -> str:
    return f"/techniques/{name}{asked.query(lens='effect')}"
