"""`tierproof mcp`: the same answers as tools of an assistant, by the Model Context Protocol.

Enters: words of a shell.  Leaves: a server that runs until its client leaves, or a client's settings.
"""

from __future__ import annotations

import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli import screen
from tierproof.doors.cli.options import Reader, reads
from tierproof.errors import InputError
from tierproof.extras import optional
from tierproof.messages import LANGUAGES, Message, gettext, speaking

if TYPE_CHECKING:
    from tierproof.doors.mcp.calls import Desk

__all__ = ["Transport", "register"]


class Transport(StrEnum):
    """How a client reaches the server."""

    stdio = "stdio"
    http = "http"


def register(app: typer.Typer) -> None:
    app.command("mcp")(mcp)


@reads(only=["profile", "pack"], formed=False)
def mcp(
    *,
    reader: Reader,
    transport: Annotated[
        Transport, typer.Option("--transport", help="stdio: the client starts it; http: it runs by itself.")
    ] = Transport.stdio,
    host: Annotated[str, typer.Option("--host", metavar="NAME", help="An address of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="NUMBER", min=0, max=65535, help="0: a free one.")] = 8765,
    logs: Annotated[
        Path | None, typer.Option("--logs", metavar="FOLDER", help="The only folder from which logs are read.")
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print what a client's settings need, and leave.")
    ] = False,
) -> None:
    """Serve the same answers as tools for an assistant, by the Model Context Protocol."""
    if logs is not None and not logs.is_dir():
        raise InputError.of(
            gettext("is no folder"), remedy=gettext("name one that holds logs"), field="logs", file=logs
        )
    if print_config:
        from tierproof.doors.mcp.setting_up import client_settings  # noqa: PLC0415  (`--help` does not need it)

        url = f"http://{host}:{port}/mcp" if transport is Transport.http else None
        screen.put_text(client_settings(_options(reader, logs), url=url))
        return
    optional("mcp", use=Message("the MCP server"), extra="mcp")
    from tierproof.doors.mcp.server import server_of  # noqa: PLC0415  (of the extra)
    from tierproof.doors.mcp.transports import serve_http, serve_stdio  # noqa: PLC0415

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    with speaking(LANGUAGES[0]):  # whoever asks is a program
        server = server_of(_desk(reader, logs))
        if transport is Transport.http:
            serve_http(server, host, port)
        else:
            serve_stdio(server)


def _desk(reader: Reader, logs: Path | None) -> Desk:
    # For matrices as small as these, threads take more time than they save; numpy reads this when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tierproof.answers.view import view_of  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.doors.mcp.calls import Desk  # noqa: PLC0415

    view = view_of(reader.pack, profile=reader.profile)
    return Desk(pack=view.pack, profile=None if reader.profile is None else view.profile, logs=logs)


def _options(reader: Reader, logs: Path | None) -> list[str]:
    """Options as the client has to give them: it starts the server in a folder of its own."""
    found: list[str] = []
    for name, value in (("--pack", reader.pack), ("--profile", reader.profile), ("--logs", logs)):
        if value is not None:
            found += [name, str(value.resolve()) if value.exists() else str(value)]
    return found
