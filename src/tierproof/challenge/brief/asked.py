"""What experiments that had both say of two options.

Enters: the options' techniques, effects.  Leaves: head-to-head results.  Knows nothing of money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tierproof.decision.compare import direct_evidence
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome, up_is_better
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.posteriors.posterior import Context

__all__ = ["HeadToHead", "head_to_head"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadToHead:
    """Two techniques on one outcome, from records that put one instead of the other."""

    first: str
    second: str
    outcome: Outcome
    p_better: float
    """P(first is better than second on average)."""
    p_better_here: float
    """P(first is better in a new setting)."""
    records: int
    sources: int


def head_to_head(
    techniques: Sequence[str], effects: Sequence[Effect], priors: Priors, context: Context
) -> tuple[HeadToHead, ...]:
    """Every pair that records compare, in the order of `techniques`, by outcome."""
    wanted: set[str | None] = set(techniques)
    between = [
        effect
        for effect in effects
        if effect.record.contrast == "instead-of"
        and {effect.record.technique, effect.record.comparator_technique} <= wanted
    ]
    found = []
    for first, second in combinations(dict.fromkeys(techniques), 2):
        for outcome, direct in sorted(direct_evidence(between, first, second, priors, context).items()):
            average, here = float(direct.average.sf(0.0)), float(direct.predictive.sf(0.0))
            up = up_is_better(outcome)
            found.append(
                HeadToHead(
                    first=first,
                    second=second,
                    outcome=outcome,
                    p_better=average if up else 1.0 - average,
                    p_better_here=here if up else 1.0 - here,
                    records=len(direct.records),
                    sources=len(direct.sources),
                )
            )
    return tuple(found)
