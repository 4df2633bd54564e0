"""The one form of a benchmark's result, and its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Row", "markdown"]


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    against: str
    ratio: float
    """Measured over what it is held against: smaller is better."""
    bound: float
    """The ratio that the project holds itself to."""


def markdown(rows: Iterable[Row]) -> str:
    lines = ["| what | measured | against | ratio | bound |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {row.what} | {row.measured} | {row.against} | {row.ratio:.2f} | {row.bound:g} |" for row in rows]
    return "\n".join(lines) + "\n"
