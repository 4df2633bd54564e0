"""A candidate of a plan: one technique as plain draws, ready to be combined.

Enters: arrays drawn from predictives, and amounts that a pack assumes.  Leaves: a `Candidate`, which the search, the
order and the frontier read.  Knows nothing of evidence, packs or where the draws came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tierproof.decision.reader.profile import Profile

__all__ = ["Array", "Candidate", "Joint", "combine"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """One technique.  All arrays have one length, and draw d of every candidate belongs to the same possible world."""

    id: str
    theta: Array
    """Effect on quality, log odds ratio."""
    cost: Array
    """Cost of a request over today's, above 0."""
    latency: Array
    """Time of a request over today's, above 0."""
    running: Array
    """USD a month beside the requests."""
    one_off: Array
    """USD once: engineer-days at the profile's price, and money."""
    days: float
    """Engineer-days, expected."""
    weeks: float
    """Calendar weeks until it is in, expected."""
    requires: frozenset[str] = field(default_factory=frozenset)
    excludes: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joint:
    """What a set of candidates does together, draw by draw."""

    theta: Array
    success: Array
    """Share of requests that succeed with the set in."""
    cost: Array
    latency: Array
    running: Array
    one_off: Array
    added_cost: Array
    """USD a month that requests and running cost more than today; below 0: saved."""
    net_benefit: Array
    """USD a month over doing nothing, one-off effort written off over the horizon."""


def combine(candidates: Sequence[Candidate], profile: Profile, damping: float) -> Joint:
    """The joint effect of a set; the empty set does nothing at no cost.

    Gains overlap, since techniques remove partly the same failures: in each draw the strongest gain keeps all of
    itself, every further one the share `damping` (0 to 1).  Losses count in full, as nothing says that two faults hide
    one another.  With P the sum of the gains, M the largest of them and L the sum of the losses (all log odds ratios):

        theta = L + damping P + (1 - damping) M

    so a set of one has its own effect, and damping 1 adds up.  Cost and latency ratios multiply; efforts add up.
    """
    count = len(candidates[0].theta) if candidates else 1
    gains, losses, strongest = np.zeros(count), np.zeros(count), np.zeros(count)
    cost, latency = np.ones(count), np.ones(count)
    running, one_off = np.zeros(count), np.zeros(count)
    for candidate in candidates:
        gain = np.maximum(candidate.theta, 0.0)
        gains += gain
        losses += np.minimum(candidate.theta, 0.0)
        np.maximum(strongest, gain, out=strongest)
        cost *= candidate.cost
        latency *= candidate.latency
        running += candidate.running
        one_off += candidate.one_off
    theta = losses + damping * gains + (1.0 - damping) * strongest
    odds_against = (1.0 - profile.baseline_success) / profile.baseline_success
    success = 1.0 / (1.0 + odds_against * np.exp(-theta))
    month = profile.requests_per_month
    added_cost = month * profile.cost_per_request * (cost - 1.0) + running
    net_benefit = (
        month * profile.value_per_success * (success - profile.baseline_success)
        - added_cost
        - month * profile.latency_price * profile.latency_seconds * (latency - 1.0)
        - one_off / profile.horizon_months
    )
    return Joint(
        theta=theta,
        success=success,
        cost=cost,
        latency=latency,
        running=running,
        one_off=one_off,
        added_cost=added_cost,
        net_benefit=net_benefit,
    )
