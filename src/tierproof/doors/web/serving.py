"""Serve the page until somebody stops it.

Enters: a pack, an address, a workspace, a token.  Leaves: when it is stopped.  Knows nothing of pages.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.fences import Fences, is_loopback
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError
from tierproof.evidence import load_pack
from tierproof.extras import optional
from tierproof.messages import gettext

__all__ = ["serve"]


def serve(*, pack: Path | None, host: str, port: int, workspace: Path, token: str, say: Callable[[str], None]) -> None:
    """Serve at `host`:`port` (0: one that is free), and `say` the address.

    Raises InputError for an address that is in use or is none, for one that others reach without a token, for a
    workspace that is no folder, and where the extra is missing.
    """
    uvicorn = optional("uvicorn", use="tierproof serve", extra="page")
    optional("litestar", use="tierproof serve", extra="page")
    from tierproof.doors.web.app import application  # noqa: PLC0415  (the extra)

    if not is_loopback(host) and not token:
        message = gettext("others reach {host}: a token has to be asked for", host=host)
        remedy = gettext("set the variable TIERPROOF_TOKEN to a long random text, or stay at 127.0.0.1")
        raise InputError.of(message, remedy=remedy, field="token")
    if any(not 33 <= ord(letter) < 127 or letter in '";,\\' for letter in token):
        message = gettext("cannot stand in a cookie")
        raise InputError.of(message, remedy=gettext("use letters and digits"), field="token")
    views = KeptViews(load_pack(pack, whole=False))
    fences = Fences(hosts=frozenset({host, socket.gethostname().lower()}), token=token)
    app = application(views, workspace=Workspace.of(workspace), fences=fences)
    bound = _bound(host, port)
    where = f"http://{_written(host)}:{bound.getsockname()[1]}/"
    views.view()  # pooled before the first reader waits for it
    bound.listen()  # whoever reads the address may ask at once
    say(f"{where}?token={token}" if token else where)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[bound])


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        message = gettext("{host} is no address: {why}", host=host, why=str(error.strerror))
        raise InputError.of(message, field="host") from None
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        reason = (error.strerror or str(error)).lower()
        remedy = gettext("name another --port, or --port 0 for one that is free")
        raise InputError.of(f"{host}:{port}: {reason}", remedy=remedy, field="port") from None
    return bound


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
