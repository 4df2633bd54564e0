"""Tokens of a call: what the endpoint reports where that can be right, else a count made here and marked so.

Enters: the reply's `usage` member, as untrusted as any input, and the bounds that the request set.  Leaves: `Usage`.
Must not know prices.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any

from tierproof.systems.models.chat import ToolCall, Usage
from tierproof.systems.models.request import Prepared

__all__ = ["estimate_tokens", "usage_of"]

BYTES_PER_TOKEN = 4
"""English text in common vocabularies runs near four bytes a token; other scripts and code nearer three."""
TEMPLATE_TOKENS = 4
"""What a chat template adds to a message."""


def usage_of(raw: object, call: Prepared, text: str, reasoning: str, tool_calls: tuple[ToolCall, ...]) -> Usage:
    """Usage of one answered call.

    A reported figure is taken if it is possible: whole, not negative, not zero for text that is there, the prompt no
    longer than its bound, the completion no longer than what was asked for or, where an endpoint ignores the limit,
    than the bytes that came.  What is impossible is counted here instead, and the usage is marked as an estimate.
    """
    table: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    spoken = len(text) + len(reasoning) + sum(len(tool.name) + len(tool.arguments) for tool in tool_calls)
    prompt = _count(table.get("prompt_tokens"), 1, call.prompt_bound)
    completion_bound = max(call.completion_bound, 4 * spoken + TEMPLATE_TOKENS)
    completion = _count(table.get("completion_tokens"), 1 if spoken else 0, completion_bound)
    estimated = prompt is None or completion is None
    if prompt is None:
        prompt = min(_prompt_estimate(call), call.prompt_bound)
    if completion is None:
        parts = [text, reasoning, *(tool.name + tool.arguments for tool in tool_calls)]
        completion = min(sum(estimate_tokens(part) for part in parts if part), completion_bound)
    cached = _cached(table)
    if cached is None or not 0 <= cached <= prompt:
        cached, estimated = 0, True
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached, estimated=estimated)


def _count(value: object, low: int, high: int) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value <= high else None


def _cached(table: Mapping[str, Any]) -> int | None:
    """Cached prompt tokens in the two forms in use; none reported: 0; reported as nonsense: None."""
    details = table.get("prompt_tokens_details")
    value = details.get("cached_tokens") if isinstance(details, Mapping) else table.get("prompt_cache_hit_tokens")
    if value is None:
        return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _prompt_estimate(call: Prepared) -> int:
    total = 0
    for message in call.request.messages:
        total += TEMPLATE_TOKENS + sum(estimate_tokens(text) for text in _texts(message.get("content")))
        if message.get("tool_calls"):
            total += estimate_tokens(str(message["tool_calls"]))
    return total + sum(estimate_tokens(str(tool)) for tool in call.request.tools)


def _texts(content: object) -> list[str]:
    if isinstance(content, str):
        return [content]
    if isinstance(content, list | tuple):
        return [str(part.get("text", "")) for part in content if isinstance(part, Mapping)]
    return []


def estimate_tokens(text: str) -> int:
    """Tokens of a text: by tiktoken where its vocabulary lies on this machine, else a quarter of its bytes, up."""
    encode = _vocabulary()
    if encode is not None:
        return len(encode(text))
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


@functools.cache
def _vocabulary() -> Callable[[str], list[int]] | None:
    # tiktoken downloads a vocabulary that it lacks; a count is not worth a call to a stranger in the middle of a run.
    if not os.environ.get("TIKTOKEN_CACHE_DIR"):
        return None
    try:
        import tiktoken  # noqa: PLC0415

        encoding = tiktoken.get_encoding("o200k_base")
    except Exception:  # whatever a missing or broken vocabulary raises, the estimate by bytes stands
        return None
    return functools.partial(encoding.encode, disallowed_special=())
