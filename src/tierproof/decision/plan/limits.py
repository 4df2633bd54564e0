"""Limits of a plan: what it may take, and what a set of techniques takes of each.

Enters: limits, and expected amounts.  Leaves: whether a set keeps them, and which it breaks.  Knows nothing of values.

Limits hold for expected amounts: the mean over the draws, assumptions included.  How likely a plan is to keep them all
is reported beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tierproof.decision.plan.candidate import Array, Candidate, Joint, combine
from tierproof.decision.plan.schedule import finish_weeks
from tierproof.decision.reader.profile import Profile
from tierproof.errors import InputError, Problem
from tierproof.messages import Message, gettext

__all__ = ["LIMIT_WORDS", "Limits", "Takes", "takes", "takes_of"]

LIMIT_WORDS: Mapping[str, str] = {
    "budget": Message("budget (USD a month)"),
    "one_off": Message("one-off (USD)"),
    "weeks": Message("time (weeks)"),
    "latency": Message("latency (seconds)"),
}
"""The limits that a set can break, in the order in which they are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None: no limit of this kind."""

    budget: float | None = None
    """USD a month: running cost and what requests cost more than today; savings count against it."""
    one_off: float | None = None
    """USD once: engineer-days at the profile's price, and money."""
    weeks: float | None = None
    """Calendar weeks until all of the plan is in."""
    latency: float | None = None
    """Seconds that a request may take."""
    team: int = 1
    """Techniques that can be worked on at the same time; 1: one after another."""

    def __post_init__(self) -> None:
        problems = []
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and not (np.isfinite(value) and value >= 0):
                problems.append(
                    Problem(
                        field=item.name,
                        message=gettext("{value} is no limit", value=value),
                        remedy=gettext("give a number from 0"),
                    )
                )
        if self.team < 1:
            problems.append(
                Problem(
                    field="team",
                    message=gettext("a team works on one thing at least"),
                    remedy=gettext("give 1 or more"),
                )
            )
        if problems:
            raise InputError(*problems)

    def without(self, name: str) -> Limits:
        """The same limits with one lifted."""
        return self.at(name, None)

    def at(self, name: str, value: float | None) -> Limits:
        """The same limits with one at another value."""
        change: dict[str, Any] = {name: value}
        return replace(self, **change)

    def stated(self) -> tuple[str, ...]:
        """Names of the limits that are set."""
        return tuple(name for name in LIMIT_WORDS if getattr(self, name) is not None)

    def broken(self, amounts: Takes) -> tuple[str, ...]:
        """Names of the limits that these amounts exceed."""
        return tuple(name for name in self.stated() if getattr(amounts, name) > getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """What a set takes, expected, of what can be limited."""

    budget: float
    one_off: float
    weeks: float
    latency: float
    days: float
    """Engineer-days."""
    keeps: float
    """Probability that budget, one-off money and latency all stay within their limits (weeks have no draws)."""


def takes(candidates: Sequence[Candidate], profile: Profile, damping: float, limits: Limits) -> Takes:
    """Expected amounts of a set.  The empty set takes nothing, and today's latency."""
    return takes_of(combine(candidates, profile, damping), candidates, profile, limits)


def takes_of(joint: Joint, candidates: Sequence[Candidate], profile: Profile, limits: Limits) -> Takes:
    """The same, where the joint effect is known."""
    seconds = joint.latency * profile.latency_seconds
    return Takes(
        budget=float(joint.added_cost.mean()),
        one_off=float(joint.one_off.mean()),
        weeks=finish_weeks(candidates, limits.team),
        latency=float(seconds.mean()),
        days=float(sum(candidate.days for candidate in candidates)),
        keeps=_keeps(joint.added_cost, joint.one_off, seconds, limits),
    )


def _keeps(added: Array, one_off: Array, seconds: Array, limits: Limits) -> float:
    kept = np.ones(len(added), dtype=bool)
    for draws, limit in ((added, limits.budget), (one_off, limits.one_off), (seconds, limits.latency)):
        if limit is not None:
            kept &= draws <= limit
    return float(kept.mean())
