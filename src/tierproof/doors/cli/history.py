"""`tierproof history`: how tiers moved as evidence came in, year by year.

Enters: words of a shell.  Leaves: the history in the form asked for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli import screen
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.messages import gettext

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("history")(history)


@reads(without=["as_of"])
def history(
    *,
    reader: Reader,
    form: Format,
    since: Annotated[
        int | None, typer.Option("--since", metavar="YEAR", min=1900, max=2100, help="First year shown; else 2020.")
    ] = None,
) -> None:
    """Show how each technique's tier moved by year of evidence."""
    from tierproof.answers.history import history_answer  # noqa: PLC0415  (numpy)
    from tierproof.doors.cli.blocks import print_blocks  # noqa: PLC0415
    from tierproof.report.words.history import history_blocks  # noqa: PLC0415

    view = reader.view()
    moved = view.history(since)
    print_blocks(
        form,
        lambda: history_blocks(moved, view.pack, screen.width() if form is Format.text else None),
        lambda: history_answer(moved, view.pack),
        title=gettext("History"),
    )
