"""`tierproof table`: techniques ranked by what the evidence says of them.

Enters: words of a shell.  Leaves: the table in the form asked for.  Knows nothing of how it is made or laid out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tierproof.doors.cli import screen
from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads

if TYPE_CHECKING:
    from tierproof.answers.view import View

__all__ = ["print_table", "register"]


def register(app: typer.Typer) -> None:
    app.command("table")(table)


@reads()
def table(
    *,
    reader: Reader,
    form: Format,
) -> None:
    """Rank techniques in tiers, with what each removes, costs and risks."""
    view = reader.view()
    print_table(view, form)


def print_table(view: View, form: Format) -> None:
    """Print the view's table."""
    result = view.table()
    if form is Format.csv:
        from tierproof.report.render.csv import csv_table  # noqa: PLC0415  (each form imports its own)

        screen.put_text(csv_table(result, view.pack))
    elif form is Format.html:
        from tierproof.report.render.html.table import html_document  # noqa: PLC0415

        screen.put_text(html_document(result, view.pack))
    elif form is Format.json:
        from tierproof.answers.table import table_answer  # noqa: PLC0415

        screen.put_json(table_answer(result, view.pack))
    else:
        from tierproof.report.words.table_blocks import table_blocks  # noqa: PLC0415

        print_blocks(form, lambda: table_blocks(result, view.pack), None, title="Table")
