"""Effect against baseline: what a technique does where the system already does well, and where it does not.

Enters: records by where their systems stood, and the average there.  Leaves: `Markup` of one SVG.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from tierproof.answers.selection import ByBaseline
from tierproof.messages import translated
from tierproof.report.render.svg.element import element, figure
from tierproof.report.words import numerals
from tierproof.report.words.page import BASELINE_AXIS, BASELINE_TITLE, EFFECT_AXIS, baselines_told

__all__ = ["baseline_figure"]

_WIDTH, _HEIGHT = 760.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 16.0, 14.0, 50.0
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


def baseline_figure(found: ByBaseline, here: float | None, *, id_: str) -> Markup:
    """Points are records, the line is the average with its 90 % band; `here`: the reader's own baseline, 0 to 1."""
    ends = [one.removed for one in found.records] + [end for _, one in found.average for end in (one.low, one.high)]
    low, high = max(min([*ends, -0.1]), -1.0), max([*ends, 0.3])
    span = high - low

    def x(share: float) -> float:
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(removed: float) -> float:
        return _HEIGHT - _BOTTOM - (min(max(removed, low), high) - low) / span * (_HEIGHT - _TOP - _BOTTOM)

    def parts() -> Iterator[Markup]:
        foot = _HEIGHT - _BOTTOM
        for share in _TICKS:
            yield element("path", d=f"M{x(share):.1f} {_TOP}V{foot}", class_="rule")
            label = numerals.percent(share)
            yield element("text", label, x=x(share), y=foot + 18, class_="tick", text_anchor="middle")
        for removed in (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0):
            if low <= removed <= high:
                kind = "zero" if removed == 0 else "rule"
                yield element("path", d=f"M{_LEFT} {y(removed):.1f}H{_WIDTH - _RIGHT}", class_=kind)
                label = numerals.percent(removed)
                yield element("text", label, x=_LEFT - 8, y=y(removed) + 4, class_="tick", text_anchor="end")
        upper = [f"{x(share):.1f} {y(one.high):.1f}" for share, one in found.average]
        lower = [f"{x(share):.1f} {y(one.low):.1f}" for share, one in reversed(found.average)]
        yield element("path", d=f"M{'L'.join([*upper, *lower])}Z", class_="band")
        middle = "L".join(f"{x(share):.1f} {y(one.median):.1f}" for share, one in found.average)
        yield element("path", d=f"M{middle}", class_="curve")
        for one in found.records:
            kind = "point interested" if one.interested else "point"
            told = element("title", f"{one.label}: {numerals.percent(one.removed)}")
            yield element("circle", told, cx=x(one.baseline), cy=y(one.removed), r=4, class_=kind)
        if here is not None:
            yield element("path", d=f"M{x(here):.1f} {_TOP}V{foot}", class_="here")
        centre = (_LEFT + _WIDTH - _RIGHT) / 2
        yield element("text", translated(BASELINE_AXIS), x=centre, y=foot + 40, class_="axis", text_anchor="middle")
        turn = f"rotate(-90 14 {(_TOP + foot) / 2:.0f})"
        where = {"x": 14, "y": (_TOP + foot) / 2}
        yield element("text", translated(EFFECT_AXIS), class_="axis", text_anchor="middle", transform=turn, **where)

    first, last = found.average[0], found.average[-1]
    told = baselines_told(len(found.records), first[1].median, first[0], last[1].median, last[0])
    return figure(
        *parts(),
        width=_WIDTH,
        height=_HEIGHT,
        title=translated(BASELINE_TITLE),
        description=told,
        id_=id_,
        class_="baselines",
    )
