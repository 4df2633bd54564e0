"""Completions are read as they come."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from systems.models.replies import completion, read
from tierproof.errors import InputError
from tierproof.systems.models import (
    ChatReply,
    TokenLogprob,
    ToolCall,
    Usage,
)
from tierproof.systems.models.wire.refusals import AttemptFailed, CallRefused, FormUnknown, ModelRefused, Refused
from tierproof.systems.models.wire.reply import StreamedCompletion, decode_completion


def test_a_plain_completion() -> None:
    reply = read(
        completion({"prompt_tokens": 20, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}})
    )
    # 20 tokens at USD 1 and 4 at USD 10 per million; this price has no rebate for cached ones.
    assert reply == ChatReply(
        text="An owl.",
        usage=Usage(prompt_tokens=20, completion_tokens=4, cached_tokens=8, cache_reported=True),
        seconds=1.5,
        id="c1",
        model="m-1",
        usd=60e-6,
    )


def test_tool_calls_reasoning_and_logprobs() -> None:
    tools = [
        {"id": "a", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}},
        {"function": {"name": "sum", "arguments": {"x": 2}}},
        {"function": "broken"},
    ]
    table = completion(content=None, tool_calls=tools, reasoning_content="Hmm.")
    top = [{"token": "An", "logprob": -0.1}, {"token": "A", "logprob": -2}]
    table["choices"][0]["logprobs"] = {"content": [{"token": "An", "logprob": -0.1, "top_logprobs": top}]}
    reply = read(table)
    assert reply.text == ""
    assert reply.reasoning == "Hmm."
    assert reply.tool_calls == (
        ToolCall(id="a", name="find", arguments='{"q": 1}'),
        ToolCall(id="call_1", name="sum", arguments='{"x":2}'),
    )
    assert reply.logprobs == (TokenLogprob(token="An", logprob=-0.1, top=(("An", -0.1), ("A", -2.0))),)


@pytest.mark.parametrize(
    "payload", [b"", b"<html>", b'{"choices": [', b"[1]", b"\xff\xfe", b"[" * 100_000], ids=lambda p: repr(p[:12])
)
def test_what_is_no_json_object_can_be_tried_again_and_may_be_charged(payload: bytes) -> None:
    with pytest.raises(AttemptFailed) as caught:
        decode_completion(payload)
    assert caught.value.charged


@pytest.mark.parametrize(
    "table",
    [{}, {"choices": []}, {"choices": None}, {"choices": [5]}, {"choices": [{"message": None}]}, {"error": {"m": 1}}],
)
def test_a_reply_without_choices_can_be_tried_again(table: dict[str, Any]) -> None:
    with pytest.raises(AttemptFailed, match="no choices"):
        read(table)


@pytest.mark.parametrize(
    "table",
    [
        {"model": "m", "message": {"role": "assistant", "content": "7"}, "done": True},
        {"candidates": [{"content": {"parts": [{"text": "7"}]}}]},
        {"type": "message", "content": [{"type": "text", "text": "7"}], "stop_reason": "end_turn"},
        {"object": "response", "output": [{"type": "message"}]},
        {"output": {"message": {"content": [{"text": "7"}]}}, "stopReason": "end_turn"},
        {"id": "c", "message": {"content": [{"type": "text", "text": "7"}]}, "finish_reason": "COMPLETE"},
    ],
)
def test_a_reply_of_another_interface_ends_the_run_at_once(table: dict[str, Any]) -> None:
    # Tried again it would be the same, and be counted at its worst case each time.
    with pytest.raises(FormUnknown, match="not as chat completions"):
        read(table)


def chunks(*deltas: dict[str, Any], finish: str | None = "stop") -> list[bytes]:
    tables: list[dict[str, Any]] = [{"id": "c1", "model": "m-1", "choices": [{"delta": delta}]} for delta in deltas]
    tables.append({"id": "c1", "choices": [{"delta": {}, "finish_reason": finish}]})
    tables.append({"id": "c1", "choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 4}})
    return [b"data: " + json.dumps(table).encode() for table in tables]


def stream(lines: list[bytes]) -> dict[str, Any]:
    gathered = StreamedCompletion()
    for line in lines:
        gathered.feed(line)
    return dict(gathered.table())


def test_a_stream_reads_as_the_whole_would_have() -> None:
    lines = chunks({"role": "assistant", "content": ""}, {"content": "An "}, {"content": "owl."})
    whole = completion({"prompt_tokens": 20, "completion_tokens": 4})
    assert read(stream([b": comment", b"", *lines, b"data: [DONE]"])) == read(whole)


def test_streamed_tool_calls_are_put_together() -> None:
    pieces: list[dict[str, Any]] = [
        {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "find", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"q":'}}]},
        {"tool_calls": [{"index": 1, "id": "b", "function": {"name": "sum", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]},
    ]
    assert read(stream(chunks(*pieces, finish="tool_calls"))).tool_calls == (
        ToolCall(id="a", name="find", arguments='{"q": 1}'),
        ToolCall(id="b", name="sum", arguments="{}"),
    )


def test_a_stream_that_stops_early_is_not_taken_for_a_short_answer() -> None:
    with pytest.raises(AttemptFailed, match="cut off"):
        stream(chunks({"content": "An "}, finish=None)[:2])


def test_the_first_token_is_the_first_text_not_the_first_chunk() -> None:
    gathered = StreamedCompletion()
    lines = chunks({"role": "assistant", "content": ""}, {"content": "An"})
    assert [gathered.feed(line) for line in lines] == [False, True, False, False]


PROGRAMS = [
    '```python\nre.sub(r"<think>.*?</think>", "", text)\n```',
    '```python\ntext.split("</think>")[-1]\n```',
    "```html\n<think>\n7?\n</think>\n```",
]


@pytest.mark.parametrize(
    ("content", "text", "thought"),
    [
        ("<think>Lima? No.</think>\n\nOslo", "Oslo", "Lima? No."),
        ("Lima? No.\n</think>\n\nOslo", "Oslo", "Lima? No."),
        ("<mm:think>Lima?</mm:think>Oslo", "Oslo", "Lima?"),
        ("<|START_THINKING|>Lima?<|END_THINKING|><|START_RESPONSE|>Oslo<|END_RESPONSE|>", "Oslo", "Lima?"),
        ("<think>Lima?</think>\n<answer>Oslo</answer>", "Oslo", "Lima?"),
        ("<answer>Oslo</answer>", "<answer>Oslo</answer>", ""),
        ("<think>\n\n</think>\n\nOslo", "Oslo", ""),
        ("<thinking>Lima?</thinking>\nOslo", "Oslo", "Lima?"),
        ("[THINK]Lima?[/THINK]Oslo", "Oslo", "Lima?"),
        ("◁think▷Lima?◁/think▷Oslo", "Oslo", "Lima?"),
        ("<think>one</think>Os<think>two</think>lo", "Oslo", "one\ntwo"),
        (
            "<|channel|>analysis<|message|>Lima?<|end|><|start|>assistant<|channel|>final<|message|>Oslo",
            "Oslo",
            "Lima?",
        ),
        # Cut off before its end: nothing was said.
        ("<think>It must be 7", "", "It must be 7"),
        ("<scratchpad>7?</scratchpad>7", "7", "7?"),
        ("<inner_monologue>7?</inner_monologue>\n7", "7", "7?"),
        ("<unused94>thought\n7?<unused95>7", "7", "7?"),
        ("analysis7?assistantfinal7", "7", "7?"),
        ("analysis of the matter: 7", "analysis of the matter: 7", ""),
        # Tags that are spoken of.
        ("Write `<think>` before and `</think>` after.", "Write `<think>` before and `</think>` after.", ""),
        ("a < b and b > c", "a < b and b > c", ""),
        *((text, text, "") for text in PROGRAMS),
        ("<think>7?</think>\n```xml\n<think>8</think>\n```", "```xml\n<think>8</think>\n```", "7?"),
        ("Well.<think>7?</think> 7", "Well. 7", "7?"),
        # The end of a turn, which some servers leave in.
        ("7<|im_end|>", "7", ""),
        ("<think>7?</think>7</s>", "7", "7?"),
        ("<s>6</s>", "<s>6</s>", ""),
        ("<think>7<think>8?</think>?</think>7", "7", "7<think>8?</think>?"),
        ("<think>7?</think><final_response>7</final_response>", "7", "7?"),
        ("<reasoning_content>7?</reasoning_content>7", "7", "7?"),
        ("<|channel>thought\n7?<channel|>7", "7", "7?"),
        ("<|inner_prefix|>7?<|inner_suffix|>7", "7", "7?"),
        ("Here is my thought process: 7?\nHere is my response: 7", "7", "7?"),
        ("<think budget='9'>7?</think >7", "7", "7?"),
        ("<inner_thoughts>7?</inner_thoughts>7", "7", "7?"),
        (
            '<details type="reasoning" done="true">\n<summary>Thought for 2 s</summary>\n> 7?\n</details>\n7',
            "7",
            "> 7?",
        ),
        ("<details><summary>Price</summary>7</details>", "<details><summary>Price</summary>7</details>", ""),
        ("Thinking...\n7?\n...done thinking.\n\n7", "7", "7?"),
        ("<|im_start|>assistant\n7", "7", ""),
        ("Seven?\n[BEGIN FINAL RESPONSE]\n7\n[END FINAL RESPONSE]", "7", "Seven?"),
    ],
)
def test_what_is_thought_is_parted_from_what_is_said(content: str, text: str, thought: str) -> None:
    reply = read(completion(content=content))
    assert (reply.text, reply.reasoning) == (text, thought)


def test_thinking_in_parts_of_its_own_is_no_answer() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Lima?"}]}, {"type": "text", "text": "Oslo"}]
    reply = read(completion(content=parts))
    assert (reply.text, reply.reasoning) == ("Oslo", "Lima?")


@pytest.mark.parametrize(
    "content",
    ["Oslo", ["Os", "lo"], {"type": "text", "text": "Oslo"}, [{"type": "output_text", "text": "Oslo"}]],
)
def test_parts_of_all_forms_are_what_was_said(content: Any) -> None:
    assert read(completion(content=content)).text == "Oslo"
    assert read(completion(content=12)).text == "12"


@pytest.mark.parametrize(
    "field",
    [
        {"thinking": "Lima?"},
        {"reasoning": {"content": "Lima?"}},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Lima?"}]},
    ],
    ids=lambda field: next(iter(field)),
)
def test_thinking_in_a_field_of_its_own_is_no_answer(field: dict[str, Any]) -> None:
    reply = read(completion(content="Oslo", **field))
    assert (reply.text, reply.reasoning) == ("Oslo", "Lima?")


def test_the_first_of_several_choices_is_read_in_whatever_order_they_come() -> None:
    table = completion()
    table["choices"] = [{"index": 1, "message": {"content": "A cat."}}, {"index": 0, "message": {"content": "An owl."}}]
    assert read(table).text == "An owl."


@pytest.mark.parametrize(
    "chunks",
    [
        [{"delta": {"content": None, "refusal": "I will "}}, {"delta": {"refusal": "not."}}],
        [{"message": {"role": "assistant", "content": "I will not."}, "finish_reason": "stop"}],
        [{"text": "I will "}, {"text": "not."}],
        [{"delta": {"content": [{"type": "thinking", "thinking": "No?"}]}}, {"delta": {"content": "I will not."}}],
    ],
    ids=["refusal", "message", "text", "parts"],
)
def test_a_stream_of_another_form_is_read(chunks: list[dict[str, Any]]) -> None:
    completed = StreamedCompletion()
    for chunk in chunks:
        completed.feed(b"data: " + json.dumps({"choices": [chunk]}).encode())
    completed.feed(b"data: [DONE]")
    assert read(dict(completed.table())).text == "I will not."


def test_a_refusal_is_what_was_said() -> None:
    assert read(completion(content=None, refusal="I will not.")).text == "I will not."


@pytest.mark.parametrize("streamed", [False, True])
def test_answers_that_nobody_asked_for_count_where_no_usage_is_told(streamed: bool) -> None:
    """No token is shorter than a byte, so that each counts at all its bytes."""
    said = ["An owl.", "An owl in the old barn.", "A cat."]
    if streamed:
        parts = [{"choices": [{"index": at, "delta": {"content": text}}]} for at, text in enumerate(said)]
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        reply = read(stream([*(b"data: " + json.dumps(one).encode() for one in (*parts, end)), b"data: [DONE]"]))
    else:
        reply = read({"choices": [{"index": at, "message": {"content": text}} for at, text in enumerate(said)]})
    assert reply.text == said[0] and reply.usage.estimated
    assert reply.usage.completion_tokens >= len(said[1]) + len(said[2])


@pytest.mark.parametrize(
    ("reason", "read_as"),
    [
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        (None, "stop"),
        ("", "stop"),
        ("EOS", "stop"),
        ("end_turn", "stop"),
        ("odd", "odd"),
    ],
)
def test_why_a_reply_ended_has_one_name(reason: str | None, read_as: str) -> None:
    table = completion(content="An owl.")
    table["choices"][0]["finish_reason"] = reason
    assert read(table).finish_reason == read_as


@pytest.mark.parametrize("content", ["", "An o"])
@pytest.mark.parametrize("how", ["finish", "abort", "beside", "within"])
def test_a_reply_that_broke_off_with_an_error_can_be_tried_again(content: str, how: str) -> None:
    table = completion(content=content)
    if how in ("finish", "abort"):
        table["choices"][0]["finish_reason"] = "error" if how == "finish" else how
    else:
        (table if how == "beside" else table["choices"][0])["error"] = {"message": "the worker broke off"}
    with pytest.raises(AttemptFailed, match="broke off"):
        read(table)


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        ({"message": "no tools here", "code": 400}, CallRefused, "no tools here"),
        ({"message": "no such model", "code": "404"}, ModelRefused, "no such model"),
        ({"message": "slow down", "code": 429}, AttemptFailed, "slow down"),
        ({"message": "it broke"}, AttemptFailed, "an error: it broke"),
        ("it broke", AttemptFailed, "an error: it broke"),
    ],
)
def test_an_error_in_place_of_choices_is_that_error(error: Any, kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told):
        read({"error": error})


@pytest.mark.parametrize(
    ("code", "beside", "charged"),
    [
        (429, {}, False),
        (400, {}, False),
        ("rate_limit_exceeded", {"choices": []}, False),
        (500, {}, True),
        ("503", {}, True),
        ("content_filter", {}, True),
        (429, {"choices": [{"index": 0, "message": {"role": "assistant", "content": ""}}]}, True),
        (400, {"choices": [{"index": 0, "message": {"role": "assistant", "content": None}}]}, True),
    ],
)
def test_an_error_of_a_request_that_was_taken_may_be_charged_for(code: Any, beside: Any, charged: bool) -> None:
    """Status 200 says that it was taken; only a refusal, with nothing begun, says that it cost nothing."""
    with pytest.raises((AttemptFailed, Refused)) as caught:
        read({"error": {"message": "upstream", "code": code}, **beside})
    assert caught.value.charged == charged


@pytest.mark.parametrize(
    ("table", "kind", "told"),
    [
        ({"code": 401, "message": "invalid token"}, InputError, "invalid token"),
        ({"detail": "Not authenticated"}, InputError, "Not authenticated"),
        (
            {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
            InputError,
            "balance",
        ),
        ({"error_code": 17, "error_msg": "daily limit reached"}, AttemptFailed, "an error: daily limit reached"),
        ({"error": {"message": "who?", "type": "authentication_error"}}, InputError, "who?"),
    ],
)
def test_an_error_that_is_not_called_one_is_that_error(table: Any, kind: type[Exception], told: str) -> None:
    # Tried again at its worst case each time, it would cost what 32 answers cost, and say nothing.
    with pytest.raises(kind, match=told):
        read(table)


@pytest.mark.parametrize(
    "payload",
    [
        b"\xef\xbb\xbf%s",
        b"\r\n\r\n  %s\n",
        b"[%s]",
    ],
    ids=["mark", "blanks", "list"],
)
def test_what_some_servers_put_around_a_reply_is_left_aside(payload: bytes) -> None:
    assert read(dict(decode_completion(payload % json.dumps(completion()).encode()))).text == "An owl."


def test_half_a_letter_is_no_reason_to_pay_twice() -> None:
    # Of a smile in two escapes, the second of which was cut off; and a whole one.
    whole, half = (json.dumps(completion(content=text)).encode() for text in ("\U0001f642", "7 \ud83d"))
    assert read(dict(decode_completion(whole))).text == "\U0001f642"
    assert read(dict(decode_completion(half))).text == "7 \ufffd"
    nothing = json.dumps(completion({"prompt_tokens": float("nan"), "completion_tokens": 2})).encode()
    assert read(dict(decode_completion(nothing))).usage.estimated


def test_of_several_streamed_answers_one_is_read() -> None:
    lines = chunks({"content": "An "}, {"content": "owl."})
    other = b'data: {"choices": [{"index": 1, "delta": {"content": "No."}, "finish_reason": "length"}]}'
    reply = read(stream([lines[0], other, *lines[1:], other]))
    assert (reply.text, reply.finish_reason) == ("An owl.", "stop")


def test_the_older_forms_of_a_reply_are_read() -> None:
    assert read({"choices": [{"text": "An owl.", "finish_reason": "stop"}]}).text == "An owl."
    table = completion(content=None, function_call={"name": "find", "arguments": '{"q": 1}'})
    assert read(table).tool_calls == (ToolCall(id="call_0", name="find", arguments='{"q": 1}'),)


@pytest.mark.parametrize(
    "piece", ["\n", " ", "<think>a</think>", "<think>", "<|im_end|>", "`<think>` ", "```\n<think>\n"]
)
def test_a_long_reply_takes_no_longer_for_what_it_repeats(piece: str) -> None:
    # Some models end in blanks up to their limit.  Read in a quarter of a second; by the square of its length, this
    # takes minutes.
    text = "<" + piece * (2**19 // len(piece))
    start = time.process_time()
    read(completion({"prompt_tokens": 20, "completion_tokens": 4}, content=text))
    assert time.process_time() - start < 20


@pytest.mark.parametrize("name", ["data", "result"])
def test_a_completion_in_an_envelope_is_read(name: str) -> None:
    table = decode_completion(json.dumps({"code": 0, name: completion()}).encode())
    assert read(dict(table)).text == "An owl."


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": {"answer": 42}}, '{"answer":42}'),
        ({"content": None, "parsed": {"answer": 42}}, '{"answer":42}'),
        ({"content": True}, "true"),
        ({"content": None, "audio": {"transcript": "forty", "data": "..."}}, "forty"),
        ({"content": {"type": "text", "text": "42"}}, "42"),
    ],
)
def test_an_answer_in_another_form_than_text_is_text(message: dict[str, Any], text: str) -> None:
    table = completion()
    table["choices"][0]["message"] = message
    assert read(table).text == text


def test_an_end_that_is_told_by_another_name_is_heard() -> None:
    table = completion()
    table["choices"][0] |= {"finish_reason": None, "stop_reason": "length"}
    assert read(table).finish_reason == "length"
    # What stopped it may be a text or a token of its own.
    table["choices"][0]["stop_reason"] = 128001
    assert read(table).finish_reason == "stop"


def test_a_stream_may_put_an_event_on_several_lines_and_leave_one_empty() -> None:
    lines = [b'data: {"choices": [{"index": 0,', b'data: "delta": {"content": "42"}, "finish_reason": "stop"}]}']
    assert stream([b"data: ", *lines, b"data: [DONE]"])["choices"][0]["message"]["content"] == "42"
    # As many lines as it likes, and another event behind it.
    table = {"choices": [{"index": 0, "delta": {"content": "4"}}]}
    spread = [b"data: " + line.encode() for line in json.dumps(table, indent=2).splitlines()]
    assert stream([*spread, b"", *lines, b"", b"data: [DONE]"])["choices"][0]["message"]["content"] == "442"
    with pytest.raises(AttemptFailed, match="no JSON"):
        stream([lines[0], b"", b"data: [DONE]"])


def test_a_stream_that_says_all_of_it_again_says_it_once() -> None:
    chunks = [{"message": {"content": "4"}}, {"message": {"content": "42"}, "finish_reason": "stop"}]
    lines = [b"data: " + json.dumps({"choices": [{"index": 0, **one}]}).encode() for one in chunks]
    assert stream(lines)["choices"][0]["message"]["content"] == "42"


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        ([{"id": "a", "function": {"name": "f", "arguments": "{"}}, {"function": {"arguments": "}"}}], [("f", "{}")]),
        (
            [{"id": "a", "function": {"name": "f", "arguments": "{"}}, {"id": "a", "function": {"arguments": "}"}}],
            [("f", "{}")],
        ),
        (
            [
                {"index": 0, "function": {"name": "f", "arguments": "{"}},
                {"index": 0, "function": {"name": "f", "arguments": "}"}},
            ],
            [("f", "{}")],
        ),
        (
            [{"function": {"name": "f", "arguments": "{}"}}, {"function": {"name": "f", "arguments": "{}"}}],
            [("f", "{}"), ("f", "{}")],
        ),
    ],
)
def test_calls_of_tools_are_put_together_without_an_index_too(
    pieces: list[dict[str, Any]], calls: list[tuple[str, str]]
) -> None:
    chunks = [{"delta": {"tool_calls": [piece]}} for piece in pieces] + [{"delta": {}, "finish_reason": "tool_calls"}]
    lines = [b"data: " + json.dumps({"choices": [{"index": 0, **one}]}).encode() for one in chunks]
    assert [(one.name, one.arguments) for one in read(stream(lines)).tool_calls] == calls
