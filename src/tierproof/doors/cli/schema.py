"""`tierproof schema`: the form of the JSON that commands print.

Enters: words of a shell.  Leaves: a JSON Schema, or a list of documents.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli import screen

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("schema")(schema)


def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Such as table; left out: list them.", show_default=False)
    ] = None,
) -> None:
    """Print the JSON Schema of a document that a command prints, or list the documents."""
    from tierproof.answers.schema import DOCUMENTS, json_schema  # noqa: PLC0415  (every answer; `--help` needs none)

    if name is not None:
        screen.put_json(json_schema(name))
    else:
        width = max(map(len, DOCUMENTS))
        # The command alone: what a document's text says beyond it stands in the docs.
        lines = (
            f"{known:<{width}}  {(answer.__doc__ or '').partition(';')[0].strip()}"
            for known, answer in DOCUMENTS.items()
        )
        screen.put_text("\n".join(lines))
