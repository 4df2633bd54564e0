"""At which figure of the profile the recommendation turns.

Enters: the recommended option and its rivals.  Leaves: the nearest thresholds.  Knows nothing of evidence.

Expected net benefit is linear in each price and volume of the profile, and in one over the horizon; so a threshold
follows from two evaluations and is exact.  In today's success it is not linear: there it is bracketed and closed in on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from msgspec import structs

from tierproof.challenge.brief.option import Drawn
from tierproof.decision.reader.profile import Profile

__all__ = ["QUANTITIES", "Turn", "pays_from", "turns"]

QUANTITIES: Final[tuple[str, ...]] = (
    "value_per_success",
    "requests_per_month",
    "cost_per_request",
    "latency_price",
    "engineer_day_usd",
    "horizon_months",
    "baseline_success",
)
FARTHEST = 1000.0
"""A threshold farther than this factor from today's figure changes nothing in practice."""
SUCCESSES: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)

_NEAR: Final = 1e-6
_LINES: Final = 12

Gap = Callable[[Profile], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Beyond `threshold` another option is better by the measure that decides."""

    quantity: str
    """A field of the profile."""
    now: float
    threshold: float
    becomes: str
    """Id of the option that is then better than the recommended one."""


def turns(chosen: Drawn, rivals: Sequence[Drawn], value: Callable[[Drawn], float], *, money: bool) -> tuple[Turn, ...]:
    """For each quantity the nearest threshold below and above today's figure, nearest first.

    `value`: the expected measure that decides.  `money`: whether it is net benefit, the only one that prices enter.
    """
    profile = chosen.appraisal.profile
    known: dict[tuple[str, Profile], float] = {}

    def value_at(option: Drawn, there: Profile) -> float:
        key = (option.id, there)
        if key not in known:
            known[key] = value(option.under(there))
        return known[key]

    found: list[Turn] = []
    for quantity in QUANTITIES if money else ("baseline_success",):
        now = float(getattr(profile, quantity))
        sides: dict[bool, Turn] = {}
        for rival in rivals:
            gap = partial(_gap, chosen, rival, value_at)
            farthest = {side: abs(turn.threshold - now) for side, turn in sides.items()}
            for threshold in _thresholds(quantity, profile, gap, farthest):
                turn = Turn(quantity=quantity, now=now, threshold=threshold, becomes=rival.id)
                side = threshold > now
                if side not in sides or abs(threshold - now) < abs(sides[side].threshold - now):
                    sides[side] = turn
        found.extend(sides.values())
    return tuple(sorted(found, key=_distance))


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


def _thresholds(quantity: str, profile: Profile, gap: Gap, farthest: Mapping[bool, float]) -> list[float]:
    """`farthest`: how far from today's figure a threshold above it (True) or below is still of use."""
    now = float(getattr(profile, quantity))
    if quantity == "baseline_success":
        return _around(profile, gap, farthest)
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


def _around(profile: Profile, gap: Gap, farthest: Mapping[bool, float]) -> list[float]:
    """Thresholds of today's success next to it on either side."""
    now = profile.baseline_success
    found = []
    for above, side in ((True, [p for p in SUCCESSES if p > now]), (False, [p for p in SUCCESSES if p < now][::-1])):
        inner, inner_gap = now, gap(profile)
        for outer in side:
            if abs(inner - now) >= farthest.get(above, math.inf):
                break
            outer_gap = gap(_at(profile, "baseline_success", outer))
            if (outer_gap > 0) != (inner_gap > 0):
                ends = (inner, inner_gap), (outer, outer_gap)
                found.append(_root(lambda p: gap(_at(profile, "baseline_success", p)), *ends))
                break
            inner, inner_gap = outer, outer_gap
    return found


def _root(gap: Callable[[float], float], one: tuple[float, float], other: tuple[float, float]) -> float:
    """Where `gap` changes sign between two points at which it is known, to `_NEAR`.

    By the line through both, with the Illinois rule (M. Dowell and P. Jarratt, BIT 11 (1971) 168-174), no nearer to an
    end than a third of `_NEAR`, so that the end behind the root follows it; a dozen such steps, then halves.
    """
    (a, at_a), (b, at_b) = one, other
    steps, kept = 0, 0
    while abs(a - b) > _NEAR:
        steps += 1
        share = 0.5 if steps > _LINES else at_a / (at_a - at_b)
        least = _NEAR / 3 / abs(b - a)
        middle = a + (b - a) * min(max(share, least), 1.0 - least)
        found = gap(middle)
        if (found > 0) == (at_a > 0):
            a, at_a, at_b = middle, found, at_b / 2 if kept == 1 else at_b
            kept = 1
        else:
            b, at_b, at_a = middle, found, at_a / 2 if kept == 2 else at_a
            kept = 2
    return (a + b) / 2


def _distance(turn: Turn) -> tuple[float, str]:
    if turn.now <= 0:
        return math.inf, turn.quantity
    if turn.quantity == "baseline_success":
        odds = (math.log(p / (1 - p)) for p in (turn.now, turn.threshold))
        return abs(next(odds) - next(odds)), turn.quantity
    # Volume and horizon turn at the same factor: their order may not hang on the last bit of a processor.
    return round(abs(math.log(turn.threshold / turn.now)), 9), turn.quantity
