"""A provider's API for batches, on this machine: files and batches, with faults on demand.

    with serve_batches(answer=..., expires=3) as provider: ... provider.base_url, provider.batches, provider.lines

A batch is `validating`, then `in_progress`, then ends after `polls` looks at it, as `completed`, or as `expired` where
requests expired.  `answer` takes a request's body and leaves the text.  Faults say of how many requests of each batch,
the first ones, which thing happens: `expires`, `refuses` (status 400), `breaks` (status 500), `misses` (nothing comes
back), `doubles` (comes twice, the second time wrong).  Results come in reverse order, with a line of a stranger and one
that is no JSON among them.  Chat completions are answered as well, and counted apart.  Only the standard library.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["BatchProvider", "serve_batches"]


class BatchProvider:
    def __init__(
        self,
        *,
        answer: Callable[[Mapping[str, Any]], str],
        polls: int = 2,
        expires: int = 0,
        refuses: int = 0,
        breaks: int = 0,
        misses: int = 0,
        doubles: int = 0,
        hidden_tokens: int = 0,
        fails: str = "",
        lists: bool = True,
        drops: int = 0,
        down: bool = False,
        key: str | None = None,
    ) -> None:
        """`drops`: so many batches are made without a reply.  `lists`: batches can be listed.  `down`: none is taken.

        `fails`: why batches fail as a whole.  `hidden_tokens`: billed for each answer beyond its limit.
        """
        self.answer = answer
        self.polls, self.fails, self.lists, self.drops, self.key = polls, fails, lists, drops, key
        self.faults = {"expires": expires, "refuses": refuses, "breaks": breaks, "misses": misses, "doubles": doubles}
        self.hidden_tokens = hidden_tokens
        self.down = down
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, int] = {}
        self.lines: list[dict[str, Any]] = []
        """All requests of all batches, as they were handed in."""
        self.alone: list[dict[str, Any]] = []
        """Requests that came by themselves."""
        self.prompt_tokens = self.completion_tokens = 0
        """Billed, of batches."""
        self.base_url = ""
        self.lock = threading.Lock()

    def upload(self, raw: bytes, kind: str) -> dict[str, Any]:
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        assert parts["purpose"].get_payload(decode=True) == b"batch"
        return {"id": self.keep(parts["file"].get_payload(decode=True)), "object": "file"}

    def keep(self, content: bytes) -> str:
        id = f"file-{len(self.files) + 1}"
        self.files[id] = content
        return id

    def make(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["endpoint"] == "/v1/chat/completions" and body["completion_window"] == "24h"
        requests = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        assert len({one["custom_id"] for one in requests}) == len(requests)
        assert len({one["body"]["model"] for one in requests}) == 1
        self.lines += requests
        id = f"batch_{len(self.batches) + 1}"
        self.looks[id] = 0
        self.batches[id] = {
            "id": id,
            "object": "batch",
            "status": "validating",
            "metadata": body["metadata"],
            "input_file_id": body["input_file_id"],
            "output_file_id": None,
            "error_file_id": None,
            "request_counts": {"total": len(requests), "completed": 0, "failed": 0},
            "errors": None,
        }
        return self.batches[id]

    def look(self, id: str) -> dict[str, Any]:
        batch = self.batches[id]
        self.looks[id] += 1
        if batch["status"] in ("validating", "in_progress"):
            batch["status"] = "in_progress"
            if self.looks[id] >= self.polls:
                self.end(batch)
        return batch

    def end(self, batch: dict[str, Any]) -> None:
        if self.fails:
            batch |= {"status": "failed", "errors": {"data": [{"message": self.fails, "line": 1}]}}
            return
        requests = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        kinds = [kind for kind, count in self.faults.items() for _ in range(count)]
        kinds += [""] * (len(requests) - len(kinds))
        good, bad = [], []
        for kind, one in zip(kinds, requests, strict=False):
            head = {"id": f"r-{one['custom_id']}", "custom_id": one["custom_id"]}
            if kind == "expires":
                bad.append({**head, "response": None, "error": {"code": "batch_expired", "message": "not in time"}})
            elif kind in ("refuses", "breaks"):
                body = {"error": {"message": "no, thank you"}}
                status = 400 if kind == "refuses" else 500
                bad.append({**head, "response": {"status_code": status, "body": body}, "error": None})
            elif kind != "misses":
                body = self.completion(one["body"])
                good.append({**head, "response": {"status_code": 200, "body": body}, "error": None})
                if kind == "doubles":
                    wrong = json.loads(json.dumps(body))
                    wrong["choices"][0]["message"]["content"] = "something else"
                    good.insert(0, {**head, "response": {"status_code": 200, "body": wrong}, "error": None})
        stranger = {"custom_id": "nobody", "response": {"status_code": 200, "body": self.completion(None)}}
        written = [json.dumps(one) for one in [*reversed(good), stranger]]
        batch["output_file_id"] = self.keep("\n".join([written[0], "{half a line", *written[1:]]).encode())
        if bad:
            batch["error_file_id"] = self.keep("\n".join(json.dumps(one) for one in bad).encode())
        batch["status"] = "expired" if self.faults["expires"] else "completed"
        batch["request_counts"] = {"total": len(requests), "completed": len(good), "failed": len(bad)}

    def completion(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        text = "stranger" if body is None else self.answer(body)
        usage = {"prompt_tokens": 20, "completion_tokens": 3 + self.hidden_tokens}
        if body is not None:
            self.prompt_tokens += usage["prompt_tokens"]
            self.completion_tokens += usage["completion_tokens"]
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "c", "model": "m", "choices": [choice], "usage": usage}


def _handler(provider: BatchProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: PLR0911
            path = self.path.partition("?")[0]
            if not self._passed():
                return None
            with provider.lock:
                if path.endswith("/batches"):
                    if not provider.lists:
                        return self._send(404, {"error": {"message": "no such route"}})
                    rows = list(provider.batches.values())[::-1]
                    after = self.path.partition("after=")[2]
                    at = next((at + 1 for at, row in enumerate(rows) if row["id"] == after), 0)
                    # Two a page, so that a list of three has a second one.
                    return self._send(200, {"data": rows[at : at + 2], "has_more": at + 2 < len(rows)})
                if path.endswith("/models"):
                    return self._send(200, {"data": [{"id": "m"}, {"id": "small"}]})
                if path.endswith("/content"):
                    return self._raw(200, provider.files[path.split("/")[-2]])
                if path.rpartition("/")[2] not in provider.batches:
                    return self._send(404, {"error": {"message": "no such batch"}})
                return self._send(200, provider.look(path.rpartition("/")[2]))

        def do_POST(self) -> None:
            length = self.headers["Content-Length"]
            raw = self.rfile.read(int(length)) if length else self._chunks()
            if not self._passed():
                return None
            with provider.lock:
                if provider.down:
                    return self._send(503, {"error": {"message": "try later"}})
                if self.path.endswith("/files"):
                    return self._send(200, provider.upload(raw, self.headers["Content-Type"]))
                body = json.loads(raw)
                if self.path.endswith("/chat/completions"):
                    provider.alone.append(body)
                    message = {"role": "assistant", "content": provider.answer(body)}
                    usage = {"prompt_tokens": 20, "completion_tokens": 3}
                    return self._send(200, {"choices": [{"message": message}], "usage": usage, "model": "m"})
                made = provider.make(body)
                if provider.drops:
                    provider.drops -= 1
                    self.close_connection = True
                    return None
                return self._send(200, made)

        def _chunks(self) -> bytes:
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _passed(self) -> bool:
            if provider.key is not None and self.headers["Authorization"] != f"Bearer {provider.key}":
                self._send(401, {"error": {"message": "wrong key"}})
                return False
            return True

        def _send(self, status: int, table: dict[str, Any]) -> None:
            self._raw(status, json.dumps(table).encode())

        def _raw(self, status: int, payload: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler


@contextlib.contextmanager
def serve_batches(provider: BatchProvider | None = None, **settings: Any) -> Iterator[BatchProvider]:
    """Serve from a thread of this process; `settings` are those of `BatchProvider`."""
    provider = provider or BatchProvider(**settings)
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
