"""A workload's state in words.

Enters: a `Diagnosis`.  Leaves: blocks.  Knows nothing of how it was found.
"""

from __future__ import annotations

from collections.abc import Iterator

from tierproof.experiment.workload.diagnosis import Diagnosis
from tierproof.report.blocks import Block, Cell, Field, Gap, Grid, Told

__all__ = ["diagnosis_blocks"]

SIGNS = {"good": Cell("ok", "green"), "doubtful": Cell("??", "yellow"), "bad": Cell("no", "red")}


def diagnosis_blocks(found: Diagnosis) -> Iterator[Block]:
    """Checks, then the techniques that can be measured, and those that cannot and why."""
    for check in found.checks:
        mark = SIGNS[check.state], Cell(f"  {check.area:<9}  ")
        yield Told(check.message, mark=mark)
        if check.remedy and check.state != "good":
            yield Told(check.remedy, "note", mark=(Cell(" " * sum(len(cell.text) for cell in mark)),))
    yield Gap()
    for title, stress in (("Can be measured", False), ("Can be put under", True)):
        here = tuple((one.name, one.summary) for one in found.fits if one.stress is stress and not one.lacks)
        yield Told(title, "strong")
        yield Grid((Field(""), Field("", least=20, style="dim")), here)
        yield Gap()
    yield Told("Cannot be measured here", "strong")
    for one in found.fits:
        if one.lacks:
            yield Told("; ".join(one.lacks), "note", mark=(Cell(f"{one.name}: "),))
