"""Logprobs are read where they are numbers, and an answer with others can be kept all the same."""

from __future__ import annotations

import json

import msgspec
import pytest

from systems.models.test_reply import completion, read
from tierproof.systems.models import ChatReply, TokenLogprob
from tierproof.systems.models.wire.reply import decode_completion


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "-1e999", "-1" + "0" * 400, "true", "null"])
def test_a_logprob_that_is_no_finite_number_is_none_and_the_answer_can_be_kept(value: str) -> None:
    table = completion()
    table["choices"][0]["logprobs"] = {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": ["here"]}]}
    written = json.dumps(table)
    beside = read(dict(decode_completion(written.replace('"here"', f'{{"token": "b", "logprob": {value}}}').encode())))
    itself = read(dict(decode_completion(written.replace("-0.5", value).replace('"here"', "").encode())))
    assert beside.logprobs == (TokenLogprob(token="a", logprob=-0.5),) and itself.logprobs is None
    for reply in (beside, itself):
        assert msgspec.json.decode(msgspec.json.encode(reply), type=ChatReply) == reply


@pytest.mark.parametrize(
    "logprobs",
    [
        {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [{"a": -0.5, "b": -1.5}]},
        [{"token": "a", "logprob": -0.5, "top_logprobs": {"a": -0.5, "b": -1.5}}],
        {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": {"a": -0.5, "b": -1.5}}]},
    ],
    ids=["the older form", "a list", "a table of the likeliest"],
)
def test_logprobs_are_read_in_every_form(logprobs: object) -> None:
    table = completion()
    table["choices"][0]["logprobs"] = logprobs
    assert read(table).logprobs == (TokenLogprob(token="a", logprob=-0.5, top=(("a", -0.5), ("b", -1.5))),)


@pytest.mark.parametrize(
    "logprobs", [{"tokens": ["a"], "token_logprobs": []}, {"tokens": ["a"]}, {"content": None}, []]
)
def test_logprobs_that_lack_some_are_none(logprobs: object) -> None:
    table = completion()
    table["choices"][0]["logprobs"] = logprobs
    assert not read(table).logprobs
