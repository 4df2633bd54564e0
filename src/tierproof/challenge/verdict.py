"""A verdict: what the evidence makes of a claim, how sure that is, and what would turn it.

Values, and the one place where a probability becomes a word.  Knows nothing of how probabilities are computed or shown.

    supported         P >= 0.8
    contradicted      P <= 0.2
    mixed             between, and at least two sources speak clearly on either side
    not established   between, without that; or every figure behind P is an assumption
    not testable      no record can speak to it; the reason is given, and no probability

A denied claim has the probability 1 - P of what it denies, unless its judge says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from tierproof.challenge.claim import Claim
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Independence, Outcome, Source
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Interval

__all__ = [
    "CONTRADICTED",
    "SUPPORTED",
    "Figure",
    "Measurement",
    "Point",
    "Turn",
    "Unit",
    "Verdict",
    "VerdictWord",
    "word_of",
]

SUPPORTED: Final = 0.8
CONTRADICTED: Final = 0.2
_BOTH_SIDES: Final = 2
"""Sources that must speak clearly on either side before evidence counts as mixed."""

VerdictWord = Literal["supported", "contradicted", "mixed", "not established", "not testable"]
Unit = Literal["probability", "share", "ratio", "log odds", "usd", "usd_month", "rank", "count", "billions", "percent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What one source says: a piece of evidence for or against a claim."""

    source_id: str
    source: Source
    year: int | None
    paid: Independence
    """Whose figures they are."""
    technique: str
    records: tuple[str, ...]
    """Ids of the records or adoption figures behind it, sorted."""
    outcome: Outcome | None = None
    scale: Scale | None = None
    effect: Interval | None = None
    """The source's own mean effect with its 90 % interval, on `scale`; None for figures of use."""
    measure: str = ""
    """What a figure of use counts."""
    value: float | None = None
    """That figure, in percent."""
    strength: float = 0.0
    """How far it moves the answer: its share of the pooled weight times its distance from the claim's threshold."""
    clear: bool = False
    """On its side of the threshold by more than its own standard error makes likely by chance (one in ten)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number that answers the claim in its own terms."""

    name: str
    unit: Unit
    value: float
    low: float | None = None
    high: float | None = None
    """Ends of the 90 % interval, where there is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Where the verdict turns: the claim is supported on the named side of `at`."""

    quantity: str
    unit: Unit | Literal["tasks"]
    at: float | None = None
    side: Literal["above", "below"] | None = None
    now: float | None = None
    """Where the reader stands today."""
    values: tuple[str, ...] = ()
    """For quantities without an order (tasks): those at which the claim would be supported."""
    even_odds: bool = False
    """`at` is where the probability passes one half, not where the verdict turns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What would settle the question for the reader, on his own workload."""

    what: str
    technique: str | None
    items: int | None
    """Paired items, or people asked, that settle it with a chance of 80 %.

    0: nine in ten sure by the figures, whether they establish it or not; None: a million would not do.
    """
    evsi: float | None = None
    """What that many items would be worth for adopting the technique or not, USD a month."""
    total: float | None = None
    """What knowing everything about it would be worth, USD a month."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer to one claim.  Equal claims on equal ground give equal verdicts, to the byte."""

    claim: Claim
    word: VerdictWord
    probability: float | None
    """P(the claim is true); None where it is not testable."""
    question: str
    """What was computed, in words."""
    reason: str = ""
    """Why it is not testable, or not established."""
    figures: tuple[Figure, ...] = ()
    """The position that the evidence takes, in numbers."""
    evidence_for: tuple[Point, ...] = ()
    """The strongest first."""
    evidence_against: tuple[Point, ...] = ()
    sources_for: int = 0
    """All sources on that side, shown or not."""
    sources_against: int = 0
    turn: Callable[[], tuple[Turn, ...]] = field(default=tuple, compare=False, repr=False)
    """Works out `turns`."""
    measure: Callable[[], tuple[Measurement, ...]] = field(default=tuple, compare=False, repr=False)
    """Works out `measurements`."""
    paid: Mapping[Independence, float] = field(default_factory=dict)
    """Share of the weight of all pooled figures by who made them; sums to 1, empty where none was pooled."""
    certainty: CertaintyLevel | None = None
    notes: tuple[str, ...] = ()
    """What was read into the claim, and which of its conditions no record states."""

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Where the verdict turns; worked out on first use."""
        return self.turn()

    @cached_property
    def measurements(self) -> tuple[Measurement, ...]:
        """What would change the verdict; worked out on first use, which takes longer than all the rest."""
        return self.measure()


def word_of(probability: float, *, clear_for: int, clear_against: int, assumed: bool = False) -> VerdictWord:
    """The verdict of a probability.

    Args:
        probability: P(the claim is true).
        clear_for, clear_against: sources that speak clearly on either side.
        assumed: every figure behind the probability is an assumption.
    """
    if assumed:
        return "not established"
    if probability >= SUPPORTED:
        return "supported"
    if probability <= CONTRADICTED:
        return "contradicted"
    return "mixed" if min(clear_for, clear_against) >= _BOTH_SIDES else "not established"
