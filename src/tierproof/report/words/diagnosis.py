"""A workload's state in words.

Enters: a `Diagnosis`.  Leaves: blocks.  Knows nothing of how it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tierproof.experiment.workload.diagnosis import Diagnosis
from tierproof.messages import Message, gettext, joined, translated
from tierproof.report.blocks import Block, Cell, Field, Gap, Grid, Told

__all__ = ["diagnosis_blocks"]

SIGNS: Final = {
    "good": (Message("ok", context="check"), "green"),
    "doubtful": ("??", "yellow"),
    "bad": (Message("no", context="check"), "red"),
}
AREAS: Final[Mapping[str, str]] = {
    "items": Message("items", context="check"),
    "scorer": Message("scorer", context="check"),
    "models": Message("models", context="check"),
    "resources": Message("resources", context="check"),
}


def diagnosis_blocks(found: Diagnosis) -> Iterator[Block]:
    """Checks, then the techniques that can be measured, and those that cannot and why."""
    wide = max(len(translated(sign)) for sign, _ in SIGNS.values())
    for check in found.checks:
        sign, style = SIGNS[check.state]
        mark = Cell(f"{translated(sign):<{wide}}", style), Cell(f"  {translated(AREAS[check.area]):<9}  ")
        yield Told(translated(check.message), mark=mark)
        if check.remedy and check.state != "good":
            yield Told(translated(check.remedy), "note", mark=(Cell(" " * sum(len(cell.text) for cell in mark)),))
    yield Gap()
    for title, stress in ((gettext("Can be measured"), False), (gettext("Can be put under"), True)):
        here = tuple(
            (one.name, translated(one.summary)) for one in found.fits if one.stress is stress and not one.lacks
        )
        yield Told(title, "strong")
        yield Grid((Field(""), Field("", least=20, style="dim")), here)
        yield Gap()
    yield Told(gettext("Cannot be measured here"), "strong")
    for one in found.fits:
        if one.lacks:
            yield Told(translated(joined("; ", one.lacks)), "note", mark=(Cell(f"{one.name}: "),))
