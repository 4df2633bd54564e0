"""A pooled effect in words.

Enters: a `PoolAnswer`.  Leaves: blocks.  Computes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from tierproof.answers.pool import Interval, PoolAnswer, Spread, misfit_told
from tierproof.answers.safe_text import clean, shorten
from tierproof.messages import Message, gettext, in_figures
from tierproof.report.blocks import Block, Cell, Drawn, Gap, Told
from tierproof.report.words import numerals
from tierproof.report.words.forest import axis_over
from tierproof.synthesis.pools.scales import RATIOS

__all__ = ["doubts_of", "pooled_blocks"]

SHOWN: Final = 60
"""Figures in the plot: a longer one is read by nobody."""
_LABEL: Final = 24
_FIGURES: Final = 26
_LEFT: Final = 32
_FINE: Final = 3
"""Orders of magnitude of the average's sd below one, and above it, from which decimal places follow it."""
_COARSE: Final = 3
_LIKELIHOODS: Final = {
    "exact": (
        Message(
            "Exact likelihood of the events, given both arms' sum; the plot's figures have half an event added where "
            "a cell is empty."
        )
    ),
    "corrected": Message("Half an event was added to each cell of a study that has an empty one."),
}


def pooled_blocks(answer: PoolAnswer) -> Iterator[Block]:
    """The figures in the order in which they are read, then the forest plot."""
    places = places_of(answer) + 2
    what = gettext(
        "{records} of {sources}",
        records=numerals.counted(answer.records, "record"),
        sources=numerals.counted(answer.sources, "source"),
    )
    rows = [
        (gettext("average effect"), _told(answer.mean, answer.sd, places)),
        (gettext("  95 % interval"), _ends(answer.interval, places)),
    ]
    if answer.ratio is not None and answer.measure is not None:
        rows.append(
            (
                gettext("  as {ratios}", ratios=RATIOS[answer.measure]),
                f"{in_figures(f'{answer.ratio.median:.4g}')} ({_span(answer.ratio)})",
            )
        )
    rows += [
        (gettext("effect in a new setting"), _told(answer.predictive.mean, answer.predictive.sd, places)),
        (gettext("  95 % interval"), _ends(answer.predictive.interval, places)),
        (gettext("sd of true effects"), _spread(answer.heterogeneity.total, places)),
    ]
    if answer.heterogeneity.source is not None and answer.heterogeneity.record is not None:
        rows += [
            (gettext("  between sources"), _spread(answer.heterogeneity.source, places)),
            (gettext("  between records of a source"), _spread(answer.heterogeneity.record, places)),
        ]
    yield Told(what, "strong")
    yield from (Told(value, mark=(Cell(f"{label:<{_LEFT}}"),)) for label, value in rows)
    yield from (Told(told, "strong") for told in doubts_of(answer))
    if answer.likelihood in _LIKELIHOODS:
        yield Told(_LIKELIHOODS[answer.likelihood], "note")
    yield Told(gettext("Priors: {priors}.", priors="; ".join(map(clean, answer.priors))), "note")
    yield Gap()
    yield Drawn(partial(_forest, answer))


def doubts_of(answer: PoolAnswer) -> Iterator[str]:
    """What the reader must know before the figures are believed."""
    conflict = answer.conflict
    if conflict is not None:
        given = {
            "misfit": misfit_told(conflict, answer.mean),
            "mean_sd": conflict.mean_sd,
            "tau_scale": conflict.tau_scale,
        }
        yield (
            gettext(
                "Warning: the prior does not fit the figures: {misfit}. --mean-sd {mean_sd:g} --tau-scale "
                "{tau_scale:g} would fit; raw units are --measure MD.",
                **given,
            )
            if answer.likelihood == "normal"
            else gettext(
                "Warning: the prior does not fit the events: {misfit}. --mean-sd {mean_sd:g} --tau-scale "
                "{tau_scale:g} would fit.",
                **given,
            )
        )
    if answer.one_ended:
        yield (
            gettext(
                "Warning: every study is as uneven as it can be (one arm without an event, or the other with nothing "
                "else). Events then tell how near to none the effect may be; how large it is, the prior."
            )
            if answer.likelihood == "exact"
            else gettext(
                "Warning: every study is as uneven as it can be (one arm without an event, or the other with nothing "
                "else). Events then tell how near to none the effect may be; how large it is, the half event added."
            )
        )
    if answer.sources == 1:
        yield gettext("One source says nothing of how far sources differ: the spread is the prior's alone.")
    if answer.repeats:
        yield (
            gettext(
                "Warning: {repeats} of {figures} repeat an earlier one, error and all. Copies are no further "
                "evidence: name their source with --cluster, or leave them out.",
                repeats=answer.repeats,
                figures=numerals.counted(len(answer.figures), "figure"),
            )
        )
    if answer.uninformative:
        named = ", ".join(clean(label) for label in answer.uninformative[:5])
        more = "" if len(answer.uninformative) <= 5 else gettext(" and {n} more", n=len(answer.uninformative) - 5)
        told = {"named": named, "more": more, "n": len(answer.uninformative)}
        yield (
            gettext(
                "Left out: {named}{more}: no event in either arm, or nothing but events, which says nothing of a "
                "ratio ({n} in all).",
                **told,
            )
            if answer.measure == "OR"
            else gettext(
                "Left out: {named}{more}: no event in either arm, which says nothing of a ratio ({n} in all).", **told
            )
        )
    several = sum(count > 1 for count in Counter(one.label for one in answer.figures).values())
    if several and answer.sources == answer.records:
        yield (
            gettext(
                "Warning: {several} with several figures, each of which counts as a source of its own: where figures "
                "of one study belong together, name its column with --cluster.",
                several=numerals.counted(several, "label"),
            )
        )


def _forest(answer: PoolAnswer, width: int) -> Iterator[tuple[Cell, ...]]:
    """One line a record in the file's order, then the average and a new setting on the same axis."""
    points = [
        Interval(median=one.estimate, low=one.low, high=one.high, level=answer.interval.level) for one in answer.figures
    ]
    places = places_of(answer)
    figures = max(_FIGURES, *(len(_figures(point, places)) + 5 for point in points[:SHOWN]))
    axis = axis_over(points, (answer.interval, answer.predictive.interval), width - _LABEL - figures - 2)
    for one, point in list(zip(answer.figures, points, strict=True))[:SHOWN]:
        yield _line(
            shorten(clean(one.label), _LABEL - 1),
            axis.draw(point),
            _figures(point, places),
            numerals.percent(one.weight).rjust(5),
        )
    if len(points) > SHOWN:
        yield (Cell(gettext("and {n} more", n=len(points) - SHOWN), "dim"),)
    for label, mean, ends, bar in (
        (gettext("average"), answer.mean, answer.interval, "━"),
        (gettext("new setting"), answer.predictive.mean, answer.predictive.interval, "┄"),
    ):
        # The figure that stands above the plot, which of a lopsided posterior is not its median.
        told = Interval(median=mean, low=ends.low, high=ends.high, level=ends.level)
        yield _line(label, axis.draw(told, point="◆", bar=bar), _figures(told, places), "")
    low, high = in_figures(f"{axis.low:.3g}"), in_figures(f"{axis.high:.3g}")
    yield (Cell(" " * _LABEL + low + " " * max(axis.width - len(low) - len(high), 1) + high, "dim"),)


def places_of(answer: PoolAnswer) -> int:
    """Decimal places of the plot: two, unless the figures are far larger or smaller than ratios' logarithms."""
    size = math.floor(math.log10(answer.sd)) if answer.sd > 0 else 0
    return 2 if -_FINE < size < _COARSE else max(0, 1 - size)


def _line(label: str, drawn: str, figures: str, weight: str) -> tuple[Cell]:
    return (Cell(f"{label:<{_LABEL}}{drawn} {figures} {weight}"),)


def _told(mean: float, sd: float, places: int) -> str:
    return gettext("{mean}, sd {sd}", mean=in_figures(f"{mean:.{places}f}"), sd=in_figures(f"{sd:.{places}f}"))


def _figures(value: Interval, places: int) -> str:
    return numerals.spanned(*(in_figures(f"{end:.{places}f}") for end in (value.median, value.low, value.high)))


def _ends(interval: Interval, places: int) -> str:
    return numerals.between(*(in_figures(f"{end:.{places}f}") for end in (interval.low, interval.high)))


def _span(interval: Interval) -> str:
    return numerals.between(*(in_figures(f"{end:.4g}") for end in (interval.low, interval.high)))


def _spread(spread: Spread, places: int) -> str:
    return gettext(
        "{sd} (95 % {ends}), {i2} of the variance",
        sd=in_figures(f"{spread.sd.median:.{places}f}"),
        ends=_ends(spread.sd, places),
        i2=numerals.percent(spread.i2),
    )
