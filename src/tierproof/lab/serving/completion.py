"""One chat completion: the request as OpenAI's API has it, the reply as its pieces are written.

Enters: a request's JSON and a family of models.  Leaves: the completion as JSON, whole or in chunks.  Must not know
HTTP.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tierproof.lab.serving.engine import Generation
from tierproof.lab.serving.family import Family, Served
from tierproof.lab.serving.grammars import Constraint, ConstraintError
from tierproof.lab.serving.next_token import Chosen, Sampling
from tierproof.lab.serving.turns import calls_of, prompt_of
from tierproof.lab.world.tokenizer import CALL, END

__all__ = ["ChatBody", "Completion", "Refused"]

REPLACEMENT = "\ufffd"
numbers = itertools.count(1)


class Refused(Exception):
    """A request that cannot be answered, with OpenAI's status, field and code."""

    def __init__(self, message: str, *, status: int = 400, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.field, self.code = status, field, code


class Structured(Struct, frozen=True):
    """As vLLM names what a reply is held to; before, each was a field of the body (`guided_grammar`)."""

    grammar: str | None = None
    regex: str | None = None
    json: dict[str, Any] | None = None


class StreamOptions(Struct, frozen=True):
    include_usage: bool = False


class Function(Struct, frozen=True):
    name: str
    parameters: dict[str, Any] | None = None


class Tool(Struct, frozen=True):
    """Without a function it is of a kind that the models do not know, and left aside."""

    function: Function | None = None


class ChatBody(Struct, frozen=True, kw_only=True):
    """A request; fields that are not named here are left aside."""

    model: str
    messages: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    n: Annotated[int, Meta(ge=1, le=16)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    response_format: dict[str, Any] | None = None
    structured_outputs: Structured | None = None
    guided_grammar: str | None = None
    guided_regex: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None


@dataclass(slots=True)
class _Choice:
    """One of a completion's answers, and how far it has come."""

    generation: Generation
    tokens: list[Chosen] = field(default_factory=list)
    text: str = ""
    """Content so far: no end token, cut at a stop text."""
    finish: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)


class Completion:
    """A request under way.  Raises Refused where it cannot be answered."""

    def __init__(self, body: ChatBody, family: Family) -> None:
        self.body = body
        try:
            self._served = family[body.model]
        except KeyError:
            message = f"there is no model '{body.model}'; there are {', '.join(family.folders)}"
            raise Refused(message, status=404, field="model", code="model_not_found") from None
        self._tools = [msgspec.to_builtins(tool) for tool in body.tools or () if tool.function is not None]
        self._stops = [text for text in ([body.stop] if isinstance(body.stop, str) else body.stop or []) if text]
        self.id, self._created = f"chatcmpl-{next(numbers)}", int(time.time())
        self._prompt = self._prompt_tokens()
        limit = self._limit()
        self._choices = [_Choice(self._begin(limit, number)) for number in range(body.n or 1)]

    def whole(self) -> dict[str, Any]:
        """The completion when all of it is written."""
        for choice in self._choices:
            for _ in self._written(choice):
                pass
        choices = [
            {
                "index": number,
                "message": _message(choice),
                "finish_reason": choice.finish,
                "logprobs": self._logprobs(choice.tokens),
            }
            for number, choice in enumerate(self._choices)
        ]
        return {**self._head("chat.completion"), "choices": choices, "usage": self._usage()}

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The completion piece by piece; closing the iterator ends the writing."""
        head = self._head("chat.completion.chunk")
        for number, choice in enumerate(self._choices):

            def chunk(delta: Mapping[str, Any], logprobs: Any = None, finish: str | None = None) -> dict[str, Any]:
                one = {"index": number, "delta": delta, "logprobs": logprobs, "finish_reason": finish}  # noqa: B023
                return {**head, "choices": [one]}

            yield chunk({"role": "assistant", "content": ""})
            try:
                for piece, tokens in self._written(choice):
                    yield chunk({"content": piece}, self._logprobs(tokens))
            finally:
                choice.generation.cancel()
            if choice.calls:
                calls = [{"index": place, **call} for place, call in enumerate(_tool_calls(choice))]
                yield chunk({"tool_calls": calls})
            yield chunk({}, finish=choice.finish)
        if self.body.stream_options is not None and self.body.stream_options.include_usage:
            yield {**head, "choices": [], "usage": self._usage()}

    def _prompt_tokens(self) -> list[int]:
        names = [tool["function"]["name"] for tool in self._tools]
        try:
            return self._served.vocabulary.encode(prompt_of(self.body.messages, names))
        except ValueError as error:
            raise Refused(str(error), field="messages") from None

    def _limit(self) -> int:
        """Most tokens of the reply: what was asked for, or what is left of the context."""
        context = self._served.engine.model.context
        left = context - len(self._prompt)
        if left < 1:
            message = f"the prompt has {len(self._prompt)} tokens; the context of '{self.body.model}' has {context}"
            raise Refused(message, field="messages", code="context_length_exceeded")
        return min(self.body.max_completion_tokens or self.body.max_tokens or left, left)

    def _begin(self, limit: int, number: int) -> Generation:
        body, specials = self.body, self._served.vocabulary.specials
        banned = set(specials.values()) - {specials[END]}
        opening = self._opening()
        if self._tools and body.tool_choice != "none":
            banned.discard(specials[CALL])
        sampling = Sampling(
            temperature=1.0 if body.temperature is None else body.temperature,
            top_p=1.0 if body.top_p is None else body.top_p,
            seed=None if body.seed is None else (body.seed + number) % 2**63,
            top_logprobs=(body.top_logprobs or 0) if body.logprobs else 0,
        )
        generation = Generation(
            prompt=self._prompt,
            limit=limit,
            sampling=sampling,
            constraint=None if opening else self._constraint(self._served),
            banned=frozenset(banned),
            opening=opening,
        )
        return self._served.engine.submit(generation)

    def _opening(self) -> list[int]:
        """Tokens that begin the reply where `tool_choice` asks for a call, of any tool or of one that it names."""
        choice, vocabulary = self.body.tool_choice, self._served.vocabulary
        if isinstance(choice, Mapping):
            function = choice.get("function")
            name = function.get("name") if isinstance(function, Mapping) else None
            names = [tool["function"]["name"] for tool in self._tools]
            if name not in names:
                message = f"tool_choice names '{name}'; the tools are {', '.join(names) or 'none'}"
                raise Refused(message, field="tool_choice")
            return vocabulary.encode(f"{CALL} {name}")
        return vocabulary.encode(CALL) if self._tools and choice == "required" else []

    def _constraint(self, served: Served) -> Constraint | None:
        form = self.body.response_format or {"type": "text"}
        try:
            held = self.body.structured_outputs or Structured()
            if grammar := held.grammar or self.body.guided_grammar:
                return served.grammars.lark(grammar)
            if regex := held.regex or self.body.guided_regex:
                return served.grammars.regex(regex)
            if held.json is not None:
                return served.grammars.schema(held.json)
            if form.get("type") == "json_object":
                return served.grammars.schema({"type": "object"})
            if form.get("type") == "json_schema":
                return served.grammars.schema((form.get("json_schema") or {}).get("schema") or {})
        except ConstraintError as error:
            raise Refused(str(error), field="response_format") from None
        return None

    def _written(self, choice: _Choice) -> Iterator[tuple[str, Sequence[Chosen]]]:
        """Pieces of content as they become certain, with the tokens behind them; at the end the choice is finished."""
        vocabulary = self._served.vocabulary
        ids: list[int] = []
        given = shown = 0
        for one in choice.generation.tokens():
            if one.token == vocabulary.specials[END]:
                choice.finish = "stop"
                break
            choice.tokens.append(one)
            ids.append(one.token)
            choice.text, called, stopped = self._content(vocabulary.decode(ids))
            if stopped:
                choice.finish = "stop"
                choice.generation.cancel()
                break
            # What may be the beginning of a stop text, or half a letter, waits.
            safe = len(choice.text) - self._uncertain(choice.text)
            if safe > given and not called:
                yield choice.text[given:safe], choice.tokens[shown:]
                given, shown = safe, len(choice.tokens)
        if len(choice.text) > given:
            yield choice.text[given:], choice.tokens[shown:]
        choice.finish = choice.finish or "length"
        content, choice.calls = calls_of(vocabulary.decode(ids), self._tools)
        if choice.calls:
            choice.text, choice.finish = content, "tool_calls"

    def _content(self, text: str) -> tuple[str, bool, bool]:
        """Text before any call, whether there is one, and whether a stop text came up."""
        content, call, _ = text.partition(CALL)
        # The space before the first word is how the models write, no part of what they say.
        content = content.removeprefix(" ")
        at = min((place for stop in self._stops if (place := content.find(stop)) >= 0), default=None)
        return (content if at is None else content[:at]), bool(call), at is not None

    def _uncertain(self, text: str) -> int:
        kept = len(text) - len(text.rstrip(REPLACEMENT))
        for stop in self._stops:
            for size in range(min(len(stop) - 1, len(text)), kept, -1):
                if text.endswith(stop[:size]):
                    kept = size
                    break
        return kept

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self._created, "model": self.body.model}

    def _usage(self) -> dict[str, Any]:
        prompt = len(self._prompt)
        written = sum(choice.generation.written for choice in self._choices)
        cached = self._choices[0].generation.cached
        return {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
            "prompt_tokens_details": {"cached_tokens": cached},
        }

    def _logprobs(self, tokens: Sequence[Chosen]) -> dict[str, Any] | None:
        if not self.body.logprobs:
            return None
        entry = self._logprob
        return {
            "content": [
                {**entry(one.token, one.logprob), "top_logprobs": [entry(*other) for other in one.top]}
                for one in tokens
            ]
        }

    def _logprob(self, token: int, logprob: float) -> dict[str, Any]:
        raw = self._served.vocabulary.bytes[token]
        # JSON has no minus infinity.
        return {"token": raw.decode("utf-8", "replace"), "logprob": max(logprob, -9999.0), "bytes": list(raw)}


def _message(choice: _Choice) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": choice.text, "refusal": None}
    if choice.calls:
        message |= {"content": choice.text or None, "tool_calls": _tool_calls(choice)}
    return message


def _tool_calls(choice: _Choice) -> list[dict[str, Any]]:
    return [
        {"id": f"call_{next(numbers)}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for name, arguments in choice.calls
    ]


def read_body(data: bytes) -> ChatBody:
    """Raises Refused with the field that is wrong."""
    try:
        return msgspec.json.decode(data, type=ChatBody)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message, _, where = str(error).partition(" - at `$.")
        field = where.rstrip("`")
        raise Refused(f"{field}: {message}" if field else message, field=field or None) from None
