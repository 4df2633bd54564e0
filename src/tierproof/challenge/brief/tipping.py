"""At which figure of the profile the recommendation turns.

Enters: the recommended option and its rivals.  Leaves: the nearest thresholds.  Knows nothing of evidence.

Net benefit is linear in each price and volume of the profile, and in one over the horizon (`along`); so thresholds in
them are exact.  In today's success it is not linear: there they are bracketed and halved.  Only what pays, in the mean
and in the median, is recommended: prices turn also what is decided by something else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from tierproof.challenge.brief.along import LINEAR, Along, along, at_figure, could_have, figure_at, turning
from tierproof.challenge.brief.option import Drawn

__all__ = ["Turn", "turns"]

FARTHEST = 1000.0
"""A threshold farther than this factor from today's figure changes nothing in practice."""
SUCCESSES: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)

_NEAR: Final = 1e-3
"""Of today's success, which is told in whole percent."""
_BEYOND: Final = 1e-6
"""How far beyond a threshold, in shares of it, what is recommended there is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Beyond `threshold` another option is recommended: it pays there, and is first of those by what decides."""

    quantity: str
    """A field of the profile."""
    now: float
    threshold: float
    becomes: str
    """Id of the option that is recommended there."""


def turns(chosen: Drawn, rivals: Sequence[Drawn], value: Callable[[Drawn], float], *, money: bool) -> tuple[Turn, ...]:
    """For each quantity the nearest threshold below and above today's figure, nearest first.

    `rivals`: all others that fit.  `value`: the expected measure that decides among those that pay.  `money`: whether
    it is net benefit; else prices enter through what pays alone.
    """
    found = [*_by_success(chosen, rivals, value)]
    for quantity in LINEAR:
        found += _by_price(quantity, chosen, rivals, None if money else value)
    return tuple(sorted(found, key=_distance))


def _by_price(
    quantity: str, chosen: Drawn, rivals: Sequence[Drawn], value: Callable[[Drawn], float] | None
) -> Iterator[Turn]:
    """Where a quantity in which net benefit is linear turns what is recommended, on either side.

    It can turn only where one overtakes another, or an option comes to pay or ceases to.  `value`: what decides, if not
    net benefit.
    """
    own, *others = lines = [along(option, quantity) for option in (chosen, *rivals)]
    values = None if value is None else {line.option.id: value(line.option) for line in lines}
    now = own.here
    low, high = (now / FARTHEST, now * FARTHEST) if now > 0 else (0.0, math.inf)

    def first(place: float) -> str:
        def rank(line: Along) -> tuple[float, str]:
            name = line.option.id
            return -(line.mean(place) if values is None else values[name]), name

        return next((line.option.id for line in sorted(lines, key=rank) if line.pays(place)), chosen.id)

    def holds(place: float) -> bool:
        return first(place) == chosen.id

    marks = {root for line in lines for root in line.mean_root()} if values is not None else set()
    marks |= {root for line in others if values is None for root in own.mean_root(less=line)}
    marks |= {place for line in lines if line.option.techniques for place in line.crossings(low, high)}
    for side in (1.0, -1.0):
        reached = now
        for mark in sorted((m for m in marks if low <= m <= high and (m - now) * side > 0), key=lambda m: m * side):
            beyond = mark * (1.0 + side * _BEYOND)
            if not holds(beyond):
                before = mark * (1.0 - side * _BEYOND)
                threshold = mark if holds(before) else turning(holds, reached, before)
                after = beyond if threshold == mark else threshold * (1.0 + side * _BEYOND)
                figure = figure_at(threshold, quantity)
                if could_have(at_figure(chosen.appraisal.profile, quantity, figure)):
                    yield Turn(quantity=quantity, now=figure_at(now, quantity), threshold=figure, becomes=first(after))
                break
            reached = beyond


def _by_success(chosen: Drawn, rivals: Sequence[Drawn], value: Callable[[Drawn], float]) -> Iterator[Turn]:
    """Where today's success turns what is recommended, on either side."""
    profile = chosen.appraisal.profile
    now = profile.baseline_success
    everyone = (chosen, *rivals)

    @cache
    def first(among: tuple[Drawn, ...], p: float) -> str:
        there = at_figure(profile, "baseline_success", p)
        here = sorted((option.under(there) for option in among), key=lambda option: (-value(option), option.id))
        return next((option.id for option in here if option.pays), chosen.id)

    def holds(among: tuple[Drawn, ...], p: float) -> bool:
        return first(among, p) == chosen.id

    at = partial(first, everyone)
    for side in ([p for p in SUCCESSES if p > now], [p for p in SUCCESSES if p < now][::-1]):
        reached = [now, *side]
        turned = next((k for k, p in enumerate(reached) if at(p) != chosen.id), None)
        if not turned:
            continue
        ends = reached[turned - 1], reached[turned]
        two = (chosen, *(option for option in rivals if option.id == at(ends[1])))
        # Between the two it is found for a fraction of the work; it is the one sought where all others agree with it.
        inner, outer = _halved(*ends, partial(holds, two))
        if at(inner) != chosen.id or at(outer) == chosen.id:
            inner, outer = _halved(*ends, partial(holds, everyone))
        yield Turn(quantity="baseline_success", now=now, threshold=0.5 * (inner + outer), becomes=at(outer))


def _halved(inner: float, outer: float, holds: Callable[[float], bool]) -> tuple[float, float]:
    """Near each other, between `inner`, where it holds, and `outer`, where it does not: one on either side."""
    while abs(outer - inner) > _NEAR:
        middle = 0.5 * (inner + outer)
        inner, outer = (middle, outer) if holds(middle) else (inner, middle)
    return inner, outer


def _distance(turn: Turn) -> tuple[float, str]:
    if turn.now <= 0:
        return math.inf, turn.quantity
    if turn.quantity == "baseline_success":
        odds = (math.log(p / (1 - p)) for p in (turn.now, turn.threshold))
        return abs(next(odds) - next(odds)), turn.quantity
    # Volume and horizon turn at the same factor: their order may not hang on the last bit of a processor.
    return round(abs(math.log(turn.threshold / turn.now)), 9), turn.quantity
