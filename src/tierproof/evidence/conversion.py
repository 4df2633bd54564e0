"""Turn figures as they were read into effects on the scale on which they are analysed.

Enters: `Record`s and the pack's settings.  Leaves: a `Conversion`: an `Effect` for every figure that can be pooled, and
for every other the reason why not.  Knows nothing of pooling.

Proportions (quality, stability, safety in percent).  Log odds ratio, the sign turned where lower is better, so that up
is better:

    p = figure / 100, kept within [0.5/n, 1 - 0.5/n]
    theta = logit(p1) - logit(p0)
    var = 1/(n1 p1 q1) + 1/(n0 p0 q0)

the unpaired large-sample variance (Woolf 1955), conservative where both arms answered the same items.

Resources (cost, latency, throughput, memory).  Log ratio of the resource that the outcome names: a speed-up of 2,
reported under latency as a ratio where higher is better, is a latency ratio of 1/2.

Where the source gives a standard error `se` of the difference, it is carried over by the secant of the scale g,

    se_theta = se * (g(x1) - g(x0)) / (x1 - x0)

which tends to the delta method's g'(x) as the figures meet, and keeps the source's own z = difference / se.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter

from msgspec import Struct

from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import SUCCESS, Record
from tierproof.messages import Message

__all__ = ["Conversion", "effects_of", "log_odds_ratio", "log_ratio", "newest"]

LEAST_SE = 1e-9
"""No measurement is so exact, nor so vague as its inverse: such a figure is a slip, and its square would overflow."""


class Conversion(Struct, frozen=True):
    effects: tuple[Effect, ...]
    """In the order of the records that they come from."""
    left_out: tuple[tuple[Record, str], ...]
    """Figures that are shown and never pooled, each with the reason."""


def effects_of(records: Iterable[Record], settings: Settings) -> Conversion:
    """The effects of `records`; doubtful records and mirrors are converted too."""
    effects: list[Effect] = []
    left_out: list[tuple[Record, str]] = []
    dates: dict[tuple[str, int | None], tuple[int, int] | None] = {}
    for record in records:
        success = record.outcome in SUCCESS
        reason = _why_not_success(record) if success else _why_not_resource(record)
        if reason:
            left_out.append((record, reason))
            continue
        estimate, se, assumed = _on_odds(record, settings) if success else _on_ratio(record, settings)
        if not LEAST_SE <= se <= 1 / LEAST_SE:
            left_out.append((record, f"its standard error of {se:.0e} on the analysis scale cannot be right"))
            continue
        # Ten figures of one source share a date; the key spares the reading of its number.
        key = (record.source_id, record.year)
        if key not in dates:
            dates[key] = _date(*key)
        effects.append(
            Effect(
                estimate=estimate,
                se=se,
                scale="log_odds_ratio" if success else "log_ratio",
                n_assumed=assumed,
                record=record,
                date=dates[key],
            )
        )
    return Conversion(tuple(effects), tuple(left_out))


def newest(records: Iterable[Record]) -> tuple[int, int] | None:
    """Year and month of the newest dated record."""
    records = list(records)
    latest = max((year for year in set(map(attrgetter("year"), records)) if year is not None), default=None)
    # A date is of the record's own year, where it tells one: of earlier years no number need be read.
    keys = {(record.source_id, record.year) for record in records if record.year is None or record.year == latest}
    return max((date for key in keys if (date := _date(*key)) is not None), default=None)


def log_odds_ratio(
    baseline: float, treated: float, n_baseline: float, n_treated: float, se: float | None = None
) -> tuple[float, float]:
    """Log odds ratio of `treated` against `baseline` (proportions in [0, 1]) and its standard error.

    `n_*`: items of each arm, above 0.  `se`: standard error of the difference of the proportions, where it is known.
    """
    p0, p1 = _inside(baseline, n_baseline), _inside(treated, n_treated)
    q0, q1 = 1 - p0, 1 - p1
    if se is not None:
        logit0, logit1 = math.log(p0 / q0), math.log(p1 / q1)
        return logit1 - logit0, se * _secant(p0, p1, logit0, logit1, 1 / (p0 * q0))
    return math.log(p1 * q0 / (p0 * q1)), math.sqrt(1 / (n_treated * p1 * q1) + 1 / (n_baseline * p0 * q0))


def _inside(p: float, n: float) -> float:
    """`p` kept half an item away from none and from all of `n`."""
    least = 0.5 / n
    return least if p < least else 1 - least if p > 1 - least else p


def log_ratio(baseline: float, treated: float, se: float | None, assumed: float) -> tuple[float, float]:
    """Log of `treated / baseline` (both above 0) and its standard error; `assumed` where `se` is None."""
    log0, log1 = math.log(baseline), math.log(treated)
    if se is None:
        return log1 - log0, assumed
    return log1 - log0, se * _secant(baseline, treated, log0, log1, 1 / baseline)


def _secant(x0: float, x1: float, g0: float, g1: float, slope: float) -> float:
    """Mean slope of g between the figures; its derivative, `slope`, where they meet and the quotient has no digits."""
    return slope if abs(x1 - x0) < 1e-9 * abs(x0) else (g1 - g0) / (x1 - x0)


def _on_odds(record: Record, settings: Settings) -> tuple[float, float, bool]:
    baseline, n, se = record.baseline, record.n, record.se
    assert baseline is not None  # otherwise it is left out
    items = n or settings.assumed_n
    estimate, error = log_odds_ratio(
        baseline / 100, record.treated / 100, record.n_baseline or items, items, None if se is None else se / 100
    )
    return estimate if record.higher_is_better else -estimate, error, n is None and se is None


def _on_ratio(record: Record, settings: Settings) -> tuple[float, float, bool]:
    assert record.baseline is not None  # otherwise it is left out
    estimate, se = log_ratio(record.baseline, record.treated, record.se, settings.assumed_log_ratio_sd)
    turned = record.higher_is_better != (record.outcome == "throughput")
    return -estimate if turned else estimate, se, record.se is None


_DIFFERENCE = re.compile(r"\b(change|difference|gain|rise|improvement|drop)\b", re.IGNORECASE)
NOTHING = 1e-12
"""An amount below this is none: its ratio to anything is rounding."""
_INVERSE = re.compile(r"speed|faster|saving", re.IGNORECASE)
"""Metrics that are the inverse of the resource: only these are turned.  A hit rate, say, is no inverse of a cost."""


@lru_cache(1_000)  # a few metrics stand in most of the records
def _is_difference(metric: str) -> bool:
    return _DIFFERENCE.search(metric) is not None


def _why_not_success(record: Record) -> str:
    """Why a figure of quality, stability or safety cannot be pooled; empty: it can."""
    if record.baseline is None:
        return Message("stands alone: a figure without a comparator describes and shows no effect")
    if record.unit == "percent":
        return ""
    if record.unit == "ratio":
        return Message("a ratio without the levels behind it, from which no odds follow")
    if _is_difference(record.metric):
        return Message("a difference without the levels behind it, from which no odds follow")
    return Message("no share of successes: {metric} in {unit} has no odds", metric=record.metric, unit=record.unit)


def _why_not_resource(record: Record) -> str:
    """Why a figure of a resource cannot be pooled; empty: it can."""
    baseline = record.baseline
    if baseline is None or min(baseline, record.treated) < NOTHING:
        return Message("a figure of zero, which has no ratio")
    if record.outcome == "throughput":
        if not record.higher_is_better:
            return Message("throughput of which less is better: the direction contradicts the outcome")
    elif record.higher_is_better and not (record.unit.endswith(" per second") or _INVERSE.search(record.metric)):
        return Message(
            "{metric} is no amount of {outcome}: more of it is better", metric=record.metric, outcome=record.outcome
        )
    return ""


_ARXIV = re.compile(r"^arxiv:(\d\d)(\d\d)\.\d+", re.IGNORECASE)
_MONTHS = 12


def _date(source_id: str, year: int | None) -> tuple[int, int] | None:
    """Year and month of a source; month 12 where only the year is known.

    An arXiv number tells the month, and counts where it agrees with the record's year or the record gives none: a paper
    printed later may hold later figures.
    """
    match = _ARXIV.match(source_id)
    if match and 1 <= int(match[2]) <= _MONTHS:
        posted = (2000 + int(match[1]), int(match[2]))
        if year is None or posted[0] == year:
            return posted
    return None if year is None else (year, _MONTHS)
