"""What a tier table states, as values.

Enters: nothing, or a pack's techniques.  Leaves: a `StatedTable`.  Knows nothing of the text that it stood in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tierproof.evidence.technique import Technique

__all__ = ["LeftRow", "MarkWord", "StatedMark", "StatedRow", "StatedTable", "seed_table"]

MarkWord = Literal["gain", "marginal", "fragile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedMark:
    """What the table says of one effect."""

    mark: MarkWord
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRow:
    place: float
    """The smaller the better; rows may share one."""
    shown: str
    """The place as it stood there."""
    name: str
    technique: str | None = None
    """An id, where the table gives one."""
    marks: tuple[StatedMark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRow:
    """A row that has no place to audit."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTable:
    title: str
    stated: int | None
    """The year that it speaks of."""
    rows: tuple[StatedRow, ...]
    """By place, then by their order in the table."""
    left: tuple[LeftRow, ...] = ()
    reading: tuple[str, ...] = ()
    """How it was read, where that had to be guessed: sentences."""
    placed: bool = True
    """Whether it states places; False: rows rank by their order."""


def seed_table(techniques: Mapping[str, Technique], title: str) -> StatedTable | None:
    """The table from which a pack's techniques keep their rows; None if none of them has one."""
    rows = [
        StatedRow(
            place=float(technique.seed.tier),
            shown=str(technique.seed.tier),
            name=technique.seed.name,
            technique=id,
            marks=tuple(StatedMark(mark=mark.mark, of=mark.of) for mark in technique.seed.marks),
        )
        for id, technique in sorted(techniques.items())
        if technique.seed is not None
    ]
    ordered = tuple(sorted(rows, key=lambda row: row.place))
    return StatedTable(title=title, stated=None, rows=ordered) if rows else None
