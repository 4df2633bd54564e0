"""Whether a new log is worse than the last, by more than a margin: a question with three answers.

Enters: comparisons, a margin, a confidence.  Leaves: a `Gate`.  Must not know screens.

A metric is *not worse* where the lower end of its one-sided interval lies above minus the margin, *worse* where the
upper end lies below it, and else *not settled*.  All metrics must be not worse for the gate to open, which needs no
correction (Berger 1982); one that is worse shuts it, so that the ends for `worse` hold for all of them together
(Bonferroni).  An answer that was never given is missing in the estimate, but a system cannot pass by failing: `not
worse` must also hold with the new log's rows that lack a score, and the items that it does not have at all, counted as
wrong, whatever the baseline lacks; and where the baseline has scores for a metric, a task or a system that the new log
could not be held against, the gate does not open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tierproof.experiment.logs.pairs.comparison import Compared, settling
from tierproof.messages import Message

__all__ = ["EXIT_CODES", "Gate", "Gated", "Verdict", "gate"]

Verdict = Literal["not worse", "worse", "not settled"]
EXIT_CODES: dict[Verdict, int] = {"not worse": 0, "worse": 1, "not settled": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """One comparison at the gate."""

    compared: Compared
    verdict: Verdict
    low: float | None
    """One-sided lower end of the gain (less is turned to more where less is better); None of one pair."""
    high: float | None
    """One-sided upper end, which holds for all comparisons together."""
    margin: float
    """In the metric's unit."""
    why: str
    """In a sentence without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate says."""

    gated: tuple[Gated, ...]
    margin: float
    confidence: float
    lacking: tuple[str, ...] = ()
    """What the baseline has scores for and the new log was not held against."""

    @property
    def verdict(self) -> Verdict:
        verdicts = {one.verdict for one in self.gated}
        if "worse" in verdicts:
            return "worse"
        return "not settled" if self.lacking or "not settled" in verdicts else "not worse"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def gate(
    found: Sequence[Compared],
    strict: Sequence[Compared],
    *,
    margin: float,
    confidence: float,
    lacking: Sequence[str] = (),
) -> Gate:
    """`strict`: the same comparisons, in the same order, with the new log's rows that lack a score, and items that it
    does not have, counted as wrong.  `lacking`: what the baseline has scores for and could not be compared.

    `margin`: at least 0, in the metric's unit; `confidence`: 0.5 to 1, of each one-sided end.
    """
    return Gate(
        gated=tuple(
            _gated(one, other, margin, confidence, len(found)) for one, other in zip(found, strict, strict=True)
        ),
        margin=margin,
        confidence=confidence,
        lacking=tuple(lacking),
    )


def _gated(one: Compared, strict: Compared, margin: float, confidence: float, together: int) -> Gated:
    low, high = _ends(one, confidence, 1 - (1 - confidence) / together)
    verdict: Verdict
    why: str
    if one.named.unsure:
        verdict, why = "not settled", Message("the log does not say whether more of it is better")
    elif low is None or high is None:
        verdict = "not settled"
        why = Message("one pair, one cluster of pairs, or pairs that are all alike tell nothing of the spread")
    elif not one.tells(1 - confidence):
        verdict, why = "not settled", Message("so few pairs may all go one way by chance")
    elif high < -margin:
        verdict, why = "worse", Message("the whole interval lies below the margin")
    elif low < -margin:
        verdict, why = "not settled", _remedy(one, margin, 1 - confidence)
    else:
        failed, _ = _ends(strict, confidence, confidence)
        if failed is None or failed < -margin:
            verdict, why = "not settled", Message("not once answers that were never given count as wrong")
            if one.paired.sides[0].without_score:
                why = Message(
                    "not once answers that were never given count as wrong; --errors wrong counts those of both logs"
                )
        else:
            verdict, why = "not worse", Message("the whole interval lies above the margin")
    return Gated(compared=one, verdict=verdict, low=low, high=high, margin=margin, why=why)


def _remedy(one: Compared, margin: float, error: float) -> str:
    """What would settle a system that is as good as the baseline: more items, or a wider margin."""
    needed = settling(one, margin, error)
    if needed is None:
        return Message("the interval reaches below the margin, as that of equal systems would: state a wider margin")
    if needed <= one.pairs:
        return Message("the interval reaches below the margin, though so many items would tell equal systems")
    return Message(
        "the interval reaches below the margin; equal systems are told four times in five on about {n:,} item, or at a "
        "wider margin",
        "the interval reaches below the margin; equal systems are told four times in five on about {n:,} items, or at "
        "a wider margin",
        n=needed,
    )


def _ends(one: Compared, lower: float, upper: float) -> tuple[float | None, float | None]:
    """One-sided ends of the gain."""
    if one.named.lower_is_better:
        low, high = one.end(1, 1 - lower), one.end(-1, 1 - upper)
        return None if low is None else -low, None if high is None else -high
    return one.end(-1, 1 - lower), one.end(1, 1 - upper)
