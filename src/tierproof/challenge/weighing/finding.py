"""What the judge of one form of claims finds, before denial and conditions are taken into account.

A value.  `challenge.judging` makes a `Verdict` of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tierproof.challenge.verdict import Figure, Measurement, Turn
from tierproof.challenge.weighing.testimony import NOTHING_SAID, Testimony
from tierproof.messages import gettext
from tierproof.synthesis.posteriors.posterior import Posterior

__all__ = ["BY_FAR", "Finding", "denied", "not_testable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """P(the claim as affirmed is true), and what stands behind it."""

    probability: float | None
    question: str
    reason: str = ""
    testimony: Testimony = NOTHING_SAID
    figures: tuple[Figure, ...] = ()
    turn: Callable[[], tuple[Turn, ...]] = tuple
    """Where the verdict turns, worked out when it is asked for, as is `measure`."""
    measure: Callable[[], tuple[Measurement, ...]] = tuple
    """What would settle it, worked out when it is asked for: it takes most of a verdict's time."""
    rests_on: tuple[Posterior, ...] = ()
    """Posteriors behind the probability."""
    assumed: bool = False
    """Whether every figure behind the probability is an assumption."""
    disputed: str = ""
    """What else was counted and says otherwise, so that nothing is settled; empty: nothing does."""
    by_far: float | None = None
    """Probability that it is so by `BY_FAR` times the least difference; None: of no such effect, or not asked."""
    notes: tuple[str, ...] = ()


BY_FAR: Final = 5.0
"""Least differences that nobody denies to be a lot: of quality odds x1.5, of cost x1.3, of latency x1.6."""


def not_testable(reason: str) -> Finding:
    """No record can speak to the claim."""
    return Finding(probability=None, question="", reason=reason)


def denied(finding: Finding) -> Finding:
    """The finding on the denial: the other probability, the sides changed.  Turns are solved for the side asked."""
    if finding.probability is None:
        return finding
    return replace(
        finding,
        probability=1.0 - finding.probability,
        question=gettext("It is not so that: {question}", question=finding.question),
        testimony=finding.testimony.denied,
    )
