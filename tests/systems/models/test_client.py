"""The client against a real server on this machine: what it survives, what it refuses, what it never shows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
import pytest

from servers.endpoint import Endpoint, item_prompt, item_target, known_answer, serve
from tierproof.errors import InputError
from tierproof.systems.models import ChatReply, ChatRequest, ModelSpec, Price, ToolCall, Usage, user_message
from tierproof.systems.models.client import FIRST_CALLS, Client
from tierproof.systems.models.simple import chat
from tierproof.systems.models.wire.refusals import CallFailed, CallRefused, ModelRefused, RetryPolicy
from tierproof.systems.models.wire.request import prepare

KEY = "sk-very-secret-0123456789"
QUICK = RetryPolicy(base_seconds=0.005, cap_seconds=0.02)
RIGHT = 1  # `is_wrong(1)` is False


class Tally:
    """A meter that counts how attempts end."""

    seconds_left = float("inf")

    def __init__(self) -> None:
        self.ends: list[str] = []
        self.told: list[int] = []
        """Tokens of a reply that failures told of."""
        self.admitted = 0

    async def admit(self) -> float:
        self.admitted += 1
        return float("inf")

    def answered(self, reply: ChatReply) -> None:
        self.ends.append("answered")

    def free(self, reason: str) -> None:
        self.ends.append("free")

    def lost(self, reason: str, usage: Usage | None = None) -> None:
        self.ends.append("lost")
        self.told += [] if usage is None else [usage.completion_tokens]


def spec(endpoint: Endpoint, **settings: Any) -> ModelSpec:
    return ModelSpec(name="m", base_url=endpoint.base_url, **{"timeout_seconds": 60.0, **settings})


def ask(number: int = RIGHT, **settings: Any) -> ChatRequest:
    return ChatRequest(model="m", messages=(user_message(item_prompt(number)),), **settings)


def answer(model: ModelSpec, request: ChatRequest, tally: Tally | None = None, **settings: Any) -> ChatReply:
    async def run() -> ChatReply:
        async with Client([model], retry=settings.pop("retry", QUICK), **settings) as client:
            return await client.answer(prepare(request, model), tally or Tally())

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("429", "free"),
        ("500", "free"),
        ("503", "free"),
        ("hang", "lost"),
        ("reset", "lost"),
        ("malformed", "lost"),
        ("html", "lost"),
        ("nochoices", "lost"),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_each_fault_is_survived_and_accounted_for(kind: str, end: str, stream: bool) -> None:
    tally = Tally()
    hangs = kind == "hang"
    with serve(faults={kind: 20 if hangs else 50}, seed=3) as endpoint:
        # Only a hang is to run into the time limit: an answer that a busy machine is late with must not.
        model = spec(endpoint, timeout_seconds=2.0 if hangs else 60.0)

        async def run() -> list[ChatReply]:
            async with Client([model], retry=RetryPolicy(attempts=20, base_seconds=0.001, cap_seconds=0.01)) as client:
                calls = [client.answer(prepare(ask(number, stream=stream), model), tally) for number in range(12)]
                return await asyncio.gather(*calls)

        replies = asyncio.run(run())
        assert endpoint.dealt[kind] > 0
        # Every fault dealt ended one attempt in its way, and each call was answered once.
        assert tally.ends.count(end) == endpoint.dealt[kind]
    assert tally.ends.count("answered") == len(replies) == 12
    assert tally.admitted == len(tally.ends)
    assert replies[RIGHT].text == item_target(RIGHT)
    # What may be charged for is in the answer's price, at the price of the attempt that was answered.
    assert sum(reply.lost for reply in replies) == tally.ends.count("lost")
    assert all(reply.usd_in_all == pytest.approx(reply.usd * (1 + reply.lost)) for reply in replies)


@pytest.mark.parametrize("kind", ["nousage", "wrongusage"])
def test_bad_usage_is_no_reason_to_pay_twice(kind: str) -> None:
    with serve(faults={kind: 100}) as endpoint:
        reply = answer(spec(endpoint), ask())
        assert endpoint.calls.total() == 1
    assert reply.usage.estimated
    assert reply.usage.prompt_tokens > 0


def test_patience_ends_with_a_reason() -> None:
    with serve(faults={"500": 100}) as endpoint:
        with pytest.raises(CallFailed, match="failed 3 times in a row, last with: status 500: The server had an error"):
            answer(spec(endpoint), ask(), retry=RetryPolicy(attempts=3, base_seconds=0.001))
        assert endpoint.calls.total() == 3


def test_nobody_there() -> None:
    with serve() as endpoint:
        gone = spec(endpoint)
    tally = Tally()
    with pytest.raises(CallFailed, match="cannot connect: nothing listens there"):
        answer(gone, ask(), tally, retry=RetryPolicy(attempts=2, base_seconds=0.001))
    assert tally.ends == ["free", "free"]


def test_https_that_cannot_be_is_not_tried_again() -> None:
    tally = Tally()
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        plain = ModelSpec(name="m", base_url=f"https://127.0.0.1:{server.server_port}/v1")
        with pytest.raises(InputError, match="does not speak https"):
            answer(plain, ask(), tally)
        server.shutdown()
    assert tally.ends == ["free"]


def test_retry_after_is_waited_for() -> None:
    with serve(faults={"429": 100}, retry_after="0.3") as endpoint:
        start = time.monotonic()
        with pytest.raises(CallFailed):
            answer(spec(endpoint), ask(), retry=RetryPolicy(attempts=2, base_seconds=0.001))
    assert time.monotonic() - start >= 0.3


def test_an_endpoint_that_asks_for_too_much_patience_is_given_up() -> None:
    with (
        serve(faults={"429": 100}, retry_after="86400") as endpoint,
        pytest.raises(CallFailed, match="asking to wait 86400 s"),
    ):
        answer(spec(endpoint), ask())


def test_a_wrong_key_is_told_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # The server repeats the key in its message, as real ones have.
    with (
        serve(key="another") as endpoint,
        pytest.raises(InputError, match="check the key in the environment") as caught,
    ):
        answer(spec(endpoint, api_key_env="SOME_KEY"), ask(), environ={"SOME_KEY": KEY})
    shown = f"{caught.value!r} {caught.value} {caplog.text}"
    assert "[key]" in shown
    assert KEY not in shown


def test_the_key_is_sent_and_an_echo_of_it_is_cleared() -> None:
    with serve(key=KEY, answer=lambda body: f"your key is {KEY}") as endpoint:
        for stream in (False, True):
            model = spec(endpoint, api_key_env="SOME_KEY")
            reply = answer(model, ask(stream=stream), environ={"SOME_KEY": KEY})
            assert KEY not in repr(reply) or stream
        assert reply.text


@pytest.mark.parametrize(("value", "words"), [("", "is not set"), ("  ", "is not set"), ("a\nb", "that no key has")])
def test_a_missing_key_is_asked_for_before_anything_is_sent(value: str, words: str) -> None:
    with serve() as endpoint:
        with pytest.raises(InputError, match=words):
            answer(spec(endpoint, api_key_env="SOME_KEY"), ask(), environ={"SOME_KEY": value})
        assert endpoint.calls.total() == 0


def test_refusals_are_not_tried_again() -> None:
    with serve() as endpoint:
        tally = Tally()
        with pytest.raises(InputError, match="check base_url"):
            answer(spec(endpoint, model_id="unknown"), ask(), tally)
        with pytest.raises(CallRefused, match="maximum context length"):
            answer(spec(endpoint), ChatRequest(model="m", messages=(user_message("far too long"),)), tally)
        moved = ModelSpec(name="m", base_url=f"http://127.0.0.1:{endpoint.port}/moved")
        with pytest.raises(InputError, match="final address"):
            answer(moved, ask(), tally)
    assert tally.ends == ["free"] * 3


def test_an_answer_in_another_form_may_be_charged_and_is_not_asked_for_again() -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"object": "response", "output": [{"type": "message"}]}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    tally = Tally()
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        model = ModelSpec(name="m", base_url=f"http://127.0.0.1:{server.server_port}/v1", timeout_seconds=60.0)
        with pytest.raises(InputError, match="not as chat completions"):
            answer(model, ask(), tally)
        server.shutdown()
    assert tally.ends == ["lost"]


def test_a_call_given_up_in_flight_may_be_charged() -> None:
    async def run(endpoint: Endpoint, tally: Tally) -> None:
        model = spec(endpoint)
        async with Client([model]) as client:
            task = asyncio.create_task(client.answer(prepare(ask(), model), tally))
            async with asyncio.timeout(60):
                while not endpoint.in_flight:
                    await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    tally = Tally()
    with serve(latency=600.0) as endpoint:
        asyncio.run(run(endpoint, tally))
    assert tally.ends == ["lost"]


def test_streaming_gives_the_time_to_the_first_token() -> None:
    with serve(latency=0.05) as endpoint:
        whole, streamed = (answer(spec(endpoint), ask(stream=stream)) for stream in (False, True))
    assert whole.text == streamed.text == item_target(RIGHT)
    assert whole.usage == streamed.usage
    assert whole.time_to_first_token is None
    assert streamed.time_to_first_token is not None
    assert 0.05 <= streamed.time_to_first_token <= streamed.seconds


def test_an_endpoint_that_answers_nobody_is_tried_with_few_calls_at_once() -> None:
    async def run(model: ModelSpec) -> Tally:
        tally = Tally()
        async with Client([model], retry=QUICK) as client:
            calls = [client.answer(prepare(ask(number), model), tally) for number in range(100)]
            await asyncio.wait([asyncio.ensure_future(call) for call in calls], timeout=0.5)
        return tally

    with serve(faults={"hang": 100}) as endpoint:
        asyncio.run(run(spec(endpoint)))
        assert endpoint.peak == FIRST_CALLS
    with serve(latency=0.05) as endpoint:
        asyncio.run(run(spec(endpoint)))
        assert endpoint.peak > FIRST_CALLS


def test_what_refuses_all_is_asked_no_further() -> None:
    async def run(model: ModelSpec) -> list[BaseException | ChatReply]:
        async with Client([model], retry=QUICK) as client:
            calls = [client.answer(prepare(ask(number), model), tally) for number in range(100)]
            return await asyncio.gather(*calls, return_exceptions=True)

    tally = Tally()
    with serve(key="another", latency=0.02) as endpoint:
        told = asyncio.run(run(spec(endpoint)))
    assert len(tally.ends) == FIRST_CALLS and set(tally.ends) == {"free"}
    assert all(isinstance(each, InputError) and "status 401" in str(each) for each in told)


def test_a_refusal_of_tools_is_none_of_plain_requests() -> None:
    def without_tools(body: Mapping[str, Any]) -> str:
        if "tools" in body:
            error = ValueError("no endpoint here takes tools")
            error.status = 404  # type: ignore[attr-defined]
            raise error
        return known_answer(body)

    async def run(model: ModelSpec) -> str:
        async with Client([model], retry=QUICK) as client:
            with pytest.raises(ModelRefused):
                await client.answer(prepare(ask(tools=({"name": "search"},)), model), Tally())
            return (await client.answer(prepare(ask(), model), Tally())).text

    with serve(answer=without_tools) as endpoint:
        assert asyncio.run(run(spec(endpoint))) == item_target(RIGHT)


def test_a_stream_that_nobody_asked_for_is_read() -> None:
    with serve() as endpoint:
        endpoint.always_streams = True
        reply = answer(spec(endpoint), ask())
    assert reply.text == item_target(RIGHT) and not reply.usage.estimated


EVENTS = b"".join(
    b"data: %s\r\r" % msgspec.json.encode(chunk)
    for chunk in (
        {"choices": [{"index": 0, "delta": {"content": "7"}}]},
        {
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 1},
        },
    )
)
PIECE = msgspec.json.encode(
    {
        "choices": [{"message": {"content": "7"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    }
)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("body", [EVENTS, b": waiting\n\n" + EVENTS, PIECE, b"\xef\xbb\xbf\n" + PIECE])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain", "application/octet-stream"])
@pytest.mark.parametrize("status", [200, 201])
def test_a_reply_is_read_by_what_it_is_whatever_it_is_called(stream: bool, body: bytes, kind: str, status: int) -> None:
    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]))
        # A policy of a gateway can take more bytes than the client takes of a header by itself.
        policy = b"default-src " + b"x" * 9000
        writer.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: %s\r\nContent-Security-Policy: %s\r\nConnection: close\r\n\r\n"
            % (status, kind.encode(), policy)
        )
        for at in range(0, len(body), 40):
            writer.write(body[at : at + 40])
            await writer.drain()
        writer.close()

    async def run() -> ChatReply:
        server = await asyncio.start_server(answered, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        model = ModelSpec(name="m", base_url=f"http://127.0.0.1:{port}/v1", price=Price(input=1, output=1))
        async with server, Client([model], retry=RetryPolicy(attempts=1)) as client:
            return await client.answer(prepare(ask(stream=stream), model), Tally())

    reply = asyncio.run(run())
    assert (reply.text, reply.usage.prompt_tokens, reply.usage.estimated) == ("7", 9, False)


def test_tools_come_back_whole_and_streamed() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
    with serve(answer=lambda body: {"content": None, "tool_calls": [call]}) as endpoint:
        for stream in (False, True):
            reply = answer(spec(endpoint), ask(stream=stream))
            assert reply.tool_calls == (ToolCall(id="a", name="find", arguments='{"q": 1}'),)
            assert reply.finish_reason == "tool_calls"


def test_the_throttle_respects_what_the_model_states_and_what_the_server_takes() -> None:
    async def run(model: ModelSpec, calls: int) -> None:
        async with Client([model], retry=RetryPolicy(attempts=50, base_seconds=0.01)) as client:
            await asyncio.gather(*(client.answer(prepare(ask(number), model), Tally()) for number in range(calls)))

    # Answers take so long that seven requests have gone out, from however slow a machine, before the first is answered.
    with serve(latency=0.3) as endpoint:
        asyncio.run(run(spec(endpoint, concurrency=7), 28))
        assert endpoint.peak == 7
    with serve(latency=0.01, most_in_flight=4, retry_after="0.01") as endpoint:
        asyncio.run(run(spec(endpoint, concurrency=40), 150))
        assert endpoint.answered.total() == 150
        # Without adapting, each wave of 40 would be refused 36 times: some 1,300 refusals for 150 answers.
        assert endpoint.dealt["429"] < 300


def test_a_large_prompt_goes_through() -> None:
    with serve() as endpoint:
        request = ChatRequest(model="m", messages=(user_message("word " * 400_000),))
        assert len(answer(spec(endpoint), request).text) == 8


def test_simple_chat_keeps_the_order_and_works_inside_a_loop() -> None:
    with serve() as endpoint:
        requests = [ask(number) for number in range(20)]
        replies = chat(spec(endpoint, concurrency=4), requests)
        assert [reply.text for reply in replies][RIGHT] == item_target(RIGHT)
        assert endpoint.peak <= 4

        async def inside() -> list[ChatReply]:
            return chat(spec(endpoint), requests)

        assert [reply.text for reply in asyncio.run(inside())] == [reply.text for reply in replies]
        assert chat(spec(endpoint), []) == []


def test_simple_chat_raises_the_fault_itself() -> None:
    with serve() as endpoint, pytest.raises(InputError, match="check base_url"):
        chat(spec(endpoint, model_id="unknown"), [ask(), ask(2)])


def test_headers_are_sent_and_secret_ones_come_from_the_environment_and_go_nowhere_else() -> None:
    heads: list[str] = []

    class Listening(Endpoint):
        def heard(self, head: str) -> None:
            heads.append(head)

    with serve(Listening()) as endpoint:
        model = spec(endpoint, headers={"x-portkey-provider": "openai"}, headers_env={"x-gateway-key": "GATEWAY"})
        with pytest.raises(InputError, match="GATEWAY of header x-gateway-key is not set"):
            answer(model, ask(), environ={})
        answer(model, ask(), environ={"GATEWAY": KEY})
    assert "x-portkey-provider: openai" in heads[-1]
    assert f"x-gateway-key: {KEY}" in heads[-1]
    assert KEY not in repr(model)


@pytest.mark.parametrize("hidden", ["plain", "escaped", "ESCAPED", "slashed"])
def test_a_secret_that_is_echoed_is_cleared_however_it_is_written(hidden: str) -> None:
    form = {"escaped": "\\u%04x", "ESCAPED": "\\u%04X"}.get(hidden)
    key = f"{KEY[:5]}/{KEY[5:]}" if hidden == "slashed" else KEY
    echoed = "".join(form % ord(letter) for letter in KEY[:9]) + KEY[9:] if form else key.replace("/", "\\/")

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            choice = '{"message": {"content": "your key is ' + echoed + '"}, "finish_reason": "stop"}'
            body = ('{"choices": [' + choice + "]}").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        model = ModelSpec(name="m", base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key_env="K")
        assert answer(model, ask(), environ={"K": key}).text == "your key is [key]"
    finally:
        server.shutdown()
        server.server_close()


def test_each_attempt_has_its_own_time() -> None:
    """One timer watches them all: none ends before its time, and those that started later end later."""
    seconds, apart = 0.4, 0.15
    with serve(faults={"hang": 100}) as endpoint:
        model = spec(endpoint, timeout_seconds=seconds)
        took: list[float] = []

        async def one(client: Client, number: int) -> None:
            await asyncio.sleep(number * apart)
            start = time.monotonic()
            with pytest.raises(CallFailed, match="no reply in time"):
                await client.answer(prepare(ask(number), model), Tally())
            took.append(time.monotonic() - start)

        async def run() -> None:
            async with Client([model], retry=RetryPolicy(attempts=1)) as client, asyncio.timeout(60):
                await asyncio.gather(*(one(client, number) for number in range(3)))
                # An answer that comes in time is left alone, and so is whoever comes after it.
                endpoint.faults = {}
                assert (await client.answer(prepare(ask(), model), Tally())).text == item_target(RIGHT)
                await asyncio.sleep(seconds)
                assert (await client.answer(prepare(ask(), model), Tally())).text == item_target(RIGHT)

        asyncio.run(run())
    assert len(took) == 3
    assert min(took) >= seconds - 0.02  # the loop's clock may be a tick coarser
