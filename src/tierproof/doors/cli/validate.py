"""`tierproof validate`: how well the intervals hold, source by source.

Enters: words of a shell.  Leaves: coverage and scores in the form asked for; progress on standard error.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, On, Reader, reads
from tierproof.messages import gettext

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("validate")(validate)


@reads(only=["include_lab", "as_of", "pack"])
def validate(
    *,
    reader: Reader,
    form: Format,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="OUTCOME", help="One outcome, such as quality; default all.")
    ] = None,
    on: On = None,
) -> None:
    """Leave each source out in turn, foretell its figures, and count how often the intervals hold."""
    from rich.console import Console  # noqa: PLC0415  (`--help` needs none of these)
    from rich.progress import Progress  # noqa: PLC0415

    from tierproof.answers.validate import validation_answer, validation_of  # noqa: PLC0415
    from tierproof.report.words.calibration import validation_blocks  # noqa: PLC0415

    view = reader.view()
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(gettext("sources left out"), total=None)
        found = validation_of(
            view, outcome, progress=lambda done, total: progress.update(task, completed=done, total=total), on=on
        )
    print_blocks(
        form,
        lambda: validation_blocks(found, view.pack.techniques),
        lambda: validation_answer(found),
        title=gettext("Validation"),
    )
