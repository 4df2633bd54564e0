"""What each part of a system does in it, in words and figures.

Enters: a `Measurement` of a whole minus each part.  Leaves: blocks, and the conclusion in a line.
"""

from __future__ import annotations

from collections.abc import Iterator

from tierproof.answers.safe_text import clean
from tierproof.experiment.findings.against.ablated import Part
from tierproof.experiment.run.measurement import Measurement
from tierproof.report.blocks import Block, Cell, Field, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import arm_words, points, points_interval

__all__ = ["ablation_blocks", "ablation_conclusion"]

TURNED = {
    "yes": "no",
    "no": "yes",
    "no loss": "no gain",
    "no gain": "no loss",
    "likely yes": "likely no",
    "likely no": "likely yes",
}
"""Whether leaving a part out is worth it, and whether the part is."""
STYLES = {"yes": "green", "no loss": "green", "likely yes": "green", "no": "red", "no gain": "red", "likely no": "red"}
FIELDS = (
    Field("part", least=16, style="bold"),
    Field("points", right=True),
    Field("interval", style="dim"),
    Field("carries its weight?"),
    Field("a month", right=True, keep=1),
    Field("interval", style="dim", keep=1, label="interval of it"),
    Field("P(worth it)", keep=2, label="P(worth it)"),
)
CONCLUDED = {
    "Carries its weight": ("yes",),
    "Likely carries its weight": ("likely yes",),
    "Does not carry its weight": ("no",),
    "Likely does not carry its weight": ("likely no",),
    "No loss that matters": ("no loss",),
    "No gain that matters": ("no gain",),
    "Makes no difference": ("no difference", "no difference seen"),
    "Not known yet": ("not known", "open"),
    "Not measured here": ("not measured here", "no answers"),
}


def ablation_conclusion(found: Measurement) -> str:
    """Which parts carry their weight, in a line."""
    verdicts = _verdicts(found)
    told = []
    for said, states in CONCLUDED.items():
        names = [clean(one.name) for one in found.parts if verdicts[one.arm] in states]
        if names:
            told.append(f"{said}: {', '.join(names)}.")
    return " ".join(told)


def ablation_blocks(found: Measurement) -> Iterator[Block]:
    """One row a part; nothing where no system was taken apart."""
    if not found.parts:
        return
    verdicts = _verdicts(found)
    whole = found.results[0]
    yield Heading("What each part does in the whole")
    yield Grid(FIELDS, tuple(_row(one, verdicts[one.arm]) for one in found.parts))
    yield Told(
        f"Points and money: of {clean(whole.arm.name)} less the same without the part; its cost and time are counted "
        "at the value of a success that was stated. Both intervals hold for all parts together. Above, an arm is the "
        "whole without a part, and it is asked whether leaving it out is worth it. Parts can stand in for one another: "
        "two that do nothing one by one may do much together.",
        "note",
    )


def _verdicts(found: Measurement) -> dict[str, str]:
    words = {result.arm.name: arm_words(result).verdict for result in found.results}
    return {name: TURNED.get(verdict, verdict) for name, verdict in words.items()}


def _row(one: Part, verdict: str) -> tuple[str | Cell, ...]:
    standing = one.standing
    return (
        clean(one.name),
        numerals.UNKNOWN if standing is None else points(standing.difference),
        "" if standing is None else points_interval(*standing.interval),
        Cell(verdict, STYLES.get(verdict, "")),
        numerals.UNKNOWN if one.month is None else numerals.money(one.month[0]),
        "" if one.month is None else f"{numerals.money(one.month[1])} to {numerals.money(one.month[2])}",
        "" if standing is None else numerals.probability(standing.p_worth),
    )
