"""In how many settings a claim holds: always, usually, sometimes, rarely.

Enters: the average effect and that of one new setting, a line.  Leaves: P(the share of settings within the line is
what the claim says).  Knows nothing of words.

True effects of settings lie about their mean mu with an sd t, so the share of settings within a line is a function of
mu: of effects above `low` it is Phi((mu - low) / t).  t is read from the quartiles of the two distributions; mu has the
distribution of the average.

    always       P(at least 95 % of settings)
    usually      P(more than half)
    sometimes    P(at least 5 %); "can", and denied "never"
    rarely       P(at most 25 %)

Always implies usually, and that sometimes, so their probabilities never fall in that order.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tierproof.challenge.claim import Quantifier
from tierproof.challenge.forms.thresholds import inside
from tierproof.challenge.weighing.testimony import Line
from tierproof.messages import gettext
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.values import normal

__all__ = ["SHARES", "dual", "holds", "spread_between", "told_quantity"]

SHARES: Final[dict[Quantifier, float]] = {"always": 0.95, "usually": 0.5, "sometimes": 0.05, "rarely": 0.25}
_QUARTILE: Final = 0.6744897501960817
_DRAWS: Final = 2000


def holds(average: Mixture, predictive: Mixture, line: Line, quantifier: Quantifier | None) -> float:
    """P(the claim) for effects within `line`; without a quantifier, of the average."""
    if quantifier is None or quantifier == "on-average":
        return inside(average, line)
    if line.low >= line.high:
        return 1.0 if quantifier == "rarely" else 0.0
    t = spread_between(average, predictive)
    share = SHARES[quantifier]
    if math.isinf(line.high) or math.isinf(line.low):
        # One-sided: the share passes a level where mu passes one point.
        z = float(normal.quantile(np.array([share]))[0])
        if math.isinf(line.high):
            reached = float(average.sf(line.low + z * t))
        else:
            reached = float(average.cdf(line.high - z * t))
        return 1.0 - reached if quantifier == "rarely" else reached
    mu = average.quantile((np.arange(_DRAWS) + 0.5) / _DRAWS)
    within = normal.cdf((line.high - mu) / max(t, 1e-9)) - normal.cdf((line.low - mu) / max(t, 1e-9))
    return float(np.mean(within <= share if quantifier == "rarely" else within >= share))


def dual(quantifier: Quantifier) -> Quantifier:
    """What is denied where not all settings stay below a figure: some reach it."""
    duals: dict[Quantifier, Quantifier] = {"always": "sometimes", "sometimes": "always"}
    return duals.get(quantifier, quantifier)


def spread_between(average: Mixture, predictive: Mixture) -> float:
    """The sd of true effects between settings: what the predictive has beyond the average."""
    return float(max(_spread(predictive) ** 2 - _spread(average) ** 2, 0.0) ** 0.5)


def _spread(mixture: Mixture) -> float:
    """The sd of the normal distribution with the same quartiles: a mixture's own is its far tails'."""
    low, high = mixture.quantile([0.25, 0.75])
    return float(high - low) / (2.0 * _QUARTILE)


def told_quantity(quantifier: Quantifier | None) -> str:
    """Of how many settings is asked, as the opening of a question."""
    if quantifier is None or quantifier == "on-average":
        return gettext("On average over settings")
    share = f"{100 * SHARES[quantifier]:g} %"
    return {
        "always": gettext("In at least {share} of settings", share=share),
        "usually": gettext("In more than half of all settings"),
        "sometimes": gettext("In at least {share} of settings", share=share),
        "rarely": gettext("In at most {share} of settings", share=share),
    }[quantifier]
