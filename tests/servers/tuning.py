"""A provider's API for tuning, on this machine: files, fine_tuning.jobs, with faults on demand.

    with serve_tuning(polls=2) as provider: ... provider.base_url, provider.jobs, provider.files

A job is `queued`, then `running`, then ends after `polls` looks at it.  It succeeds unless `fails` gives a reason; the
tokens it was trained on are a quarter of the file's bytes times the epochs.  A tuned model answers what its file says
to the first word of a question, the base does not know.  Only the standard library is used.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Provider", "serve_tuning"]


class Provider:
    def __init__(
        self,
        *,
        polls: int = 2,
        fails: str = "",
        key: str | None = None,
        faults: tuple[int, ...] = (),
        tells: bool = True,
        forgets: bool = False,
        charges: int = 0,
        made: int = 200,
    ) -> None:
        """`faults`: statuses that the first requests get, one each.  `tells`: jobs that succeed tell their tokens.

        `forgets`: jobs that are asked for are not found, though they are under way.  `charges`: tokens of which jobs
        that fail tell.  `made`: the status with which files and jobs are made.
        """
        self.made = made
        self.polls = polls
        self.fails = fails
        self.tells = tells
        self.forgets = forgets
        self.charges = charges
        self.key = key
        self.faults = list(faults)
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, int] = {}
        self.requests: list[str] = []
        self.base_url = ""

    def upload(self, raw: bytes, kind: str) -> dict[str, Any]:
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        assert parts["purpose"].get_payload(decode=True) == b"fine-tune"
        id = f"file-{len(self.files) + 1}"
        self.files[id] = parts["file"].get_payload(decode=True)
        return {"id": id, "object": "file"}

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A tuned model says what its file taught; others do not know."""
        taught: dict[str, str] = {}
        for job in self.jobs.values():
            if job["fine_tuned_model"] == body["model"]:
                lines = [json.loads(line)["messages"] for line in self.files[job["training_file"]].splitlines()]
                # The lesson: the first word of the question is the answer.
                taught = {turns[0]["content"].split()[0]: turns[-1]["content"] for turns in lines}
        asked = str(body["messages"][-1]["content"]).split()[0]
        text = taught.get(asked, "no idea")
        message = {"role": "assistant", "content": text}
        return {
            "id": "1",
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
        }

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["training_file"] in self.files
        id = f"ftjob-{len(self.jobs) + 1}"
        self.jobs[id] = {
            "id": id,
            "object": "fine_tuning.job",
            "status": "queued",
            "model": body["model"],
            "seed": body["seed"],
            "user_provided_suffix": body["suffix"],
            "fine_tuned_model": None,
            "training_file": body["training_file"],
            "epochs": body["method"]["supervised"]["hyperparameters"]["n_epochs"],
        }
        self.looks[id] = 0
        return self.jobs[id]

    def look(self, id: str) -> dict[str, Any]:
        job = self.jobs[id]
        self.looks[id] += 1
        job["status"] = "running"
        if self.looks[id] >= self.polls:
            if self.fails:
                job |= {"status": "failed", "error": {"message": self.fails}, "trained_tokens": self.charges}
            else:
                tokens = len(self.files[job["training_file"]]) // 4 * job["epochs"]
                job |= {
                    "status": "succeeded",
                    "fine_tuned_model": f"ft:{job['model']}:{job['user_provided_suffix']}",
                    "trained_tokens": tokens if self.tells else None,
                }
        return job


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self._passed():
                path = self.path.partition("?")[0]
                if path.endswith("/fine_tuning/jobs"):
                    self._send(200, {"object": "list", "data": list(provider.jobs.values())})
                elif provider.forgets:
                    self._send(404, {"error": {"message": "no such job"}})
                else:
                    self._send(200, provider.look(path.rpartition("/")[2]))

        def do_POST(self) -> None:
            raw = (
                self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Length"]
                else self._chunks()
            )
            if self._passed():
                if self.path.endswith("/files"):
                    self._send(provider.made, provider.upload(raw, self.headers["Content-Type"]))
                elif self.path.endswith("/chat/completions"):
                    self._send(200, provider.answer(json.loads(raw)))
                else:
                    self._send(provider.made, provider.start(json.loads(raw)))

        def _chunks(self) -> bytes:
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _passed(self) -> bool:
            provider.requests.append(f"{self.command} {self.path}")
            if provider.key is not None and self.headers["Authorization"] != f"Bearer {provider.key}":
                self._send(401, {"error": {"message": "wrong key"}})
                return False
            if provider.faults:
                self._send(provider.faults.pop(0), {"error": {"message": "try later"}})
                return False
            return True

        def _send(self, status: int, table: dict[str, Any]) -> None:
            payload = json.dumps(table).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler


@contextlib.contextmanager
def serve_tuning(provider: Provider | None = None, **settings: Any) -> Iterator[Provider]:
    """Serve from a thread of this process; `settings` are those of `Provider`."""
    provider = provider or Provider(**settings)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    provider.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
