"""Resources within what a team would put up with.

Enters: an `Appraisal`.  Leaves: the same with the draws of cost and latency held within their central 90 %.

Cost and latency are seen at once: a bill or a wait many times too large shows in the first days, and the technique is
taken out again, so its price is not a year of that bill.  Besides, the far tail of a predictive is the shape of its
prior, not evidence; yet it alone would carry the mean, which for a ratio with so heavy a tail need not exist.  Medians
and 90 % intervals stay as they are.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tierproof.decision.appraisal import Appraisal
from tierproof.evidence.record import Outcome
from tierproof.synthesis.normal import Array

__all__ = ["OUTSIDE", "noticed"]

OUTSIDE: Final = 0.05
"""Share of draws on either side that count as the end of the 90 % interval."""
_SEEN_AT_ONCE: Final[tuple[Outcome, ...]] = ("cost", "latency")


def noticed(appraisal: Appraisal) -> Appraisal:
    """The appraisal on which money over a horizon is decided.  Doing it twice changes nothing more."""
    held: dict[tuple[str, Outcome], Array] = {}
    for technique in appraisal.techniques:
        for outcome in _SEEN_AT_ONCE:
            if appraisal.posterior(technique, outcome) is not None:
                draws = appraisal.theta(technique, outcome)
                ends = np.quantile(draws, (OUTSIDE, 1.0 - OUTSIDE), method="inverted_cdf")
                held[technique, outcome] = np.clip(draws, *ends)
    return appraisal.given(held)
