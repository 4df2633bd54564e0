"""`tierproof table`: techniques ranked by what the evidence says of them.

Enters: words of a shell.  Leaves: the table in the form asked for.  Knows nothing of how it is made or laid out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tierproof.doors.cli import options, screen
from tierproof.doors.cli.options import Format

if TYPE_CHECKING:
    from tierproof.answers.view import View

__all__ = ["print_table", "register"]


def register(app: typer.Typer) -> None:
    app.command("table")(table)


def table(
    *,
    lens: options.Lens = "effect",
    role: options.Role = None,
    task: options.Task = None,
    model_size: options.ModelSize = None,
    as_of: options.AsOf = None,
    include_lab: options.IncludeLab = False,
    profile: options.Profile = None,
    sets: options.Set = None,
    pack: options.Pack = None,
    form: options.FormatOption = Format.text,
    as_json: options.Json = False,
) -> None:
    """Rank techniques in tiers, with what each removes, costs and risks."""
    view = options.view_from(
        pack=pack, lens=lens, role=role, task=task, model_size=model_size, as_of=as_of, include_lab=include_lab,
        profile=profile, sets=sets,
    )  # fmt: skip
    print_table(view, Format.json if as_json else form)


def print_table(view: View, form: Format) -> None:
    """Print the view's table."""
    result = view.table()
    if form is Format.text:
        from tierproof.report.render.terminal.table import table_lines  # noqa: PLC0415  (each form imports its own)

        screen.put(table_lines(result, view.pack, screen.width()))
    elif form is Format.json:
        from tierproof.answers.table import table_answer  # noqa: PLC0415

        screen.put_json(table_answer(result, view.pack))
    elif form is Format.csv:
        from tierproof.report.render.csv import csv_table  # noqa: PLC0415

        screen.put_text(csv_table(result, view.pack))
    elif form is Format.markdown:
        from tierproof.report.render.markdown.table import markdown_table  # noqa: PLC0415

        screen.put_text(markdown_table(result, view.pack))
    else:
        from tierproof.report.render.html.table import html_document  # noqa: PLC0415

        screen.put_text(html_document(result, view.pack))
