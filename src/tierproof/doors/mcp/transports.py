"""How a client reaches the server: its standard streams, or an address of this machine.

Enters: a server.  Leaves: when the client does.  Knows nothing of tools.

On standard streams the SDK keeps the protocol's own descriptor to itself and points standard output at standard error,
so that nothing a tool prints reaches the client.  By HTTP only names of this machine are heard, as host and as origin.
"""

from __future__ import annotations

import socket
import sys
from ipaddress import ip_address
from typing import Any

import anyio
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from tierproof.errors import InputError

__all__ = ["serve_http", "serve_stdio"]


def serve_stdio(server: Server[Any]) -> None:
    """Until the client closes standard input."""
    anyio.run(_stdio, server)


async def _stdio(server: Server[Any]) -> None:
    async with stdio_server() as (reads, writes):
        await server.run(reads, writes, server.create_initialization_options())


def serve_http(server: Server[Any], host: str, port: int) -> None:
    """Until it is interrupted; says its address on standard error.  Raises InputError for an address of others."""
    listening = _listen(host, port)
    app = server.streamable_http_app(host=host)
    address, number = listening.getsockname()[:2]
    named = f"[{address}]" if ":" in address else address
    sys.stderr.write(f"MCP at http://{named}:{number}/mcp (this machine only; Ctrl-C ends it)\n")
    sys.stderr.flush()
    settings = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(settings).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        mine = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        mine = False
    if not mine or host not in ("127.0.0.1", "localhost", "::1"):
        message = f"'{host[:60]}' is no address of this machine alone, and the server asks nobody who he is"
        remedy = "use 127.0.0.1, localhost or ::1; for others put a proxy that checks them in front"
        raise InputError.of(message, remedy=remedy, field="host")
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        remedy = "end what listens there, or name another --port"
        raise InputError.of(f"{port} cannot be had: {error.strerror}", remedy=remedy, field="port") from None
    return listening
