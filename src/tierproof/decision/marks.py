"""What one outcome of one technique looks like, in a word.

Enters: a posterior and the minimal difference.  Leaves: a `Mark`, probabilities of gain and harm.  Knows nothing of
money.

Gains are asked of the average effect: is there one?  Harm is asked of a new setting, where the reader stands: could it
turn out worse here?  The order of the questions is the order of caution.
"""

from __future__ import annotations

from typing import Final

from tierproof.decision.appraisal import up_is_better
from tierproof.decision.results import Mark
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.posterior import Posterior

__all__ = ["CLEAR", "FRAGILE", "mark_of", "p_gain", "p_harm", "p_loss"]

CLEAR: Final = 0.8
"""Probability from which a gain, a loss or the lack of both is clear."""
FRAGILE: Final = 0.25
"""Probability of harm in a new setting from which an outcome is fragile."""


def p_gain(posterior: Posterior, minimal: float) -> float:
    """P(the average effect is a gain larger than `minimal`), on the analysis scale."""
    return _beyond(posterior.average, minimal, upwards=up_is_better(posterior.outcome))


def p_loss(posterior: Posterior, minimal: float) -> float:
    """P(the average effect is a loss larger than `minimal`)."""
    return _beyond(posterior.average, minimal, upwards=not up_is_better(posterior.outcome))


def p_harm(posterior: Posterior, minimal: float) -> float:
    """P(the effect in a new setting is a loss larger than `minimal`): fragility."""
    return _beyond(posterior.predictive, minimal, upwards=not up_is_better(posterior.outcome))


def mark_of(posterior: Posterior | None, minimal: float) -> Mark:
    """The mark of an outcome; `unknown` without a posterior."""
    if posterior is None:
        return "unknown"
    if posterior.basis == "assumed":
        return "assumed"
    gain, loss = p_gain(posterior, minimal), p_loss(posterior, minimal)
    if loss >= CLEAR:
        return "clear loss"
    if p_harm(posterior, minimal) >= FRAGILE:
        return "fragile"
    if gain >= CLEAR:
        return "clear gain"
    return "no effect" if 1.0 - gain - loss >= CLEAR else "marginal"


def _beyond(mixture: Mixture, least: float, *, upwards: bool) -> float:
    return float(mixture.sf(least) if upwards else mixture.cdf(-least))
