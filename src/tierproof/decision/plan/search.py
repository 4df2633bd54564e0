"""The best sets of techniques under limits, exactly: every set that could be best is looked at.

Enters: candidates as draws, a profile, limits.  Leaves: the best sets with their expected net benefit, none of them
breaking a limit.  Knows nothing of techniques, evidence or reports.

How 2^20 sets fit into a second.  The candidates are split into two halves of ten or so; a set is a subset a of the
first half with a subset b of the second.  Expected cost, latency and effort of all pairs (a, b) are matrix products and
sums.  What does not factor is the expected success, since gains overlap; but

    success = 1 / (1 + odds0 . exp(-(L + damping P)) . exp(-(1 - damping) M))

where the first exponential of a pair is a product and the second a minimum, so a pair takes no exponential at all.  And
most pairs take nothing: as success grows in every gain, success with *all* gains of b's half and none of its losses
bounds every partner of a from above, and pairs that stay below the best sets found so far are left out.  Halves are
split by size of gain, large gains first, so that the bound is tight where it is used.  Where every technique is nearly
as good as every other and all of them are free, nothing can be left out and the search takes its longest, near 3 s.

Success is summed over draws in single precision with a margin that covers the rounding; what comes near the best is
computed again in double precision, and limits are checked there.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierproof.decision.plan.candidate import Array, Candidate, combine
from tierproof.decision.plan.limits import Limits, Takes, takes
from tierproof.decision.plan.schedule import finish_weeks_of
from tierproof.decision.reader.profile import Profile
from tierproof.messages import gettext

__all__ = ["EXACT_CANDIDATES", "PlannedSet", "Searcher", "valid_sets"]

EXACT_CANDIDATES = 21
"""Up to so many candidates every set is accounted for."""
BLOCK = 5
"""Candidates of the second half that the finer bound decides together."""
CHUNK = 64
"""Sets evaluated together: few enough for the processor's cache, enough to carry the cost of a call."""
MARGIN = 2e-6
"""Rounding of a mean success in single precision; ten times what 4,096 draws showed against double precision."""
LARGEST_FACTOR = 1e15
"""Odds beyond this are certainty to fifteen digits; without the bound their products would overflow."""
LARGEST_RATIO = 1e150

Single = NDArray[np.float32]
Masks = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSet:
    """A set that keeps all limits, with its expected net benefit in USD a month and what it takes."""

    members: tuple[str, ...]
    """Ids, sorted."""
    net_benefit: float
    takes: Takes


class Searcher:
    """Finds best sets among at most `EXACT_CANDIDATES` candidates; tables are made once and serve any limits."""

    def __init__(
        self, candidates: Sequence[Candidate], profile: Profile, damping: float, gifts: Sequence[Candidate] = ()
    ) -> None:
        """`gifts`: candidates whose every gain and saving comes with each set, without loss, cost or effort.  With them
        the search bounds what any set of candidates and gifts can reach; see `ceiling`."""
        if len(candidates) > EXACT_CANDIDATES:
            raise ValueError(
                gettext(
                    "{candidates} candidates; an exact search takes {exact_candidates}",
                    candidates=len(candidates),
                    exact_candidates=EXACT_CANDIDATES,
                )
            )
        by_gain = sorted(candidates, key=lambda item: (-float(np.maximum(item.theta, 0).mean()), item.id))
        self.candidates = tuple(by_gain)
        self.profile = profile
        self.damping = damping
        cut = (len(by_gain) + 1) // 2
        draws = len(by_gain[0].theta) if by_gain else 1
        self._first = _Half(self.candidates[:cut], damping, draws, gifts)
        self._second = _Half(self.candidates[cut:], damping, draws)
        self._odds = np.float32((1 - profile.baseline_success) / profile.baseline_success)
        self._buffers = np.empty((2, CHUNK, draws), dtype=np.float32)
        month = profile.requests_per_month
        self._worth = month * profile.value_per_success
        self._cost = self._expected("cost")
        self._latency = self._expected("latency")
        self._running = self._sums("running")
        self._one_off = self._sums("one_off")
        self._added = month * profile.cost_per_request * (self._cost - 1) + self._running
        waiting = month * profile.latency_price * profile.latency_seconds * (self._latency - 1)
        self._spent = self._added + waiting + self._one_off / profile.horizon_months
        self._masks = self._first.masks[:, None] | (self._second.masks[None, :] << cut)
        self._valid = valid_sets(self._masks, self.candidates)
        ceiling = self._worth * (self._first.ceilings(self._odds, self._second) - profile.baseline_success)
        self._bound = ceiling[:, None] - self._spent
        """What no pair exceeds, whatever the limits."""

    def _expected(self, name: str) -> Array:
        """Mean over draws of a ratio's product, for all pairs of halves."""
        (first, whose), (second, which) = (half.products(name) for half in (self._first, self._second))
        return np.asarray((first @ second.T / first.shape[1])[np.ix_(whose, which)])

    def _sums(self, name: str) -> Array:
        first, second = (half.sums(name) for half in (self._first, self._second))
        return first[:, None] + second[None, :]

    def best(self, limits: Limits, count: int = 1) -> tuple[PlannedSet, ...]:
        """The `count` best sets that keep the limits, best first; empty if none does.  The empty set is a set.

        Ties go to the smaller set, then to the ids in order.
        """
        return self._ranked((mask for _, mask in self._top(limits, count + 8)), limits)[:count]

    def ceiling(self, limits: Limits) -> float:
        """What no set that keeps the limits can exceed, USD a month; minus infinity if none keeps them."""
        if limits.team > 1:
            # A schedule with fewer tasks can be longer (Graham's anomalies), so time bounds nothing here.
            limits = limits.without("weeks")
        return max((value for value, _ in self._top(limits, 1)), default=-np.inf) + self._worth * MARGIN

    def _top(self, limits: Limits, keep: int) -> list[tuple[float, int]]:
        """The `keep` best values with their masks, in single precision; in no order."""
        open_pairs = self._valid & self._within(limits)
        bound = np.where(open_pairs, self._bound, -np.inf)
        # A heap: its least value is what others must beat.
        found: list[tuple[float, int]] = []
        slack = self._worth * MARGIN
        row_bound = bound.max(axis=1)
        for row in np.argsort(-row_bound, kind="stable"):
            floor = found[0][0] - slack if len(found) >= keep else -np.inf
            if row_bound[row] < floor or row_bound[row] == -np.inf:
                break
            columns = np.flatnonzero(open_pairs[row] & (bound[row] >= floor))
            if len(columns) > 2**BLOCK:
                columns = columns[self._finer(row)[columns] - self._spent[row, columns] >= floor]
            for start in range(0, len(columns), CHUNK):
                part = columns[start : start + CHUNK]
                if len(found) >= keep:
                    part = part[bound[row, part] >= found[0][0] - slack]
                values = (
                    self._worth * (self._success(row, part) - self.profile.baseline_success) - self._spent[row, part]
                )
                if len(found) >= keep:
                    better = values > found[0][0]
                    part, values = part[better], values[better]
                for value, mask in zip(values.tolist(), self._masks[row, part].tolist(), strict=True):
                    if len(found) < keep:
                        heapq.heappush(found, (value, mask))
                    elif value > found[0][0]:
                        heapq.heapreplace(found, (value, mask))
        return found

    def _within(self, limits: Limits) -> NDArray[np.bool_]:
        """Pairs that keep the limits, with a little grace for rounding: `_ranked` looks again."""
        grace = 1 + 1e-9
        kept = np.ones(self._masks.shape, dtype=bool)
        if limits.budget is not None:
            month = self.profile.requests_per_month * self.profile.cost_per_request
            kept &= self._added <= limits.budget + 1e-9 * (month * self._cost + limits.budget)
        if limits.one_off is not None:
            kept &= self._one_off <= limits.one_off * grace
        if limits.latency is not None:
            kept &= self._latency * self.profile.latency_seconds <= limits.latency * grace
        if limits.weeks is not None:
            rows, columns = np.nonzero(kept & self._valid)
            members = (self._masks[rows, columns][:, None] >> np.arange(len(self.candidates))) & 1 > 0
            kept[rows, columns] = finish_weeks_of(members, self.candidates, limits.team) <= limits.weeks * grace
        return kept

    def _success(self, row: int, columns: NDArray[np.int64]) -> Array:
        """Expected success of one first half with several second halves."""
        first, second = self._first, self._second
        odds, factor = (buffer[: len(columns)] for buffer in self._buffers)
        np.take(second.overlap, columns, axis=0, out=odds, mode="clip")
        np.take(second.factor, columns, axis=0, out=factor, mode="clip")
        np.minimum(odds, first.overlap[row], out=odds)
        np.multiply(factor, first.factor[row] * self._odds, out=factor)
        np.multiply(odds, factor, out=odds)
        np.add(odds, np.float32(1), out=odds)
        np.reciprocal(odds, out=odds)
        return np.asarray(odds @ first.share, dtype=np.float64)

    def _finer(self, row: int) -> Array:
        """Upper bound for each second half: its first `BLOCK` candidates as they are, all gains of the others."""
        second = self._second
        size = min(BLOCK, len(second.candidates))
        heads = np.arange(2**size)
        overlap = np.minimum(np.minimum(second.overlap[heads], second.rest_overlap), self._first.overlap[row])
        odds = overlap * (second.factor[heads] * second.rest_factor) * (self._first.factor[row] * self._odds)
        ceiling = (1 / (1 + odds)).mean(axis=1, dtype=np.float64) + MARGIN
        worth = self._worth * (ceiling - self.profile.baseline_success)
        return np.asarray(worth[second.masks & (2**size - 1)])

    def _ranked(self, masks: Iterable[int], limits: Limits) -> tuple[PlannedSet, ...]:
        sets = []
        for mask in masks:
            chosen = [item for place, item in enumerate(self.candidates) if mask >> place & 1]
            amounts = takes(chosen, self.profile, self.damping, limits)
            if limits.broken(amounts):
                continue
            value = float(combine(chosen, self.profile, self.damping).net_benefit.mean())
            sets.append(PlannedSet(members=tuple(sorted(c.id for c in chosen)), net_benefit=value, takes=amounts))
        return tuple(sorted(sets, key=lambda item: (-item.net_benefit, len(item.members), item.members)))


class _Half:
    """All subsets of half of the candidates: row s holds the subset whose bits are s."""

    def __init__(
        self, candidates: tuple[Candidate, ...], damping: float, draws: int, gifts: Sequence[Candidate] = ()
    ) -> None:
        self.candidates = candidates
        self.gifts = gifts
        self.damping = damping
        self.masks: Masks = np.arange(2 ** len(candidates), dtype=np.int64)
        self.draws = draws
        self.share = np.full(draws, 1 / draws, dtype=np.float32)
        gains = [np.maximum(item.theta, 0) for item in candidates]
        losses = [np.minimum(item.theta, 0) for item in candidates]
        given = [np.maximum(item.theta, 0) for item in gifts]
        factor = self._products(
            [np.exp(-(loss + damping * gain)) for loss, gain in zip(losses, gains, strict=True)],
            [np.exp(-damping * gain) for gain in given],
        )
        self.factor: Single = np.clip(factor, 1 / LARGEST_FACTOR, LARGEST_FACTOR).astype(np.float32)
        """exp(-(L + damping P)), (subsets, draws)."""
        self.overlap = self._minima(
            [np.exp(-(1 - damping) * gain) for gain in gains], [np.exp(-(1 - damping) * gain) for gain in given]
        )
        """exp(-(1 - damping) M), (subsets, draws)."""
        rest = gains[BLOCK:]
        self.rest_factor = self._all_gains(rest)
        self.rest_overlap = self._strongest(rest)
        self.all_factor = self._all_gains(gains)
        self.all_overlap = self._strongest(gains)

    def _all_gains(self, gains: Sequence[Array]) -> Single:
        total = sum(gains, np.zeros(self.draws))
        return np.maximum(np.exp(-self.damping * total), 1 / LARGEST_FACTOR).astype(np.float32)

    def _strongest(self, gains: Sequence[Array]) -> Single:
        largest = np.max(gains, axis=0) if gains else np.zeros(self.draws)
        return np.exp(-(1 - self.damping) * largest).astype(np.float32)

    def ceilings(self, odds: np.float32, partner: _Half) -> Array:
        """Expected success of each subset with every gain of the other half and none of its losses."""
        against = np.minimum(self.overlap, partner.all_overlap) * (self.factor * partner.all_factor) * odds
        return np.asarray((1 / (1 + against)).mean(axis=1, dtype=np.float64)) + MARGIN

    def products(self, name: str) -> tuple[Array, NDArray[np.intp]]:
        """Products of a ratio, (products, draws), and which of them each subset's is: members without one share it."""
        given = [np.minimum(getattr(item, name), 1) for item in self.gifts]
        own: list[Array] = []
        which = np.zeros(1, dtype=np.intp)
        for ratio in (getattr(item, name) for item in self.candidates):
            moves = bool((ratio != 1.0).any())
            which = np.concatenate([which, which + (2 ** len(own) if moves else 0)])
            own += [ratio] if moves else []
        return np.minimum(self._products(own, given), LARGEST_RATIO), which

    def sums(self, name: str) -> Array:
        """Sum of an expected amount over the members of each subset."""
        total = np.zeros(1)
        for item in self.candidates:
            total = np.concatenate([total, total + float(getattr(item, name).mean())])
        return total

    def _products(self, columns: Sequence[Array], always: Sequence[Array]) -> Array:
        table: Array = np.asarray(np.prod([np.ones(self.draws), *always], axis=0))[None, :]
        for column in columns:
            table = np.concatenate([table, table * column])
        return table

    def _minima(self, columns: Sequence[Array], always: Sequence[Array]) -> Single:
        table: Array = np.asarray(np.min([np.ones(self.draws), *always], axis=0))[None, :]
        for column in columns:
            table = np.concatenate([table, np.minimum(table, column)])
        return table.astype(np.float32)


def valid_sets(masks: Masks, candidates: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Sets in which nothing excludes another member and everything required is in.

    Args:
        masks: bit i says that candidate i is in; any shape.
        candidates: in the order of the bits.

    Returns:
        Truths in the shape of `masks`.
    """
    place = {candidate.id: number for number, candidate in enumerate(candidates)}
    valid = np.ones(masks.shape, dtype=bool)
    for number, candidate in enumerate(candidates):
        clash = sum(1 << place[other] for other in candidate.excludes if other in place)
        needed = sum(1 << place[other] for other in candidate.requires if other in place)
        if not candidate.requires <= place.keys():
            valid &= (masks >> number & 1) == 0
        elif clash or needed:
            good = (masks & (clash | needed)) == needed
            valid &= ((masks >> number & 1) == 0) | good
    return valid
