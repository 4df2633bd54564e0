"""A forest plot as a picture that stands alone.

Enters: a `PoolAnswer`.  Leaves: an SVG document whose words stay text, in colours that light and dark pages both bear.
Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup
from msgspec import structs

from tierproof.answers.pool import Interval, PoolAnswer
from tierproof.answers.safe_text import clean, shorten
from tierproof.report.render.svg.element import element, figure
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words.pooled import places_of
from tierproof.synthesis.pools.scales import RATIOS

__all__ = ["pooled_svg"]

_LEFT, _PLOT, _RIGHT, _ROW, _TOP = 200, 360, 200, 22, 34
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#333}.dim{fill:#666}.line{stroke:#444;stroke-width:1.4}"
    ".axis{stroke:#999;stroke-width:1}.zero{stroke:#999;stroke-dasharray:3 3}.point{fill:#1f5fa8}"
    ".sum{fill:#b04a00}.new{stroke:#b04a00;stroke-width:2;stroke-dasharray:2 3}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.dim{fill:#aaa}.line{stroke:#bbb}.point{fill:#7db3f0}"
    ".sum{fill:#f0a060}.new{stroke:#f0a060}}"
)


def pooled_svg(answer: PoolAnswer) -> str:
    """Squares sized by weight with 95 % intervals, the average as a diamond, a new setting as a broken line."""
    ends = [*(end for one in answer.figures for end in (one.low, one.high)), 0.0]
    ends += [answer.interval.low, answer.interval.high]
    ends += [answer.predictive.interval.low, answer.predictive.interval.high]
    low, high = min(ends), max(ends)
    margin = 0.04 * (high - low) or 0.5
    axis = axis_of(low - margin, high + margin, _ticks(low, high))
    rows = len(answer.figures) + 2
    places = places_of(answer)
    bottom = _TOP + rows * _ROW

    def x(value: float) -> float:
        return _LEFT + (value - axis.low) / (axis.high - axis.low) * _PLOT

    def row(place: int) -> float:
        return _TOP + (place + 0.5) * _ROW

    def words(place: int, label: str, value: Interval, weight: str) -> Iterator[Markup]:
        yield element("text", shorten(clean(label), 28), x=8, y=row(place) + 4)
        middle, *ends = (f"{end:.{places}f}" for end in (value.median, value.low, value.high))
        told = f"{middle} ({' to '.join(ends)}) {weight}".rstrip()
        yield element("text", told, x=_LEFT + _PLOT + 12, y=row(place) + 4)

    def parts() -> Iterator[Markup]:
        yield element("style", Markup(_STYLE))
        yield element("line", x1=x(0.0), x2=x(0.0), y1=float(_TOP - 6), y2=float(bottom), class_="zero")
        largest = max(one.weight for one in answer.figures)
        for place, one in enumerate(answer.figures):
            side = 3 + 9 * math.sqrt(one.weight / largest)
            yield element("line", x1=x(one.low), x2=x(one.high), y1=row(place), y2=row(place), class_="line")
            yield element(
                "rect", x=x(one.estimate) - side / 2, y=row(place) - side / 2, width=side, height=side, class_="point"
            )
            value = Interval(median=one.estimate, low=one.low, high=one.high, level=answer.interval.level)
            yield from words(place, one.label, value, f"{100 * one.weight:.0f} %")
        place = len(answer.figures)
        # The mean, as in the text: of a lopsided posterior it is not the median.
        mean = structs.replace(answer.interval, median=answer.mean)
        diamond = f"{x(mean.low):.1f},{row(place):.1f} {x(mean.median):.1f},{row(place) - 7:.1f} "
        diamond += f"{x(mean.high):.1f},{row(place):.1f} {x(mean.median):.1f},{row(place) + 7:.1f}"
        yield element("polygon", points=diamond, class_="sum")
        yield from words(place, "average", mean, "")
        new = structs.replace(answer.predictive.interval, median=answer.predictive.mean)
        yield element("line", x1=x(new.low), x2=x(new.high), y1=row(place + 1), y2=row(place + 1), class_="new")
        yield from words(place + 1, "new setting", new, "")
        yield element("line", x1=_LEFT, x2=_LEFT + _PLOT, y1=float(bottom), y2=float(bottom), class_="axis")
        for tick in axis.ticks:
            at = x(tick.at)
            yield element("line", x1=at, x2=at, y1=float(bottom), y2=float(bottom + 5), class_="axis")
            yield element("text", tick.label, x=at, y=float(bottom + 19), text_anchor="middle", class_="dim")
        yield element(
            "text", _scale(answer), x=_LEFT + _PLOT / 2, y=float(bottom + 38), text_anchor="middle", class_="dim"
        )

    picture = figure(
        *parts(),
        width=_LEFT + _PLOT + _RIGHT,
        height=bottom + 48,
        title="Forest plot",
        description=(
            f"{_counted(answer.records, 'record')} of {_counted(answer.sources, 'source')}; average {answer.mean:.3g}, "
            "95 % interval "
            f"{answer.interval.low:.3g} to {answer.interval.high:.3g}"
        ),
        id_="forest",
    )
    return str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _scale(answer: PoolAnswer) -> str:
    if answer.measure is None:
        return "effect, in the figures' own scale"
    return f"log {RATIOS[answer.measure]}" if answer.measure in RATIOS else answer.measure


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Some five round numbers."""
    step = 10.0 ** math.floor(math.log10(max(high - low, 1e-9) / 5))
    step *= next((factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6), 10)
    first = math.ceil(low / step)
    return [(n * step, f"{n * step:g}") for n in range(first, math.floor(high / step) + 1)]
