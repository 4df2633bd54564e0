"""What each part of a system does in it, in words and figures.

Enters: a `Measurement` of a whole minus each part.  Leaves: blocks, and the conclusion in a line.
"""

from __future__ import annotations

from collections.abc import Iterator

from tierproof.experiment.findings.against.ablated import Part
from tierproof.experiment.run.measurement import Measurement
from tierproof.messages import Message, gettext
from tierproof.report.blocks import Block, Cell, Field, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import arm_words, points, points_interval
from tierproof.report.words.names import named

__all__ = ["ablation_blocks", "ablation_conclusion"]

TURNED = {
    "yes": Message("no"),
    "no": Message("yes"),
    "no loss": Message("no gain"),
    "no gain": Message("no loss"),
    "likely yes": Message("likely no"),
    "likely no": Message("likely yes"),
}
"""Whether leaving a part out is worth it, and whether the part is."""
STYLES = {"yes": "green", "no loss": "green", "likely yes": "green", "no": "red", "no gain": "red", "likely no": "red"}
FIELDS = (
    Field(Message("part"), least=16, style="bold"),
    Field(Message("points"), right=True),
    Field(Message("interval"), style="dim"),
    Field(Message("carries its weight?")),
    Field(Message("a month"), right=True, keep=1),
    Field(Message("interval"), style="dim", keep=1, label=Message("interval of it")),
    Field(Message("P(worth it)"), keep=2, label=Message("P(worth it)")),
)
CONCLUDED = {
    Message("Carries its weight: {names}."): ("yes",),
    Message("Likely carries its weight: {names}."): ("likely yes",),
    Message("Does not carry its weight: {names}."): ("no",),
    Message("Likely does not carry its weight: {names}."): ("likely no",),
    Message("No loss that matters: {names}."): ("no loss",),
    Message("No gain that matters: {names}."): ("no gain",),
    Message("Makes no difference: {names}."): ("no difference", "no difference seen"),
    Message("Not known yet: {names}."): ("not known", "open"),
    Message("Not measured here: {names}."): ("not measured here", "no answers"),
}


def ablation_conclusion(found: Measurement) -> str:
    """Which parts carry their weight, in a line."""
    verdicts = _verdicts(found)
    told = []
    for said, states in CONCLUDED.items():
        names = [one.name for one in found.parts if verdicts[one.arm] in states]
        if names:
            told.append(gettext(said, names=named(*names)))
    return " ".join(told)


def ablation_blocks(found: Measurement) -> Iterator[Block]:
    """One row a part; nothing where no system was taken apart."""
    if not found.parts:
        return
    verdicts = _verdicts(found)
    whole = found.results[0]
    yield Heading(gettext("What each part does in the whole"))
    yield Grid(FIELDS, tuple(_row(one, verdicts[one.arm]) for one in found.parts))
    yield Told(
        gettext(
            "Points and money: of {whole} less the same without the part; its cost and time are counted at the value "
            "of a success that was stated. Both intervals hold for all parts together. Above, an arm is the whole "
            "without a part, and it is asked whether leaving it out is worth it. Parts can stand in for one another: "
            "two that do nothing one by one may do much together.",
            whole=named(whole.arm.name),
        ),
        "note",
    )


def _verdicts(found: Measurement) -> dict[str, str]:
    words = {result.arm.name: arm_words(result).verdict for result in found.results}
    return {name: TURNED.get(verdict, verdict) for name, verdict in words.items()}


def _row(one: Part, verdict: str) -> tuple[str | Cell, ...]:
    standing = one.standing
    return (
        named(one.name),
        numerals.UNKNOWN if standing is None else points(standing.difference),
        "" if standing is None else points_interval(*standing.interval),
        Cell(verdict, STYLES.get(verdict, "")),
        numerals.UNKNOWN if one.month is None else numerals.money(one.month[0]),
        "" if one.month is None else numerals.ends(numerals.money(one.month[1]), numerals.money(one.month[2])),
        "" if standing is None else numerals.probability(standing.p_worth),
    )
