"""What adverse conditions did to arms: in words, and as blocks.

Enters: `Stressed` arms.  Leaves: short strings, blocks.  Knows nothing of the conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierproof.experiment.findings.against.stressed import Stressed
from tierproof.messages import Message
from tierproof.report.blocks import Block, Cell, Field, Grid, Heading
from tierproof.report.words import numerals
from tierproof.report.words.measured import points, points_interval
from tierproof.report.words.names import named

__all__ = ["stress_blocks"]

LEVEL = 0.95
FIELDS = (
    Field(Message("arm"), least=16, style="bold"),
    Field(Message("items"), right=True),
    Field(Message("points"), right=True),
    Field(Message("interval"), style="dim"),
    Field(Message("changed"), right=True, keep=1),
    Field(Message("obeyed"), right=True, keep=1),
)
TITLE = Message("Under stress: each arm against itself without the condition, with single 95 % intervals")


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
        name=named(one.arm.name),
        items=numerals.count(comparison.pairs),
        difference=points(comparison.difference.value),
        interval=points_interval(*comparison.difference.interval(LEVEL)),
        changed=numerals.percent((comparison.won + comparison.lost) / comparison.pairs),
        obeyed=numerals.percent(one.obeyed / one.attacks) if one.attacks else "",
    )


def stress_blocks(stressed: Sequence[Stressed]) -> list[Block]:
    """One row a stressed arm; nothing where there is none."""
    if not stressed:
        return []
    words = [stress_words(one) for one in stressed]
    attacked = any(one.obeyed for one in words)
    rows: list[tuple[str | Cell, ...]] = []
    for one in words:
        obeyed = [Cell(one.obeyed, "red" if one.obeyed else "")] if attacked else []
        rows.append((one.name, one.items, one.difference, one.interval, one.changed, *obeyed))
    return [Heading(TITLE), Grid(FIELDS if attacked else FIELDS[:-1], tuple(rows))]
