"""How long a set of techniques takes: one after another, or several at the same time.

Enters: weeks of each, what requires what, and how many can be worked on at once.  Leaves: weeks until the last is in,
for one set or for many at once.  Knows nothing of money.

With one at a time the weeks add up.  With more, work is given out by list scheduling (Graham 1966): what is required
first, then the longest, each to whoever is free first and not before what it requires is in.  The result is a schedule
that can be carried out, not always the shortest possible.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tierproof.decision.plan.candidate import Array, Candidate

__all__ = ["finish_weeks", "finish_weeks_of", "work_order"]


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
    members = np.ones((1, len(candidates)), dtype=bool)
    return float(finish_weeks_of(members, candidates, team)[0])


def finish_weeks_of(members: NDArray[np.bool_], candidates: Sequence[Candidate], team: int) -> Array:
    """Weeks of many sets.

    Args:
        members: (sets, candidates), true where the set has the candidate.
        candidates: all candidates, in the order of the columns.
        team: candidates worked on at once, from 1.

    Returns:
        (sets,) weeks.
    """
    if team == 1:
        return np.asarray(members @ np.array([candidate.weeks for candidate in candidates], dtype=np.float64))
    rows = np.arange(len(members))
    free = np.zeros((len(members), min(team, max(1, len(candidates)))))
    ends: dict[str, Array] = {}
    for column in work_order(candidates):
        candidate = candidates[column]
        inside = members[:, column]
        lane = free.argmin(axis=1)
        start = free[rows, lane]
        for other in candidate.requires:
            if other in ends:
                start = np.maximum(start, ends[other])
        end = np.where(inside, start + candidate.weeks, 0.0)
        free[rows, lane] = np.where(inside, end, free[rows, lane])
        ends[candidate.id] = end
    return np.asarray(free.max(axis=1), dtype=np.float64)
