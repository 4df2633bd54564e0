"""How long a set of techniques takes: one after another, or several at the same time.

Enters: weeks of each, what requires what, and how many can be worked on at once.  Leaves: weeks until the last is in.
Knows nothing of money.

With one at a time the weeks add up.  With more, work is given out by list scheduling (Graham 1966): what is required
first, then the longest, each to whoever is free first and not before what it requires is in.  The result is a schedule
that can be carried out, not always the shortest possible.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.decision.plan.candidate import Candidate

__all__ = ["finish_weeks", "work_order"]


def work_order(candidates: Sequence[Candidate]) -> list[int]:
    """Places of the candidates in the order in which list scheduling takes them."""
    place = {candidate.id: number for number, candidate in enumerate(candidates)}
    depth: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in depth:
            depth[name] = 0  # a circle, which packs refuse, would end here
            below = [depth_of(other) for other in candidates[place[name]].requires if other in place]
            depth[name] = 1 + max(below, default=-1)
        return depth[name]

    return sorted(
        range(len(candidates)), key=lambda i: (depth_of(candidates[i].id), -candidates[i].weeks, candidates[i].id)
    )


def finish_weeks(candidates: Sequence[Candidate], team: int) -> float:
    """Weeks until all of a set is in; 0 for the empty set."""
    if team == 1:
        return float(sum(candidate.weeks for candidate in candidates))
    free = [0.0] * min(team, max(1, len(candidates)))
    ends: dict[str, float] = {}
    for place in work_order(candidates):
        candidate = candidates[place]
        lane = min(range(len(free)), key=free.__getitem__)
        start = max([free[lane], *(ends[other] for other in candidate.requires if other in ends)])
        free[lane] = ends[candidate.id] = start + candidate.weeks
    return max(free)
