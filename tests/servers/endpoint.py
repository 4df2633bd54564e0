"""An OpenAI-compatible endpoint on this machine, with faults on demand and answers that are known beforehand.

In a test:       with serve(faults={"429": 5}) as endpoint: ... endpoint.base_url, endpoint.counts
In a benchmark:  python tests/servers/endpoint.py --port 0      (prints {"port": ...} and serves until it is stopped)

The answer is a function of the request alone: "Item I: what is A + B?" is answered A + B, or A + B + 1 for a fifth of
the items (`is_wrong`); anything else by the first eight hexadecimal digits of a hash of its last user message.  A test
in the same process can give its own `answer` function instead.  Which call gets which fault is a hash of seed, prompt
and how often it was asked, so it does not depend on the order in which calls come, and a retry draws afresh.

Only the standard library is used, on a bare protocol: in a benchmark the server must cost less than its clients.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["Endpoint", "is_wrong", "item_prompt", "item_target", "serve"]

ITEM = re.compile(r"Item (\d+): what is (\d+) \+ (\d+)\?")
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
FAULTS = {
    "429": "status 429 with Retry-After",
    "500": "status 500",
    "503": "status 503",
    "hang": "read and never answered",
    "reset": "the connection is closed in the middle of the body",
    "malformed": "status 200 and half of the JSON",
    "html": "status 200 and a page of HTML",
    "nochoices": "status 200 and no choices",
    "nousage": "a good reply without usage",
    "wrongusage": "a good reply with usage that cannot be",
    "408": "status 408 after the answer was made and billed",
    "502": "status 502, billed",
    "504": "status 504, billed",
    "524": "status 524, billed",
    "thinks": "2,000 tokens of thought that are billed and neither shown nor held by the limit",
    "prepends": "2,000 tokens of a prompt that is added behind the endpoint",
    "long": "five times as many tokens as the limit allows",
    "apart": "2,000 tokens of thought that are told in a form of its own, another for each answer",
    "seldom": "200 tokens of thought that are told in one of five answers; the others have no usage",
    "grows": "a token more with every call",
    "barren": "2,000 tokens of thought that are told, and no choices",
    "billed500": "status 500 that tells of 2,000 tokens of thought",
    "billed400": "status 400 that tells the tokens that it took",
    "coded": "status 200 with an error of code 429, and 2,000 tokens of thought that are told",
    "broken": "a stream that tells of 2,000 tokens of thought, and breaks off",
    "shrinks": "a stream that tells of 2,000 tokens of thought, and at its end of fewer",
    "fee": "a fee for the call beside its tokens, told in the usage's cost",
}
FREE = ("429", "500", "503")
GOOD = (None, "nousage", "wrongusage", "thinks", "prepends", "long", "apart", "seldom", "grows", "shrinks", "fee")
HIDDEN_TOKENS = 2000
SELDOM_TOKENS = 200
FEE = 0.002
WRONG_USAGES: tuple[dict[str, Any], ...] = (
    {"prompt_tokens": -5, "completion_tokens": 3},
    {"prompt_tokens": 10**9, "completion_tokens": 10**12},
    {"prompt_tokens": "many", "completion_tokens": None},
    {"prompt_tokens": 12, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4000}},
)


def item_prompt(number: int) -> str:
    return f"Item {number}: what is {100 + 7 * number % 900} + {100 + 13 * number % 900}? Answer with the number only."


def item_target(number: int) -> str:
    return str(200 + 7 * number % 900 + 13 * number % 900)


def is_wrong(number: int) -> bool:
    """Does the endpoint answer this item wrongly?  A fifth of all, spread by Fibonacci hashing (Knuth, vol. 3, 6.4)."""
    return (number * 2654435761) % 2**32 < 0.2 * 2**32


def draw(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=6).digest(), "big") / 2**48


def last_user_text(body: Mapping[str, Any]) -> str:
    for message in reversed(body.get("messages", [])):
        if message.get("role") == "user":
            content = message.get("content") or ""
            return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
    return ""


def known_answer(body: Mapping[str, Any]) -> str:
    text = last_user_text(body)
    match = ITEM.search(text)
    if match is None:
        return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
    number, first, second = map(int, match.groups())
    return str(first + second + is_wrong(number))


def told_apart(prompt: int, completion: int, number: int) -> dict[str, Any]:
    """A usage of `HIDDEN_TOKENS` tokens of thought, in one of several forms."""
    shown = completion - HIDDEN_TOKENS
    forms: tuple[dict[str, Any], ...] = (
        {"prompt_tokens": prompt, "completion_tokens": shown, "reasoning_tokens": HIDDEN_TOKENS},
        {
            "prompt_tokens": prompt,
            "completion_tokens_details": {"audio_tokens": HIDDEN_TOKENS},
            "completion_tokens": shown,
        },
        {"tokens": {"input": prompt, "output": completion}, "cost": {"input": 1, "output": 2}},
        {"inputTokens": prompt, "outputTokens": completion},
        {"prompt_tokens": str(prompt), "completion_tokens": f"{completion:,}"},
        {"prompt_tokens": -1, "completion_tokens": -1, "total_tokens": prompt + completion},
    )
    return forms[number % len(forms)]


class Endpoint:
    """Settings and counts of one server; both may be touched while it runs."""

    def __init__(
        self,
        *,
        faults: Mapping[str, float] | None = None,
        latency: float = 0.0,
        retry_after: str = "0",
        seed: int = 0,
        key: str | None = None,
        most_in_flight: int | None = None,
        answer: Callable[[Mapping[str, Any]], str | Mapping[str, Any]] = known_answer,
    ) -> None:
        """`faults`: per cent of calls, by kind.  `latency`: seconds.  `answer`: text, or a whole message object."""
        unknown = set(faults or {}) - set(FAULTS)
        if unknown:
            raise ValueError(f"unknown faults {unknown}; known: {', '.join(FAULTS)}")
        self.faults = dict(faults or {})
        self.latency = latency
        self.retry_after = retry_after
        self.seed = seed
        self.key = key
        self.most_in_flight = most_in_flight
        self.answer = answer
        self.always_streams = False
        self.port = 0
        self.connections: set[asyncio.Transport] = set()
        self.reset()

    def reset(self) -> None:
        self.calls: Counter[str] = Counter()
        """Requests by last user message."""
        self.answered: Counter[str] = Counter()
        """Good answers by last user message."""
        self.delivered: list[tuple[float, str]] = []
        """The same, each with its time by this process's clock."""
        self.dealt: Counter[str] = Counter()
        """Faults by kind."""
        self.in_flight = 0
        self.peak = 0
        self.prompt_tokens = 0
        """Billed, whatever became of the answer; so below."""
        self.completion_tokens = 0
        self.last_body: dict[str, Any] = {}

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        return {
            "calls": self.calls.total(),
            "answered": self.answered.total(),
            "prompts": len(self.calls),
            "most_answers_of_one": max(self.answered.values(), default=0),
            "dealt": dict(self.dealt),
            "in_flight": self.in_flight,
            "peak": self.peak,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cpu_seconds": time.process_time(),
        }

    def heard(self, head: str) -> None:
        """Told of the head of each request."""

    def fault(self, text: str, asked: int) -> str | None:
        if self.most_in_flight is not None and self.in_flight > self.most_in_flight:
            return "429"
        if not self.faults:
            return None
        at = draw(self.seed, text, asked) * 100
        for kind, share in self.faults.items():
            if at < share:
                return kind
            at -= share
        return None


class Connection(asyncio.Protocol):
    """One client's connection: requests one after the other."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.buffer = b""
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.endpoint.connections.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.endpoint.connections.discard(self.transport)
        if self.busy:
            self.busy = False
            self.endpoint.in_flight -= 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if self.busy or end < 0:
            return
        head = self.buffer[:end].decode("latin-1")
        length = re.search(r"content-length: *(\d+)", head, re.I)
        size = int(length[1]) if length else 0
        body = self.buffer[end + 4 :]
        if "chunked" in head.lower():
            if not body.endswith(b"0\r\n\r\n"):
                return
            body = unchunked(body)
        elif len(body) < size:
            return
        self.buffer = b""
        self.route(head, body)

    def route(self, head: str, body: bytes) -> None:
        endpoint = self.endpoint
        endpoint.heard(head)
        if head.startswith("GET /stats"):
            return self.send(200, json.dumps(endpoint.stats()).encode())
        if head.startswith("POST /reset"):
            endpoint.reset()
            return self.send(200, b"{}")
        if head.startswith("POST /moved/"):
            return self.send(302, b"", "Location: /v1/chat/completions\r\n")
        if not head.startswith("POST /v1/chat/completions"):
            return self.send(404, b'{"error": {"message": "no such route"}}')
        sent = re.search(r"authorization: *bearer +(\S*)", head, re.I)
        if endpoint.key is not None and (sent is None or sent[1] != endpoint.key):
            shown = sent[1] if sent else ""
            error = {"message": f"Incorrect API key provided: {shown}", "code": "invalid_api_key"}
            return self.send(401, json.dumps({"error": error}).encode())
        return self.complete(json.loads(body))

    def complete(self, body: dict[str, Any]) -> None:
        endpoint = self.endpoint
        text = last_user_text(body)
        endpoint.last_body = body
        if body.get("model") == "unknown":
            return self.send(
                404, b'{"error": {"message": "the model unknown does not exist", "code": "model_not_found"}}'
            )
        if "too long" in text:
            error = b'{"error": {"message": "maximum context length exceeded", "code": "context_length_exceeded"}}'
            return self.send(400, error)
        endpoint.calls[text] += 1
        asked = endpoint.calls[text]
        endpoint.in_flight += 1
        endpoint.peak = max(endpoint.peak, endpoint.in_flight)
        self.busy = True
        kind = endpoint.fault(text, asked)
        if kind:
            endpoint.dealt[kind] += 1
        if kind == "hang":
            self.bill(self.usage(body, text, "", kind))
            return None
        if endpoint.latency:
            asyncio.get_running_loop().call_later(endpoint.latency, self.reply, body, text, asked, kind)
            return None
        return self.reply(body, text, asked, kind)

    def reply(self, body: dict[str, Any], text: str, asked: int, kind: str | None) -> None:  # noqa: PLR0911, PLR0912
        if not self.busy:
            return None
        self.busy = False
        endpoint = self.endpoint
        endpoint.in_flight -= 1
        if kind == "429":
            error = b'{"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}'
            return self.send(429, error, f"Retry-After: {endpoint.retry_after}\r\n")
        if kind in ("500", "503"):
            return self.send(int(kind), b'{"error": {"message": "The server had an error"}}')
        try:
            answer = endpoint.answer(body)
        except Exception as error:  # a test's own function; a connection left open would hang its client
            message = f"the test's answer failed: {type(error).__name__}: {error}"
            status = getattr(error, "status", 400)
            # Of status 200 where a gateway hides the refusal within a reply.
            told = {"message": message, **({"code": 400} if status == 200 else {})}
            return self.send(status, json.dumps({"error": told}).encode())
        message = {"role": "assistant", **({"content": answer} if isinstance(answer, str) else answer)}
        content = message.get("content") or ""
        usage = self.usage(body, text, content, kind)
        self.bill(usage)
        if kind in ("billed400", "billed500"):
            error = {"error": {"message": "no such thing"}, "usage": usage}
            return self.send(int(kind.removeprefix("billed")), json.dumps(error).encode())
        if kind in ("408", "502", "504", "524"):
            return self.send(int(kind), b'{"error": {"message": "The server behind did not answer in time"}}')
        if kind == "coded":
            error = {"error": {"message": "slow down", "code": 429}, "usage": usage}
            return self.send(200, json.dumps(error).encode())
        if kind == "html":
            return self.send(200, b"<html><body>Bad gateway</body></html>")
        if kind in GOOD and not self.hung_up():
            endpoint.answered[text] += 1
            endpoint.delivered.append((time.monotonic(), text))
        if kind == "wrongusage":
            usage = WRONG_USAGES[asked % len(WRONG_USAGES)]
        if kind == "apart":
            usage = told_apart(usage["prompt_tokens"], usage["completion_tokens"], endpoint.calls.total())
        if kind == "seldom" and draw(text, asked) > 0.2:
            kind = "nousage"
        finish = message.pop("finish", None) or ("tool_calls" if message.get("tool_calls") else "stop")
        if body.get("stream") or endpoint.always_streams or kind in ("broken", "shrinks"):
            return self.stream(body, message, finish, usage, kind)
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish}
        if body.get("logprobs"):
            choice["logprobs"] = {"content": [{"token": content, "logprob": -0.5, "top_logprobs": []}]}
        table = {
            "id": f"chatcmpl-{asked}",
            "object": "chat.completion",
            "model": body.get("model"),
            "choices": [] if kind in ("nochoices", "barren") else [choice],
        }
        if kind != "nousage":
            table["usage"] = usage
        payload = json.dumps(table).encode()
        if kind == "malformed":
            return self.send(200, payload[: len(payload) // 2])
        if kind == "reset":
            return self.cut(payload)
        return self.send(200, payload)

    def usage(self, body: Mapping[str, Any], text: str, content: str, kind: str | None) -> dict[str, Any]:
        prompt, completion = len(text) // 4 + 5, len(content) // 3 + 1
        if kind == "prepends":
            prompt += HIDDEN_TOKENS
        if kind in ("thinks", "apart", "barren", "billed500", "coded", "broken", "shrinks"):
            completion += HIDDEN_TOKENS
        if kind == "seldom":
            completion += SELDOM_TOKENS
        if kind == "grows":
            completion += self.endpoint.calls.total()
        if kind == "long":
            completion = 5 * int(body.get("max_tokens") or body.get("max_completion_tokens") or 1)
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        # At one and four dollars for a million tokens.
        return {**usage, "cost": (prompt + 4 * completion) / 1e6 + FEE} if kind == "fee" else usage

    def bill(self, usage: Mapping[str, Any]) -> None:
        self.endpoint.prompt_tokens += usage["prompt_tokens"]
        self.endpoint.completion_tokens += usage["completion_tokens"]

    def hung_up(self) -> bool:
        """Did the client go, though the loop has not heard of it yet?  What is sent then was not delivered."""
        handle = self.transport.get_extra_info("socket")
        try:
            return bool(handle is None or socket.socket.recv(handle._sock, 1, socket.MSG_PEEK) == b"")
        except BlockingIOError:
            return False
        except OSError:
            return True

    def cut(self, payload: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(payload) + payload[:-20])
        self.transport.close()

    def stream(
        self, body: dict[str, Any], message: dict[str, Any], finish: str, usage: dict[str, Any], kind: str | None
    ) -> None:
        content = message.get("content") or ""
        tools = [{"index": number, **call} for number, call in enumerate(message.get("tool_calls") or [])]
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": content[at : at + 3]} for at in range(0, len(content), 3)]
        deltas += [{"tool_calls": [tool]} for tool in tools]
        head = {"id": "chatcmpl-s", "object": "chat.completion.chunk", "model": body.get("model")}
        chunks: list[dict[str, Any]] = [{**head, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        if kind in ("malformed", "reset"):
            del chunks[2:]
        else:
            chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
            if kind != "nousage":
                chunks.append({**head, "choices": [], "usage": usage})
        if kind in ("broken", "shrinks"):
            chunks.insert(1, {**head, "choices": [], "usage": usage})
        if kind == "broken":
            del chunks[3:]
        if kind == "shrinks":
            chunks[-1]["usage"] = {**usage, "completion_tokens": 1, "total_tokens": usage["prompt_tokens"] + 1}
        if kind == "nochoices":
            chunks = [{**head, "choices": []}]
        lines = b"".join(b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks)
        done = b"" if kind in ("malformed", "reset", "broken") else b"data: [DONE]\r\n\r\n"
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        self.transport.write(lines + done)
        self.transport.close()

    def send(self, status: int, payload: bytes, more: str = "") -> None:
        if self.transport.is_closing():
            return
        head = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(payload)}\r\n{more}\r\n"
        )
        self.transport.write(head.encode() + payload)


def unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, body = body.split(b"\r\n", 1)
        count = int(size, 16)
        parts.append(body[:count])
        body = body[count + 2 :]
        if count == 0:
            break
    return b"".join(parts)


async def start(endpoint: Endpoint, port: int = 0) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(endpoint), "127.0.0.1", port, backlog=1024)
    endpoint.port = server.sockets[0].getsockname()[1]
    return server


async def stop(endpoint: Endpoint, server: asyncio.Server) -> None:
    server.close()
    for connection in tuple(endpoint.connections):
        connection.abort()
    while endpoint.connections:
        await asyncio.sleep(0)


@contextlib.contextmanager
def serve(endpoint: Endpoint | None = None, **settings: Any) -> Iterator[Endpoint]:
    """Serve from a thread of this process; `settings` are those of `Endpoint`."""
    endpoint = endpoint or Endpoint(**settings)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(start(endpoint))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        asyncio.run_coroutine_threadsafe(stop(endpoint, server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=PERCENT")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--key")
    options = parser.parse_args()
    faults = {kind: float(share) for kind, share in (fault.split("=") for fault in options.fault)}
    endpoint = Endpoint(faults=faults, latency=options.latency, seed=options.seed, key=options.key)
    await start(endpoint, options.port)
    print(json.dumps({"port": endpoint.port}), flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
