"""Where a claim about an effect draws its line, on the analysis scale, and what the effect reads like in plain units.

Enters: an outcome, a least difference, an amount with its unit.  Leaves: a `Line`, `Figure`s.  Knows nothing of
evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from tierproof.challenge.claim import Claim
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED, Figure
from tierproof.challenge.weighing.testimony import Line
from tierproof.decision.appraisals.appraisal import failures_removed
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.record import SUCCESS, Outcome, up_is_better
from tierproof.messages import gettext
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.values.context import OF_SUCCESSES

__all__ = [
    "UPPER",
    "Unreachable",
    "Unsized",
    "amount_line",
    "discounted",
    "effect_figures",
    "gain_line",
    "inside",
    "loss_line",
    "removed",
    "reversed_line",
    "sign_found",
    "stated_line",
]


class Unsized(ValueError):
    """An amount whose base is not known, or in a unit that is not the outcome's; the message says why."""


class Unreachable(ValueError):
    """An amount that no effect can have ("cuts cost by 100 percent"); the message says why."""


def gain_line(outcome: Outcome, least: float) -> Line:
    """Effects that are a gain of more than `least`."""
    return Line(low=least) if up_is_better(outcome) else Line(high=-least)


def loss_line(outcome: Outcome, least: float) -> Line:
    """Effects that are a loss of more than `least`."""
    return reversed_line(gain_line(outcome, least))


def reversed_line(line: Line) -> Line:
    """The line of the opposite effect: what going back from a technique would have to do."""
    return Line(low=-line.high, high=-line.low)


def inside(mixture: Mixture, line: Line) -> float:
    """P(the effect lies within the line)."""
    if line.low >= line.high:
        return 0.0
    above = 1.0 if math.isinf(line.low) else float(mixture.sf(line.low))
    beyond = 0.0 if math.isinf(line.high) else float(mixture.sf(line.high))
    return min(1.0, max(0.0, above - beyond))


def sign_found(average: Mixture, least: float) -> bool:
    """Whether an effect that is hardly ever none (within `least`) is found to be a gain, or to be a loss.

    Little evidence leaves both open, and next to nothing within the least difference: that shows no effect yet.
    """
    if inside(average, Line(low=-least, high=least)) > CONTRADICTED:
        return True
    gain, loss = inside(average, Line(low=least)), inside(average, Line(high=-least))
    return max(gain, loss) >= SUPPORTED * (gain + loss)


def amount_line(claim: Claim, outcome: Outcome, profile: Profile, amount: float) -> Line:
    """Effects of at least `amount`, in the unit and direction that the claim states.

    Of success rates, percent are of the rate itself ("20 percent more answers right"), or of failures where the claim
    says so; points are percentage points.  Raises Unreachable and Unsized.
    """
    if outcome in SUCCESS and outcome not in OF_SUCCESSES:
        raise Unsized(
            gettext(
                "how large an amount of {outcome} is hangs on how much there is today, which no profile states; its "
                "odds are known",
                outcome=outcome,
            )
        )
    if outcome in SUCCESS:
        up, threshold = claim.direction != "down", _success(claim, profile.baseline_success, amount)
    else:
        up, threshold = claim.direction == "up", _resource(claim, outcome, profile, amount)
    return Line(low=threshold) if up else Line(high=threshold)


UPPER: Final = ("at-most", "less-than")
"""Bounds that say that an effect does not reach a figure."""
_ABOUT: Final = 0.25
"""Share of a figure that "about" lets pass on either side."""


def stated_line(claim: Claim, outcome: Outcome, profile: Profile, amount: float) -> Line:
    """Effects that a figure with its bound speaks of; of an upper bound, those that it shuts out.

    "About", "exactly" and ranges end on both sides; an end that no effect can reach is none.  Raises Unreachable.
    """
    if claim.bound == "about":
        low, high = (1 - _ABOUT) * amount, (1 + _ABOUT) * amount
    elif claim.bound == "exactly":
        step = 10.0 ** -_decimals(amount)
        low, high = amount - step / 2, amount + step / 2
    elif claim.amount_high is not None:
        low, high = amount, claim.amount_high
    else:
        return amount_line(claim, outcome, profile, amount)
    near = amount_line(claim, outcome, profile, max(low, 1.0) if claim.unit == "times" else low)
    try:
        far = reversed_side(amount_line(claim, outcome, profile, high))
    except Unreachable:
        return near
    return Line(low=max(near.low, far.low), high=min(near.high, far.high))


def reversed_side(line: Line) -> Line:
    """Effects on the other side of a one-sided line."""
    return Line(high=line.low) if math.isinf(line.high) else Line(low=line.high)


def _decimals(amount: float) -> int:
    text = f"{amount:.6f}".rstrip("0")
    return len(text.partition(".")[2])


def _success(claim: Claim, p0: float, amount: float) -> float:
    """The log odds ratio at which success moves by the amount from p0; the direction is success's, not failures'."""
    gain = claim.direction != "down"
    if claim.unit == "points":
        p1 = p0 + amount / 100 if gain else p0 - amount / 100
    elif claim.of_failures:
        share = amount / 100 if claim.unit == "percent" else 1.0 - 1.0 / amount if gain else amount - 1.0
        p1 = 1.0 - (1.0 - p0) * (1.0 - share if gain else 1.0 + share)
    elif claim.unit == "percent":
        p1 = p0 * (1.0 + amount / 100 if gain else 1.0 - amount / 100)
    elif claim.unit == "times":
        p1 = p0 * amount if gain else p0 / amount
    else:
        raise Unsized(gettext("an amount in {unit} says nothing of a success rate", unit=claim.unit))
    if not 0.0 < p1 < 1.0:
        raise Unreachable(
            gettext("from {p0:g} % success today, success cannot become {p1:.0f} %", p0=100 * p0, p1=100 * p1)
        )
    return math.log(p1 / (1.0 - p1)) - math.log(p0 / (1.0 - p0))


def _resource(claim: Claim, outcome: Outcome, profile: Profile, amount: float) -> float:
    """The log ratio at which a resource moves by the amount."""
    up = claim.direction == "up"
    if claim.unit == "times":
        ratio = amount if up else 1.0 / amount
    elif claim.unit == "percent":
        ratio = 1.0 + amount / 100 if up else 1.0 - amount / 100
    elif claim.unit == "usd" and outcome == "cost":
        today = profile.requests_per_month * profile.cost_per_request
        ratio = 1.0 + amount / today if up else 1.0 - amount / today
    elif claim.unit == "seconds" and outcome == "latency":
        ratio = 1.0 + amount / profile.latency_seconds if up else 1.0 - amount / profile.latency_seconds
    else:
        raise Unsized(gettext("an amount in {unit} says nothing of {outcome}", unit=claim.unit, outcome=outcome))
    if ratio <= 0.0:
        raise Unreachable(gettext("{outcome} cannot fall by all of what it is today, or more", outcome=outcome))
    return math.log(ratio)


def removed(p0: float, theta: float) -> float:
    """Share of failures that a log odds ratio removes."""
    return float(failures_removed(p0, np.asarray(theta)))


def effect_figures(outcome: Outcome, average: Mixture, new_setting: Mixture, p0: float) -> tuple[Figure, ...]:
    """The effect on average and in one new setting, in plain units, with 90 % intervals.

    Of what a reader's successes are no share of (safety, stability) only the odds are known.
    """
    if outcome in OF_SUCCESSES:
        on_average, in_one = (
            (gettext("failures removed, on average"), gettext("failures removed, in a new setting"))
            if outcome == "quality"
            else (
                gettext("failures of {outcome} removed, on average", outcome=outcome),
                gettext("failures of {outcome} removed, in a new setting", outcome=outcome),
            )
        )
        return (
            _figure(on_average, average, lambda theta: removed(p0, theta)),
            _figure(in_one, new_setting, lambda theta: removed(p0, theta)),
        )
    on_average, in_one = (
        (
            gettext("odds of {outcome} over today's, on average", outcome=outcome),
            gettext("odds of {outcome} over today's, in a new setting", outcome=outcome),
        )
        if outcome in SUCCESS
        else (
            gettext("{outcome} over today's, on average", outcome=outcome),
            gettext("{outcome} over today's, in a new setting", outcome=outcome),
        )
    )
    return (
        _figure(on_average, average, math.exp, ratio=True),
        _figure(in_one, new_setting, math.exp, ratio=True),
    )


def discounted(outcome: Outcome, discount: float) -> list[Figure]:
    """What interested sources added to the figures, in the direction of a gain; nothing where that is nothing."""
    added = discount if up_is_better(outcome) else -discount
    if abs(added) < 1e-9:
        return []
    return [Figure(name=gettext("taken off for interested sources, analysis scale"), unit="log odds", value=added)]


def _figure(name: str, mixture: Mixture, of: Callable[[float], float], *, ratio: bool = False) -> Figure:
    interval = mixture.interval(0.9)
    low, median, high = (of(min(max(x, -20.0), 20.0)) for x in (interval.low, interval.median, interval.high))
    return Figure(name=name, unit="ratio" if ratio else "share", value=median, low=low, high=high)
