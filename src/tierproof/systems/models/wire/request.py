"""A request made ready to send: its bytes, its hash, and the most that it can take.

Enters: a `ChatRequest` and the `ModelSpec` it goes to.  Leaves: a `Prepared` call.  Must not know how it travels.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import msgspec

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatRequest, ModelSpec

__all__ = ["Prepared", "prepare"]

TOOL_PREAMBLE_TOKENS = 1024
"""Allowance for what providers write around tools in the prompt; the largest stated by a provider is near 700."""


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """One request as it will be sent."""

    request: ChatRequest
    spec: ModelSpec
    body: bytes
    key: bytes
    """Hash of everything that can change the answer, and of which repeat it is; 16 bytes."""
    prompt_bound: int
    """The prompt takes at most so many tokens."""
    completion_bound: int
    """The reply takes at most so many tokens; it is the limit that is sent."""


def prepare(request: ChatRequest, spec: ModelSpec, repeat: int = 0) -> Prepared:
    """Make a request ready.

    The order of keys is left as written, in the hash too: an endpoint puts tools and schemas into the prompt in the
    order in which they come, so order can change the answer.

    Raises InputError where the request cannot be written as JSON or its worst case cannot be known.
    """
    body = _encoded(_body(request, spec))
    digest = hashlib.blake2b(f"{spec.base_url}\n{repeat}\n".encode(), digest_size=16)
    digest.update(body)
    completion_bound = request.max_tokens or spec.max_output
    return Prepared(request, spec, body, digest.digest(), _prompt_bound(request, spec, len(body)), completion_bound)


def _body(request: ChatRequest, spec: ModelSpec) -> dict[str, Any]:
    """The JSON body, with the reply's limit always stated: it is what makes the worst case a bound."""
    body: dict[str, Any] = {
        "model": spec.model_id or spec.name,
        "messages": request.messages,
        spec.max_tokens_field: request.max_tokens or spec.max_output,
    }
    for name in ("temperature", "top_p"):
        value = getattr(request, name)
        if value is not None:
            if not math.isfinite(value):
                raise InputError.of(Message("a request's {name} is {value}", name=name, value=value), field=name)
            body[name] = value
    if request.seed is not None:
        body["seed"] = request.seed
    if request.stop:
        body["stop"] = request.stop
    if request.tools:
        body["tools"] = request.tools
        if request.tool_choice is not None:
            body["tool_choice"] = request.tool_choice
    if request.response_format is not None:
        body["response_format"] = request.response_format
    if request.logprobs:
        body["logprobs"] = True
        if request.top_logprobs is not None:
            body["top_logprobs"] = request.top_logprobs
    if request.stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    if request.extra:
        body.update(request.extra)
    return body


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"a request holds a {type(value).__name__}, which JSON cannot carry")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return _encode(body)
    except UnicodeEncodeError:
        # Half a surrogate pair, as JSON files made by cutting text can hold: legal in JSON when escaped.
        return json.dumps(body, separators=(",", ":"), default=_plain).encode()
    except (NotImplementedError, TypeError) as error:
        raise InputError.of(str(error), remedy=Message("use text, numbers, lists and dicts")) from None


def _prompt_bound(request: ChatRequest, spec: ModelSpec, size: int) -> int:
    """Most tokens that the prompt can take.

    A token of a byte-level or byte-fallback tokenizer stands for one byte at least, and the JSON around the messages
    has more bytes than a chat template has tokens, so the size of the body bounds the prompt.  Media is the
    exception: an address of a few bytes can stand for a large image.
    """
    bound = size + (TOOL_PREAMBLE_TOKENS if request.tools else 0)
    if any(_has_media(message.get("content")) for message in request.messages):
        if spec.context_limit is None:
            raise InputError.of(
                Message(
                    "model '{name}' is sent images, sound or files, whose tokens cannot be bounded", name=spec.name
                ),
                remedy=Message("state the model's context_limit, which then bounds them"),
                field="context_limit",
            )
        return spec.context_limit
    return bound if spec.context_limit is None else min(bound, spec.context_limit)


def _has_media(content: object) -> bool:
    if not isinstance(content, list | tuple):
        return False
    return any(isinstance(part, Mapping) and part.get("type", "text") != "text" for part in content)
