"""A tier table as a picture that stands alone, for a slide or a message.

Enters: a `TierTable` and its pack.  Leaves: an SVG document whose words stay text, in colours that light and dark pages
both bear.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from tierproof.answers.safe_text import clean, shorten
from tierproof.messages import translated
from tierproof.report.render.svg.element import element, figure
from tierproof.report.render.svg.strip import Axis
from tierproof.report.words import numerals
from tierproof.report.words.page import picture_told, picture_untold
from tierproof.report.words.table import NO_TIER
from tierproof.report.words.table_rows import Line, lines_of

if TYPE_CHECKING:
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack

__all__ = ["ranking_svg"]

_NAME, _PLOT, _RIGHT, _ROW, _TOP = 210, 330, 260, 26, 62
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1d1c1a}.dim{fill:#5c574e}.head{font-size:16px;font-weight:600}"
    ".paper{fill:#fbfaf7}.zero{stroke:#8a857b}.rule{stroke:#ddd8cd}.letter{fill:#fff;font-weight:700}.bar{stroke-width:2.5}"
    ".t-S{fill:#0b6157;stroke:#0b6157}.t-A{fill:#2d7245;stroke:#2d7245}.t-B{fill:#5f6b12;stroke:#5f6b12}"
    ".t-C{fill:#8f5f06;stroke:#8f5f06}.t-D{fill:#a43a26;stroke:#a43a26}.none{fill:none;stroke:#8a857b}"
)


def ranking_svg(table: TierTable, pack: Pack, axis: Axis) -> str:
    """One row a technique: tier, name, score with 90 % of new settings, and how sure the tier is."""
    lines = lines_of(table)
    bottom = _TOP + len(lines) * _ROW

    def x(value: float) -> float:
        return _NAME + axis.x(value) / 1000 * _PLOT

    def parts() -> Iterator[Markup]:
        yield element("style", Markup(_STYLE))
        yield element("rect", width=_NAME + _PLOT + _RIGHT, height=bottom + 44, class_="paper")
        yield element("text", f"{clean(pack.settings.title)}: {clean(table.lens.name)}", x=12, y=24, class_="head")
        for tick in axis.ticks:
            place = _NAME + tick.percent / 100 * _PLOT
            yield element("text", tick.label, x=place, y=_TOP - 10, text_anchor="middle", class_="dim")
            kind = "zero" if tick.at == 0 else "rule"
            yield element("path", d=f"M{place:.1f} {_TOP - 4}V{bottom}", class_=kind)
        for place, line in enumerate(lines):
            yield from _row(line, _TOP + (place + 0.5) * _ROW, x)
        yield element("text", picture_untold(pack.settings.version), x=12, y=bottom + 26, class_="dim")

    title = f"{clean(pack.settings.title)}: {clean(table.lens.name)}"
    told = "; ".join(f"{line.tier} {line.short}" for line in lines)
    drawn = figure(
        *parts(), width=_NAME + _PLOT + _RIGHT, height=bottom + 44, title=title, description=told, id_="ranking"
    )
    return str(drawn).replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{_NAME + _PLOT + _RIGHT}" ', 1)


def _row(line: Line, y: float, x: object) -> Iterator[Markup]:
    assert callable(x)
    tier = f"t-{line.tier}" if line.enough else "none"
    yield element("rect", x=12, y=y - 10, width=20, height=20, rx=3, class_=tier)
    yield element("text", line.tier, x=22, y=y + 4.5, text_anchor="middle", class_="letter" if line.enough else "dim")
    yield element("text", shorten(line.short, 24), x=42, y=y + 4.5)
    if not line.enough:
        yield element("text", translated(NO_TIER), x=float(_NAME), y=y + 4.5, class_="dim")
        return
    score = line.row.score
    yield element("path", d=f"M{x(score.low):.1f} {y:.1f}H{x(score.high):.1f}", class_=f"bar {tier}", opacity="0.6")
    yield element("circle", cx=x(score.median), cy=y, r=5, class_=tier)
    told = picture_told(numerals.interval(score), line.sure)
    yield element("text", told, x=_NAME + _PLOT + 14, y=y + 4.5, class_="dim")
