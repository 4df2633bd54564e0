"""Effect against cost: one point a technique on a plane, cheaper to the left, better to the top.

Enters: points with intervals.  Leaves: `Markup` of one SVG.  Knows nothing of techniques beyond their labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tierproof.messages import gettext, ngettext
from tierproof.report.render.svg.element import element, figure
from tierproof.report.words import numerals
from tierproof.report.words.numerals import Range

__all__ = ["Point", "plane"]

_WIDTH, _HEIGHT = 1000.0, 620.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 24.0, 20.0, 56.0
_LETTER = 7.2
"""Mean width of a letter at the label's size."""
_COSTS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    label: str
    href: str
    """Fragment of the page that the point leads to."""
    cost: Range
    """Ratio to today's cost of a request."""
    effect: Range
    """Share of failures removed."""
    tier: str
    assumed: bool
    chosen: bool = False
    """Brought out among the others."""


def plane(points: Sequence[Point], *, id_: str, unit: str) -> Markup:
    """The figure; points beyond the plane stand at its edge.  `unit`: whose cost it is, such as "a request"."""
    costs = [math.log(max(point.cost.median, 1e-6)) for point in points] or [0.0]
    effects = [point.effect.median for point in points] or [0.0]
    low, high = min(*costs, -0.8), max(*costs, 0.8)
    bottom, top = max(min(*effects, -0.1), -1.0), max(*effects, 0.3)
    margin = 0.08 * (high - low)
    frame = _Frame(low - margin, high + margin, bottom - 0.08 * (top - bottom), top + 0.08 * (top - bottom))
    return figure(
        *_grid(frame, unit),
        *_discs(frame, points),
        width=_WIDTH,
        height=_HEIGHT,
        title=gettext("Effect against cost"),
        description=_told(points),
        id_=id_,
        class_="plane",
        role="group",  # an image would hide the links in it
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    low: float
    high: float
    bottom: float
    top: float

    def x(self, cost: float) -> float:
        share = (math.log(max(cost, 1e-6)) - self.low) / (self.high - self.low)
        return _LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, effect: float) -> float:
        share = (effect - self.bottom) / (self.top - self.bottom)
        return _HEIGHT - _BOTTOM - min(max(share, 0.0), 1.0) * (_HEIGHT - _TOP - _BOTTOM)


def _grid(frame: _Frame, unit: str) -> list[Markup]:
    right, foot = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    x1, y0 = frame.x(1.0), frame.y(0.0)
    parts.append(element("rect", x=_LEFT, y=_TOP, width=x1 - _LEFT, height=y0 - _TOP, class_="good"))
    for cost in _COSTS:
        if frame.low <= math.log(cost) <= frame.high:
            x = frame.x(cost)
            parts.append(element("path", d=f"M{x:.1f} {_TOP}V{foot}", class_="zero" if cost == 1.0 else "rule"))
            parts.append(element("text", numerals.ratio(cost), x=x, y=foot + 20, class_="tick", text_anchor="middle"))
    step = 0.1 if frame.top - frame.bottom < 0.9 else 0.25
    for index in range(math.ceil(frame.bottom / step), math.floor(frame.top / step) + 1):
        y = frame.y(index * step)
        parts.append(element("path", d=f"M{_LEFT} {y:.1f}H{right}", class_="zero" if index == 0 else "rule"))
        label = numerals.percent(index * step)
        parts.append(element("text", label, x=_LEFT - 8, y=y + 4, class_="tick", text_anchor="end"))
    middle = (_LEFT + right) / 2
    parts.append(
        element(
            "text",
            gettext("Cost of {request}, as a multiple of today's", request=unit),
            x=middle,
            y=foot + 44,
            class_="axis",
            text_anchor="middle",
        )
    )
    turn = f"rotate(-90 16 {(_TOP + foot) / 2:.0f})"
    parts.append(
        element(
            "text",
            gettext("Failures removed"),
            x=16.0,
            y=(_TOP + foot) / 2,
            class_="axis",
            text_anchor="middle",
            transform=turn,
        )
    )
    parts.append(element("text", gettext("better and cheaper"), x=_LEFT + 10, y=_TOP + 20, class_="corner"))
    return parts


def _cross(frame: _Frame, point: Point) -> Markup:
    x, y = frame.x(point.cost.median), frame.y(point.effect.median)
    across = f"M{frame.x(point.cost.low):.1f} {y:.1f}H{frame.x(point.cost.high):.1f}"
    up = f"M{x:.1f} {frame.y(point.effect.low):.1f}V{frame.y(point.effect.high):.1f}"
    return element("path", d=across + up, class_=f"cross t-{point.tier}")


def _discs(frame: _Frame, points: Sequence[Point]) -> list[Markup]:
    """Discs with labels; a label takes the first of eight places that covers neither a disc nor another label."""
    centres = [(frame.x(point.cost.median), frame.y(point.effect.median)) for point in points]
    taken: list[Box] = [(x - 7, y - 7, x + 7, y + 7) for x, y in centres]
    out = []
    for point, (x, y) in zip(points, centres, strict=True):
        wide = _LETTER * len(point.label)
        box, anchor_x, baseline = _place(x, y, wide, taken)
        taken.append(box)
        disc = element("circle", cx=x, cy=y, r=6, class_=f"disc t-{point.tier}{' assumed' if point.assumed else ''}")
        label = element("text", point.label, x=anchor_x, y=baseline, class_="label")
        out.append(
            element("a", _cross(frame, point), disc, label, href=point.href, class_="chosen" if point.chosen else None)
        )
    return out


def _place(x: float, y: float, wide: float, taken: Sequence[Box]) -> tuple[Box, float, float]:
    places = []
    for dx, dy in (
        (11, 4),
        (-11 - wide, 4),
        (-wide / 2, -12),
        (-wide / 2, 21),
        (8, -9),
        (8, 17),
        (-8 - wide, -9),
        (-8 - wide, 17),
    ):
        left, baseline = x + dx, y + dy
        box = (left, baseline - 11, left + wide, baseline + 3)
        outside = max(0.0, _LEFT - box[0]) + max(0.0, box[2] - _WIDTH) + max(0.0, _TOP - box[1])
        places.append((sum(_overlap(box, other) for other in taken) + 100 * outside, box, left, baseline))
    _, box, left, baseline = min(places, key=lambda place: place[0])
    return box, left, baseline


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _told(points: Sequence[Point]) -> str:
    cheaper = [point.label for point in points if point.cost.median < 1 and point.effect.median > 0]
    return ngettext(
        "{n} technique by share of failures removed and cost ratio. Better and cheaper at the median: {names}.",
        "{n} techniques by share of failures removed and cost ratio. Better and cheaper at the median: {names}.",
        len(points),
        names=", ".join(cheaper) if cheaper else gettext("none"),
    )
