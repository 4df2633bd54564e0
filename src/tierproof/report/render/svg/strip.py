"""An interval on a common axis, as a strip that stretches with its cell.

Enters: intervals and an axis.  Leaves: `Markup` of one small SVG a row, and the axis's labels by position.  Strips of
one column share an axis, so that a table of them reads as a forest plot whose words stay text.  Knows nothing of
rows.

A strip has no words: the figures stand beside it, so it is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from tierproof.report.render.svg.element import element
from tierproof.report.words.numerals import Range

__all__ = ["Axis", "Tick", "axis_of", "scale", "strip"]

_WIDE = 1000
_HIGH = 24


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis with its label."""

    at: float
    label: str
    percent: float = 0.0
    """Distance from the axis's left end, in percent."""


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: tuple[Tick, ...]

    def x(self, value: float) -> float:
        """Position in the strip, kept within it."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0) * _WIDE

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def axis_of(low: float, high: float, ticks: Iterable[tuple[float, str]]) -> Axis:
    """An axis from `low` to `high`; ticks outside it are left out."""
    if not high > low:
        low, high = low - 0.5, high + 0.5
    kept = (Tick(at, label, 100 * (at - low) / (high - low)) for at, label in ticks if low <= at <= high)
    return Axis(low, high, tuple(kept))


def scale(axis: Axis) -> Markup:
    """The axis's labels, each above its place in the strips; without a style, which a strict page would refuse."""
    labels = [element("text", tick.label, x=f"{tick.percent:.1f}%", y=11, text_anchor="middle") for tick in axis.ticks]
    return element("svg", *labels, class_="scale", aria_hidden="true")


@lru_cache(64)
def _behind(axis: Axis, rules: tuple[float, ...]) -> Markup:
    """What all strips of a column have behind them."""
    places = [(rule, "rule") for rule in rules] + [(0.0, "zero")]
    return Markup("").join(
        element("path", d=f"M{axis.x(at):.0f} 0V{_HIGH}", class_=kind) for at, kind in places if axis.holds(at)
    )


def strip(
    value: Range | None,
    axis: Axis,
    *,
    rules: Sequence[float] = (),
    size: float = 9,
    hollow: bool = False,
    class_: str = "",
    outer: Range | None = None,
    ring: float | None = None,
) -> Markup:
    """The interval with its point.

    `rules`: faint verticals, such as tier thresholds.  `size`: the point's width in pixels.  `hollow`: a ring instead
    of a disc.  `outer`: a wider interval behind it.  `ring`: where something else stands, as a ring.  What lies
    beyond the axis is an arrowhead at its end.
    """
    middle = _HIGH / 2
    parts = [_behind(axis, tuple(rules))]
    if outer is not None:
        parts.append(
            element("path", d=f"M{axis.x(outer.low):.0f} {middle:.0f}H{axis.x(outer.high):.0f}", class_="outer")
        )
    if value is not None:
        parts.append(element("path", d=f"M{axis.x(value.low):.0f} {middle:.0f}H{axis.x(value.high):.0f}", class_="bar"))
        for beyond, at, inward in ((value.low < axis.low, 0, 8), (value.high > axis.high, _WIDE, -8)):
            if beyond:
                arrow = f"M{at + inward} {middle - 4:.0f}L{at} {middle:.0f}L{at + inward} {middle + 4:.0f}"
                parts.append(element("path", d=arrow, class_="beyond"))
        # A line of no length with round ends is a disc that stays round however the strip is stretched.
        dot = f"M{axis.x(value.median):.0f} {middle:.0f}h0"
        if axis.holds(value.median):
            parts.append(element("path", d=dot, class_="dot", stroke_width=float(size)))
        if axis.holds(value.median) and hollow:
            parts.append(element("path", d=dot, class_="hole", stroke_width=float(max(size - 4, 1))))
    if ring is not None:
        spot = f"M{axis.x(ring):.0f} {middle:.0f}h0"
        parts.append(element("path", d=spot, class_="ring", stroke_width=13.0))
        parts.append(element("path", d=spot, class_="hole", stroke_width=9.0))
    return element(
        "svg",
        *parts,
        class_=f"strip {class_}".strip(),
        viewBox=f"0 0 {_WIDE} {_HIGH}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
