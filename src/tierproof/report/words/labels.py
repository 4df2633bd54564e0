"""What people's labels say, in words and figures.

Enters: a `Labelled`.  Leaves: blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from tierproof.answers.safe_text import clean
from tierproof.experiment.findings.labelled.estimates import LEAST_ITEMS, Agreement, ArmLabels, Labelled
from tierproof.report.blocks import Block, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import points
from tierproof.report.words.numerals import UNKNOWN

__all__ = ["labels_blocks"]

SHARES = (
    Field("arm", least=16, style="bold"),
    Field("judge", right=True),
    Field("people", keep=1, label="people alone"),
    Field("both"),
    Field("Rogan-Gladen", keep=2, label="Rogan-Gladen"),
)
GAPS = (
    Field("arm", least=16, style="bold"),
    Field("judge", right=True),
    Field("both"),
    Field("Rogan-Gladen", keep=1, label="Rogan-Gladen"),
)


def labels_blocks(found: Labelled, folder: Path) -> Iterator[Block]:
    """Who labelled, how far they and the judge agree, and what follows for each arm."""
    items = f"{numerals.count(found.labelled)} of {numerals.counted(found.items, 'item')}"
    yield Told(f"{items} labelled, all answers of each", "strong")
    for name, (decided, undecided) in found.people.items():
        left = f", {numerals.count(undecided)} left undecided" if undecided else ""
        yield Told(f"{clean(name)}: {numerals.counted(decided, 'answer')} called right or wrong{left}.")
    yield from (Told(_agreement(one)) for one in found.agreements)
    if found.judge is not None and found.error is not None:
        told = _agreement(found.judge)
        yield Told(
            f"{told[:-1]}; right called right {found.error.sensitivity:.0%}, wrong called wrong "
            f"{found.error.specificity:.0%}."
        )
        if found.error.informative <= 0:
            yield Told("The judge tells right from wrong no better than chance, so nothing can be put right by it.")
    if any(undecided for _, undecided in found.people.values()):
        yield Told(
            "Items with an answer that was left undecided count as not labelled: if those are the hard ones, what "
            "follows is too good.",
            "note",
        )
    if found.labelled < LEAST_ITEMS:
        yield Told(f"From {LEAST_ITEMS} labelled items on it is told what follows for the arms.", "note")
    else:
        yield from _arms(found)
    yield Gap()
    yield Told(f"{clean(folder)}: labels/")


def _arms(found: Labelled) -> Iterator[Block]:
    yield Heading("Share of right answers")
    yield Grid(SHARES, tuple(_shares(one) for one in found.arms))
    gaps = [one for one in found.arms if one.difference_judged is not None]
    if gaps:
        yield Heading(f"Points of difference from {clean(found.arms[0].name)}")
        yield Grid(GAPS, tuple(_gaps(one) for one in gaps))
    yield Told(
        "Both: the judge on all items, put right by people on the labelled ones (prediction-powered; Angelopoulos and "
        "others 2023). Rogan-Gladen: the judge's shares put right by how often it errs, taken to be alike on all arms; "
        "where the two lie apart, it is not. Intervals hold 95 %, for one figure.",
        "note",
    )


def _shares(one: ArmLabels) -> tuple[str, ...]:
    people, powered, corrected = one.people, one.powered, one.corrected
    return (
        clean(one.name),
        f"{100 * one.judged:.1f} %",
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
        else f"{points(powered.value)} ({points(max(-1.0, powered.low))} to {points(min(1.0, powered.high))})",
        UNKNOWN if corrected is None else f"{points(corrected[0])} ({points(corrected[1])} to {points(corrected[2])})",
    )


def _agreement(one: Agreement) -> str:
    who = f"{clean(one.first)} and {clean(one.second)}" if one.second != "judge" else "The judge and people"
    if not one.answers:
        return f"{who} have no answer in common."
    if one.answers < LEAST_ITEMS:
        alike, answers = numerals.count(one.alike), numerals.counted(one.answers, "answer")
        return f"{who} agree on {alike} of {answers}: too few for more."
    kappa = UNKNOWN if math.isnan(one.kappa) else f"{one.kappa:.2f}"
    answers = numerals.counted(one.answers, "answer")
    return f"{who} agree on {numerals.count(one.alike)} of {answers}: kappa {kappa} ({one.low:.2f} to {one.high:.2f})."


def _percent(value: float, low: float, high: float) -> str:
    return f"{100 * value:.1f} % ({100 * low:.0f} to {100 * high:.0f})"
