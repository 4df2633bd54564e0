"""`tierproof serve`: the page, in a browser.

Enters: words of a shell.  Leaves: when it is stopped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli.options import Pack
from tierproof.messages import gettext

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    *,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: one that is free.")] = 8471,
    workspace: Annotated[
        Path, typer.Option("--workspace", metavar="FOLDER", help="Its files the page may show, and no others.")
    ] = Path(),
    token: Annotated[
        str,
        typer.Option(
            "--token",
            metavar="TEXT",
            envvar="TIERPROOF_TOKEN",
            help="What a reader has to show; needed at an address that others reach.",
            show_envvar=True,
        ),
    ] = "",
    pack: Pack = None,
) -> None:
    """Open the page in a browser: the table with sliders, evidence, claims, measurements. Ctrl+C stops it."""
    # For matrices as small as these, threads take more time than they save; numpy reads this when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tierproof.doors.web.serving import serve as serving  # noqa: PLC0415  (numpy, which `--help` does not need)

    serving(pack=pack, host=host, port=port, workspace=workspace, token=token, say=_say)


def _say(where: str) -> None:
    typer.echo(gettext("the page is at {where} (Ctrl+C stops it)", where=where))
