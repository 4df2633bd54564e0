"""A workload's state, as terminal lines.

Enters: a `Diagnosis`.  Leaves: lines.  Knows nothing of how it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierproof.answers.safe_text import clean
from tierproof.experiment.workload.diagnosis import Diagnosis
from tierproof.report.blocks import Cell
from tierproof.report.render.terminal.layout import Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text

__all__ = ["diagnosis_lines"]

SIGNS = {"good": ("ok", "green"), "doubtful": ("??", "yellow"), "bad": ("no", "red")}


def diagnosis_lines(found: Diagnosis, width: int, forecast: Sequence[Text] = ()) -> list[Text]:
    """Checks, then the techniques that can be measured, those that cannot and why, and what measuring will take."""
    ahead = [Text(), Text("What measuring will take", style="bold"), *forecast] if forecast else []
    return [*_checks(found, width), Text(), *_fits(found, width), *ahead]


def _checks(found: Diagnosis, width: int) -> Iterator[Text]:
    for check in found.checks:
        sign, style = SIGNS[check.state]
        mark = f"{sign}  {check.area:<9}  "
        lines = paragraph(clean(check.message), width, mark=mark)
        lines[0].stylize(style, 0, len(sign))
        yield from lines
        if check.remedy and check.state != "good":
            yield from paragraph(clean(check.remedy), width, style="dim", indent=" " * len(mark))


def _fits(found: Diagnosis, width: int) -> Iterator[Text]:
    for title, stress in (("Can be measured", False), ("Can be put under", True)):
        here = [one for one in found.fits if one.stress is stress and not one.lacks]
        yield Text(title, style="bold")
        _, rows = fit(
            [
                Column(head="", cells=[Cell(one.name) for one in here]),
                Column(head="", cells=[Cell(clean(one.summary), "dim") for one in here], least=20),
            ],
            width,
        )
        yield from (line for row in rows for line in row)
        yield Text()
    yield Text("Cannot be measured here", style="bold")
    for one in found.fits:
        if one.lacks:
            yield from paragraph(clean("; ".join(one.lacks)), width, style="dim", mark=f"{one.name}: ")
