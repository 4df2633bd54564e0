"""`tierproof history`: how tiers moved as evidence came in, year by year.

Enters: words of a shell.  Leaves: the history in the form asked for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli import options, screen
from tierproof.doors.cli.options import TextFormat

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("history")(history)


def history(
    *,
    lens: options.Lens = "effect",
    since: Annotated[
        int | None, typer.Option("--since", metavar="YEAR", min=1900, max=2100, help="First year shown; else 2020.")
    ] = None,
    role: options.Role = None,
    task: options.Task = None,
    model_size: options.ModelSize = None,
    include_lab: options.IncludeLab = False,
    profile: options.Profile = None,
    sets: options.Set = None,
    pack: options.Pack = None,
    form: options.TextFormatOption = TextFormat.text,
    as_json: options.Json = False,
) -> None:
    """Show how each technique's tier moved by year of evidence."""
    from tierproof.answers.history import history_answer  # noqa: PLC0415  (numpy)
    from tierproof.report.words.history import history_lines, history_markdown  # noqa: PLC0415

    view = options.view_from(
        pack=pack, lens=lens, role=role, task=task, model_size=model_size, include_lab=include_lab, profile=profile,
        sets=sets,
    )  # fmt: skip
    moved = view.history(since)
    if as_json or form is TextFormat.json:
        screen.put_json(history_answer(moved, view.pack))
    elif form is TextFormat.markdown:
        screen.put_text(history_markdown(moved, view.pack))
    else:
        screen.put(history_lines(moved, view.pack, screen.width()))
