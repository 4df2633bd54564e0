"""What one outcome of one technique looks like, in a word.

Enters: a posterior and the minimal difference.  Leaves: a `Mark`, probabilities of gain and harm.  Knows nothing of
money.

Gains are asked of the average effect: is there one?  Harm is asked of a new setting, where the reader stands: could it
turn out worse here?  The order of the questions is the order of caution.  Nothing is clear where an analysis beside the
main one (fixed effect, without one source, independents alone) points the other way, nor where all that is known comes
from one source: how far sources differ is then an assumption.
"""

from __future__ import annotations

from typing import Final

from tierproof.decision.ranking.results import Mark
from tierproof.evidence.record import up_is_better
from tierproof.synthesis.posteriors.posterior import Posterior

__all__ = ["CLEAR", "FRAGILE", "mark_of", "p_gain_and_loss", "p_harm"]

CLEAR: Final = 0.8
"""Probability from which a gain, a loss or the lack of both is clear."""
FRAGILE: Final = 0.25
"""Probability of harm in a new setting from which an outcome is fragile."""


def p_gain_and_loss(posterior: Posterior, minimal: float) -> tuple[float, float]:
    """P(the average effect is a gain larger than `minimal`) and P(a loss larger than that), on the analysis scale."""
    down, up_to = (float(p) for p in posterior.average.cdf((-minimal, minimal)))
    return (1.0 - up_to, down) if up_is_better(posterior.outcome) else (down, 1.0 - up_to)


def p_harm(posterior: Posterior, minimal: float) -> float:
    """P(the effect in a new setting is a loss larger than `minimal`): fragility."""
    if up_is_better(posterior.outcome):
        return float(posterior.predictive.cdf(-minimal))
    return float(posterior.predictive.sf(minimal))


def mark_of(posterior: Posterior | None, minimal: float) -> Mark:
    """The mark of an outcome; `unknown` without a posterior."""
    if posterior is None:
        return "unknown"
    if posterior.basis == "assumed":
        return "assumed"
    gain, loss = p_gain_and_loss(posterior, minimal)
    several = len(posterior.sources) > 1

    def clear(probability: float) -> bool:
        # Asked last: another analysis may be ten fits, and what is fragile anyway does not wait for them.
        return several and probability >= CLEAR and not posterior.opposing

    if clear(loss):
        return "clear loss"
    if p_harm(posterior, minimal) >= FRAGILE:
        return "fragile"
    if clear(gain):
        return "clear gain"
    return "no effect" if several and 1.0 - gain - loss >= CLEAR else "marginal"
