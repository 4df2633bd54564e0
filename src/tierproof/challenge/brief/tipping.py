"""At which figure of the profile the recommendation turns.

Enters: the recommended option and its rivals.  Leaves: the nearest thresholds.  Knows nothing of evidence.

Expected net benefit is linear in each price and volume of the profile, and in one over the horizon; so a threshold
follows from two evaluations and is exact.  In today's success it is not linear: there it is bracketed and halved.  Only
what pays is recommended, so that each threshold is kept for the option that is recommended beyond it, if any is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from msgspec import structs

from tierproof.challenge.brief.option import Drawn
from tierproof.decision.reader.profile import Profile

__all__ = ["Turn", "pays_from", "turns"]

_LINEAR: Final[tuple[str, ...]] = (
    "value_per_success",
    "requests_per_month",
    "cost_per_request",
    "latency_price",
    "engineer_day_usd",
    "horizon_months",
)
"""Net benefit is linear in each, or in one over it."""
FARTHEST = 1000.0
"""A threshold farther than this factor from today's figure changes nothing in practice."""
SUCCESSES: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)

_NEAR: Final = 1e-3
"""Of today's success, which is told in whole percent."""
_BEYOND: Final = 1e-6
"""How far beyond a threshold, in shares of it, what is recommended there is asked."""

Gap = Callable[[Profile], float]


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
    it is net benefit, the only one that prices enter.
    """
    profile = chosen.appraisal.profile
    known: dict[tuple[str, Profile], float] = {}

    def value_at(option: Drawn, there: Profile) -> float:
        key = (option.id, there)
        if key not in known:
            known[key] = value(option.under(there))
        return known[key]

    def recommended(there: Profile, among: Sequence[Drawn] = (chosen, *rivals)) -> str:
        here = sorted((option.under(there) for option in among), key=lambda option: (-value(option), option.id))
        return next((option.id for option in here if option.pays), chosen.id)

    found: list[Turn] = list(_by_success(chosen, rivals, recommended))
    for quantity in _LINEAR if money else ():
        now = float(getattr(profile, quantity))
        gaps = [partial(_gap, chosen, rival, value_at) for rival in rivals]
        each = sorted({t for gap in gaps for t in _threshold(quantity, profile, gap)}, key=lambda t: abs(t - now))
        for above in (False, True):
            for threshold in (t for t in each if (t > now) == above):
                becomes = recommended(_at(profile, quantity, threshold * (1.0 + (_BEYOND if above else -_BEYOND))))
                if becomes != chosen.id:
                    found.append(Turn(quantity=quantity, now=now, threshold=threshold, becomes=becomes))
                    break
    return tuple(sorted(found, key=_distance))


def _by_success(
    chosen: Drawn, rivals: Sequence[Drawn], recommended: Callable[[Profile, Sequence[Drawn]], str]
) -> Iterator[Turn]:
    """Where today's success turns what is recommended, on either side."""
    profile = chosen.appraisal.profile
    now = profile.baseline_success
    everyone = (chosen, *rivals)

    @cache
    def first(among: tuple[Drawn, ...], p: float) -> str:
        return recommended(_at(profile, "baseline_success", p), among)

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


def pays_from(chosen: Drawn, nothing: Drawn) -> float | None:
    """USD per success from which the option's expected net benefit is above 0; None where no value makes it so."""

    def gap(there: Profile) -> float:
        return _gap(chosen, nothing, lambda option, at: float(option.under(at).joint.net_benefit.mean()), there)

    profile = chosen.appraisal.profile
    at_zero = gap(_at(profile, "value_per_success", 0.0))
    slope = gap(_at(profile, "value_per_success", 1.0)) - at_zero
    if at_zero >= 0:
        return 0.0
    return -at_zero / slope if slope > 0 else None


def _gap(chosen: Drawn, rival: Drawn, value: Callable[[Drawn, Profile], float], profile: Profile) -> float:
    return value(chosen, profile) - value(rival, profile)


def _at(profile: Profile, quantity: str, value: float) -> Profile:
    change: dict[str, Any] = {quantity: value}
    return structs.replace(profile, **change)


def _threshold(quantity: str, profile: Profile, gap: Gap) -> list[float]:
    """Where a gap that is linear in the quantity, or in one over it, is none."""
    now = float(getattr(profile, quantity))
    inverse = quantity == "horizon_months"
    here = 1.0 / now if inverse else now
    there = 2.0 * here if here > 0 else 1.0
    first = gap(profile)
    second = gap(_at(profile, quantity, 1.0 / there if inverse else there))
    if first == second:
        return []
    root = here - first * (there - here) / (second - first)
    if not math.isfinite(root) or root <= 0:
        return []
    value = 1.0 / root if inverse else root
    near = now == 0 or 1.0 / FARTHEST <= value / now <= FARTHEST
    return [value] if near else []


def _distance(turn: Turn) -> tuple[float, str]:
    if turn.now <= 0:
        return math.inf, turn.quantity
    if turn.quantity == "baseline_success":
        odds = (math.log(p / (1 - p)) for p in (turn.now, turn.threshold))
        return abs(next(odds) - next(odds)), turn.quantity
    # Volume and horizon turn at the same factor: their order may not hang on the last bit of a processor.
    return round(abs(math.log(turn.threshold / turn.now)), 9), turn.quantity
