"""`tierproof packs`: which packs of evidence are known by name.

Enters: words of a shell.  Leaves: a list in the form asked for.
"""

from __future__ import annotations

import typer

from tierproof.doors.cli import options
from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("packs")(packs)


def packs(form: options.FormatOption = Format.text, as_json: options.Json = False) -> None:
    """List the packs that --pack knows by name: shipped, installed, and examples of a source checkout."""
    from tierproof.answers.packs import packs_answer  # noqa: PLC0415  (`--help` does not need it)
    from tierproof.report.words.packs import packs_blocks  # noqa: PLC0415

    answer = packs_answer()
    print_blocks(Format.json if as_json else form, lambda: packs_blocks(answer), lambda: answer, title="Packs")
