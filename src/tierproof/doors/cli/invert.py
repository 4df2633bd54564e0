"""`tierproof invert`: the same table by money, what each technique nets over what the system nets today.

Enters: words of a shell.  Leaves: the table under the value lens.
"""

from __future__ import annotations

import typer

from tierproof.doors.cli import options
from tierproof.doors.cli.options import Format
from tierproof.doors.cli.table import print_table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("invert")(invert)


def invert(
    *,
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
    """Turn the table over: rank techniques by net benefit a month for your profile."""
    view = options.view_from(
        pack=pack, lens="value", role=role, task=task, model_size=model_size, as_of=as_of, include_lab=include_lab,
        profile=profile, sets=sets,
    )  # fmt: skip
    print_table(view, Format.json if as_json else form)
