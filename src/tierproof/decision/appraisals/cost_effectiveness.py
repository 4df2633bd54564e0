"""Where a technique stands in the cost-effectiveness plane: what an extra success costs.

Enters: an `Appraisal`.  Leaves: a `CostEffectiveness`.  Knows nothing of lenses or tiers.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

from msgspec import Struct

from tierproof.decision.appraisals.appraisal import Appraisal
from tierproof.decision.appraisals.draws import share

__all__ = ["CostEffectiveness", "Quadrant", "cost_effectiveness"]

_NEARLY_ALL: Final = 0.95
"""Of new settings: within the minimal difference in so many of them, successes are as good as today's."""
_WITH_RATIO: Final = frozenset({"costs more, gains more", "costs less, gains less"})
Quadrant = Literal[
    "dominant",
    "dominated",
    "costs more, gains more",
    "costs less, gains less",
    "costs less, as good",
    "costs more, as good",
]
"""`as good`: successes differ by no more than the minimal difference in 95 of 100 new settings."""


class CostEffectiveness(Struct, frozen=True, kw_only=True):
    """Expected extra cost against expected extra successes: the plane of health economics.

    Costs are requests, waiting at the reader's price, running and one-off effort written off; so a technique that costs
    more and gains more pays where a success is worth more than `ratio`, one that costs less and gains less where it is
    worth less.
    """

    extra_cost: float
    """USD a month."""
    extra_successes: float
    """Successes a month."""
    quadrant: Quadrant
    ratio: float | None
    """ICER, USD a success; None where one is better on both counts, or as good: a ratio would mean nothing."""
    p_dominant: float
    """P(costs no more and gains)."""
    p_dominated: float
    """P(costs more and gains nothing)."""
    p_worth: float
    """P(net benefit > 0) at the profile's value of a success."""


def cost_effectiveness(appraisal: Appraisal, technique: str) -> CostEffectiveness:
    """Where the technique stands in the cost-effectiveness plane; the ratio is of means (W. C. Black 1990)."""
    parts = appraisal.parts(technique)
    costs = -(parts["cost"] + parts["latency"] + parts["effort"])
    gains = appraisal.successes(technique)
    extra_cost, extra_successes = float(costs.mean()), float(gains.mean())
    quadrant: Quadrant
    if appraisal.fact((technique, "as good"), partial(_as_good, appraisal, technique)):
        quadrant = "costs less, as good" if extra_cost <= 0 else "costs more, as good"
    elif extra_cost <= 0:
        quadrant = "dominant" if extra_successes >= 0 else "costs less, gains less"
    else:
        quadrant = "costs more, gains more" if extra_successes > 0 else "dominated"
    return CostEffectiveness(
        extra_cost=extra_cost,
        extra_successes=extra_successes,
        quadrant=quadrant,
        ratio=extra_cost / extra_successes if quadrant in _WITH_RATIO else None,
        p_dominant=share((costs <= 0) & (gains > 0)),
        p_dominated=share((costs > 0) & (gains <= 0)),
        p_worth=share(appraisal.net_benefit(technique) > 0),
    )


def _as_good(appraisal: Appraisal, technique: str) -> bool:
    """Whether successes stay what they are, by the minimal difference, in nearly all new settings."""
    quality = appraisal.posterior(technique, "quality")
    if quality is None:
        return True
    least = appraisal.settings.minimal_difference.get("quality", 0.0)
    below, above = quality.predictive.cdf((-least, least)).tolist()
    return bool(above - below >= _NEARLY_ALL)
