"""Bodies of replies as a server really sends them: packed, without end, broken off."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socketserver
import threading
import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest

from systems.models.test_client import Tally, ask
from tierproof.systems.models import ChatReply, ModelSpec, Price
from tierproof.systems.models.client import FEW_CLOSED, Client
from tierproof.systems.models.wire.refusals import CallFailed, RetryPolicy
from tierproof.systems.models.wire.request import prepare

USAGE = {"prompt_tokens": 9, "completion_tokens": 2000}


def event(table: object) -> bytes:
    return b"data: %s\n\n" % msgspec.json.encode(table)


@contextlib.contextmanager
def sending(head: bytes, body: bytes, *, then_waits: bool = False) -> Iterator[str]:
    """The address of a server that sends these bytes, and then waits for its client to go, or goes itself."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline().lower()) not in (b"\r\n", b""):
                length = int(line.partition(b":")[2]) if line.startswith(b"content-length:") else length
            self.rfile.read(length)
            with contextlib.suppress(ConnectionError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)
                if then_waits:
                    self.rfile.read(1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def answer(base_url: str, tally: Tally, *, stream: bool = False) -> ChatReply:
    """Asked once."""

    async def run() -> ChatReply:
        model = ModelSpec(name="m", base_url=base_url, price=Price(input=1, output=1))
        async with Client([model], retry=RetryPolicy(attempts=1)) as client:
            return await client.answer(prepare(ask(stream=stream), model), tally)

    return asyncio.run(run())


@pytest.mark.parametrize("kind", [b"application/json", b"text/event-stream"])
@pytest.mark.parametrize("begins", [b"", b"data: "])
def test_no_more_of_a_reply_is_read_than_a_completion_can_have(kind: bytes, begins: bytes) -> None:
    # 60 MB of one letter pack to 60 kB, and the client unpacks what it is sent.
    packed = gzip.compress(begins + b"x" * (60 * 2**20), compresslevel=1)
    head = b"Content-Type: %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n" % (kind, len(packed))
    tally = Tally()
    with sending(head, packed) as base_url:
        tracemalloc.start()
        try:
            with pytest.raises(CallFailed, match="more than 12 MB"):
                answer(base_url, tally)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    # 8 MB, and 1,024 bytes for each of the 4,096 tokens that it may have; twice that where a buffer grows.
    assert peak < 36 * 2**20
    assert tally.ends == ["lost"]


@pytest.mark.parametrize("then_waits", [True, False])
@pytest.mark.parametrize("length", [b"", b"Content-Length: 9999\r\n"], ids=["", "too short"])
def test_a_stream_that_ended_is_an_answer_however_its_connection_ends(then_waits: bool, length: bytes) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "7"}, "finish_reason": "stop"}], "usage": USAGE}
    tally = Tally()
    with sending(
        b"Content-Type: text/event-stream\r\n" + length, event(chunk) + b"data: [DONE]\n\n", then_waits=then_waits
    ) as base_url:
        reply = answer(base_url, tally, stream=True)
    # Far from the 120 seconds that a reply may take.
    assert reply.text == "7" and reply.seconds < 60
    assert tally.ends == ["answered"]


@pytest.mark.parametrize(
    "then",
    [b"", b"data: {\n\n", event({"error": {"message": "no"}}), event({"error": {"code": 429}, "usage": USAGE})],
    ids=["cut off", "no JSON", "an error", "an error of its own"],
)
@pytest.mark.parametrize("length", [b"", b"Content-Length: 9999\r\n"], ids=["", "too short"])
def test_what_a_stream_told_before_it_broke_off_is_counted(then: bytes, length: bytes) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "7"}}], "usage": USAGE}
    tally = Tally()
    head = b"Content-Type: text/event-stream\r\n" + length
    with sending(head, event(chunk) + then) as base_url, pytest.raises(CallFailed):
        answer(base_url, tally, stream=True)
    assert tally.ends == ["lost"] and tally.told == [USAGE["completion_tokens"]]


def test_connections_that_end_after_a_reply_without_a_word_lose_few_attempts() -> None:
    table = {"choices": [{"message": {"content": "7"}, "finish_reason": "stop"}], "usage": USAGE}
    body = msgspec.json.encode(table)
    tally, calls, at_once = Tally(), 80, 8

    async def run(base_url: str) -> list[ChatReply]:
        model = ModelSpec(name="m", base_url=base_url, price=Price(input=1, output=1), concurrency=at_once)
        async with Client([model], retry=RetryPolicy(base_seconds=0.005, cap_seconds=0.02)) as client:
            return await asyncio.gather(*(client.answer(prepare(ask(), model), tally) for _ in range(calls)))

    with sending(b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body), body) as base_url:
        replies = asyncio.run(run(base_url))
    assert {reply.text for reply in replies} == {"7"} and tally.ends.count("answered") == calls
    # Those of which it is learned, and those that were under way then; it was nearly one for each call.
    assert tally.ends.count("lost") <= FEW_CLOSED + at_once
