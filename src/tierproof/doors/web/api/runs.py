"""Measurements: what one would take, and what those said that are over.

Enters: a workspace, names of folders in it.  Leaves: Structs of `answers/`.  Nothing here spends money.
"""

from __future__ import annotations

from typing import Annotated

from tierproof.answers.forecast import ForecastAnswer
from tierproof.answers.measure import MeasureAnswer
from tierproof.doors.background import answer_in
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["forecast", "measurement"]


def measurement(workspace: Workspace, run: Annotated[str, "Its folder in the workspace."]) -> MeasureAnswer:
    """What a past run found, as it was told at its end: `tierproof measure WORKLOAD --json`."""
    found = answer_in(workspace.path(run))
    if found is None:
        remedy = Message(
            "name a folder of results that holds measure.json; tierproof measure writes it at the end of a run"
        )
        raise InputError.of(Message("'{run}' holds no answer of a run", run=run[:80]), remedy=remedy, field="run")
    return found


def forecast(
    views: KeptViews,
    workspace: Workspace,
    workload: Annotated[str, "Its folder in the workspace."],
    *,
    techniques: Annotated[str, "Arms, separated by commas; left out: all that fit."] = "",
    cap: Annotated[str, "Such as 2usd, 30min."] = "",
) -> ForecastAnswer:
    """What measuring a workload would take: `tierproof measure WORKLOAD --dry-run --json`."""
    from tierproof.doors.measuring import Measuring  # noqa: PLC0415  (heavy, and of an extra)

    found = workspace.workload(workload)
    measuring = Measuring.of(found, techniques=techniques, budget=[cap] if cap.strip() else [], pack=views.pack.path)
    return measuring.forecast()[0]
