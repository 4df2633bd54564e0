"""`worth-it`: money.

    worth-it    P(net benefit a month > 0) in the reader's profile, in one new setting
    against another technique: P(its net benefit is the larger)

Net benefit is linear in the value of a success, the price of a request, the price of waiting and the volume, so each
turning point is solved exactly on the draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np

from tierproof.challenge.claim import Claim
from tierproof.challenge.forms.gains import stands_on
from tierproof.challenge.forms.thresholds import gain_line
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED, Figure, Turn, Unit
from tierproof.challenge.weighing.finding import Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import settles_benefit
from tierproof.challenge.weighing.testimony import Testimony, testimony_of, together, weighted
from tierproof.challenge.weighing.turning import linear_crossing
from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal, interval_of
from tierproof.messages import gettext
from tierproof.synthesis.values.normal import Array

__all__ = ["judge_worth"]


class _Price(NamedTuple):
    """Net benefit as slope x + offset in one of the reader's figures."""

    quantity: str
    unit: Unit
    now: float
    slope: Array
    offset: Array


def judge_worth(claim: Claim, technique: str, ground: Ground) -> Finding:
    appraisal = ground.appraisal
    known = [posterior for outcome in MONEY_OUTCOMES if (posterior := ground.posterior(technique, outcome)) is not None]
    if not known:
        return not_testable(
            gettext("nothing is known of quality, cost or latency of {short}", short=ground.short(technique))
        )
    against = [name for name in claim.objects if name in appraisal.techniques]
    benefit = _benefit(appraisal, technique, against)
    prices = list(_prices(appraisal, technique, against))
    name = ground.short(technique)
    spread = interval_of(benefit)
    relative = interval_of(benefit / appraisal.yardstick)
    effort = float(appraisal.effort(technique).mean())
    return Finding(
        probability=float(np.mean(benefit > 0)),
        question=(
            gettext(
                "{name}: in one new setting and the profile “{profile}”, effort written off, the net benefit is "
                "larger than that of {others}.",
                name=name,
                profile=appraisal.profile.name,
                others=gettext(" and ").join(map(ground.short, against)),
            )
            if against
            else gettext(
                "{name}: in one new setting and the profile “{profile}”, effort written off, the net benefit is above "
                "zero.",
                name=name,
                profile=appraisal.profile.name,
            )
        ),
        testimony=_testimony(ground, technique),
        figures=(
            Figure(
                name=gettext("net benefit"), unit="usd_month", value=spread.median, low=spread.low, high=spread.high
            ),
            Figure(
                name=gettext("net benefit over what the system nets today"),
                unit="share",
                value=relative.median,
                low=relative.low,
                high=relative.high,
            ),
            Figure(name=gettext("effort and upkeep, assumed"), unit="usd_month", value=effort),
        ),
        turn=lambda: tuple(_turns(claim, prices)),
        measure=lambda: (settles_benefit(ground, technique),),
        rests_on=tuple(known),
        assumed=all(posterior.basis == "assumed" for posterior in known),
        notes=tuple(note for posterior in known for note in stands_on(ground, posterior)),
    )


def _benefit(appraisal: Appraisal, technique: str, against: list[str]) -> Array:
    """The technique's net benefit, less the largest of those it is held against."""
    own = appraisal.net_benefit(technique)
    return own - np.max([appraisal.net_benefit(name) for name in against], axis=0) if against else own


def _prices(appraisal: Appraisal, technique: str, against: list[str]) -> Iterator[_Price]:
    profile = appraisal.profile
    volume, seconds = profile.requests_per_month, profile.latency_seconds
    if len(against) > 1:
        return  # the largest of several is not linear
    other = against[0] if against else None

    def less(of: Mapping[str, Array]) -> Array:
        return of[technique] - of[other] if other is not None else of[technique]

    words = appraisal.settings.words
    names = [technique] if other is None else [technique, other]
    benefit = less({name: appraisal.net_benefit(name) for name in names})
    successes = less({name: appraisal.successes(name) for name in names})
    dearer = less({name: -volume * (appraisal.ratio(name, "cost") - 1.0) for name in names})
    slower = less({name: -volume * seconds * (appraisal.ratio(name, "latency") - 1.0) for name in names})
    effort = less({name: -appraisal.effort(name) for name in names})
    for quantity, unit, now, slope in (
        (gettext("value of a success"), "usd", profile.value_per_success, successes),
        (gettext("price of {a}", a=words.a), "usd", profile.cost_per_request, dearer),
        (gettext("price of a second of waiting"), "usd", profile.latency_price, slower),
    ):
        yield _Price(quantity, unit, now, slope, benefit - now * slope)  # type: ignore[arg-type]
    yield _Price(gettext("{many} a month", many=words.many), "count", volume, (benefit - effort) / volume, effort)


def _turns(claim: Claim, prices: list[_Price]) -> Iterator[Turn]:
    """Where the claim becomes supported, and where its odds are even.  A denial is supported where P is at most 0.2."""
    for price in prices:
        for level, even in ((CONTRADICTED if claim.negated else SUPPORTED, False), (0.5, True)):
            crossing = linear_crossing(price.slope, price.offset, level, now=price.now)
            if crossing is None:
                continue
            other: Literal["above", "below"] = "below" if crossing.side == "above" else "above"
            yield Turn(
                quantity=price.quantity,
                unit=price.unit,
                at=crossing.at,
                side=other if claim.negated else crossing.side,
                now=price.now,
                even_odds=even,
            )


def _testimony(ground: Ground, technique: str) -> Testimony:
    """Sources of quality, cost and latency that speak of a gain, or of none; strengths in USD a month.

    A unit of effect is worth what it would bring at today's figures: the slope of net benefit at no effect.
    """
    profile = ground.appraisal.profile
    p0, volume = profile.baseline_success, profile.requests_per_month
    worth = {
        "quality": volume * profile.value_per_success * p0 * (1.0 - p0),
        "cost": volume * profile.cost_per_request,
        "latency": volume * profile.latency_price * profile.latency_seconds,
    }
    return together(
        weighted(testimony_of(ground, posterior, gain_line(outcome, 0.0)), worth[outcome])
        for outcome in MONEY_OUTCOMES
        if (posterior := ground.posterior(technique, outcome)) is not None
    )
