"""What every reader of another tool's log gives: outcomes, one a row, with where they came from.

Enters: nothing.  Leaves: the values that readers make and pairing takes.  Must not know any tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

__all__ = ["Ask", "Block", "Expressions", "Outcome", "Scalar", "Told"]

Scalar = bool | int | float | str | None


class Outcome(Struct, frozen=True, kw_only=True, gc=False):
    """What one system got for one item, once."""

    system: str
    scores: Mapping[str, Scalar]
    """By metric, as the log has them; None or NaN: the tool gave none."""
    id: str | None = None
    """The item's name, where a person or the data gave it."""
    hash: str | None = None
    """The tool's own fingerprint of the item, where it writes one."""
    input: str | None = None
    """What was asked, before any prompt was put round it."""
    task: str = ""
    filter: str = ""
    """What was done to the answer before it was scored, where a log holds several such readings of one answer."""
    repeat: str = ""
    """Which of several tries at the item; empty: the log does not say."""
    error: str = ""
    """Why there is no answer or no score; empty: none.  A row with an error has no score, whatever stands there."""
    refused: bool = False
    """The provider declined the request, and the tool scored that."""
    truncated: bool = False
    """The answer was cut off, and scored as it stood."""
    cached: bool = False
    """Answered from a cache: its time and cost are not this run's."""
    usd: float | None = None
    """None: not known.  Tools write 0 for a price that they do not know."""
    seconds: float | None = None
    tokens: float | None = None
    """Sent, cached ones included, and received."""
    group: str | None = None
    """What `--cluster` names."""
    place: int = 0
    """Line of the file or number of the row, from 1."""
    answer: str = ""
    """What came back, where a reader keeps it; nothing is computed from it."""
    target: str = ""


class Block(Struct, frozen=True, kw_only=True):
    """Many rows of one system, in columns of equal length: what a million rows need to be read as fast as decoded.

    Fields as in `Outcome`; a column that is None has nothing in any row.
    """

    system: str
    scores: Mapping[str, Sequence[Scalar]]
    places: Sequence[int]
    task: str = ""
    filter: str = ""
    ids: Sequence[str | int | None] | None = None
    hashes: Sequence[str] | None = None
    inputs: Sequence[str] | None = None
    groups: Sequence[str | None] | None = None
    numbers: Sequence[int] | None = None
    """The tool's own number of the row, unique in a run and filter; twice means two runs in one file."""


class Expressions(Struct, frozen=True, kw_only=True):
    """Where a Parquet file has what an `Outcome` has, in SQL: for files too large for memory.

    Fields as in `Outcome`; empty: nowhere.
    """

    scores: Mapping[str, str]
    system: str = ""
    id: str = ""
    hash: str = ""
    input: str = ""
    task: str = ""
    repeat: str = ""
    error: str = ""
    """A text, a number or a truth: what is told by a table's own column."""
    why: str = ""
    """Its words, where `error` has none."""
    refused: str = ""
    cached: str = ""
    usd: str = ""
    seconds: str = ""
    tokens: str = ""
    group: str = ""


class Ask(Struct, frozen=True, kw_only=True):
    """What a person said of the log, for readers that cannot know it."""

    cluster: str = ""
    """Name of a field of the item's metadata."""
    columns: Mapping[str, str] = {}
    """Role to column of a table: item, input, system, score, repeat, error, usd, seconds, ..."""


@dataclass(slots=True)
class Told:
    """What a reader says of the log as a whole, while it reads."""

    path: Path
    tool: str = ""
    version: str = ""
    """Of the tool or its format; empty: the log does not say."""
    warnings: list[str] = field(default_factory=list)
    more_is_better: dict[str, bool] = field(default_factory=dict)
    """By metric, where the log says it; False: less is better."""
    grades_alone: bool = False
    """Every score is a grade that some check gave: more is better, whatever it is called."""
    asked_by_row: bool = False
    """A row names every metric that was asked of it: what no row of an item names is not missing there."""
    aliases: dict[str, set[str]] = field(default_factory=dict)
    """Other names of metrics, such as an aggregate's, to the metrics that they may mean."""
    numbered: bool = False
    """Ids are numbers from 1 that the tool may have given by itself: equal ids need not mean equal items."""
    sources: tuple[Path, ...] = ()
    """Files that were read."""

    def warn(self, text: str) -> None:
        """Once each."""
        if text not in self.warnings:
            self.warnings.append(text)
