"""The endpoint: the official client, Tierproof's own client, constraints, streams, errors."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.tiny import tiny_model
from tierproof.lab.serving.endpoint import LabServer
from tierproof.lab.serving.family import Family

MESSAGES: Any = [{"role": "user", "content": "Bako price 12. Bako color red. Loko price 7.\n\nBako color?"}]
LOOKUP: Any = {
    "type": "function",
    "function": {
        "name": "lookup",
        "parameters": {"type": "object", "properties": {"item": {"type": "string"}, "attribute": {"type": "string"}}},
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    folder = tmp_path_factory.mktemp("family")
    tiny_model(folder / "tiny")
    tiny_model(folder / "small", width=48, heads=3)
    server = LabServer(Family(folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def post(server: LabServer, body: Any, path: str = "/v1/chat/completions") -> tuple[int, Any]:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=300)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", path, data, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    found = reply.status, json.loads(reply.read())
    connection.close()
    return found


def ask(server: LabServer, **fields: Any) -> Any:
    status, table = post(server, {"model": "tiny", "messages": MESSAGES, "temperature": 0, "max_tokens": 12, **fields})
    assert status == 200, table
    return table


def test_the_official_client_can_talk_to_it(server: LabServer) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=server.base_url, api_key="none", max_retries=0)
    assert [model.id for model in client.models.list().data] == ["small", "tiny"]
    assert client.models.retrieve("tiny").id == "tiny"
    fields: Any = {"model": "tiny", "messages": MESSAGES, "temperature": 0, "max_tokens": 12}
    whole = client.chat.completions.create(**fields, logprobs=True, top_logprobs=3)
    content = whole.choices[0].logprobs.content
    assert len(content) == whole.usage.completion_tokens - (whole.choices[0].finish_reason == "stop")
    assert all(one.top_logprobs[0].logprob >= one.logprob > -50 for one in content)
    streamed = client.chat.completions.create(**fields, stream=True, stream_options={"include_usage": True})
    chunks = list(streamed)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    # The second request's prompt was read from the cache, all but its last token.
    assert chunks[-1].usage.prompt_tokens_details.cached_tokens == whole.usage.prompt_tokens - 1
    called = client.chat.completions.create(**fields, tools=[LOOKUP], tool_choice="required")
    assert called.choices[0].finish_reason == "tool_calls"
    json.loads(called.choices[0].message.tool_calls[0].function.arguments)
    with pytest.raises(openai.NotFoundError, match="there is no model"):
        client.chat.completions.create(**{**fields, "model": "none"})
    with pytest.raises(openai.BadRequestError, match="temperature"):
        client.chat.completions.create(**{**fields, "temperature": 3})


def test_tierproofs_own_client_can_talk_to_it(server: LabServer) -> None:
    pytest.importorskip("aiohttp")
    from tierproof.systems.models.chat import ChatRequest, ModelSpec, Price
    from tierproof.systems.models.simple import chat

    spec = ModelSpec(name="tiny", base_url=server.base_url, price=Price(input=1.0, output=2.0))
    fields: Any = {"model": "tiny", "messages": tuple(MESSAGES), "temperature": 0.0, "max_tokens": 12}
    plain, streamed = chat(spec, [ChatRequest(**fields, logprobs=True), ChatRequest(**fields, stream=True)])
    assert plain.text == streamed.text
    assert not plain.usage.estimated
    assert plain.logprobs
    assert plain.usd == pytest.approx((plain.usage.prompt_tokens + 2 * plain.usage.completion_tokens) / 1e6)


def test_many_requests_at_once_are_answered_as_each_alone(server: LabServer) -> None:
    texts = [f"Bako price {number}. Loko color red. Bako price?" for number in range(24)]

    def text(content: str) -> str:
        return str(ask(server, messages=[{"role": "user", "content": content}])["choices"][0]["message"]["content"])

    alone = [text(content) for content in texts]
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(text, texts)) == alone


def test_seeds_stop_texts_and_several_choices(server: LabServer) -> None:
    warm = {"temperature": 1.0, "n": 3, "seed": 5}
    first, second = ask(server, **warm), ask(server, **warm)
    assert [one["message"] for one in first["choices"]] == [one["message"] for one in second["choices"]]
    assert len({one["message"]["content"] for one in first["choices"]}) == 3
    whole = ask(server, max_tokens=30)["choices"][0]["message"]["content"]
    stop = whole[len(whole) // 2 :][:3]
    cut = ask(server, max_tokens=30, stop=[stop])["choices"][0]
    assert cut["message"]["content"] == whole[: whole.index(stop)]
    assert cut["finish_reason"] == "stop"
    assert ask(server, max_tokens=3)["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("seed", range(4))
def test_constrained_answers_always_parse(server: LabServer, seed: int) -> None:
    pytest.importorskip("llguidance")
    schema = {
        "type": "object",
        "properties": {"price": {"enum": [1, 20, 300]}, "color": {"enum": ["red", "dark blue"]}},
        "required": ["price", "color"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    warm = {"temperature": 1.5, "seed": seed, "max_tokens": 60}
    answer = json.loads(ask(server, response_format=form, **warm)["choices"][0]["message"]["content"])
    assert answer["price"] in (1, 20, 300)
    assert answer["color"] in ("red", "dark blue")
    grammar = 'start: "SEND " NUMBER " " NAME\nNUMBER: /[1-9]/\nNAME: "Bako" | "Loko"\n'
    command = ask(server, guided_grammar=grammar, **warm)["choices"][0]["message"]["content"]
    word, number, name = command.split(" ")
    assert (word, name in ("Bako", "Loko"), number in "123456789") == ("SEND", True, True)
    status, table = post(server, {"model": "tiny", "messages": MESSAGES, "guided_grammar": "start: nothing"})
    assert (status, "grammar" in table["error"]["message"]) == (400, True)


def test_a_tool_that_is_named_is_the_one_called(server: LabServer) -> None:
    other = {"type": "function", "function": {"name": "ring_up", "parameters": {}}}
    for name in ("lookup", "ring_up"):
        chosen = {"type": "function", "function": {"name": name}}
        # Random weights would write another name, and glue letters to this one: so it ends where it is written.
        opening = len(server.family["tiny"].vocabulary.encode(f"<|call|> {name}"))
        choice = ask(server, tools=[LOOKUP, other], tool_choice=chosen, max_tokens=opening)["choices"][0]
        assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == [name]


def test_special_tokens_are_not_written_unless_tools_are_offered(server: LabServer) -> None:
    for seed in range(6):
        choice = ask(server, temperature=2.0, seed=seed, max_tokens=40)["choices"][0]
        assert "<|" not in choice["message"]["content"]
        none = ask(server, temperature=2.0, seed=seed, tools=[LOOKUP], tool_choice="none")["choices"][0]
        assert "tool_calls" not in none["message"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "truncated"),
        ({"model": "tiny"}, 400, "messages"),
        ({"model": "tiny", "messages": []}, 400, "length"),
        ({"model": "tiny", "messages": [{"role": "king", "content": "x"}]}, 400, "role"),
        ({"model": "tiny", "messages": MESSAGES, "max_tokens": 0}, 400, ">= 1"),
        ({"model": "none", "messages": MESSAGES}, 404, "no model"),
        ({"model": "tiny", "messages": MESSAGES, "tools": [{"function": {"name": {}}}]}, 400, "tools[0].function.name"),
        ({"model": "tiny", "messages": MESSAGES, "tools": [{"function": "x"}]}, 400, "tools[0].function"),
        ({"model": "tiny", "messages": [{"role": "assistant", "tool_calls": 5}]}, 400, "message 0 has tool_calls"),
        ({"model": "tiny", "messages": [{"role": "assistant", "tool_calls": [{}]}]}, 400, "message 0 has tool_calls"),
        (
            {"model": "tiny", "messages": MESSAGES, "tools": [LOOKUP], "tool_choice": {"function": {"name": "sell"}}},
            400,
            "'sell'; the tools are lookup",
        ),
        ({"model": "tiny", "messages": MESSAGES, "tool_choice": {"function": "sell"}}, 400, "the tools are none"),
        ({"model": "tiny", "messages": [{"role": "user", "content": "x " * 400}]}, 400, "context"),
    ],
)
def test_bad_requests_are_refused_with_what_is_wrong(server: LabServer, body: Any, status: int, said: str) -> None:
    found, table = post(server, body)
    assert found == status
    assert said in table["error"]["message"]


@pytest.mark.parametrize("length", [b"\xb2", b"9" * 5000, b"-1", b""])
def test_a_length_that_is_none_is_refused(server: LabServer, length: bytes) -> None:
    with socket.create_connection(server.server_address[:2], timeout=60) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 411 ")


def test_a_client_that_drops_its_connection_leaves_no_trace(
    server: LabServer, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(threading.enumerate())
    connection = socket.create_connection(server.server_address[:2], timeout=60)
    # Closing so sends a reset, as a process does that ends with unread data.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(b"GET /health HTTP/1.1\r\n\r\n")
    connection.recv(10)
    handlers = [one for one in threading.enumerate() if "process_request_thread" in one.name and one not in before]
    connection.close()
    assert handlers
    for one in handlers:
        one.join(60)
    assert capfd.readouterr() == ("", "")


def test_other_paths_are_not_found_and_the_server_lives_on(server: LabServer) -> None:
    assert post(server, {}, "/v1/embeddings")[0] == 404
    # A reader that goes away in the middle of a stream.
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=300)
    body = {"model": "tiny", "messages": MESSAGES, "stream": True, "max_tokens": 200}
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    connection.getresponse().read(20)
    connection.close()
    assert ask(server)["choices"]
