"""`adopted`: who uses what, from figures of use, never averaged.

    adopted      P(share >= 50 %), or the stated share; "at most": the other side; more than another: P(its share is the
    larger, by the stated factor).  "Nobody uses X" arrives here as: at most 10 %.

The share lies between a floor and a ceiling that were counted in one way: for applications, case studies whose title
or summary names the technique, and those whose text names it anywhere; for makers, model reports that state it out of
all read, and out of those that say yes or no.  Between the two it is taken as equally likely anywhere, each end with
its own sampling error (Jeffreys' beta).  Surveys count other things of other people: each stands as evidence by
itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from tierproof.challenge.claim import Claim
from tierproof.challenge.reading.lexis.tokens import tokenise
from tierproof.challenge.verdict import SUPPORTED, Figure, Measurement, Point, Turn
from tierproof.challenge.weighing.finding import Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import people_to_ask
from tierproof.challenge.weighing.testimony import Testimony
from tierproof.decision.appraisals.draws import LEVELS
from tierproof.evidence.adoption import AdoptionFigure, Survey
from tierproof.messages import gettext
from tierproof.synthesis.values import normal
from tierproof.synthesis.values.normal import Array

__all__ = ["judge_adopted"]

WIDE: Final = 0.5
"""Share from which on "everybody", "most" and "the standard" hold."""
_POSITIONS: Final = 64
"""Places between floor and ceiling at which the share is drawn."""
_OF_USE = re.compile(
    r"(?i)^share (?:of (?:all |production )?(?:teams|organi[sz]ations|companies|firms|enterprises|customers|developers|"
    r"respondents|practitioners|engineers|people|users|businesses|startups) )?"
    r"(?:that )?(?:us(?:e|es|ing)|with|having|running|deploying|(?:has|have|had) deployed|deployed)\b(?P<what>.*)"
)
"""Measures of surveys that count who uses something; `what` must name the technique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """The share of one population that uses a technique."""

    draws: Array
    floor: float
    ceiling: float
    counted: str


def judge_adopted(claim: Claim, technique: str, ground: Ground) -> Finding:
    name = ground.short(technique)
    makers = _of_makers(claim, technique, ground)
    if claim.objects:
        return _more_than(claim, technique, ground, makers=makers)
    use = _use(technique, ground, makers=makers)
    if use is None:
        return not_testable(
            gettext("no figure counts who uses {name} among makers", name=name)
            if makers
            else gettext("no figure counts who uses {name} among applications", name=name)
        )
    stated = claim.amount / 100 if claim.unit == "percent" and claim.amount is not None else None
    if claim.amount is not None and stated is None:
        return not_testable(gettext("a use of so many times needs something to be compared with"))
    threshold = stated if stated is not None else WIDE
    low, high = _span(claim, threshold)
    probability = float(np.mean((use.draws >= low) & (use.draws <= high)))
    population = gettext("makers of models") if makers else gettext("applications")
    limit = claim.bound in ("at-most", "less-than")
    below = limit == claim.negated
    quantile = float(np.quantile(use.draws, 1.0 - SUPPORTED if below else SUPPORTED))
    testimony = _testimony(ground, technique, threshold, makers=makers)
    bound = (
        gettext("At most")
        if limit
        else gettext("Near")
        if claim.bound in ("about", "exactly", "between")
        else gettext("At least")
    )
    return Finding(
        probability=probability,
        question=(
            gettext(
                "{bound} {threshold:g} % of {population} use {name} ({counted}; anywhere between floor and ceiling).",
                bound=bound,
                threshold=100 * threshold,
                population=population,
                name=name,
                counted=use.counted,
            )
        ),
        testimony=testimony.denied if limit else testimony,
        figures=(
            Figure(
                name=gettext("share, floor to ceiling"),
                unit="share",
                value=float(np.median(use.draws)),
                low=use.floor,
                high=use.ceiling,
            ),
            *_surveys(ground, technique),
        ),
        turn=lambda: (
            Turn(
                quantity=gettext("share claimed"),
                unit="share",
                at=quantile,
                side="below" if below else "above",
                now=threshold,
            ),
        ),
        measure=lambda: (
            Measurement(
                what=gettext(
                    "teams drawn at random from {population}, asked whether they use {name}",
                    population=population,
                    name=name,
                ),
                technique=technique,
                items=people_to_ask(float(np.median(use.draws)), threshold),
            ),
        ),
        disputed="" if makers else _disputed(ground, technique, use, (low, high)),
        notes=() if stated is not None else (gettext("Read as: at least half use it."),),
    )


def _and(names: Iterable[str]) -> str:
    return gettext(" and ").join(names)


def _more_than(claim: Claim, technique: str, ground: Ground, *, makers: bool) -> Finding:
    known = [name for name in claim.objects if name in ground.adoption]
    own = _use(technique, ground, makers=makers) if technique in ground.adoption else None
    others = {name: use for name in known if (use := _use(name, ground, makers=makers)) is not None}
    if own is None or len(others) < len(claim.objects):
        return not_testable(gettext("no figures count the use of both sides in one way"))
    factor = claim.amount if claim.unit == "times" and claim.amount is not None else 1.0
    # Floors and ceilings of one database move together, so both are taken at the same place between them.
    holds = np.all([own.draws >= factor * use.draws for use in others.values()], axis=0)
    names = {"name": ground.short(technique), "others": _and(map(ground.short, others)), "counted": own.counted}
    return Finding(
        probability=float(np.mean(holds)),
        question=gettext("{name} is used more than {others} ({counted}).", **names)
        if factor == 1.0
        else gettext(
            "{name} is used at least {factor:g} times as much as {others} ({counted}).", factor=factor, **names
        ),
        testimony=Testimony(),
        figures=tuple(
            Figure(
                name=gettext("share that use {short}", short=ground.short(name)),
                unit="share",
                value=float(np.median(use.draws)),
                low=use.floor,
                high=use.ceiling,
            )
            for name, use in {technique: own, **others}.items()
        ),
    )


def _of_makers(claim: Claim, technique: str, ground: Ground) -> bool:
    if claim.population is not None:
        return claim.population == "makers"
    return ground.appraisal.techniques[technique].role == "maker" if technique in ground.adoption else False


def _use(technique: str, ground: Ground, *, makers: bool) -> _Use | None:
    adoption = ground.adoption[technique]
    if makers:
        disclosure = adoption.disclosure
        if disclosure is None:
            return None
        ends = (
            (disclosure.yes, disclosure.reports),
            (disclosure.yes, disclosure.yes + disclosure.no or disclosure.reports),
        )
        counted = gettext("{reports} model reports", reports=disclosure.reports)
    else:
        if adoption.case_studies is None:
            return None
        ends = tuple((figure.value * (figure.n or 0) / 100, figure.n or 0) for figure in adoption.case_studies)  # type: ignore[assignment]
        counted = gettext("{ends:,} published case studies", ends=ends[0][1])
    low, high = (_jeffreys(count, total) for count, total in ends)
    positions = ((np.arange(_POSITIONS) + 0.5) / _POSITIONS)[:, None]
    draws = np.clip((1.0 - positions) * low + positions * high, 0.0, 1.0)
    floor, ceiling = (count / total for count, total in ends)
    return _Use(draws=draws.reshape(-1), floor=floor, ceiling=ceiling, counted=counted)


def _jeffreys(count: float, total: float) -> Array:
    """Quantiles of Beta(count + 1/2, total - count + 1/2), by the normal approximation on the arcsine scale.

    The arcsine square root of a proportion has variance 1 / (4 n) whatever the proportion (M. F. Freeman and J. W.
    Tukey 1950).
    """
    centre = np.arcsin(np.sqrt((count + 0.5) / (total + 1.0)))
    angle = np.clip(centre + normal.quantile(LEVELS[::16]) / (2.0 * np.sqrt(total + 1.0)), 0.0, np.pi / 2)
    return np.asarray(np.sin(angle) ** 2)


def _of_use(ground: Ground, technique: str) -> list[AdoptionFigure]:
    """Surveys that count who uses the technique, and not something about its users."""
    found = []
    for figure in ground.adoption[technique].applications:
        match = (
            _OF_USE.match(figure.measure) if isinstance(figure.detail, Survey) and figure.unit == "percent" else None
        )
        # What is used stands first; "using structured workflows, not open-ended planning" is another thing.
        if match is not None and technique in _named(ground, match["what"].split(",")[0].split(" in ")[0]):
            found.append(figure)
    return found


def _named(ground: Ground, text: str) -> set[str]:
    tokens = tokenise(text)
    found = (ground.vocabulary.at(tokens, place) for place in range(len(tokens)))
    return {match[0] for match in found if match is not None}


def _disputed(ground: Ground, technique: str, use: _Use, span: tuple[float, float]) -> str:
    """Surveys that put the share on the other side than case studies do: neither counts all who build."""
    low, high = span
    counted = low <= float(np.median(use.draws)) <= high
    other = [figure for figure in _of_use(ground, technique) if (low <= figure.value / 100 <= high) != counted]
    if not other:
        return ""
    least, most = min(figure.value for figure in other), max(figure.value for figure in other)
    if least == most:
        return gettext("published case studies and surveys differ: {share:g} % by surveys", share=least)
    return gettext(
        "published case studies and surveys differ: {least:g} to {most:g} % by surveys", least=least, most=most
    )


def _surveys(ground: Ground, technique: str) -> list[Figure]:
    """The newest surveys of use, each by itself."""
    figures = _of_use(ground, technique)
    newest = sorted(figures, key=lambda figure: (-(figure.year or 0), figure.id))[:3]
    return [
        Figure(name=f"{figure.measure}, {figure.year or 'no year'}", unit="percent", value=figure.value)
        for figure in newest
    ]


def _span(claim: Claim, threshold: float) -> tuple[float, float]:
    """Shares of which the claim speaks."""
    if claim.bound in ("at-most", "less-than"):
        return 0.0, threshold
    if claim.bound == "about":
        return 0.75 * threshold, 1.25 * threshold
    if claim.bound == "exactly":
        return threshold - 0.005, threshold + 0.005
    if claim.amount_high is not None:
        return threshold, claim.amount_high / 100
    return threshold, 1.0


def _testimony(ground: Ground, technique: str, threshold: float, *, makers: bool) -> Testimony:
    adoption = ground.adoption[technique]
    figures = list(adoption.makers) if makers else [*(adoption.case_studies or ()), *_of_use(ground, technique)]
    points_for: list[Point] = []
    points_against: list[Point] = []
    for figure in figures:
        share = figure.value if figure.unit == "report" else figure.value / 100
        margin = share - threshold
        point = Point(
            source_id=figure.id,
            source=figure.source,
            year=figure.year,
            paid=figure.independence,
            technique=technique,
            records=(figure.id,),
            measure=figure.measure,
            value=100 * share,
            strength=abs(margin) * (1.0 if figure.independence == "independent" else 0.5),
            clear=figure.n is None or abs(margin) > 1.2816 * (max(share * (1 - share), 1e-4) / figure.n) ** 0.5,
        )
        (points_for if margin >= 0 else points_against).append(point)

    def ordered(points: list[Point]) -> tuple[Point, ...]:
        return tuple(sorted(points, key=lambda point: (-point.strength, point.source_id)))

    return Testimony(points_for=ordered(points_for), points_against=ordered(points_against))
