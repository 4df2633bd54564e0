"""How much a set of candidates can net at most: planes above the net benefit of every set of a range.

Enters: candidates, a profile; which candidates are in and which are open; a point.  Leaves: a `Plane`, linear in who is
in, that no set of the range exceeds.  Knows nothing of limits' values, of how sets are searched, or of techniques.

Let x be 1 for who is in, 0 for who is out, and anything between for a point at which nobody can stand.  Of the parts of
a net benefit

- losses and the damped gains are linear in x;
- the strongest gain is bounded by the largest sum of gains times shares of x that add up to one: concave;
- success is a logistic curve of these.  Above its middle it is concave; below, the straight line from the lowest odds
  of the range to where it touches the curve bounds it: concave and growing, so that the whole is concave in x;
- a product of ratios is the exponential of a sum: convex, and what it costs is taken off.

So the whole is concave, and its tangent plane at any point bounds all sets of the range; the better the point, the
lower the plane.  At a set itself, above the middle of the curve, it touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tierproof.decision.plan.candidate import Array, Candidate
from tierproof.decision.reader.profile import Profile

__all__ = ["Linear", "Plane", "Range", "Relaxation", "Truths"]

STEEPEST = 25.0
"""A product of ratios is bounded by its tangent at no more than e^25: sets beyond are ruinous whatever the slope."""
LOWEST = 1e6
"""Log odds against success that no draw comes near: each of some dozen candidates is held within 20."""
PRICES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Of what a set has to net, in log odds over the mean size of log odds by that of slopes; each gives a bound."""

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """`constant` with nobody of the open candidates in, and `slopes`, (open,), for each who is."""

    constant: float
    slopes: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Bounds of what a set of the range does."""

    value: Linear
    """USD a month that it nets at most."""
    added: Linear
    """USD a month that it adds to the bill at least."""
    latency: Linear
    """Its time of a request over today's at least."""


class Relaxation:
    """The candidates' draws, laid out once for any range."""

    def __init__(self, candidates: Sequence[Candidate], profile: Profile, damping: float) -> None:
        draws = len(candidates[0].theta) if candidates else 1
        theta = _rows([item.theta for item in candidates], draws)
        self.damping = damping
        self.gains = np.maximum(theta, 0.0)
        self.losses = np.minimum(theta, 0.0)
        self.added_up = self.losses + damping * self.gains
        self.cost = np.log(_rows([item.cost for item in candidates], draws))
        self.latency = np.log(_rows([item.latency for item in candidates], draws))
        self.running = np.array([float(item.running.mean()) for item in candidates])
        once = np.array([float(item.one_off.mean()) for item in candidates])
        self.spent = self.running + once / profile.horizon_months
        self.by_gain = np.argsort(-self.gains, axis=0, kind="stable").T
        """(draws, candidates): places, largest gain first."""
        month = profile.requests_per_month
        self.success = profile.baseline_success
        self.worth = month * profile.value_per_success
        self.bill = month * profile.cost_per_request
        self.waiting = month * profile.latency_price * profile.latency_seconds


class Range:
    """All sets with every candidate who is inside, and whoever of those who are open."""

    def __init__(self, whole: Relaxation, inside: Truths, open_: Truths) -> None:
        self._whole = whole
        self._open = open_
        self._spent, self._running = whole.spent[inside].sum(), whole.running[inside].sum()
        self._cost, self._costs = whole.cost[inside].sum(axis=0), whole.cost[open_]
        self._latency, self._latencies = whole.latency[inside].sum(axis=0), whole.latency[open_]
        strongest = whole.gains[inside].max(axis=0, initial=0.0)
        today = np.log(whole.success / (1.0 - whole.success))
        self._base = today + whole.added_up[inside].sum(axis=0) + (1.0 - whole.damping) * strongest
        self._added_up = whole.added_up[open_]
        self._more = np.maximum(whole.gains[open_] - strongest, 0.0)
        """What each gains over the strongest who is inside."""
        order = whole.by_gain[open_[whole.by_gain]].reshape(len(self._base), -1)
        self._by_gain = (np.cumsum(open_) - 1)[order]
        self._stand_on(self._base + whole.losses[open_].sum(axis=0))

    def _stand_on(self, floor: Array) -> None:
        """Take log odds, (draws,), for the lowest of the range."""
        self._floor = floor
        self._lowest = _logistic(floor)
        self._touches, self._slope = _tangent(floor, self._lowest)

    @property
    def swing(self) -> Array:
        """(open,): how far each moves the log odds of success, up or down, on average."""
        return np.asarray(np.abs(self._added_up).mean(axis=1))

    def narrow(self, slopes: Array, least: float) -> None:
        """Leave out of the range the sets whose members' slopes, (open,), add up to less than `least`.

        The lowest odds that are left are bounded by a price for the slopes (a Lagrange multiplier): each price bounds.
        """
        if not slopes.any():
            return
        floor = self._floor - self._base
        scale = float(self.swing.mean() / np.abs(slopes).mean())
        for price in (share * scale for share in PRICES):
            lowest = np.minimum(self._added_up - price * slopes[:, None], 0.0).sum(axis=0)
            floor = np.maximum(floor, lowest + price * least)
        self._stand_on(self._base + floor)

    def fastest(self) -> Linear:
        """The tangent of latency where all are in who shorten it."""
        return _product(self._latency, self._latencies, (self._latencies.mean(axis=1) < 0.0).astype(np.float64))

    def plane(self, at: Array) -> Plane:
        """The tangent plane at a point: a share for each who is open, in their order."""
        whole = self._whole
        more, taken = self._beyond_the_strongest(at)
        slopes = self._added_up + (1.0 - whole.damping) * more
        theta = self._base + at @ self._added_up + (1.0 - whole.damping) * (taken + at @ more)
        curve = _logistic(theta)
        line = theta < self._touches
        success = np.where(line, self._lowest + self._slope * (theta - self._floor), curve)
        steepness = np.where(line, self._slope, curve * (1.0 - curve))
        draws = len(theta)
        gained = slopes @ steepness / draws
        start = float(success.mean()) - float(gained @ at)
        cost = _product(self._cost, self._costs, at)
        latency = _product(self._latency, self._latencies, at)
        running = whole.running[self._open]
        added = Linear(
            constant=whole.bill * (cost.constant - 1.0) + self._running, slopes=whole.bill * cost.slopes + running
        )
        value = Linear(
            constant=whole.worth * (start - whole.success)
            - whole.bill * (cost.constant - 1.0)
            - whole.waiting * (latency.constant - 1.0)
            - self._spent,
            slopes=whole.worth * gained
            - whole.bill * cost.slopes
            - whole.waiting * latency.slopes
            - whole.spent[self._open],
        )
        return Plane(value=value, added=added, latency=latency)

    def _beyond_the_strongest(self, at: Array) -> tuple[Array, Array]:
        """The tangent of the strongest gain: what everyone adds, (open, draws), and what is there without them."""
        if not len(at):
            return self._more, np.zeros(len(self._base))
        shares = np.cumsum(at[self._by_gain], axis=1)
        full = shares >= 1.0 - 1e-12
        place = np.take_along_axis(self._by_gain, full.argmax(axis=1)[:, None], axis=1)[:, 0]
        taken = np.where(full[:, -1], self._more[place, np.arange(len(place))], 0.0)
        return np.maximum(self._more - taken, 0.0), taken


def _rows(rows: Sequence[Array], draws: int) -> Array:
    return np.array(rows, dtype=np.float64).reshape(len(rows), draws)


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(np.minimum(-x, 700.0))))


def _product(base: Array, logs: Array, at: Array) -> Linear:
    """The tangent, from below, of the mean product of ratios."""
    total = base + at @ logs
    point = np.minimum(total, STEEPEST)
    height = np.exp(point)
    slopes = logs @ height / len(base)
    return Linear(constant=float(np.mean(height * (1.0 + total - point))) - float(slopes @ at), slopes=slopes)


def _tangent(floor: Array, lowest: Array) -> tuple[Array, Array]:
    """Where the line from each point of the logistic curve touches it from above, and the line's slope.

    From the middle on the curve is concave, and the line is its tangent there.
    """
    floors, touches = _touching()
    touch = np.where(floor < 0.0, np.interp(floor, floors, touches), floor)
    high, far = _logistic(touch), touch - floor
    return touch, np.divide(high - lowest, far, out=high * (1.0 - high), where=far > 0.0)


@cache
def _touching() -> tuple[Array, Array]:
    """Points below the middle and where their lines touch.  Between them interpolated: an error there moves the slope,
    the largest of all lines to the curve, by its square."""
    floors = -np.concatenate([[LOWEST], np.geomspace(1e4, 1e-3, 4000), [0.0]])
    low = _logistic(floors)
    left, right = np.zeros_like(floors), np.maximum(1.0, 3.0 * np.log1p(-floors) + 1.0)
    for _ in range(60):
        middle = (left + right) / 2.0
        curve = _logistic(middle)
        steep = curve * (1.0 - curve) * (middle - floors) > curve - low
        left, right = np.where(steep, middle, left), np.where(steep, right, middle)
    return floors, (left + right) / 2.0
