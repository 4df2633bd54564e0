"""`tierproof history`: how tiers moved as evidence came in, year by year.

Enters: words of a shell.  Leaves: the history in the form asked for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli import options, screen
from tierproof.doors.cli.options import Format

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
    form: options.FormatOption = Format.text,
    as_json: options.Json = False,
) -> None:
    """Show how each technique's tier moved by year of evidence."""
    from tierproof.answers.history import history_answer  # noqa: PLC0415  (numpy)
    from tierproof.doors.cli.blocks import print_blocks  # noqa: PLC0415
    from tierproof.report.words.history import history_blocks  # noqa: PLC0415

    view = options.view_from(
        pack=pack, lens=lens, role=role, task=task, model_size=model_size, include_lab=include_lab, profile=profile,
        sets=sets,
    )  # fmt: skip
    moved = view.history(since)
    form = Format.json if as_json else form
    print_blocks(
        form,
        lambda: history_blocks(moved, view.pack, screen.width() if form is Format.text else None),
        lambda: history_answer(moved, view.pack),
        title="History",
    )
