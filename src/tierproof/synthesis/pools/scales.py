"""What is weakly known of an effect before it is measured, by its measure; and when that is wrong.

Enters: a measure, figures.  Leaves: `Priors` that fit it, or the `Conflict` of priors and figures.  Knows nothing of
packs or files.

| measure | average effect | spread of true effects | why |
| --- | --- | --- | --- |
| OR, log-ratio | N(0, 1.5^2) | half-normal(0.5) | 95 % of averages multiply the odds by 1/19 to 19 |
| RR | N(0, 1^2) | half-normal(0.5) | a ratio of risks cannot exceed one over the risk: 95 % within 1/7 to 7 |
| SMD | N(0, 1^2) | half-normal(0.5) | two sds of the outcome are a rarity |
| MD | N(0, (10 m)^2) | half-normal(s) | raw units; m and s are the figures' own |

Half-normal(0.5) for log odds ratios, log risk ratios and standardised mean differences: Röver et al., Research
Synthesis Methods 12 (2021) 448-474.  For raw units no scale is known before the figures, and these are weak against
them: m is the size of the largest figure, s the larger of the figures' sd and their median standard error.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from msgspec import Struct

from tierproof.messages import Message
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.values.normal import Array

__all__ = ["RATIOS", "Conflict", "Measure", "conflict_of", "priors_for"]

Measure = Literal["OR", "RR", "MD", "SMD", "log-ratio"]
RATIOS: Final = {"OR": Message("odds ratio"), "RR": Message("risk ratio"), "log-ratio": Message("ratio")}
"""Measures whose scale is a logarithm, and what their exponential is."""
_SCALES: Final[dict[Measure, tuple[float, float]]] = {
    "OR": (1.5, 0.5),
    "RR": (1.0, 0.5),
    "SMD": (1.0, 0.5),
    "log-ratio": (1.5, 0.5),
}
_DOUBT: Final = 2.0
_FAR: Final = 3.0
"""Prior sds (with the figures' own error) from the prior's mean to theirs at which the two are in doubt, in
conflict."""
_MASS: Final = 0.05
_WIDE: Final = 4.0
"""Scales of the half-normal that the figures' own spread may have: one in sixteen thousand is wider, and few figures
tell it within a factor of two."""


class Conflict(Struct, frozen=True, kw_only=True):
    """Prior and figures that do not fit each other."""

    distance: float
    """Prior predictive sds from the prior's mean to the figures' weighted mean."""
    beyond: float
    """P(spread of true effects beyond the prior's 99.9 % point)."""
    spread: float
    """Of true effects as the figures alone tell it (DerSimonian and Laird), in scales of its prior."""
    grave: bool
    """The average would lie where the prior wants it, not where the figures are."""
    weighted_mean: float
    mean_sd: float
    """Prior sd of the average that would fit."""
    tau_scale: float
    """Scale of the half-normal prior of the spread that would fit."""


def priors_for(measure: Measure, y: Array, se: Array) -> Priors:
    """The weakly informative default of a measure; see the table above."""
    if measure in _SCALES:
        mean_sd, tau = _SCALES[measure]
    else:
        mean_sd, tau = _own_scale(y, se)
    return Priors(mean_sd=mean_sd, tau_source_scale=tau, tau_record_scale=tau)


def conflict_of(y: Array, se: Array, sources: int, priors: Priors, *, tau: float, beyond: float) -> Conflict | None:
    """Whether figures and priors contradict each other.

    `sources`: how many the figures come from; `tau`: posterior mean of the spread; `beyond`: its posterior mass beyond
    the prior's 99.9 % point.  The figures' mean is weighted by their precision at that spread, its own error taken with
    the prior's sd (Box's prior predictive check, Journal of the Royal Statistical Society A 143 (1980) 383-430).
    """
    precision = 1.0 / (se**2 + tau**2)
    mean = float(precision @ y / precision.sum())
    error = max(float(precision.sum() ** -0.5), tau / sources**0.5)
    distance = abs(mean - priors.mean) / float(np.hypot(priors.mean_sd, error))
    scale = max(priors.tau_source_scale, priors.tau_record_scale)
    spread = _own_spread(y, se) / scale
    if distance <= _DOUBT and beyond <= _MASS and spread <= _WIDE:
        return None
    mean_sd, own = _own_scale(y - priors.mean, se)
    return Conflict(
        distance=distance,
        beyond=beyond,
        spread=spread,
        grave=distance > _FAR or beyond > 0.5 or spread > _FAR * _WIDE,
        weighted_mean=mean,
        mean_sd=float(f"{max(mean_sd, priors.mean_sd) if distance > _DOUBT else priors.mean_sd:.2g}"),
        tau_scale=float(f"{max(own, priors.tau_source_scale):.2g}"),
    )


def _own_spread(y: Array, se: Array) -> float:
    """Sd of true effects by moments (R. DerSimonian and N. Laird, Controlled Clinical Trials 7 (1986) 177-188).

    The prior has no say in it, so that one which holds the spread down is seen to.
    """
    weights = se**-2.0
    centre = float(weights @ y / weights.sum())
    excess = float(weights @ (y - centre) ** 2) - (len(y) - 1)
    room = float(weights.sum() - (weights**2).sum() / weights.sum())
    return float(np.sqrt(max(excess, 0.0) / room)) if room > 0 else 0.0


def _own_scale(y: Array, se: Array) -> tuple[float, float]:
    """Sd of the average's prior and scale of the spread's, weak against the figures."""
    spread = max(float(y.std(ddof=1)) if len(y) > 1 else 0.0, float(np.median(se)))
    return 10.0 * max(float(np.abs(y).max()), spread), spread
