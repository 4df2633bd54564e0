"""What people's labels say, in words and figures.

Enters: a `Labelled`.  Leaves: blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from tierproof.answers.safe_text import clean
from tierproof.experiment.findings.labelled.estimates import LEAST_ITEMS, Agreement, ArmLabels, Labelled
from tierproof.messages import gettext, in_figures, ngettext
from tierproof.report.blocks import Block, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import points
from tierproof.report.words.numerals import UNKNOWN

__all__ = ["labels_blocks"]


def labels_blocks(found: Labelled, folder: Path) -> Iterator[Block]:
    """Who labelled, how far they and the judge agree, and what follows for each arm."""
    told = ngettext(
        "{labelled} of {n} item labelled, all answers of each",
        "{labelled} of {n} items labelled, all answers of each",
        found.items,
        n=numerals.count(found.items),
        labelled=numerals.count(found.labelled),
    )
    yield Told(told, "strong")
    for name, (decided, undecided) in found.people.items():
        told = ngettext(
            "{name}: {n} answer called right or wrong{left}.",
            "{name}: {n} answers called right or wrong{left}.",
            decided,
            n=numerals.count(decided),
            name=clean(name),
            left=gettext(", {n} left undecided", n=numerals.count(undecided)) if undecided else "",
        )
        yield Told(told)
    yield from (Told(_agreement(one)) for one in found.agreements)
    if found.judge is not None and found.error is not None:
        told = gettext(
            "{told}; right called right {sensitivity:.0%}, wrong called wrong {specificity:.0%}.",
            told=_agreement(found.judge)[:-1],
            sensitivity=found.error.sensitivity,
            specificity=found.error.specificity,
        )
        yield Told(told)
        if found.error.informative <= 0:
            told = gettext(
                "The judge tells right from wrong no better than chance on these answers, so there are no figures by "
                "Rogan and Gladen."
            )
            yield Told(told)
    if any(undecided for _, undecided in found.people.values()):
        told = gettext(
            "Items with an answer that was left undecided count as not labelled: if those are the hard ones, what "
            "follows is too good."
        )
        yield Told(told, "note")
    if found.labelled < LEAST_ITEMS:
        told = gettext("From {n} labelled items on it is told what follows for the arms.", n=LEAST_ITEMS)
        yield Told(told, "note")
    else:
        yield from _arms(found)
    yield Gap()
    yield Told(f"{clean(folder)}: labels/")


def _arms(found: Labelled) -> Iterator[Block]:
    arm, both = Field(gettext("arm"), least=16, style="bold"), Field(gettext("both"))
    judge, corrected = Field(gettext("judge"), right=True), Field("Rogan-Gladen", keep=2, label="Rogan-Gladen")
    people = Field(gettext("people"), keep=1, label=gettext("people alone"))
    yield Heading(gettext("Share of right answers"))
    yield Grid((arm, judge, people, both, corrected), tuple(_shares(one) for one in found.arms))
    gaps = [one for one in found.arms if one.difference_judged is not None]
    if gaps:
        yield Heading(gettext("Points of difference from {name}", name=clean(found.arms[0].name)))
        yield Grid((arm, judge, both, corrected), tuple(_gaps(one) for one in gaps))
    told = gettext(
        "Both: the judge on all items, put right by people on the labelled ones (prediction-powered; Angelopoulos and "
        "others 2023). Rogan-Gladen: the judge's shares put right by how often it errs, taken to be alike on all arms; "
        "where the two lie apart, it is not. Intervals hold 95 %, for one figure."
    )
    yield Told(told, "note")


def _shares(one: ArmLabels) -> tuple[str, ...]:
    people, powered, corrected = one.people, one.powered, one.corrected
    return (
        clean(one.name),
        _share(one.judged),
        UNKNOWN if people is None else _percent(people.value, people.low, people.high),
        UNKNOWN if powered is None else _percent(powered.value, max(0.0, powered.low), min(1.0, powered.high)),
        UNKNOWN if corrected is None else _percent(*corrected),
    )


def _gaps(one: ArmLabels) -> tuple[str, ...]:
    powered, corrected = one.difference_powered, one.difference_corrected
    return (
        clean(one.name),
        UNKNOWN if one.difference_judged is None else points(one.difference_judged),
        UNKNOWN
        if powered is None
        else numerals.spanned(*map(points, (powered.value, max(-1.0, powered.low), min(1.0, powered.high)))),
        UNKNOWN if corrected is None else numerals.spanned(*map(points, corrected)),
    )


def _agreement(one: Agreement) -> str:
    who = (
        gettext("{first} and {second}", first=clean(one.first), second=clean(one.second))
        if one.second != "judge"
        else gettext("The judge and people")
    )
    if not one.answers:
        return gettext("{who} have no answer in common.", who=who)
    counts = {"who": who, "alike": numerals.count(one.alike), "n": numerals.count(one.answers)}
    if one.answers < LEAST_ITEMS:
        return ngettext(
            "{who} agree on {alike} of {n} answer: too few for more.",
            "{who} agree on {alike} of {n} answers: too few for more.",
            one.answers,
            **counts,
        )
    kappa = UNKNOWN if math.isnan(one.kappa) else in_figures(f"{one.kappa:.2f}")
    return ngettext(
        "{who} agree on {alike} of {n} answer: kappa {kappa}.",
        "{who} agree on {alike} of {n} answers: kappa {kappa}.",
        one.answers,
        **counts,
        kappa=numerals.spanned(kappa, in_figures(f"{one.low:.2f}"), in_figures(f"{one.high:.2f}")),
    )


def _percent(value: float, low: float, high: float) -> str:
    return numerals.spanned(_share(value), f"{100 * low:.0f}", f"{100 * high:.0f}")


def _share(value: float) -> str:
    return gettext("{points} %", points=in_figures(f"{100 * value:.1f}"))
