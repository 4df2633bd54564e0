"""`overhyped`, `underrated`: effect against attention.

    overhyped    P(rank by effect is worse than rank by attention by more than a fifth of the table)
    underrated   P(it is better by more than that)

Effect is the lens's score on average over settings, drawn jointly.  Attention is use: the technique's rank by the
share of published case studies that name it anywhere, or by the share of makers' model reports that state it,
whichever is higher, for hype has either audience.  So a technique is overhyped that stands high among those talked of
and low among those that work, and one that nobody talks of cannot be.  Most are neither.  What
interested sources add to its figures stands beside it as evidence.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tierproof.challenge.claim import Claim
from tierproof.challenge.forms.ranks import ranks_of
from tierproof.challenge.forms.thresholds import discounted, gain_line
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED, Figure, Turn
from tierproof.challenge.weighing.circumstance import rank_unlike_told
from tierproof.challenge.weighing.finding import Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import settles_effect
from tierproof.challenge.weighing.testimony import Testimony, testimony_of
from tierproof.decision.ranking.lens import scored_outcomes
from tierproof.evidence.adoption import Adoption
from tierproof.messages import gettext

__all__ = ["attention_ranks", "judge_attention"]

_REPORTS = 10
"""Model reports that must have been read for a share of them to count as attention."""


def attention_ranks(ground: Ground) -> Mapping[str, float]:
    """Rank by attention, 1 the most, of each technique with figures of use; ties share the middle of their places."""
    ranks: dict[str, float] = {}
    for share in (_named, _stated):
        shares = {key: value for key, adoption in ground.adoption.items() if (value := share(adoption)) is not None}
        for key, value in shares.items():
            above = sum(other > value for other in shares.values())
            level = sum(other == value for other in shares.values())
            rank = above + (level + 1) / 2
            ranks[key] = min(rank, ranks.get(key, rank))
    return ranks


def judge_attention(claim: Claim, technique: str, ground: Ground) -> Finding:
    name = ground.short(technique)
    scores = ground.scores
    attention = {key: rank for key, rank in attention_ranks(ground).items() if key in scores}
    if technique not in scores:
        return not_testable(
            gettext("no record says what {name} does, so its attention cannot be held against it", name=name)
        )
    if technique not in attention:
        return not_testable(gettext("no figure says how many use or speak of {name}", name=name))
    tolerance = len(scores) / 5
    ranks = ranks_of(scores, technique)
    over = claim.form == "overhyped"
    away = (ranks - attention[technique]) * (1.0 if over else -1.0)
    low, middle, high = (float(x) for x in np.quantile(ranks, (0.05, 0.5, 0.95), method="inverted_cdf"))
    outcome = scored_outcomes(ground.lens)[0]
    posterior = ground.posterior(technique, outcome)
    figures = [
        Figure(name=gettext("rank by attention"), unit="rank", value=attention[technique]),
        Figure(name=gettext("rank by effect"), unit="rank", value=middle, low=low, high=high),
        *_shares(ground.adoption[technique]),
    ]
    if posterior is not None:
        figures += discounted(outcome, posterior.discount)
    # The rank by attention that its effect would bear: supported of one talked of more, or less, than this.
    below = over != claim.negated
    level = CONTRADICTED if below else SUPPORTED
    bears = float(np.quantile(ranks, level, method="inverted_cdf")) + (-tolerance if over else tolerance)
    can_be = 1 < bears <= len(scores) if below else 1 <= bears < len(scores)
    line = gain_line(outcome, ground.minimal(outcome))
    spoken = Testimony() if posterior is None else testimony_of(ground, posterior, line)
    probability = float(np.mean(away > tolerance))
    ranks_high = probability <= CONTRADICTED if over else probability >= SUPPORTED
    return Finding(
        probability=probability,
        disputed=rank_unlike_told(ground, posterior) if ranks_high else "",
        question=(
            gettext(
                "The rank of {name} by effect is more than {tolerance:.0f} (a fifth of the table) below its rank by "
                "attention: by use in case studies or in makers' reports, whichever is higher.",
                name=name,
                tolerance=tolerance,
            )
            if over
            else gettext(
                "The rank of {name} by effect is more than {tolerance:.0f} (a fifth of the table) above its rank by "
                "attention: by use in case studies or in makers' reports, whichever is higher.",
                name=name,
                tolerance=tolerance,
            )
        ),
        # A source that shows no gain worth acting on speaks for too much attention.
        testimony=spoken.denied if over else spoken,
        figures=tuple(figures),
        turn=lambda: (
            (
                Turn(
                    quantity=gettext("rank by attention"),
                    unit="rank",
                    at=bears,
                    side="below" if below else "above",
                    now=attention[technique],
                ),
            )
            if can_be
            else ()
        ),
        measure=lambda: () if posterior is None else (settles_effect(ground, technique, outcome, line),),
        rests_on=() if posterior is None else (posterior,),
        assumed=posterior is None or posterior.basis == "assumed",
    )


def _named(adoption: Adoption) -> float | None:
    """Share of case studies that name it anywhere, percent."""
    return None if adoption.case_studies is None else adoption.case_studies[1].value


def _stated(adoption: Adoption) -> float | None:
    """Share of model reports that state it, of those read for it; None where too few were read."""
    disclosure = adoption.disclosure
    if disclosure is None or disclosure.reports < _REPORTS:
        return None
    return 100.0 * disclosure.yes / disclosure.reports


def _shares(adoption: Adoption) -> list[Figure]:
    found = []
    if (named := _named(adoption)) is not None:
        found.append(Figure(name=gettext("case studies that name it"), unit="percent", value=named))
    if (stated := _stated(adoption)) is not None:
        found.append(Figure(name=gettext("makers' reports that state it"), unit="percent", value=stated))
    return found
