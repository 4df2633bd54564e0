"""`tierproof invert`: the same table by money, what each technique nets over what the system nets today.

Enters: words of a shell.  Leaves: the table under the value lens.
"""

from __future__ import annotations

import typer

from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.doors.cli.table import print_table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("invert")(invert)


@reads(without=["lens"])
def invert(
    *,
    reader: Reader,
    form: Format,
) -> None:
    """Turn the table over: rank techniques by net benefit a month for your profile."""
    view = reader.view(lens="value")
    print_table(view, form)
