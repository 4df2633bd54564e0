"""An endpoint that speaks OpenAI's chat completions, over the standard library's HTTP server.

Enters: a family of models and an address.  Leaves: a server.  Must not know how answers are made.
It has no authentication and is meant for this machine alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tierproof.errors import InputError
from tierproof.lab.serving.completion import Completion, Refused, read_body
from tierproof.lab.serving.family import Family

__all__ = ["LabServer"]

LARGEST_BODY = 4 * 2**20
LONGEST_LENGTH = 20
"""Digits of a body's stated length; no body needs them all."""


class LabServer(ThreadingHTTPServer):
    """One thread a connection; the models' engines gather what runs at the same time.  Port 0: any that is free."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, family: Family, host: str = "127.0.0.1", port: int = 0) -> None:
        self.family = family
        super().__init__((host, port), _Handler)

    @property
    def base_url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: LabServer
    protocol_version = "HTTP/1.1"
    # Small writes would wait for the other side's acknowledgement (Nagle's algorithm).
    disable_nagle_algorithm = True
    timeout = 120

    def handle(self) -> None:
        # A client that drops its connection, as one does that has what it wants of a stream, is no error.
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].rstrip("/")
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": "tierproof"}
            for name in self.server.family.folders
        ]
        if path == "/v1/models":
            return self._json(200, {"object": "list", "data": models})
        if path == "/health":
            return self._json(200, {"status": "ok"})
        for model in models:
            if path == f"/v1/models/{model['id']}":
                return self._json(200, model)
        return self._error(Refused(f"there is nothing at {path}", status=404))

    def do_POST(self) -> None:
        try:
            data = self._body()
            if self.path.partition("?")[0].rstrip("/") != "/v1/chat/completions":
                raise Refused(f"there is nothing at {self.path}", status=404)
            completion = Completion(read_body(data), self.server.family)
            if completion.body.stream:
                self._stream(completion.chunks())
            else:
                self._json(200, completion.whole())
        except Refused as error:
            self._error(error)
        except InputError as error:
            self._error(Refused(str(error), status=500))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > LONGEST_LENGTH:
            self.close_connection = True
            raise Refused("the request states no Content-Length", status=411)
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refused(f"the request has more than {LARGEST_BODY} bytes", status=413)
        return self.rfile.read(int(length))

    def _json(self, status: int, table: Mapping[str, Any]) -> None:
        data = json.dumps(table).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _error(self, error: Refused) -> None:
        kind = "invalid_request_error" if error.status < 500 else "server_error"
        self._json(
            error.status,
            {"error": {"message": str(error), "type": kind, "param": error.field, "code": error.code}},
        )

    def _stream(self, chunks: Iterable[Mapping[str, Any]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self._chunk(f"data: {json.dumps(chunk)}\n\n".encode())
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silent: a line a request would drown what the caller prints."""
