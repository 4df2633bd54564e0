"""What measurement would settle a claim, and how large it must be.

Enters: what is known, and where the claim draws its line.  Leaves: a `Measurement`.  Sizes and values come from
`decision.sampling` and `decision.worth.information`; nothing is measured here.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from tierproof.challenge.verdict import Measurement
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.testimony import Line
from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES
from tierproof.decision.worth.information import evpi
from tierproof.decision.worth.sampling import evsi, sample_size_for, sample_size_to_decide, standard_error
from tierproof.evidence.record import Outcome
from tierproof.messages import gettext
from tierproof.synthesis.values.normal import Array

__all__ = ["people_to_ask", "settles_benefit", "settles_effect"]

_MONEY: Final[frozenset[Outcome]] = frozenset(MONEY_OUTCOMES)
_MOST_PEOPLE: Final = 1_000_000


def settles_effect(
    ground: Ground, technique: str, outcome: Outcome, line: Line, draws: Array | None = None, *, against: str = ""
) -> Measurement:
    """Paired items on the reader's own workload that show on which side of the claim's line the effect lies there.

    `draws`: equally likely effects, default those of one new setting; where they are those beyond another technique,
    `against` names it, and what it is worth to know of the one alone is no answer.
    """
    theta = ground.appraisal.theta(technique, outcome) if draws is None else draws
    # A claim and its denial ask of the same line.
    return ground.once(
        (settles_effect, technique, outcome, line, hash(theta.tobytes()), against),
        lambda: _settles(ground, (technique, against), outcome, line, theta),
    )


def _settles(ground: Ground, names: tuple[str, str], outcome: Outcome, line: Line, theta: Array) -> Measurement:
    technique, against = names
    middle = float(np.median(theta))
    # Of a band, the edge that is nearer to what is expected is the one in question.
    edges = [edge for edge in (line.low, line.high) if math.isfinite(edge)]
    edge = min(edges, key=lambda edge: abs(edge - middle))
    unit_sd = standard_error(outcome, 1, p0=ground.appraisal.profile.baseline_success, theta=middle)
    items = sample_size_for(theta, edge, unit_sd)
    if against:
        what = gettext(
            "{outcome} of {short} and of {other} on your own workload, each item with the one and with the other",
            outcome=outcome,
            short=ground.short(technique),
            other=ground.short(against),
        )
        return Measurement(what=what, technique=technique, items=items)
    worth = items if items and outcome in _MONEY else None
    return Measurement(
        what=gettext(
            "{outcome} of {short} on your own workload, each item with and without it",
            outcome=outcome,
            short=ground.short(technique),
        ),
        technique=technique,
        items=items,
        evsi=evsi(ground.appraisal, technique, worth) if worth else None,
        total=evpi(ground.appraisal.net_benefit(technique)) if outcome in _MONEY else None,
    )


def settles_benefit(ground: Ground, technique: str) -> Measurement:
    """Paired items after which it is settled whether the technique pays."""
    return ground.once((settles_benefit, technique), lambda: _settles_benefit(ground, technique))


def _settles_benefit(ground: Ground, technique: str) -> Measurement:
    items = sample_size_to_decide(ground.appraisal, technique)
    return Measurement(
        what=gettext("quality, cost and latency of {short} on your own workload", short=ground.short(technique)),
        technique=technique,
        items=items,
        evsi=evsi(ground.appraisal, technique, items) if items else None,
        total=evpi(ground.appraisal.net_benefit(technique)),
    )


def people_to_ask(share: float, threshold: float) -> int | None:
    """Teams to ask at random so that a true `share` is told from `threshold` nine times in ten.

    n = (z sqrt(p q) / (p - t))^2 with z = 1.2816, the normal approximation for one proportion.
    """
    gap = abs(share - threshold)
    if gap < 1e-9:
        return None
    needed = math.ceil((1.2816 / gap) ** 2 * max(share * (1.0 - share), 1e-4))
    return needed if needed <= _MOST_PEOPLE else None
