"""What an endpoint can do is told by what it did, against the lab's own endpoint and one that does as it is told."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from servers.endpoint import serve
from tierproof.systems.models import ModelSpec
from tierproof.systems.models.features import features_of

NAMES = (
    "tools", "response_format", "grammar_dialect openai", "grammar_dialect vllm", "grammar_dialect vllm-old",
    "grammar_dialect llama.cpp", "logprobs", "temperature", "seed", "usage", "cached tokens", "reasoning field",
)  # fmt: skip


def told(base_url: str, model: str = "m") -> dict[str, str]:
    return {one.name: one.told for one in features_of(ModelSpec(name=model, base_url=base_url))}


def obliging(field: str) -> Any:
    """An endpoint that heeds one dialect, tools, forms and seeds, and draws a new word otherwise."""
    count = itertools.count()

    def answer(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        if "tools" in body and body["tools"][0]["type"] == "function":
            call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        if "response_format" in body:
            return '{"bird": "heron"}'
        if field in body:
            return "osprey"
        return "seven" if "seed" in body else f"word {next(count)}"

    return answer


@pytest.mark.parametrize(
    ("field", "dialect"), [("structured_outputs", "vllm"), ("guided_grammar", "vllm-old"), ("grammar", "llama.cpp")]
)
def test_a_feature_is_there_where_the_reply_shows_it(field: str, dialect: str) -> None:
    with serve(answer=obliging(field)) as endpoint:
        found = told(endpoint.base_url)
    assert tuple(found) == NAMES
    assert {name for name, what in found.items() if what == "yes"} == {
        "tools", "response_format", f"grammar_dialect {dialect}", "logprobs", "temperature", "seed", "usage",
    }  # fmt: skip
    assert found["grammar_dialect openai"] == "ignored: the reply is not of the grammar"


def test_an_endpoint_that_answers_all_alike_has_no_seed_to_speak_of() -> None:
    with serve() as endpoint:
        found = told(endpoint.base_url)
    assert found["temperature"] == "3 draws at 1.5 are all alike"
    assert found["seed"].startswith("cannot be told")


def test_what_an_endpoint_refuses_is_told_in_its_words() -> None:
    with serve(faults={"500": 100}) as endpoint:
        found = told(endpoint.base_url)
    assert all("500" in what for what in found.values())
