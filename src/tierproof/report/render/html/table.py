"""A tier table in HTML: for a notebook, for a page of its own, and for the report.

Enters: a `TierTable` and its pack.  Leaves: markup without scripts or addresses of its own.  Knows nothing of pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from markupsafe import Markup

from tierproof.decision.ranking.lens import TIERS
from tierproof.evidence.adoption import Adoption
from tierproof.evidence.record import Outcome
from tierproof.messages import Message, gettext, translated
from tierproof.report.render.html.environment import render
from tierproof.report.render.svg.strip import Axis, axis_of, strip
from tierproof.report.words import numerals
from tierproof.report.words.numerals import Range
from tierproof.report.words.table import ASSUMED, GLYPHS, NO_TIER, UNKNOWN_MARK, glyph, score_told
from tierproof.report.words.table_legend import explained
from tierproof.report.words.table_rows import NO_ADOPTION, Line, apart_told, lines_of, outcomes_shown
from tierproof.report.words.uptake import adoption_by_technique, measure_of

if TYPE_CHECKING:
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack

__all__ = ["html_document", "html_table", "score_axis", "table_markup"]

_LEAST, _MOST = -1.0, 1.0
"""Shares beyond which an axis would squeeze all other rows; intervals that go on end in an arrowhead."""
_NARROW = 1.5
"""Of an axis: what leaves room for a label at every half, in a column of a seventh of a desk's window."""


_MARKS = {str(mark): mark for mark in GLYPHS}
_UNKNOWN = Message("unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlRow:
    line: Line
    strip: Markup
    marks: tuple[tuple[str, str, str], ...]
    """Outcome, mark and sign."""
    href: str | None
    first: bool
    """Of its tier."""


def html_table(table: TierTable, pack: Pack) -> str:
    """A fragment with its own style, for notebooks."""
    return str(render("fragment.html", table=table_markup(table, pack, places=True), title=_title(table, pack)))


def html_document(table: TierTable, pack: Pack) -> str:
    """A page of its own."""
    return str(render("document.html", table=table_markup(table, pack, places=True), title=_title(table, pack)))


def table_markup(
    table: TierTable,
    pack: Pack,
    *,
    href: Callable[[str], str] | None = None,
    adoption: Mapping[str, Adoption] | None = None,
    places: bool = False,
    lines: Sequence[Line] | None = None,
) -> Markup:
    """The bare table.

    `href`: where the name of a technique, given by its id, leads; None: nowhere.  `adoption`: default the pack's;
    empty: no columns of it.  `places`: with columns that tell how sure tier, rank and order are.  `lines`: the table's
    own, with adoption, where they are at hand.
    """
    adoption = adoption_by_technique(pack) if adoption is None else adoption
    lines = lines_of(table, adoption) if lines is None else lines
    outcomes = outcomes_shown(table)
    value = table.lens.score == "net_benefit"
    axis = score_axis(table)
    rules = [getattr(table.lens.thresholds, tier) for tier in TIERS if tier != TIERS[-1]]
    rows = []
    before: str | None = None
    for line in lines:
        rows.append(_row(line, outcomes, axis, rules, href=href, first=line.tier != before))
        before = line.tier
    return render(
        "table.html",
        table=table,
        value=value,
        rows=rows,
        axis=axis,
        outcomes=outcomes,
        signs=[(sign, mark) for mark, sign in GLYPHS.items()] + [(UNKNOWN_MARK, gettext("not known"))],
        score=score_told(table.lens),
        explained=[*chain(*explained(table, lines, pack.settings.words, measure_of(adoption.values())))],
        adopted=any(line.adoption != NO_ADOPTION for line in lines),
        apart=apart_told(table, pack) if any(row.apart for row in table.rows) else "",
        places=places,
        no_tier=NO_TIER,
        assumed=ASSUMED,
    )


def _row(
    line: Line,
    outcomes: Sequence[Outcome],
    axis: Axis,
    rules: Sequence[float],
    *,
    href: Callable[[str], str] | None,
    first: bool,
) -> HtmlRow:
    # The strip draws the score, since that is what ranks.
    shown: Range | None = line.row.score if line.enough else None
    marks = [(o, _MARKS.get(line.marks.get(o, ""), _UNKNOWN), glyph(line.marks.get(o))) for o in outcomes]
    return HtmlRow(
        line=line,
        strip=strip(shown, axis, rules=rules, class_=f"t-{line.tier}" if line.enough else ""),
        marks=tuple(marks),
        href=href(line.row.technique) if href is not None else None,
        first=first,
    )


def score_axis(table: TierTable) -> Axis:
    """The axis that a table's scores share."""
    scores = [row.score for row in table.rows if row.tier is not None]
    low = min([max(score.low, _LEAST) for score in scores] + [-0.1])
    high = max([min(score.high, _MOST) for score in scores] + [0.3])
    places = (-0.5, 0.0, 0.5) if high - low < _NARROW else (-1.0, 0.0, 1.0)
    return axis_of(low, high, [(at, numerals.percent(at)) for at in places])


def _title(table: TierTable, pack: Pack) -> str:
    return f"{translated(pack.settings.title)}: {translated(table.lens.name).lower()}"
