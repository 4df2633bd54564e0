"""`python -m tierproof.systems.training.worker.serving`: models on this disk behind one OpenAI-compatible address.

Enters: on standard input, one JSON line a model to serve (`name`, `folder`, `draft`, `lookup`); over HTTP, chat
completions.  Leaves: on standard output, `ready`, then `serving` or `refused` for each line; over HTTP, completions.
Must not know how models were made.  Requests are answered one after the other: a model's time is then its own.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tierproof.systems.training.worker.speech import Failure, described, failures_told, keep_output_apart, say

LARGEST_BODY = 16 * 2**20


class _Model:
    def __init__(self, folder: str, draft: str, lookup: int) -> None:
        from tierproof.systems.training.worker.loading import load, same_tokenizer  # noqa: PLC0415

        self.model, self.tokenizer = load(Path(folder))
        self.speculation: dict[str, Any] = {}
        if draft:
            assistant, its = load(Path(draft))
            same_tokenizer(its, self.tokenizer, "the draft")
            self.speculation = {"assistant_model": assistant}
        elif lookup:
            self.speculation = {"prompt_lookup_num_tokens": lookup}
        # The first answer of a process takes longer than any other: no item shall pay for it.
        self.answer(
            {"model": "", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4, "temperature": 0}
        )

    def answer(self, body: Mapping[str, Any]) -> dict[str, Any]:
        from tierproof.systems.training.worker.generation import answer  # noqa: PLC0415

        stop = body.get("stop") or ()
        temperature = body.get("temperature")
        wants = bool(body.get("logprobs"))
        said = answer(
            self.model,
            self.tokenizer,
            body["messages"],
            int(body.get("max_completion_tokens") or body.get("max_tokens") or 256),
            tools=body.get("tools"),
            temperature=1.0 if temperature is None else float(temperature),
            top_p=float(body.get("top_p") or 1.0),
            seed=body.get("seed"),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
            logprobs=wants,
            speculation=self.speculation,
        )
        tokens = [{"token": text, "logprob": value, "top_logprobs": []} for text, value in said.logprobs]
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": said.text},
            "finish_reason": said.finish,
            "logprobs": {"content": tokens} if wants else None,
        }
        usage = {
            "prompt_tokens": said.prompt_tokens,
            "completion_tokens": said.completion_tokens,
            "total_tokens": said.prompt_tokens + said.completion_tokens,
        }
        return {
            "id": f"chatcmpl-{time.monotonic_ns():x}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body["model"],
            "choices": [choice],
            "usage": usage,
        }


_models: dict[str, _Model] = {}
_one = threading.Lock()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    """With the usual 5, many callers at once would wait a second to be let in, and be timed with it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.rstrip("/").endswith("/models"):
            data = [{"id": name, "object": "model"} for name in _models]
            self._send(200, {"object": "list", "data": data})
            return
        self._send(*_refusal(404, "there is no such page"))

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BODY:
            self.close_connection = True
            self._send(*_refusal(413, "the request is too large"))
            return
        raw = self.rfile.read(size)
        if not self.path.endswith("/chat/completions"):
            self._send(*_refusal(404, "there is no such page"))
            return
        try:
            status, table = self._answered(json.loads(raw))
        except (Failure, KeyError, TypeError, ValueError) as error:
            status, table = _refusal(400, described(error)[0])
        except Exception as error:
            status, table = _refusal(500, described(error)[0])
        self._send(status, table)

    def _answered(self, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        model = _models.get(body["model"])
        if model is None:
            return _refusal(404, f"no model is called {body['model']}", "model_not_found")
        if body.get("stream") or body.get("response_format") or int(body.get("n") or 1) != 1:
            return _refusal(400, "this server neither streams nor constrains, and answers once")
        if body.get("tools") and body.get("tool_choice") != "none":
            return _refusal(400, "this server reads no tool calls: name an endpoint that does")
        with _one:
            return 200, model.answer(body)

    def _send(self, status: int, table: Mapping[str, Any]) -> None:
        payload = json.dumps(table).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def _refusal(status: int, message: str, code: str = "invalid_request_error") -> tuple[int, Mapping[str, Any]]:
    return status, {"error": {"message": message, "type": "invalid_request_error", "code": code}}


def main() -> None:
    keep_output_apart()
    with failures_told():
        import torch  # noqa: F401, PLC0415
        import transformers  # noqa: F401, PLC0415  (told at once where it is missing)

        server = _Server(("127.0.0.1", 0), _Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        say("ready", port=port)
        for line in sys.stdin:
            wanted = json.loads(line)
            try:
                with _one:
                    _models[wanted["name"]] = _Model(wanted["folder"], wanted["draft"], int(wanted["lookup"]))
            except Exception as error:
                message, remedy = described(error)
                say("refused", message=message, remedy=remedy)
                continue
            say("serving", name=wanted["name"], port=port)
    os._exit(0)


if __name__ == "__main__":
    main()
