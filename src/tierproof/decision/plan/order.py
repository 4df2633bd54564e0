"""In which order to take a plan up, and what to measure before paying.

Enters: a set of candidates.  Leaves: steps with weeks, and measurements with their worth and price.  Knows nothing of
how the set was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal
from tierproof.decision.plan.candidate import Array, Candidate, combine
from tierproof.decision.plan.limits import Limits
from tierproof.decision.plan.plans import Measurement, Step
from tierproof.decision.plan.schedule import work_order
from tierproof.decision.ranking.tiers import set_against
from tierproof.decision.reader.profile import Profile
from tierproof.decision.worth.information import evpi
from tierproof.decision.worth.sampling import evsi
from tierproof.evidence.record import Outcome

__all__ = ["added_by", "clashing", "measurements_for", "price_of", "steps_for", "without"]

SIZES = (50, 200, 800, 3200)
"""Items tried for a measurement: from an afternoon's to a large one."""
MEASURED = 8
"""Techniques whose measurement is looked at, by what perfect information would be worth."""
SETUP_DAYS = 1.0
"""Assumed: engineer-days to set a measurement up."""
ITEM_MINUTES = 1.0
"""Assumed: minutes to collect an item and check its reference answer; an engineer-day has 480."""


def steps_for(
    chosen: Sequence[Candidate], profile: Profile, damping: float, limits: Limits, appraisal: Appraisal
) -> tuple[Step, ...]:
    """The set in the order in which to take it up, with the weeks in which each is worked on.

    What a technique requires comes first.  Among those that are free, the one with the largest (what it adds + what
    knowing its effect is worth) a week of work: the ratio rule of W. E. Smith, "Various optimizers for single-stage
    production" (1956), which makes the benefit gathered on the way largest, with learning early counted as benefit.
    Where several work at once and that order would break the time limit, the schedule that keeps it.
    """
    adds = added_by(chosen, profile, damping)
    worth = {key: evpi(draws) for key, draws in adds.items()}
    # A tenth of a day is the least time that anything takes.
    priority = {c.id: (float(adds[c.id].mean()) + worth[c.id]) / max(c.weeks, 0.02) for c in chosen}
    order = _by_priority(chosen, priority)
    spans = _spans(order, limits.team)
    if limits.weeks is not None and max((end for _, end in spans.values()), default=0.0) > limits.weeks:
        order = [chosen[place] for place in work_order(chosen)]
        spans = _spans(order, limits.team)
    names = {candidate.id for candidate in chosen}
    return tuple(
        Step(
            technique=candidate.id,
            start=spans[candidate.id][0],
            end=spans[candidate.id][1],
            adds=float(adds[candidate.id].mean()),
            p_adds=float(np.mean(adds[candidate.id] > 0)),
            evpi=worth[candidate.id],
            priority=priority[candidate.id],
            after=tuple(sorted(candidate.requires & names)),
            assumed=_assumed(appraisal, candidate.id),
            unknown=frozenset(o for o in MONEY_OUTCOMES if appraisal.posterior(candidate.id, o) is None),
            against=set_against(appraisal.techniques[candidate.id]),
        )
        for candidate in sorted(order, key=lambda item: (spans[item.id][0], order.index(item)))
    )


def added_by(chosen: Sequence[Candidate], profile: Profile, damping: float) -> dict[str, Array]:
    """What each member adds a month, (n,) draws by id: the set less the set without it and without what requires it."""
    whole = combine(chosen, profile, damping).net_benefit
    return {c.id: whole - combine(without([c.id], chosen), profile, damping).net_benefit for c in chosen}


def without(names: Iterable[str], chosen: Sequence[Candidate]) -> list[Candidate]:
    """The set without the named ones, and without what requires them in any depth."""
    gone = set(names)
    while more := {candidate.id for candidate in chosen if candidate.requires & gone} - gone:
        gone |= more
    return [candidate for candidate in chosen if candidate.id not in gone]


def clashing(coming: Sequence[Candidate], chosen: Sequence[Candidate]) -> tuple[str, ...]:
    """Ids of those in the set that exclude one that comes in, or are excluded by one, in order of id."""
    return tuple(
        sorted(one.id for one in chosen if any(one.id in new.excludes or new.id in one.excludes for new in coming))
    )


def measurements_for(
    appraisal: Appraisal, changes: Mapping[str, Array], members: Iterable[str]
) -> tuple[Measurement, ...]:
    """Measurements of techniques, each at its best size, by worth less price.

    `changes`: by technique, (n,) draws of what choosing it changes against the best choice without it, USD a month.
    Only those for which perfect information over the horizon is worth more than the price of the smallest size.
    """
    horizon = appraisal.profile.horizon_months
    ceiling = {name: horizon * evpi(draws) for name, draws in changes.items()}
    inside = set(members)
    found = []
    for name in sorted(ceiling, key=lambda key: (-ceiling[key], key))[:MEASURED]:
        if ceiling[name] <= price_of(appraisal, name, SIZES[0]):
            continue
        best = None
        for size in SIZES:
            price = price_of(appraisal, name, size)
            # No sample is worth more than knowing all: a size is left out that could not gain more than another does.
            if best is None or ceiling[name] - price > best.worth - best.price:
                worth = horizon * evsi(appraisal, name, size, changes[name])
                if best is None or worth - price > best.worth - best.price:
                    best = Measurement(technique=name, items=size, worth=worth, price=price, in_plan=name in inside)
        found += [best] if best else []
    return tuple(sorted(found, key=lambda item: (item.price - item.worth, item.technique)))


def price_of(appraisal: Appraisal, technique: str, items: int) -> float:
    """USD: each item collected, and answered with and without the technique; and a day of work."""
    profile = appraisal.profile
    both = 1.0 + float(appraisal.ratio(technique, "cost").mean())
    work = SETUP_DAYS + items * ITEM_MINUTES / 480.0
    return items * profile.cost_per_request * both + work * profile.engineer_day_usd


def _by_priority(chosen: Sequence[Candidate], priority: dict[str, float]) -> list[Candidate]:
    names = {candidate.id for candidate in chosen}
    waiting, done, order = list(chosen), set[str](), list[Candidate]()
    while waiting:
        free = [candidate for candidate in waiting if candidate.requires & names <= done] or waiting
        following = min(free, key=lambda item: (-priority[item.id], item.id))
        order.append(following)
        done.add(following.id)
        waiting.remove(following)
    return order


def _spans(order: Sequence[Candidate], team: int) -> dict[str, tuple[float, float]]:
    free = [0.0] * team
    spans: dict[str, tuple[float, float]] = {}
    for candidate in order:
        lane = min(range(team), key=free.__getitem__)
        start = max([free[lane], *(spans[other][1] for other in candidate.requires if other in spans)])
        spans[candidate.id] = (start, start + candidate.weeks)
        free[lane] = start + candidate.weeks
    return spans


def _assumed(appraisal: Appraisal, technique: str) -> frozenset[Outcome]:
    found = {outcome: appraisal.posterior(technique, outcome) for outcome in MONEY_OUTCOMES}
    return frozenset(o for o, posterior in found.items() if posterior is not None and posterior.basis == "assumed")
