"""The best sets of techniques under limits, by branch and bound: every set is accounted for.

Enters: candidates as draws, a profile, limits.  Leaves: the best sets with their expected net benefit, none of them
breaking a limit, and how far from the best possible they can be.  Knows nothing of techniques, evidence or reports.

A range is all sets with some candidates in, some out and the others open.  Planes bound what its sets net, add to the
bill and wait (`relaxation`); what limits leave of that is bounded by prices for them (Lagrange multipliers).  A range
whose bound does not exceed the best sets found is done with, and so is a candidate's being in, or out, that would bring
the bound below them.  What remains is halved at the candidate of whom the planes are least sure; the most promising
range comes first.  After `RANGES` of them the search stops, and what the best range left could reach is the gap.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count as counted

import numpy as np

from tierproof.decision.plan.candidate import Array, Candidate, combine
from tierproof.decision.plan.limits import Limits, Takes, takes_of
from tierproof.decision.plan.relaxation import Linear, Plane, Range, Relaxation, Truths
from tierproof.decision.reader.profile import Profile
from tierproof.messages import gettext

__all__ = ["Found", "PlannedSet", "Solver"]

RANGES = 400
"""So many ranges are looked at."""
CLIMB = 40
"""After so many of them sets near the best one are tried too: a better one leaves less to look at."""
PLANES = 6
"""Of one range."""
FEW = 3
"""Of them, before it is asked whether another pays."""
LOWERS = 0.02
"""Another plane pays if the last lowered the bound by this share of what it exceeds the best sets by."""
SAME = 1e-9
"""Of a net benefit: sets as near as that are equally good."""
ROUNDING = 1e-11
"""Of what is added up to a bound: a hundred times what sums of some thousand doubles lose."""
GRACE = 1 + 1e-9
"""For the rounding of limits in bounds; each set is looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSet:
    """A set that keeps all limits, with its expected net benefit in USD a month and what it takes."""

    members: tuple[str, ...]
    """Ids, sorted."""
    net_benefit: float
    takes: Takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    sets: tuple[PlannedSet, ...]
    """Best first; empty if no set keeps the limits, not even the empty one."""
    gap: float
    """USD a month by which the best possible set can exceed the first; 0: it is the best possible."""


class Solver:
    """Finds best sets; tables are made once and serve any limits."""

    def __init__(self, candidates: Sequence[Candidate], profile: Profile, damping: float) -> None:
        self.items = tuple(sorted(candidates, key=lambda item: item.id))
        self.candidates = {item.id: item for item in self.items}
        self.profile = profile
        self.damping = damping
        self.whole = Relaxation(self.items, profile, damping)
        self.one_off = np.array([float(item.one_off.mean()) for item in self.items])
        self.weeks = np.array([item.weeks for item in self.items])
        self.requires = self._named([item.requires for item in self.items])
        excludes = self._named([item.excludes for item in self.items])
        self.excludes = excludes | excludes.T
        self.orphans = np.array([not item.requires <= self.candidates.keys() for item in self.items], dtype=bool)

    def _named(self, names: Sequence[frozenset[str]]) -> Truths:
        return np.array([[item.id in row for item in self.items] for row in names], dtype=bool).reshape(
            len(names), len(names)
        )

    def best(self, limits: Limits, count: int = 1) -> Found:
        """The `count` best sets that keep the limits, best first.  The empty set is a set.

        Ties go to the smaller set, then to the ids in order.
        """
        return _Search(self, limits, count).found()

    def method(self, found: Found) -> str:
        count = len(self.items)
        if found.gap:
            return gettext(
                "branch and bound over {count} candidates, stopped after {ranges} ranges of sets; the gap to the best "
                "possible is proven",
                count=count,
                ranges=RANGES,
            )
        return gettext(
            "exact: all {count:,} sets of {count_2} candidates are accounted for", count=2**count, count_2=count
        )

    def planned(self, members: frozenset[str], limits: Limits) -> PlannedSet | None:
        """A set of candidates' ids, if it is coherent and keeps the limits."""
        chosen = [self.candidates[name] for name in sorted(members)]
        if any(item.excludes & members or not item.requires <= members for item in chosen):
            return None
        joint = combine(chosen, self.profile, self.damping)
        amounts = takes_of(joint, chosen, self.profile, limits)
        if limits.broken(amounts):
            return None
        return PlannedSet(members=tuple(sorted(members)), net_benefit=float(joint.net_benefit.mean()), takes=amounts)

    def closure(self, name: str) -> frozenset[str] | None:
        """A candidate with all that it requires, in any depth; None where some of that is no candidate."""
        members: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in self.candidates:
                return None
            if current not in members:
                members.add(current)
                waiting.extend(self.candidates[current].requires)
        return frozenset(members)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A range in the search, with what is known of it."""

    inside: Truths
    open: Truths
    at: Array
    """(candidates,): where the planes of what it is part of were left."""
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    most: float
    """USD a month that no set of the range nets more than, within the limits."""
    slopes: Array
    """(open,): what each adds to that, less the prices of the limits."""

    @property
    def without(self) -> float:
        """With nobody of the open candidates in."""
        return self.most - float(np.maximum(self.slopes, 0.0).sum())


class _Search:
    """One search within one set of limits."""

    def __init__(self, solver: Solver, limits: Limits, count: int) -> None:
        self._solver = solver
        self._limits = limits
        self._count = count
        self._tried: dict[frozenset[str], PlannedSet | None] = {}

    def found(self) -> Found:
        nobody = np.zeros(len(self._solver.items), dtype=bool)
        self._try(frozenset())
        number = counted()
        parts = [(-np.inf, next(number), _Part(nobody, ~nobody, np.zeros(len(nobody)), np.inf))]
        gap = 0.0
        for looked in counted():
            if not parts or -parts[0][0] <= self._beaten():
                break
            first = self._first()
            if looked >= RANGES and first is not None:
                gap = max(0.0, -parts[0][0] - first.net_benefit)
                break
            if looked == CLIMB:
                self._climb()
            # Until some set keeps the limits the search goes down, to where there is one.
            part = heapq.heappop(parts)[2] if first is not None else parts.pop()[2]
            for half in self._halves(part):
                heapq.heappush(parts, (-half.bound, next(number), half))
        return Found(sets=self._ranked()[: self._count], gap=gap)

    def _ranked(self) -> tuple[PlannedSet, ...]:
        return tuple(sorted((item for item in self._tried.values() if item is not None), key=_rank))

    def _first(self) -> PlannedSet | None:
        return min((item for item in self._tried.values() if item is not None), key=_rank, default=None)

    def _beaten(self) -> float:
        """What another set has to exceed."""
        values = sorted(item.net_benefit for item in self._tried.values() if item is not None)
        if len(values) < self._count:
            return -np.inf
        return values[-self._count] + SAME * abs(values[-self._count])

    def _try(self, members: frozenset[str]) -> None:
        if members not in self._tried:
            self._tried[members] = self._solver.planned(members, self._limits)

    def _climb(self) -> None:
        """Try sets with one candidate more or less than the best one, or another, until none is better."""
        while (best := self._first()) is not None:
            for members in _neighbours(frozenset(best.members), self._solver):
                self._try(members)
            if self._first() is best:
                return

    def _halves(self, part: _Part) -> list[_Part]:
        """What is left of a range, in two; nothing, if no set of it is better than what is known."""
        inside, open_, at, most = part.inside, part.open, part.at.copy(), part.bound
        while True:
            kept = self._coherent(inside, open_)
            if kept is None:
                return []
            inside, open_ = kept
            places = np.flatnonzero(open_)
            if not len(places):
                self._try(self._names(inside))
                return []
            range_ = Range(self._solver.whole, inside, open_)
            bounds, at[open_] = self._bounds(range_, inside, open_, at[open_])
            self._try(self._nearest(inside, open_, at))
            beaten = self._beaten()
            most = min([most, *(bound.most for bound in bounds)])
            if most <= beaten:
                return []
            stay, go = np.zeros((2, len(inside)), dtype=bool)
            for bound in bounds:
                stay[places[(bound.slopes > 0) & (bound.most - bound.slopes <= beaten)]] = True
                go[places[(bound.slopes <= 0) & (bound.most + bound.slopes <= beaten)]] = True
            if (stay & go).any():
                return []
            if not (stay | go).any():
                break
            inside, open_ = inside | stay, open_ & ~stay & ~go
        share = at[open_]
        unsure = (np.minimum(share, 1.0 - share) + 1e-3) * range_.swing
        chosen = np.zeros(len(inside), dtype=bool)
        chosen[places[int(unsure.argmax())]] = True
        rest = open_ & ~chosen
        return [_Part(inside, rest, at, most), _Part(inside | chosen, rest, at, most)]

    def _bounds(self, range_: Range, inside: Truths, open_: Truths, at: Array) -> tuple[list[_Bound], Array]:
        """Bounds by planes at better and better points (Frank and Wolfe 1956), and the last point."""
        fastest = range_.fastest() if self._limits.latency is not None else None
        beaten = self._beaten()
        bounds: list[_Bound] = []
        for step in range(PLANES):
            bound = self._within(range_.plane(at), fastest, inside, open_)
            least = min([np.inf, *(other.most for other in bounds)])
            bounds.append(bound)
            if bound.most <= beaten or (step >= FEW and least - bound.most < LOWERS * (least - beaten)):
                break
            if step % 2 and beaten > -np.inf:
                best = min(bounds, key=lambda other: other.most)
                range_.narrow(best.slopes, beaten - best.without)
            at = at + 2.0 / (step + 3.0) * ((bound.slopes > 0) - at)
        return bounds, at

    def _within(self, plane: Plane, fastest: Linear | None, inside: Truths, open_: Truths) -> _Bound:
        """What a plane allows within the limits."""
        rows = list(self._rows(plane, fastest, inside, open_))
        slopes, prices = plane.value.slopes, [0.0] * len(rows)
        for _ in range(min(2, len(rows))):
            for number, (takes, room) in enumerate(rows):
                if room < np.minimum(takes, 0.0).sum():
                    return _Bound(-np.inf, slopes)
                free = slopes + prices[number] * takes
                prices[number] = _price(free, takes, room)
                slopes = free - prices[number] * takes
        paid = sum(price * room for price, (_, room) in zip(prices, rows, strict=True))
        most = plane.value.constant + float(np.maximum(slopes, 0.0).sum()) + paid
        size = abs(plane.value.constant) + float(np.abs(plane.value.slopes).sum())
        return _Bound(most + ROUNDING * size, slopes)

    def _rows(
        self, plane: Plane, fastest: Linear | None, inside: Truths, open_: Truths
    ) -> Iterator[tuple[Array, float]]:
        """Limits as rows: what each of the open candidates takes at least, and the room that is left for all of it."""
        for takes, room in self._rooms(inside):
            yield takes[open_], room
        limits = self._limits
        if limits.budget is not None:
            yield plane.added.slopes, limits.budget * GRACE + 1e-9 * self._solver.whole.bill - plane.added.constant
        if limits.latency is not None and fastest is not None:
            ratio = limits.latency / self._solver.profile.latency_seconds * GRACE
            yield plane.latency.slopes, ratio - plane.latency.constant
            yield fastest.slopes, ratio - fastest.constant

    def _rooms(self, inside: Truths) -> Iterator[tuple[Array, float]]:
        """Of limits on sums: what each candidate takes, and the room left.  Several at work can share out the weeks at
        best, whatever their schedule."""
        solver, limits = self._solver, self._limits
        if limits.one_off is not None:
            yield solver.one_off, limits.one_off * GRACE - float(solver.one_off[inside].sum())
        if limits.weeks is not None:
            yield solver.weeks, limits.weeks * limits.team * GRACE - float(solver.weeks[inside].sum())

    def _coherent(self, inside: Truths, open_: Truths) -> tuple[Truths, Truths] | None:
        """What requirements, exclusions and the limits on each alone leave of a range; None: nothing."""
        solver = self._solver
        while True:
            out = ~(inside | open_)
            never = solver.orphans | solver.excludes[inside].any(axis=0) | solver.requires[:, out].any(axis=1)
            for takes, room in self._rooms(inside):
                never = never | (open_ & (takes > room)) | (room < 0)
            if self._limits.weeks is not None:
                never = never | (solver.weeks > self._limits.weeks * GRACE)
            needed = solver.requires[inside].any(axis=0)
            if (never & inside).any() or (needed & (out | never)).any():
                return None
            joins, leaves = needed & open_, never & open_
            if not (joins | leaves).any():
                return inside, open_
            inside, open_ = inside | joins, open_ & ~joins & ~leaves

    def _nearest(self, inside: Truths, open_: Truths, at: Array) -> frozenset[str]:
        """The set near a point: whoever is there by more than half, surest first, less who clashes or lacks another."""
        members = inside.copy()
        likely = np.flatnonzero(open_ & (at > 0.5))
        for place in likely[np.argsort(-at[likely], kind="stable")]:
            members[place] = not (self._solver.excludes[place] & members).any()
        while (lacking := members & (self._solver.requires & ~members).any(axis=1)).any():
            members &= ~lacking
        return self._names(members)

    def _names(self, members: Truths) -> frozenset[str]:
        return frozenset(self._solver.items[place].id for place in np.flatnonzero(members))


def _price(free: Array, takes: Array, room: float) -> float:
    """The price of a limit at which the bound is least: what all who are worth it net, and the room at that price."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        tries = free / takes
    tries = np.concatenate([[0.0], tries[np.isfinite(tries) & (tries > 0.0)]])
    heights = np.maximum(free - tries[:, None] * takes, 0.0).sum(axis=1) + tries * room
    return float(tries[int(heights.argmin())])


def _neighbours(members: frozenset[str], solver: Solver) -> Iterator[frozenset[str]]:
    smaller = [
        members - {other for other in members if name in (solver.closure(other) or ())} for name in sorted(members)
    ]
    yield from smaller
    for name in sorted(solver.candidates.keys() - members):
        added = solver.closure(name)
        if added is not None:
            yield members | added
            yield from (rest | added for rest in smaller)


def _rank(item: PlannedSet) -> tuple[float, int, tuple[str, ...]]:
    return -item.net_benefit, len(item.members), item.members
