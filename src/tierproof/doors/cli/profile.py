"""`tierproof profile`: the reader's figures as a file to edit.

Enters: words of a shell.  Leaves: a commented `profile.toml`, on standard output or where it is wanted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli import screen
from tierproof.doors.cli.options import Reader, reads
from tierproof.errors import InputError
from tierproof.messages import gettext
from tierproof.written_messages import kept

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("profile")(profile)


@reads(only=["profile", "sets", "pack"], formed=False)
def profile(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to write it; left out: print it.", show_default=False)
    ] = None,
    *,
    reader: Reader,
) -> None:
    """Write your figures as a commented profile.toml to edit; then pass it with --profile."""
    from tierproof.report.words.profile import profile_toml  # noqa: PLC0415  (`--help` needs none of it)

    text = profile_toml(reader.view().profile)
    if file is None:
        screen.put_text(text)
        return
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise InputError.of(
            gettext("is there already"), remedy=gettext("name another file, or remove it first"), file=file
        ) from None
    except OSError as error:
        raise InputError.of(
            gettext("cannot be written: {strerror}", strerror=kept(str(error.strerror))),
            remedy=gettext("name another place"),
            file=file,
        ) from None
    screen.put_text(gettext("written to {file}; edit it, then: tierproof invert --profile {file}", file=file))
