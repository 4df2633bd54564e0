"""What is sent, under which key, and the most that it can take."""

from __future__ import annotations

import dataclasses
import json
from types import MappingProxyType
from typing import Any

import pytest
from msgspec import structs

from tierproof.errors import InputError
from tierproof.systems.models import ChatRequest, ModelSpec, system_message, user_message
from tierproof.systems.models.wire.request import prepare

SPEC = ModelSpec(name="m", base_url="http://127.0.0.1:9/v1", max_output=100)
REQUEST = ChatRequest(model="m", messages=(system_message("Be brief."), user_message("Hello")))


def body(request: ChatRequest, spec: ModelSpec = SPEC) -> dict[str, Any]:
    return json.loads(prepare(request, spec).body)  # type: ignore[no-any-return]


def test_only_what_was_asked_for_is_sent_and_always_a_limit() -> None:
    assert body(REQUEST) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "max_tokens": 100,
    }


def test_the_limit_has_the_name_that_the_endpoint_wants() -> None:
    spec = dataclasses.replace(SPEC, model_id="served", max_tokens_field="max_completion_tokens")
    sent = body(structs.replace(REQUEST, max_tokens=7), spec)
    assert sent["max_completion_tokens"] == 7
    assert sent["model"] == "served"
    assert "max_tokens" not in sent


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.5},
        {"top_p": 0.9},
        {"max_tokens": 5},
        {"seed": 1},
        {"stop": ("end",)},
        {"messages": (user_message("Hello"),)},
        {"tools": ({"type": "function", "function": {"name": "f"}},)},
        {"response_format": {"type": "json_object"}},
        {"logprobs": True},
        {"stream": True},
        {"extra": {"reasoning_effort": "low"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_that_can_change_the_answer_changes_the_key(change: dict[str, Any]) -> None:
    assert prepare(structs.replace(REQUEST, **change), SPEC).key != prepare(REQUEST, SPEC).key


def test_the_key_depends_on_address_and_repeat_and_on_nothing_else() -> None:
    key = prepare(REQUEST, SPEC).key
    assert len(key) == 16
    assert prepare(REQUEST, SPEC, 1).key != key
    assert prepare(REQUEST, dataclasses.replace(SPEC, base_url="http://127.0.0.1:8/v1")).key != key
    assert prepare(structs.replace(REQUEST), dataclasses.replace(SPEC, concurrency=3)).key == key


def test_the_key_is_the_same_in_every_installation() -> None:
    # BLAKE2b with 16 bytes over address, repeat and the body as it is sent; written down so that a change that would
    # make old journals' answers unfindable is seen.
    import hashlib

    text = (
        "http://127.0.0.1:9/v1\n0\n"
        '{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}],'
        '"max_tokens":100}'
    )
    assert prepare(REQUEST, SPEC).key == hashlib.blake2b(text.encode(), digest_size=16).digest()


def test_the_order_of_keys_is_kept() -> None:
    # A schema's properties reach the model in the order in which they are written.
    schema = {"type": "json_schema", "json_schema": {"zeta": 1, "alpha": 2}}
    assert b'{"zeta":1,"alpha":2}' in prepare(structs.replace(REQUEST, response_format=schema), SPEC).body


def test_read_only_mappings_and_half_characters_can_be_sent() -> None:
    frozen = structs.replace(REQUEST, messages=(MappingProxyType(user_message("Hi")),))
    assert body(frozen)["messages"][0]["content"] == "Hi"
    half = structs.replace(REQUEST, messages=(user_message("cut \ud83d off"),))
    assert body(half)["messages"][0]["content"] == "cut \ud83d off"


@pytest.mark.parametrize("text", ["plain words " * 40, "日本語のテキスト" * 20, "🦉" * 50, '"\\\n' * 50])
def test_the_prompt_bound_is_no_less_than_its_bytes(text: str) -> None:
    # No byte-level or byte-fallback tokenizer makes more tokens than there are bytes.
    call = prepare(structs.replace(REQUEST, messages=(user_message(text),)), SPEC)
    assert call.prompt_bound >= len(text.encode())
    assert call.completion_bound == 100


def test_the_context_limit_bounds_the_prompt() -> None:
    spec = dataclasses.replace(SPEC, context_limit=50)
    assert prepare(REQUEST, spec).prompt_bound == 50


def test_media_cannot_be_bounded_by_its_bytes() -> None:
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "https://x.test/a"}}]
    request = structs.replace(REQUEST, messages=({"role": "user", "content": parts},))
    with pytest.raises(InputError, match="context_limit"):
        prepare(request, SPEC)
    assert prepare(request, dataclasses.replace(SPEC, context_limit=9000)).prompt_bound == 9000


def test_what_cannot_be_sent_is_said() -> None:
    with pytest.raises(InputError, match="temperature is nan"):
        prepare(structs.replace(REQUEST, temperature=float("nan")), SPEC)
    with pytest.raises(InputError, match="holds a object"):
        prepare(structs.replace(REQUEST, extra={"thing": object()}), SPEC)
    with pytest.raises(InputError, match="may not set max_tokens, n"):
        ChatRequest(model="m", messages=(), extra={"n": 4, "max_tokens": 10**6})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_url": "ftp://host/v1"}, "no http address"),
        ({"base_url": "nonsense"}, "no http address"),
        ({"base_url": "https://user:geheim@host/v1"}, "may be secret"),
        ({"base_url": "https://host/v1?key=geheim"}, "may be secret"),
        ({"concurrency": 0}, "concurrency must be above 0"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds must be above 0"),
    ],
)
def test_a_model_that_cannot_be_called_is_refused_without_its_secrets(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        dataclasses.replace(SPEC, **change)
    assert "geheim" not in str(caught.value)
