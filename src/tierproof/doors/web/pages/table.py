"""The tier table, which ranks anew as the reader's figures move.

Enters: kept views, and who asks.  Leaves: what the page shows; files to take away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import structs

from tierproof.answers.view import lens_of
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import File, Shown
from tierproof.evidence.technique import Role
from tierproof.report.render.csv import csv_table
from tierproof.report.render.html.table import score_axis, table_markup
from tierproof.report.render.markdown.blocks import blocks_markdown
from tierproof.report.render.svg.ranking import ranking_svg
from tierproof.report.render.svg.strip import strip
from tierproof.report.words import page as words
from tierproof.report.words.table_blocks import table_blocks
from tierproof.report.words.table_legend import against_explained, assumed_explained
from tierproof.report.words.table_rows import Line, apart_told, lines_of

if TYPE_CHECKING:
    from markupsafe import Markup

    from tierproof.decision.ranking.results import TierTable

__all__ = ["Form", "Shape", "table_file", "table_page", "technique_address"]

Shape = Literal["rows", "cards"]
Form = Literal["csv", "md", "svg"]


def table_page(views: KeptViews, asked: Asked, shape: Shape = "rows") -> Shown:
    """Techniques ranked by what the evidence says of them, for the reader's own figures."""
    view = views.view(**asked.settings)
    table = view.table()
    lines, query = lines_of(table), asked.query()

    def href(name: str) -> str:
        return f"/techniques/{name}{query}"

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
            "headline": words.headline(table, lines),
            "value": table.lens.score == "net_benefit",
            "apart": apart_told(table, view.pack) if any(row.apart for row in table.rows) else "",
            "explained": [*assumed_explained(), *against_explained(table)],
            "cards": list(_cards(table, lines)) if shape == "cards" else [],
            "href": href,
            "table": table_markup(table, view.pack, href=href, adoption={}, places=True, lines=lines)
            if shape == "rows"
            else "",
            "exports": [
                (name, "/api/v1/table" if end == "json" else f"/table/{'svg' if end == 'png' else end}", end)
                for end, name in words.EXPORTS.items()
            ],
        },
        address="/" + asked.query({"shape": "" if shape == "rows" else shape}),
    )


def table_file(views: KeptViews, asked: Asked, form: Form) -> File:
    """The same table to take away."""
    view = views.view(**asked.settings)
    table = view.table()
    match form:
        case "csv":
            return File("text/csv", csv_table(table, view.pack))
        case "md":
            return File("text/markdown", blocks_markdown(table_blocks(table, view.pack)))
        case "svg":
            return File("image/svg+xml", ranking_svg(table, view.pack, score_axis(table)))


def technique_address(asked: Asked, name: str, further: Mapping[str, str] | None = None) -> str:
    """Of the page on a technique, for the same reader.  `further`: what that page asks beside."""
    return f"/techniques/{name}{asked.query(further)}"


def _cards(table: TierTable, told: Sequence[Line]) -> Iterator[tuple[str, bool, list[tuple[Line, Markup]]]]:
    """Tier, whether its members stand apart from what the reader can adopt, and the members."""
    axis = score_axis(table)
    for (apart, tier), lines in groupby(told, key=lambda line: (line.row.apart, line.tier)):
        yield tier, apart, [(line, strip(line.row.score if line.enough else None, axis)) for line in lines]
