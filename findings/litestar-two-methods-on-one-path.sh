#!/usr/bin/env bash
# Litestar 2.25.0: a GET and a POST handler, each a plain function with sync_to_thread=True, on one path.
# Expected: each runs in a thread, as it does on a path of its own.
# What happens: the second registration wraps the first handler's function once more, so that the first method is
# answered 500 ("'coroutine' object has no attribute 'to_asgi_response'", "coroutine was never awaited"); the second
# works, and so does the first where it is alone on its path.  Seen 2026-11-30, Python 3.11.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check litestar==2.25.0 httpx==0.28.1 2>/dev/null || exit 1
cat >"$work/two.py" <<'PY'
import logging
from importlib.metadata import version

from litestar import Litestar, Response, get, post
from litestar.testing import TestClient

logging.disable()


def handlers():
    @get("/x", sync_to_thread=True)
    def read() -> Response[str]:
        return Response("read")

    @post("/x", sync_to_thread=True, status_code=200)
    def write() -> Response[str]:
        return Response("written")

    return read, write


read, write = handlers()
with TestClient(Litestar([read])) as client:
    alone = client.get("/x").status_code
read, write = handlers()
with TestClient(Litestar([read, write])) as client:
    both = client.get("/x").status_code, client.post("/x").status_code
print(f"litestar {version('litestar')}: GET alone {alone}; with a POST beside it GET {both[0]}, POST {both[1]}")
raise SystemExit(0 if (alone, *both) == (200, 500, 200) else 1)
PY
"$work/venv/bin/python" -W ignore "$work/two.py" 2>/dev/null
