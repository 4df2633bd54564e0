"""What experiments that had both say of two options.

Enters: the options' techniques, effects.  Leaves: head-to-head results.  Knows nothing of money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from tierproof.decision.appraisals.appraisal import Appraisal
from tierproof.decision.compare import direct_evidence
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome, up_is_better
from tierproof.synthesis.synthesise import priors_of

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


def head_to_head(techniques: Sequence[str], effects: Sequence[Effect], appraisal: Appraisal) -> tuple[HeadToHead, ...]:
    """Every pair that records compare, in the order of `techniques`, by outcome; `effects`: all that were appraised."""
    priors, context = priors_of(appraisal.settings), appraisal.synthesis.context
    every = appraisal.fact("instead of", lambda: [e for e in effects if e.record.contrast == "instead-of"])
    wanted: set[str | None] = set(techniques)
    between = [e for e in every if {e.record.technique, e.record.comparator_technique} <= wanted]
    found = []
    for first, second in combinations(dict.fromkeys(techniques), 2):
        pooled = partial(direct_evidence, between, first, second, priors, context)
        for outcome, direct in sorted(appraisal.fact((first, second, "direct"), pooled).items()):
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
