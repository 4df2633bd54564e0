"""`tierproof doctor`: is a workload ready to be measured, and what will it take?

Enters: words of a shell.  Leaves: checks and a forecast; exit code 2 where something must be mended first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli import options, screen
from tierproof.errors import InputError

__all__ = ["register"]

Offline = Annotated[bool, typer.Option("--offline", help="Do not ask endpoints for their lists of models.")]
Call = Annotated[
    bool,
    typer.Option(
        "--call", help="Call each model, and try each feature that techniques need; costs some hundred tokens."
    ),
]


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    workload: Annotated[Path, typer.Argument(metavar="WORKLOAD", help="Folder with workload.toml.")],
    *,
    offline: Offline = False,
    call: Call = False,
    as_json: options.Json = False,
) -> None:
    """Check a workload's files, endpoints, prices and needs; forecast calls, cost and time. Spends nothing."""
    import asyncio  # noqa: PLC0415  (`--help` needs none of these)

    from tierproof.answers.forecast import diagnosis_answer  # noqa: PLC0415
    from tierproof.doors.measuring import Measuring  # noqa: PLC0415
    from tierproof.experiment.workload.diagnosis import diagnose  # noqa: PLC0415
    from tierproof.messages import gettext  # noqa: PLC0415
    from tierproof.report.blocks import Gap, Told  # noqa: PLC0415
    from tierproof.report.words.diagnosis import diagnosis_blocks  # noqa: PLC0415

    measuring = Measuring.of(workload)
    found = asyncio.run(diagnose(measuring.workload, reach="call" if call else "nothing" if offline else "list"))
    try:
        forecast, ahead = measuring.forecast(lacks=False)
    except InputError:
        # Without a price there is no forecast, and the checks say so already.
        forecast, ahead = None, []
    if as_json:
        screen.put_json(diagnosis_answer(found, forecast))
    else:
        if ahead:
            ahead = [Gap(), Told(gettext("What measuring will take"), "strong"), *ahead]
        screen.put_blocks([*diagnosis_blocks(found), *ahead])
    if not found.ready:
        raise typer.Exit(2)
