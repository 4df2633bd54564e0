"""Planning by the definitions alone: plain Python, every set, no cleverness.  What the search is held against."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from hypothesis import strategies as st

from tierproof.decision.plan.candidate import Candidate
from tierproof.decision.plan.limits import Limits
from tierproof.decision.reader.profile import Profile

__all__ = ["all_sets", "coherent", "naive_amounts", "naive_best", "naive_net_benefit", "problems"]


def all_sets(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    for size in range(len(candidates) + 1):
        yield from itertools.combinations(candidates, size)


def coherent(chosen: Sequence[Candidate]) -> bool:
    names = {item.id for item in chosen}
    return all(item.requires <= names and not item.excludes & names for item in chosen)


def naive_net_benefit(chosen: Sequence[Candidate], profile: Profile, damping: float) -> float:
    """Mean over draws of the net benefit that DESIGN states, one draw at a time."""
    draws = len(chosen[0].theta) if chosen else 1
    total = 0.0
    for d in range(draws):
        thetas = [float(item.theta[d]) for item in chosen]
        gains = sorted((t for t in thetas if t > 0), reverse=True)
        theta = sum(t for t in thetas if t < 0) + sum(gains[:1]) + damping * sum(gains[1:])
        log_odds = math.log(profile.baseline_success / (1 - profile.baseline_success)) + theta
        success = 1 / (1 + math.exp(-log_odds))
        cost = math.prod(float(item.cost[d]) for item in chosen)
        latency = math.prod(float(item.latency[d]) for item in chosen)
        total += (
            profile.requests_per_month
            * (
                profile.value_per_success * (success - profile.baseline_success)
                - profile.cost_per_request * (cost - 1)
                - profile.latency_price * profile.latency_seconds * (latency - 1)
            )
            - sum(float(item.running[d]) for item in chosen)
            - sum(float(item.one_off[d]) for item in chosen) / profile.horizon_months
        )
    return total / draws


def naive_amounts(chosen: Sequence[Candidate], profile: Profile) -> dict[str, float]:
    """What a set takes of each limit, with one technique worked on at a time."""
    draws = range(len(chosen[0].theta) if chosen else 1)
    cost = [math.prod(float(item.cost[d]) for item in chosen) for d in draws]
    latency = [math.prod(float(item.latency[d]) for item in chosen) for d in draws]
    added = profile.requests_per_month * profile.cost_per_request * (sum(cost) / len(cost) - 1)
    return {
        "budget": added + sum(float(item.running.mean()) for item in chosen),
        "one_off": sum(float(item.one_off.mean()) for item in chosen),
        "weeks": sum(item.weeks for item in chosen),
        "latency": profile.latency_seconds * sum(latency) / len(latency),
    }


def naive_best(
    candidates: Sequence[Candidate], profile: Profile, damping: float, limits: Limits
) -> list[tuple[float, frozenset[str]]]:
    """All sets that keep the limits, best first."""
    found = []
    for chosen in all_sets(candidates):
        amounts = naive_amounts(chosen, profile)
        kept = all(amounts[name] <= getattr(limits, name) for name in limits.stated())
        if coherent(chosen) and kept:
            value = naive_net_benefit(chosen, profile, damping)
            found.append((value, frozenset(item.id for item in chosen)))
    return sorted(found, key=lambda item: -item[0])


@st.composite
def problems(draw: st.DrawFn, *, least: int = 0, most: int = 6) -> tuple[tuple[Candidate, ...], Profile, float, Limits]:
    """A random small planning problem.

    Amounts come from a generator with a drawn seed, not from hypothesis number by number: continuous values have no
    ties, so that "the best set" is one set.
    """
    count = draw(st.integers(least, most))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    draws = draw(st.sampled_from([1, 3, 16]))
    names = [f"t{place}" for place in range(count)]
    spread = draw(st.sampled_from([0.0, 0.3, 1.5]))
    # Next to nothing to pay: then many sets are close and bounds are put to work.
    dear = draw(st.sampled_from([1.0, 0.01]))
    candidates = []
    for place, name in enumerate(names):
        others = [other for other in names if other != name]
        requires = draw(st.frozensets(st.sampled_from(names[:place]), max_size=1)) if place else frozenset()
        excludes = draw(st.frozensets(st.sampled_from(others), max_size=1)) if others else frozenset()
        candidates.append(
            Candidate(
                id=name,
                theta=numbers.normal(numbers.normal(0.2, 0.5), spread, draws),
                cost=np.exp(dear * numbers.normal(numbers.normal(0.1, 0.4), 0.2, draws)),
                latency=np.exp(dear * numbers.normal(numbers.normal(0.0, 0.4), 0.2, draws)),
                running=dear * numbers.uniform(0, 500, draws),
                one_off=dear * numbers.uniform(0, 20_000, draws),
                days=float(numbers.uniform(0, 20)),
                weeks=float(numbers.uniform(0.1, 6)),
                requires=requires,
                excludes=excludes - requires,
            )
        )
    profile = Profile(
        baseline_success=draw(st.sampled_from([0.05, 0.5, 0.7, 0.98])),
        value_per_success=draw(st.sampled_from([0.0, 0.1, 2.0])),
        requests_per_month=draw(st.sampled_from([100_000, 1_000])),
        latency_seconds=2.0,
    )
    limits = Limits(
        budget=draw(st.sampled_from([None, 0.0, 300.0, 3_000.0])),
        one_off=draw(st.sampled_from([None, 0.0, 15_000.0, 40_000.0])),
        weeks=draw(st.sampled_from([None, 0.0, 5.0, 10.0])),
        latency=draw(st.sampled_from([None, 1.2, 2.5])),
    )
    return tuple(candidates), profile, draw(st.sampled_from([0.0, 0.6, 1.0])), limits
