"""Best sets among any number of candidates: exact where that is possible, else good, with a proven gap.

Enters: candidates, a profile, limits.  Leaves: the best sets found and how far from the best possible they can be.
Knows nothing of techniques or reports.

Up to `EXACT_CANDIDATES` the search is exact and the gap 0.  Beyond, the candidates that net most alone are searched
exactly, and their best set is improved over all by adding, dropping and swapping until nothing helps (local
search).  The gap is proven, not guessed: no set can exceed the best set of the searched candidates when it is given,
for nothing, every gain and saving of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierproof.decision.plan.candidate import Candidate, combine
from tierproof.decision.plan.limits import Limits, takes
from tierproof.decision.plan.search import EXACT_CANDIDATES, PlannedSet, Searcher
from tierproof.decision.reader.profile import Profile
from tierproof.messages import gettext

__all__ = ["Found", "Solver"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    sets: tuple[PlannedSet, ...]
    """Best first; empty if no set keeps the limits, not even the empty one."""
    gap: float
    """USD a month by which the best possible set can exceed the first; 0: it is the best possible."""


class Solver:
    """Finds best sets; tables are made once and serve any limits."""

    def __init__(self, candidates: Sequence[Candidate], profile: Profile, damping: float) -> None:
        self.candidates = {candidate.id: candidate for candidate in candidates}
        self.profile = profile
        self.damping = damping
        self.exact = len(candidates) <= EXACT_CANDIDATES
        core, rest = self._core()
        self._searcher = Searcher(core, profile, damping)
        self._bounder = Searcher([_free_of(item, rest) for item in core], profile, damping, rest) if rest else None

    @property
    def method(self) -> str:
        count = len(self.candidates)
        if self.exact:
            return gettext(
                "exact: all {count:,} sets of {count_2} candidates are accounted for", count=2**count, count_2=count
            )
        return gettext(
            "local search over {count} candidates, from the best set of {exact_candidates} of them; the gap to the "
            "best possible is proven",
            count=count,
            exact_candidates=EXACT_CANDIDATES,
        )

    def best(self, limits: Limits, count: int = 1) -> Found:
        found = self._searcher.best(limits, count)
        if self._bounder is None:
            return Found(sets=found, gap=0.0)
        ranked = self._improved(found, limits, count)
        gap = self._bounder.ceiling(limits) - ranked[0].net_benefit if ranked else 0.0
        return Found(sets=ranked, gap=max(0.0, gap))

    def planned(self, members: frozenset[str], limits: Limits) -> PlannedSet | None:
        """A set of candidates' ids, if it is coherent and keeps the limits."""
        chosen = [self.candidates[name] for name in sorted(members)]
        if any(item.excludes & members or not item.requires <= members for item in chosen):
            return None
        amounts = takes(chosen, self.profile, self.damping, limits)
        if limits.broken(amounts):
            return None
        value = float(combine(chosen, self.profile, self.damping).net_benefit.mean())
        return PlannedSet(members=tuple(sorted(members)), net_benefit=value, takes=amounts)

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

    def dependents(self, name: str, members: frozenset[str]) -> frozenset[str]:
        """A member with all members that require it, in any depth."""
        return frozenset(other for other in members if name in (self.closure(other) or ()))

    def _core(self) -> tuple[list[Candidate], list[Candidate]]:
        def alone(item: Candidate) -> tuple[float, str]:
            return -float(combine([item], self.profile, self.damping).net_benefit.mean()), item.id

        ranked = sorted(self.candidates.values(), key=alone)
        return ranked[:EXACT_CANDIDATES], ranked[EXACT_CANDIDATES:]

    def _improved(self, found: tuple[PlannedSet, ...], limits: Limits, count: int) -> tuple[PlannedSet, ...]:
        nothing = self.planned(frozenset(), limits)
        seen = {frozenset(item.members): item for item in (*found, *([nothing] if nothing else []))}
        if not seen:
            # Not even the empty set keeps the limits, and none of the core does: any single one may.
            for name in self.candidates:
                alone = self.planned(self.closure(name) or frozenset(), limits)
                if alone is not None:
                    seen[frozenset(alone.members)] = alone
        while seen:
            best = _first(seen)
            for members in self._neighbours(frozenset(best.members)):
                if members not in seen and (planned := self.planned(members, limits)) is not None:
                    seen[members] = planned
            if _first(seen) is best:
                break
        return tuple(sorted(seen.values(), key=_rank)[:count])

    def _neighbours(self, members: frozenset[str]) -> Iterator[frozenset[str]]:
        smaller = [members - self.dependents(name, members) for name in sorted(members)]
        yield from smaller
        for name in sorted(self.candidates.keys() - members):
            added = self.closure(name)
            if added is not None:
                yield members | added
                yield from (rest | added for rest in smaller)


def _rank(item: PlannedSet) -> tuple[float, int, tuple[str, ...]]:
    return -item.net_benefit, len(item.members), item.members


def _first(seen: dict[frozenset[str], PlannedSet]) -> PlannedSet:
    return min(seen.values(), key=_rank)


def _free_of(item: Candidate, others: Sequence[Candidate]) -> Candidate:
    """A candidate that needs none of the others: fewer demands can only raise a bound."""
    return Candidate(
        id=item.id,
        theta=item.theta,
        cost=item.cost,
        latency=item.latency,
        running=item.running,
        one_off=item.one_off,
        days=item.days,
        weeks=item.weeks,
        requires=item.requires - {other.id for other in others},
        excludes=item.excludes,
    )
