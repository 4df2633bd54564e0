"""What adverse conditions did to arms: in words, and on a terminal.

Enters: `Stressed` arms.  Leaves: short strings, lines.  Knows nothing of the conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierproof.answers.safe_text import clean
from tierproof.experiment.findings.stressed import Stressed
from tierproof.report.render.terminal.layout import Cell, Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.measured import points, points_interval

__all__ = ["StressWords", "stress_lines", "stress_words"]

LEVEL = 0.95
TITLE = "Under stress: each arm against itself without the condition, with single 95 % intervals"


@dataclass(frozen=True, slots=True, kw_only=True)
class StressWords:
    name: str
    items: str
    difference: str
    """Points of score."""
    interval: str
    changed: str
    """Share of items whose score became another."""
    obeyed: str
    """Share of attacks that reached their end; empty where there was none."""


def stress_words(one: Stressed) -> StressWords:
    comparison = one.comparison
    return StressWords(
        name=clean(one.arm.name),
        items=numerals.count(comparison.pairs),
        difference=points(comparison.difference.value),
        interval=points_interval(*comparison.difference.interval(LEVEL)),
        changed=numerals.percent((comparison.won + comparison.lost) / comparison.pairs),
        obeyed=numerals.percent(one.obeyed / one.attacks) if one.attacks else "",
    )


def stress_lines(stressed: Sequence[Stressed], width: int) -> list[Text]:
    """One row a stressed arm; nothing where there is none."""
    if not stressed:
        return []
    words = [stress_words(one) for one in stressed]
    columns = [
        Column(head="arm", cells=[Cell(one.name, "bold") for one in words], least=16),
        Column(head="items", cells=[Cell(one.items) for one in words], justify="right"),
        Column(head="points", cells=[Cell(one.difference) for one in words], justify="right"),
        Column(head="interval", cells=[Cell(one.interval, "dim") for one in words]),
        Column(head="changed", cells=[Cell(one.changed) for one in words], justify="right", keep=1, label="changed"),
    ]
    if any(one.obeyed for one in words):
        obeyed = [Cell(one.obeyed, "red" if one.obeyed else "") for one in words]
        columns.append(Column(head="obeyed", cells=obeyed, justify="right", keep=1, label="obeyed"))
    header, rows = fit(columns, width)
    return [*paragraph(TITLE, width, style="bold"), header, *(line for row in rows for line in row)]
