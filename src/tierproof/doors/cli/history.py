"""`tierproof history`: how tiers moved as evidence came in, year by year.

Enters: words of a shell.  Leaves: the history in the form asked for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli import screen
from tierproof.doors.cli.options import Reader, TextFormat, reads

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("history")(history)


@reads(without=["as_of"], forms=TextFormat)
def history(
    *,
    reader: Reader,
    form: TextFormat,
    since: Annotated[
        int | None, typer.Option("--since", metavar="YEAR", min=1900, max=2100, help="First year shown; else 2020.")
    ] = None,
) -> None:
    """Show how each technique's tier moved by year of evidence."""
    from tierproof.answers.history import history_answer  # noqa: PLC0415  (numpy)
    from tierproof.report.words.history import history_lines, history_markdown  # noqa: PLC0415

    view = reader.view()
    moved = view.history(since)
    if form is TextFormat.json:
        screen.put_json(history_answer(moved, view.pack))
    elif form is TextFormat.markdown:
        screen.put_text(history_markdown(moved, view.pack))
    else:
        screen.put(history_lines(moved, view.pack, screen.width()))
