"""The vocabulary of a call: a request, the model it goes to, the reply, and what the reply took.

Enters: nothing.  Leaves: values that techniques build and read.  Must not know how a call travels, how it is
recorded, what it is for, or any key that opens an endpoint: a model names the environment variable instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.messages import gettext

__all__ = [
    "ChatCaller",
    "ChatReply",
    "ChatRequest",
    "Message",
    "ModelSpec",
    "Price",
    "TokenLogprob",
    "ToolCall",
    "Usage",
    "assistant_message",
    "system_message",
    "tool_message",
    "user_message",
]

Message = Mapping[str, Any]
"""One chat message in the OpenAI form: `role`, `content` (text or a list of parts), `tool_calls`, `tool_call_id`."""

OWN_FIELDS = frozenset({"model", "messages", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens"})
"""Body fields that `extra` may not set: the client counts on them when it reserves money and reads the reply."""


def system_message(text: str) -> Message:
    return {"role": "system", "content": text}


def user_message(text: str) -> Message:
    return {"role": "user", "content": text}


def assistant_message(text: str, tool_calls: tuple[ToolCall, ...] = ()) -> Message:
    """What the model said, given back to it; with the tools it asked for, if it asked for any."""
    if not tool_calls:
        return {"role": "assistant", "content": text}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in tool_calls
    ]
    return {"role": "assistant", "content": text or None, "tool_calls": calls}


def tool_message(call: ToolCall, result: str) -> Message:
    """The result of one tool call."""
    return {"role": "tool", "tool_call_id": call.id, "content": result}


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One chat completion asked for.  A field left at None is not sent, so that the endpoint's default holds."""

    model: str
    """Name of a `ModelSpec`, which says where the request goes."""
    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    """Tools in the OpenAI form: `{"type": "function", "function": {"name", "description", "parameters"}}`."""
    tool_choice: str | Mapping[str, Any] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Upper limit of the reply; None: the model's `max_output`, which is then sent."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    response_format: Mapping[str, Any] | None = None
    logprobs: bool = False
    top_logprobs: int | None = None
    """Alternatives wanted beside each token, when `logprobs` is on."""
    stream: bool = False
    """Stream the reply, for its time to first token; the text is the same."""
    extra: Mapping[str, Any] = {}
    """Further body fields, as the endpoint names them (`reasoning_effort`, `guided_grammar`, ...)."""

    def __post_init__(self) -> None:
        if self.extra:
            taken = sorted(OWN_FIELDS.intersection(self.extra))
            if taken:
                raise InputError.of(
                    gettext("a request's extra fields may not set {taken}", taken=", ".join(taken)),
                    remedy=gettext(
                        "use the request's own fields; for several samples make several calls with `repeat`"
                    ),
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """A tool that the model asks for."""

    id: str
    name: str
    arguments: str
    """JSON text as the model wrote it, which need not parse."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Tokens that one call took."""

    prompt_tokens: int
    """All prompt tokens, cached ones included."""
    completion_tokens: int
    """All tokens generated, reasoning included."""
    cached_tokens: int = 0
    """Those prompt tokens that the provider read from its cache."""
    estimated: bool = False
    """True if the endpoint gave no usage, or one that cannot be right, and the tokens were counted here."""
    written_tokens: int = 0
    """Those prompt tokens that the provider wrote into its cache, as far as it tells."""
    billed_usd: float = 0.0
    """What the endpoint says that the call costs, in US dollars; 0: it says nothing."""
    cache_reported: bool = False
    """True if the endpoint says how many tokens came from its cache, be it none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenLogprob:
    token: str
    logprob: float
    """Natural logarithm."""
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens at this place with their log probabilities."""


class ChatReply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What came back."""

    text: str
    """Empty where the model only asked for tools."""
    usage: Usage
    seconds: float
    """From sending to the last byte of the attempt that was answered; waits between attempts are left out."""
    finish_reason: str = "stop"
    """`stop`, `length`, `tool_calls`, `content_filter`, or what the endpoint said."""
    tool_calls: tuple[ToolCall, ...] = ()
    time_to_first_token: float | None = None
    """Seconds; only of streamed requests."""
    logprobs: tuple[TokenLogprob, ...] | None = None
    reasoning: str = ""
    """Reasoning text, from endpoints that show it."""
    id: str = ""
    """The endpoint's id of the completion."""
    model: str = ""
    """The model that answered, in the endpoint's words."""
    usd: float = 0.0
    """Price of the answered attempt, at the model's price."""
    share: float = 1.0
    """What was charged of the price: in a batch less than all."""
    lost: int = 0
    """Attempts before it that failed and may be charged for; each is taken to cost what the answered one did."""
    from_journal: bool = False
    """True if the answer was read from the journal or the cache and nothing was sent."""

    @property
    def usd_in_all(self) -> float:
        """Price of the answer with the attempts that it took."""
        return self.usd * (1 + self.lost)


WRITE_PREMIUM = 1.25
"""Of an input token, what those charge who tell how much was written into a cache (Anthropic's documentation of prompt
caching, for five minutes), where nothing else is stated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float
    cached_input: float | None = None
    """None: cached tokens cost as much as others."""
    cache_write: float | None = None
    """Of tokens that are written into a cache; None: `WRITE_PREMIUM` times as much as others."""
    per_call: float = 0.0
    """US dollars for each call, beside its tokens."""

    def __post_init__(self) -> None:
        for name in ("input", "output", "cached_input", "cache_write", "per_call"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise InputError.of(
                    gettext("{value} is no price per million tokens", value=value), field=f"price.{name}"
                )

    def usd(self, usage: Usage, share: float = 1.0) -> float:
        """Price of one call: that of its tokens, or what the endpoint says that it bills, if that is more.

        `share`: what is charged of the stated price, in a batch less than all; what is said to be billed is all of it.
        What it says may leave something out (a fee of a gateway without the provider's price), so that less counts for
        nothing.
        """
        return max(share * self.of_tokens(usage), usage.billed_usd)

    def of_tokens(self, usage: Usage) -> float:
        """Price of one call by what is stated."""
        cached = self.input if self.cached_input is None else self.cached_input
        fresh = usage.prompt_tokens - usage.cached_tokens
        tokens = fresh * self.input + usage.cached_tokens * cached + usage.completion_tokens * self.output
        if usage.written_tokens:
            written = self.input * WRITE_PREMIUM if self.cache_write is None else self.cache_write
            tokens += usage.written_tokens * (written - self.input)
        return tokens / 1e6 + self.per_call

    @property
    def dearest_input(self) -> float:
        """Most that a token of a prompt costs, as far as it is stated."""
        return max(self.input, self.cached_input or 0.0, self.cache_write or 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """A model that can be called: where it answers, what it costs, how much it takes."""

    name: str
    """What requests and screens call it; unique within a workload."""
    base_url: str
    """Up to and without `/chat/completions`, such as `https://host/v1`."""
    model_id: str = ""
    """What the endpoint calls it; empty: `name`."""
    api_key_env: str | None = None
    """The environment variable that holds the key (never the key); None: the endpoint asks for none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every request, as some gateways ask for; nothing secret."""
    headers_env: Mapping[str, str] = field(default_factory=dict)
    """Headers whose value is secret: the environment variable that holds each."""
    price: Price | None = None
    """None: not known yet; `systems.models.prices` looks it up or asks, and no call is made without."""
    context_limit: int | None = None
    """Prompt and reply together, in tokens."""
    max_output: int = 4096
    """Most tokens of a reply when a request states no limit."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Body field that carries the limit; reasoning models of some endpoints take only the second."""
    concurrency: int = 64
    """Most calls in flight at once; the client goes lower when the endpoint pushes back."""
    timeout_seconds: float = 120.0
    """Longest wait for one attempt."""
    weights: Path | None = None
    """Folder of the model, in Hugging Face format, where it is one's own: what training starts from."""
    address: str = ""
    """Where calls go in place of `base_url`, for a server whose port changes from run to run; one that answers one
    request at a time, so its models share a single place.  No part of what tells calls apart."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        problems = []
        if parts.scheme not in ("http", "https") or not parts.netloc:
            problems.append(
                Problem(
                    field="base_url",
                    message=gettext(
                        "model '{name}': '{address}' is no http address",
                        name=self.name,
                        address=f"{parts.scheme}://{parts.hostname or ''}",
                    ),
                    remedy=gettext("write it as https://host/v1"),
                )
            )
        elif parts.username or parts.password or parts.query:
            problems.append(
                Problem(
                    field="base_url",
                    message=gettext(
                        "model '{name}': the address carries a user, password or query, which may be secret",
                        name=self.name,
                    ),
                    remedy=gettext("put the key into an environment variable and name it in api_key_env"),
                )
            )
        for name in ("max_output", "concurrency", "timeout_seconds"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                problems.append(
                    Problem(
                        field=name,
                        message=gettext("model '{name}': {field} must be above 0", name=self.name, field=name),
                    )
                )
        if problems:
            raise InputError(*problems)

    @property
    def sent_name(self) -> str:
        return self.model_id or self.name


class ChatCaller(Protocol):
    """What techniques and arms call models through."""

    async def call(self, request: ChatRequest, *, purpose: str = "", repeat: int = 0) -> ChatReply:
        """Answer one request.

        `purpose` labels the call in the journal (an arm's id).  Equal requests with equal `repeat` are answered
        once and shared; different `repeat` values are independent draws.

        Raises InputError where the endpoint refuses for good (a wrong key, an unknown model; `CallRefused`, one of
        them, where it refuses this request alone), `CallFailed` where it kept failing, and, inside an experiment,
        `BudgetExhausted` where the call's worst case does not fit what is left.
        """
        ...
