"""Techniques that change which calls are made: votes, cascades, tools, agents, caches, other endpoints."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from pace import timed
from techniques.answering import BASELINE, PRICE, answered, made, resources, says, tool_call
from tierproof.errors import InputError
from tierproof.systems.models import Usage
from tierproof.techniques import Item, Tool, semantic_caching
from tierproof.techniques.semantic_caching import served_by_vectors, served_by_words
from tierproof.techniques.test_time_compute import majority

NUMBERS = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}
ADD = Tool(name="add", description="Adds.", parameters=NUMBERS, run=lambda given: given["a"] + given["b"])


def tools(*more: Tool) -> Any:
    return resources(tools=(ADD, *more), documents=())


def last(body: Mapping[str, Any]) -> Mapping[str, Any]:
    message: Mapping[str, Any] = body["messages"][-1]
    return message


def test_self_consistency_takes_independent_samples_and_the_answer_given_most() -> None:
    replies = itertools.cycle(["Oslo", "Bern.", "bern", "Rome", "Bern"])
    exchange = answered("test-time-compute", lambda body: next(replies), baseline=BASELINE.with_decoding(temperature=0))
    assert len(exchange.bodies) == 5, "equal requests of one vote are not shared"
    assert exchange.bodies[0]["temperature"] == 0.7
    assert exchange.answer.text.strip(".").casefold() == "bern"


def test_repeats_of_a_vote_share_no_sample() -> None:
    numbers = itertools.count()
    exchange = answered("test-time-compute(samples=3)", lambda body: str(next(numbers)), repeats=2)
    assert len(exchange.bodies) == 6


def test_a_vote_costs_all_its_samples_and_takes_as_long_as_the_slowest() -> None:
    exchange = answered("test-time-compute(samples=4)", says("Bern"))
    answer = exchange.answer
    calls = [entry for entry in answer.trace if entry.kind == "call"]
    assert answer.calls == len(calls) == 4
    assert answer.usd == pytest.approx(PRICE.usd(answer.usage))
    assert answer.seconds == pytest.approx(max(entry.seconds for entry in calls))


@pytest.mark.parametrize(
    ("answers", "place", "count"),
    [
        (["a", "b", "b"], 1, 2),
        (["a", "b"], 0, 1),  # a tie: the first
        (["", "", "x"], 2, 1),  # an empty answer is no vote
        (["", ""], 0, 2),
        (["1,000", "1000.0", "7"], 0, 2),
    ],
)
def test_majority(answers: list[str], place: int, count: int) -> None:
    assert majority(answers) == (place, count)


def test_best_of_n_keeps_the_most_central_answer() -> None:
    replies = itertools.cycle(["the heron nests in trees", "the heron nests in wet reeds", "herons nest in wet reeds"])
    exchange = answered("test-time-compute/best-of-n(samples=3)", lambda body: next(replies))
    assert exchange.answer.text == "the heron nests in wet reeds"


def test_reasoning_effort_is_sent() -> None:
    assert answered("test-time-compute/reasoning-effort", says("x")).bodies[0]["reasoning_effort"] == "high"


def test_model_scaling_steps_up_the_ladder_and_ends_there() -> None:
    assert answered("model-scaling", says("x")).bodies[0]["model"] == "large"
    with pytest.raises(InputError, match="largest model"):
        made("model-scaling+model-scaling")
    assert made("model-scaling+model-scaling(steps=-1)") == BASELINE


def test_an_endpoint_swap_needs_its_endpoint() -> None:
    assert answered("quantization", says("x")).bodies[0]["model"] == "small-4bit"
    with pytest.raises(InputError, match=r"speculative-decoding needs .* 'small'") as caught:
        made("speculative-decoding")
    assert "[[models]]" in str(caught.value)


@pytest.mark.parametrize(("sure", "model"), [("95", "small"), ("40", "large"), ("no idea", "large"), ("140", "large")])
def test_a_cascade_asks_the_large_model_where_the_small_one_is_not_sure(sure: str, model: str) -> None:
    def reply(body: Mapping[str, Any]) -> str:
        return sure if "How likely" in last(body)["content"] else f"from {body['model']}"

    exchange = answered("model-routing", reply)
    assert exchange.answer.text == f"from {model}"
    assert exchange.answer.calls == (2 if model == "small" else 3)


def test_a_cascade_by_votes_looks_at_agreement() -> None:
    replies = itertools.cycle(["a", "b", "c"])

    def split(body: Mapping[str, Any]) -> str:
        return "sure" if body["model"] == "large" else next(replies)

    assert answered("model-routing/vote", split).answer.text == "sure"
    assert answered("model-routing/vote", says("a")).answer.calls == 3


def test_a_cascade_by_probability_reads_logprobs() -> None:
    # The endpoint gives every reply one token at -0.5, so the geometric mean is exp(-0.5) = 0.607.
    reply = lambda body: str(body["model"])  # noqa: E731
    assert answered("model-routing/probability(threshold=0.6)", reply).answer.text == "small"
    assert answered("model-routing/probability(threshold=0.61)", reply).answer.text == "large"


def test_tools_are_called_with_the_models_arguments_and_their_results_given_back() -> None:
    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        message = last(body)
        return message["content"] if message["role"] == "tool" else tool_call("add", '{"a": 2, "b": 40}')

    exchange = answered("function-calling", reply, given=tools())
    assert exchange.answer.text == "42"
    assert exchange.bodies[0]["tools"][0]["function"]["name"] == "add"
    assert exchange.answer.calls == 2
    assert ("tool", 'add: {"a": 2, "b": 40} -> 42') in [
        (entry.kind, f"{entry.name}: {entry.text}") for entry in exchange.answer.trace
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("add", "{", "no JSON"),
        ("add", "[1]", "must be a JSON object"),
        ("add", '{"a": 1}', "missing b"),
        ("subtract", "{}", "no tool 'subtract'"),
        ("fail", "{}", "error: ZeroDivisionError"),
        ("slow", "{}", "no result within 0.05 seconds"),
    ],
)
def test_a_bad_tool_call_is_told_to_the_model_and_is_not_the_end(name: str, arguments: str, told: str) -> None:
    none = {"type": "object", "properties": {}}
    fail = Tool(name="fail", description="", parameters=none, run=lambda given: 1 / 0)

    async def sleep(given: Mapping[str, Any]) -> str:
        await asyncio.sleep(5)
        return ""

    slow = Tool(name="slow", description="", parameters=none, run=sleep, timeout_seconds=0.05)

    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        message = last(body)
        return message["content"] if message["role"] == "tool" else tool_call(name, arguments)

    assert told in answered("function-calling", reply, given=tools(fail, slow)).answer.text


def test_a_model_that_asks_for_tools_for_ever_must_answer() -> None:
    numbers = itertools.count()

    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        if body.get("tool_choice") == "none":
            return "enough"
        return tool_call("add", json.dumps({"a": next(numbers), "b": 1}))

    exchange = answered("function-calling", reply, given=tools())
    assert exchange.answer.text == "enough"
    assert exchange.answer.calls == 9, "eight rounds of tools, and the answer"


def test_an_agent_that_goes_in_circles_is_stopped() -> None:
    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        return "I stop" if body.get("tool_choice") == "none" else tool_call("add", '{"a": 1, "b": 1}')

    exchange = answered("agent-orchestration(rounds=50)", reply, given=tools())
    assert exchange.answer.text == "I stop"
    assert exchange.answer.calls == 3, "the call, its repetition, the answer"
    assert any("stopped" in entry.text for entry in exchange.answer.trace)


def test_an_agent_searches_the_documents_by_itself() -> None:
    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        message = last(body)
        if message["role"] == "tool":
            return "in reeds" if "nests in reeds" in message["content"] else "unknown"
        return tool_call("search_documents", '{"query": "purple heron"}')

    exchange = answered("agent-orchestration", reply)
    assert exchange.answer.text == "in reeds"
    assert "nests in reeds" not in str(exchange.bodies[0]), "what the agent looks up is not put before it as well"


def test_tools_work_inside_a_vote() -> None:
    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        return "42" if last(body)["role"] == "tool" else tool_call("add", '{"a": 2, "b": 40}')

    exchange = answered("function-calling+test-time-compute(samples=3)", reply, given=tools())
    assert (exchange.answer.text, exchange.answer.calls) == ("42", 6)


def test_a_semantic_cache_serves_like_requests_from_the_first() -> None:
    texts = ["Where does the heron nest?", "where does the heron nest", "What do gulls eat?", "Where does it nest?"]
    items = [Item(id=str(number), input=text) for number, text in enumerate(texts)]
    given = resources(requests=tuple(items))
    numbers = itertools.count()
    exchange = answered("semantic-caching", lambda body: str(next(numbers)), items, given=given)
    assert [answer.text for answer in exchange.answers] == ["0", "0", "1", "2"]
    assert [answer.calls for answer in exchange.answers] == [1, 0, 1, 1]
    assert exchange.answers[1].usd == 0
    assert exchange.answers[1].usage == Usage(prompt_tokens=0, completion_tokens=0)


def test_a_semantic_cache_gives_the_same_answers_in_any_order() -> None:
    items = [Item(id="a", input="Where does the heron nest?"), Item(id="b", input="Where does the heron nest")]
    given = resources(requests=tuple(items))
    reply = lambda body: last(body)["content"]  # noqa: E731
    forth = answered("semantic-caching", reply, items, given=given).answers
    back = answered("semantic-caching", reply, items[::-1], given=given).answers[::-1]
    assert [(one.text, one.calls) for one in forth] == [(one.text, one.calls) for one in back]


def test_the_word_index_finds_what_comparing_all_pairs_finds() -> None:
    # Every text of five words out of six, and a threshold in the middle of their cosines: many hits, many misses.
    texts = [" ".join(chosen) for chosen in itertools.combinations_with_replacement(["a1", "b2", "c3", "d4"], 4)]

    def by_pairs(threshold: float) -> dict[int, int]:
        from tierproof.systems.parts.retrieval import words

        vocabulary = sorted({word for text in texts for word in words(text)})
        counts = np.array([[words(text).count(word) for word in vocabulary] for text in texts], dtype=float)
        weights = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
        return served_by_vectors(texts, threshold, lambda given: counts * weights)

    for threshold in (0.5, 0.8, 0.9, 0.97):
        found = served_by_words(texts, threshold)
        # Ties between equally near texts may be broken by rounding; which texts are served may not.
        assert found.keys() == by_pairs(threshold).keys()
        assert threshold > 0.95 or found


def test_vectors_are_searched_in_blocks_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic_caching, "BLOCK", 7)
    monkeypatch.setattr(semantic_caching, "SLAB", 5)
    vectors = np.random.default_rng(4).normal(size=(60, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected: dict[int, int] = {}
    answered: list[int] = []
    for place, vector in enumerate(vectors):
        near = max(answered, key=lambda early: vectors[early] @ vector, default=None)
        if near is not None and vectors[near] @ vector >= 0.9:
            expected[place] = near
        else:
            answered.append(place)
    assert 10 < len(expected) < 50
    assert served_by_vectors([""] * 60, 0.9, lambda texts: vectors) == expected
    assert served_by_vectors([], 0.9, lambda texts: vectors[:0]) == {}


def test_long_lists_of_requests_are_searched_quickly() -> None:
    import random

    draw = random.Random(1)
    words = [f"w{number}" for number in range(5000)]
    weights = [1 / (1 + number) for number in range(5000)]
    texts = [" ".join(draw.choices(words, weights, k=12)) for _ in range(20_000)]
    texts[-1] = texts[7]
    served, seconds = timed(lambda: served_by_words(texts, 0.9))
    assert served[19_999] == 7
    # Near 0.7 s where it was written; comparing all pairs would take minutes.
    assert seconds < 10
