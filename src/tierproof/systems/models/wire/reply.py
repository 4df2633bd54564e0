"""The reply's JSON, whole or streamed, read into a `ChatReply`.

Enters: a decoded completion, as untrusted as any input.  Leaves: a `ChatReply` with usage and price, or an
`AttemptFailed` where it is no completion.  Must not know how it travelled.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatReply, TokenLogprob, ToolCall
from tierproof.systems.models.wire.refusals import (
    AttemptFailed,
    Refused,
    fault_of_error,
    fault_of_form,
    fault_of_status,
    short,
)
from tierproof.systems.models.wire.request import Prepared
from tierproof.systems.models.wire.thinking import parted
from tierproof.systems.models.wire.usage import grown, tells, usage_of

__all__ = ["StreamedCompletion", "decode_completion", "fault_of_reply", "reply_of", "with_usage"]

E = TypeVar("E", bound=Exception)

FINISHES = {
    "max_tokens": "length",
    "max_output_tokens": "length",
    "max_length": "length",
    "model_length": "length",
    "token_limit": "length",
    "safety": "content_filter",
    "content-filter": "content_filter",
    "content_filtered": "content_filter",
    "recitation": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    "spii": "content_filter",
    "insufficient_system_resource": "error",
    "abort": "error",
    "aborted": "error",
    "cancelled": "error",
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "completed": "stop",
    "length": "length",
}
"""Why a reply ended, by the names that endpoints have for it."""
ENVELOPES = ("data", "result", "response", "output", "body", "completion")
APART = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
BESIDE = ("refusal", "tool_calls", "function_call", *APART)
"""What a message may hold beside its text; in most there is none of it."""
THINKING_PARTS = ("thinking", "reasoning", "redacted_thinking", "reasoning_text", "summary_text")


def decode_completion(payload: bytes) -> Mapping[str, Any]:
    """The JSON object of a completion; anything else may be charged for and can be tried again."""
    try:
        table = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        table = _loosely(payload)
    if isinstance(table, list) and len(table) == 1:
        [table] = table
    if isinstance(table, dict) and "choices" not in table and "error" not in table:
        # Some gateways put the completion into an envelope of their own.
        inside = [one for name in ENVELOPES if isinstance(one := table.get(name), dict) and "choices" in one]
        table = inside[0] if len(inside) == 1 else table
    if not isinstance(table, dict):
        raise AttemptFailed(Message("the reply is no JSON object"), charged=True)
    return table


def _loosely(payload: bytes) -> Any:
    """JSON with what some servers put into it: a mark of byte order, half a letter, `NaN`."""
    text = payload.decode("utf-8-sig", "replace")
    try:
        table = json.loads(text)
        # Halves of a pair that were escaped apart are joined, others are no letters.
        return json.loads(
            json.dumps(table, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    except (ValueError, RecursionError):
        begins = short(text[:2000])
        if begins:
            raise AttemptFailed(
                Message("the reply is no JSON, and begins '{begins}'", begins=begins[:80]), charged=True
            ) from None
        raise AttemptFailed(Message("the reply is no JSON: it is empty"), charged=True) from None


def reply_of(
    table: Mapping[str, Any], call: Prepared, *, seconds: float, time_to_first_token: float | None = None
) -> ChatReply:
    """Read a completion.

    Raises AttemptFailed where it holds no choice or no message, with the usage that it reports all the same.
    """
    try:
        return _read(table, call, seconds, time_to_first_token)
    except (AttemptFailed, InputError) as failure:
        raise with_usage(failure, table, call) from None


def with_usage(failure: E, table: object, call: Prepared) -> E:
    """A failure with the tokens that its reply tells of: they are billed, though nothing was answered."""
    if isinstance(failure, AttemptFailed | Refused) and isinstance(table, Mapping):
        places = (table, table.get("error"))
        raw = next((found for one in places if isinstance(one, Mapping) and (found := _usage(one, {}))), None)
        if tells(raw):
            failure.charged, failure.usage = True, usage_of(raw, call, "", "", ())
    return failure


def fault_of_reply(status: int, headers: Mapping[str, str], payload: bytes, call: Prepared) -> AttemptFailed | Refused:
    """What a reply with a status other than 200 stands for, with the usage that it reports."""
    fault = fault_of_status(status, headers, payload, call.spec)
    try:
        return with_usage(fault, decode_completion(payload), call)
    except AttemptFailed:
        return fault


def _read(table: Mapping[str, Any], call: Prepared, seconds: float, time_to_first_token: float | None) -> ChatReply:
    choices = table.get("choices")
    choice = _first(choices)
    message = choice.get("message")
    if message is None and isinstance(choice.get("text"), str):
        # The older form, of completions that are no chat.
        message = {"content": choice["text"]}
    error = table.get("error") or choice.get("error")
    if error and not (isinstance(message, dict) and (_text(message.get("content")) or message.get("tool_calls"))):
        raise fault_of_error({"error": error}, call.spec, begun=bool(choice))
    if not isinstance(message, dict):
        raise fault_of_form(table, call.spec)
    reason = choice.get("finish_reason")
    if reason is None:
        other = str(choice.get("stop_reason") or choice.get("done_reason")).lower()
        reason = other if other in FINISHES else "stop"
    finish = FINISHES.get(str(reason or "stop").lower(), "") or str(reason)
    if finish == "error" or error:
        raise AttemptFailed(Message("the reply broke off with an error"), charged=True)
    content = message.get("content")
    said, apart, tool_calls = "", "", tuple[ToolCall, ...]()
    if type(content) is str and content and not any(map(message.get, BESIDE)):
        said = content
    else:
        said = _text(content) or _text(message.get("refusal")) or _custom(message.get("tool_calls")) or _made(message)
        if finish == "stop" and message.get("refusal") and not _text(content):
            finish = "refusal"
        apart = _apart(message) or _thoughts(content)
        tool_calls = _tool_calls(message.get("tool_calls")) or _older_call(message.get("function_call"))
    text, thought = parted(said)
    reasoning = "\n".join((apart, thought)) if apart and thought else apart or thought
    usage = usage_of(_usage(table, choice), call, said, apart, tool_calls)
    if usage.estimated and isinstance(choices, list) and len(choices) > 1:
        # Answers that nobody asked for are billed as well; none has more tokens than bytes.
        others = sum(_bytes_of(one) for one in choices if one is not choice)
        usage = msgspec.structs.replace(usage, completion_tokens=usage.completion_tokens + others)
    price = call.spec.price
    return ChatReply(
        text=text,
        usage=usage,
        seconds=seconds,
        finish_reason=finish,
        tool_calls=tool_calls,
        time_to_first_token=time_to_first_token,
        logprobs=_logprobs(choice.get("logprobs")),
        reasoning=reasoning,
        id=_text(table.get("id")),
        model=_text(table.get("model")),
        usd=0.0 if price is None else price.usd(usage),
    )


def _usage(table: Mapping[str, Any], choice: Mapping[str, Any]) -> object:
    """What is reported of tokens, wherever it stands."""
    usage = table.get("usage")
    if usage:
        return usage
    places = (choice, choice.get("message"), table.get("x_groq"), {"usage": table.get("usageMetadata")})
    return next((one["usage"] for one in places if isinstance(one, dict) and one.get("usage")), usage)


def _first(choices: object) -> Mapping[str, Any]:
    """The choice of the lowest index, where any has one; empty where there is none."""
    if not isinstance(choices, list) or not choices:
        return {}
    if len(choices) > 1 and all(isinstance(one, dict) and isinstance(one.get("index"), int) for one in choices):
        return min(choices, key=lambda one: int(one["index"]))
    return choices[0] if isinstance(choices[0], dict) else {}


def _bytes_of(choice: object) -> int:
    """Bytes of what a choice says and thinks."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return 0
    said = [_text(message.get("content")), _text(message.get("refusal")), _apart(message)]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in said)


def _text(value: object) -> str:
    """What is said: a text, its parts without those that think, or a number that a server took it for."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return (
            ""
            if value.get("type") in THINKING_PARTS
            else _text(value.get("text") or value.get("content") or value.get("refusal"))
        )
    return "".join(map(_text, value)) if isinstance(value, list) else ""


def _made(message: Mapping[str, Any]) -> str:
    """What was said in another form than text: JSON that a server has read already, speech with its words."""
    content = message.get("content")
    content = message.get("parsed") if content is None else content
    if isinstance(content, bool) or (isinstance(content, dict) and content and "type" not in content):
        return msgspec.json.encode(content).decode()
    audio = message.get("audio")
    return _text(audio.get("transcript")) if isinstance(audio, dict) else ""


def _apart(message: Mapping[str, Any]) -> str:
    """What was thought, where it stands in a field of its own."""
    if message.keys().isdisjoint(APART):
        return ""
    for name in APART:
        value = message.get(name)
        if value:
            pieces = value if isinstance(value, list) else [value]
            bare = [{**one, "type": "text"} if isinstance(one, dict) else one for one in pieces]
            return _text([one.get("summary") or one if isinstance(one, dict) else one for one in bare])
    return ""


def _thoughts(value: object) -> str:
    """What is thought in the parts of a reply that say that they are that."""
    if not isinstance(value, list):
        return ""
    found = []
    for part in value:
        if isinstance(part, dict) and part.get("type") in THINKING_PARTS:
            inner = next((part[name] for name in ("thinking", "reasoning", "text", "summary") if part.get(name)), "")
            found.append(_text(inner))
    return "\n".join(one for one in found if one)


def _custom(value: object) -> str:
    """What a custom tool was given: the reply, where a grammar is asked for in this way."""
    for item in value if isinstance(value, list) else ():
        custom = item.get("custom") if isinstance(item, dict) else None
        if isinstance(custom, dict) and isinstance(custom.get("input"), str):
            return str(custom["input"])
    return ""


def _tool_calls(value: object) -> tuple[ToolCall, ...]:
    if not isinstance(value, list):
        return ()
    found = []
    for number, item in enumerate(value):
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            continue
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            # Some local servers give the arguments as an object.
            arguments = msgspec.json.encode(arguments or {}).decode()
        found.append(ToolCall(id=_text(item.get("id")) or f"call_{number}", name=function["name"], arguments=arguments))
    return tuple(found)


def _older_call(value: object) -> tuple[ToolCall, ...]:
    """The one call of the form that was before tools."""
    return _tool_calls([{"function": value}]) if isinstance(value, dict) else ()


def _logprobs(value: object) -> tuple[TokenLogprob, ...] | None:
    content = _in_one_form(value)
    if not isinstance(content, list):
        return None
    found = []
    for item in content:
        read = _logprob(item)
        if read is None:
            return None
        others = [(entry, _logprob(entry)) for entry in _entries(item.get("top_logprobs"))]
        pairs = tuple((_text(entry.get("token")), value) for entry, value in others if value is not None)
        found.append(TokenLogprob(token=_text(item.get("token")), logprob=read, top=pairs))
    return tuple(found)


def _in_one_form(value: object) -> object:
    """The list of tokens with their probabilities, of the older form too, which has a list of each."""
    if not isinstance(value, dict):
        return value
    tokens, each = value.get("tokens"), value.get("token_logprobs")
    if value.get("content") is not None or not isinstance(tokens, list) or not isinstance(each, list):
        return value.get("content")
    top = value.get("top_logprobs")
    tops = top if isinstance(top, list) and len(top) == len(tokens) else [None] * len(tokens)
    named = zip(tokens, each, tops, strict=True) if len(each) == len(tokens) else ()
    return [{"token": token, "logprob": one, "top_logprobs": others} for token, one, others in named] or None


def _entries(top: object) -> list[Any]:
    """The likeliest tokens, of a list or of a table of tokens and probabilities."""
    if isinstance(top, dict):
        return [{"token": token, "logprob": value} for token, value in top.items()]
    return top if isinstance(top, list) else []


def _logprob(entry: object) -> float | None:
    """None where it is no finite number: nothing follows from it, and a journal could not keep it."""
    value = entry.get("logprob") if isinstance(entry, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with contextlib.suppress(OverflowError):
        if math.isfinite(value):
            return float(value)
    return None


class StreamedCompletion:
    """Gathers the chunks of a streamed completion into the object that an unstreamed one would have been."""

    def __init__(self) -> None:
        self.finished = False
        """True once the end was seen: a stream that stops before is cut off, however much of it came."""
        self.head: dict[str, Any] = {}
        """What was told of the completion as a whole, its usage too; also where it was cut off."""
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._tools: dict[int, dict[str, Any]] = {}
        self._logprobs: list[Any] = []
        self._finish: str | None = None
        self._held: list[bytes] = []
        """The lines so far of an event whose JSON stands on several."""
        self._index: object = None
        """Of the choice that is read."""
        self._seen_choice = False
        self._others: list[str] = []
        """What other choices say, which nobody asked for."""

    def feed(self, line: bytes) -> bool:
        """Take one line of the event stream.  True if it carried something generated."""
        chunk = self._chunk(line)
        if chunk is None:
            return False
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        told = _usage(chunk, choice if isinstance(choice, dict) else {})
        if told:
            self.head["usage"] = grown(self.head.get("usage"), told)
        if chunk.get("error"):
            raise AttemptFailed(Message("the stream broke off with an error"), charged=True)
        self.head.update({name: chunk[name] for name in ("id", "model") if chunk.get(name)})
        if not isinstance(choice, dict):
            return False
        if not self._seen_choice:
            self._index = choice.get("index")
        elif choice.get("index") != self._index:
            other = choice.get("delta") or choice.get("message")
            if isinstance(other, dict):
                self._others.append(_text(other.get("content")) + _apart(other))
            return False
        self._seen_choice = True
        if choice.get("finish_reason"):
            self._finish = str(choice["finish_reason"])
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict) and isinstance(logprobs.get("content"), list):
            self._logprobs.extend(logprobs["content"])
        delta = choice.get("delta") or self._new_of(choice.get("message"))
        if delta is None and isinstance(choice.get("text"), str):
            delta = {"content": choice["text"]}
        return self._delta(delta) if isinstance(delta, dict) else False

    def _chunk(self, line: bytes) -> Mapping[str, Any] | None:
        """What an event holds that ends with this line; None where it is the last, or empty, or goes on.

        Most stand on one line; of several the end is an empty one.
        """
        if not line.startswith(b"data:"):
            if not self._held or line.strip():
                return None
            held, self._held = b"\n".join(self._held), []
            return decode_completion(held)
        data = line[5:].strip()
        if data == b"[DONE]":
            self.finished = True
            return None
        if not self._held:
            try:
                return decode_completion(data) if data else None
            except AttemptFailed:
                if not data.startswith(b"{"):
                    raise
        self._held.append(data)
        return None

    def _delta(self, delta: dict[str, Any]) -> bool:
        text = _text(delta.get("content"))
        self._refusal.append(_text(delta.get("refusal")))
        reasoning = _apart(delta) or _thoughts(delta.get("content"))
        self._text.append(text)
        self._reasoning.append(reasoning)
        older = delta.get("function_call")
        tools = [{"index": 0, "function": older}] if isinstance(older, dict) else delta.get("tool_calls")
        pieces = [piece for piece in (tools if isinstance(tools, list) else []) if isinstance(piece, dict)]
        for piece in pieces:
            key = self._place_of(piece)
            call = self._tools.setdefault(key, {"id": "", "function": {"name": "", "arguments": ""}})
            call["id"] = call["id"] or _text(piece.get("id"))
            function = piece.get("function")
            if isinstance(function, dict):
                name = _text(function.get("name"))
                # Some say the whole name with every piece.
                call["function"]["name"] += "" if name == call["function"]["name"] else name
                call["function"]["arguments"] += _text(function.get("arguments"))
        return bool(text or reasoning or pieces)

    def _new_of(self, whole: object) -> object:
        """Of a message that says all of it so far, what is new."""
        if not isinstance(whole, dict):
            return whole
        before, said = "".join(self._text), _text(whole.get("content"))
        return {**whole, "content": said.removeprefix(before) if before else said}

    def _place_of(self, piece: Mapping[str, Any]) -> int:
        """Of the call that a piece belongs to: as it says, else the last one's where it goes on with that."""
        index = piece.get("index")
        if isinstance(index, int):
            return index
        last = max(self._tools, default=-1)
        id, function = _text(piece.get("id")), piece.get("function")
        named = isinstance(function, dict) and function.get("name")
        goes_on = last >= 0 and (id == self._tools[last]["id"] if id else not named)
        return last if goes_on else last + 1

    def table(self) -> Mapping[str, Any]:
        """The whole completion.  Raises AttemptFailed if the stream was cut off."""
        self.feed(b"")
        if not self.finished and self._finish is None:
            raise AttemptFailed(Message("the stream was cut off"), charged=True)
        message: dict[str, Any] = {
            "content": "".join(self._text),
            "refusal": "".join(self._refusal),
            "reasoning_content": "".join(self._reasoning),
            "tool_calls": [self._tools[key] for key in sorted(self._tools)],
        }
        choice: dict[str, Any] = {"message": message, "finish_reason": self._finish}
        if self._logprobs:
            choice["logprobs"] = {"content": self._logprobs}
        others = [{"message": {"content": "".join(self._others)}}] if self._others else []
        return {**self.head, "choices": [choice, *others] if self._seen_choice else []}
