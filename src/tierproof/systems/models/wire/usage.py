"""Tokens of a call: what the endpoint reports, for that is what is billed; else a count made here and marked so.

Enters: the reply's `usage` member, as untrusted as any input.  Leaves: `Usage`.  Must not know prices, nor what the
call was expected to take: what lies above that is still on the bill.
"""

from __future__ import annotations

import functools
import math
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from tierproof.systems.models.chat import ToolCall, Usage
from tierproof.systems.models.wire.request import Prepared

__all__ = ["estimate_tokens", "grown", "tells", "usage_of"]

BYTES_PER_TOKEN = 4
"""English text in common vocabularies runs near four bytes a token; other scripts and code nearer three."""
TEMPLATE_TOKENS = 4
"""What a chat template adds to a message."""
ABSURD_TOKENS = 10**7
"""No call takes so many; a figure from here on is no count."""
ABSURD_USD = 1000.0
"""No call costs so much; a figure from here on is in another unit."""
DEEPEST = 2


PLAIN = ("prompt_tokens", "completion_tokens", "total_tokens")
"""Most endpoints say no more, and these three agree."""
PROMPT = ("prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount", "prompt_eval_count")
COMPLETION = ("completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount", "eval_count")
PROMPT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "prompt_token_details")
COMPLETION_DETAILS = ("completion_tokens_details", "output_tokens_details")
TOTAL = ("total_tokens", "totalTokens", "totalTokenCount")
THOUGHT = ("reasoning_tokens", "thinking_tokens", "thoughtsTokenCount")
CACHED = ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cachedContentTokenCount")
READ = ("cache_read_input_tokens", "cacheReadInputTokens")
WRITTEN = ("cache_creation_input_tokens", "cacheWriteInputTokens", "cache_write_tokens", "cache_creation_tokens")
"""Names by which gateways pass on what stands behind them."""
COST = ("cost", "total_cost", "estimated_cost")
"""Names under which endpoints tell what a call costs, in US dollars; a table holds it as `total_cost`."""
FROM_CACHE = frozenset((*CACHED, *READ))
SHOWN_APART = ("audio_tokens", "image_tokens", "video_tokens", "document_tokens")
"""Kinds of tokens that details tell of, beside thought."""
OTHER_NAMES = {
    "prompt_tokens": r"(?:num|n|total)?(?:prompts?|inputs?)(?:eval)?(?:tokens?)?(?:count|n)?"
    r"|tokens?(?:prompt|input|evaluated|in)",
    "completion_tokens": r"(?:num|n|total)?(?:completions?|outputs?|generat(?:ed|ion)|predicted|candidates?|responses?)"
    r"(?:eval)?(?:tokens?)?(?:count|n)?|tokens?(?:completion|output|predicted|generated|out)",
    "total_tokens": r"totals?(?:tokens?)?(?:count)?|tokens?(?:total|used)",
}
"""The same counts in forms that nobody described; letters alone, in lower case."""
NO_COUNTS = re.compile(r"cost|price|credit|usd|time|duration|latency|speed|rate|detail", re.IGNORECASE)
AS_TEXT = re.compile(r"\d{1,3}(?:[, _]\d{3})+|\d{1,8}(?:\.\d{1,9})?(?:[eE]\+?\d{1,2})?")


def usage_of(raw: object, call: Prepared, text: str, reasoning: str, tool_calls: tuple[ToolCall, ...]) -> Usage:
    """Usage of one answered call.

    A reported figure is taken if it is a count: not negative, not zero for text that is there, below `ABSURD_TOKENS`; a
    part of a token is billed as one.  That it exceeds what was asked for does not matter: thinking that is not shown, a
    prompt that is added behind the endpoint, a limit that is ignored are all billed.  Where there is no count, tokens
    are counted here, and the usage is marked as an estimate.

    Endpoints differ in what `prompt_tokens` and `completion_tokens` leave out.  What `total_tokens` has beyond both is
    billed as well: as thought where it is reported as such or nothing else is known, as cached prompt where the cached
    tokens stand beside the prompt's.
    """
    table: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    if len(table) == len(PLAIN):
        prompt, completion, total = map(table.get, PLAIN)
        if (
            type(prompt) is int
            and type(completion) is int
            and prompt > 0 < completion
            and total == prompt + completion < ABSURD_TOKENS
        ):
            return Usage(prompt_tokens=prompt, completion_tokens=completion)
    if table and _first(table, PROMPT) is None and _first(table, COMPLETION) is None:
        table = _renamed(table)
    spoken = len(text) + len(reasoning) + sum(len(tool.name) + len(tool.arguments) for tool in tool_calls)
    prompt = _count(_first(table, PROMPT), 1)
    completion = _count(_first(table, COMPLETION), 1 if spoken else 0)
    estimated = prompt is None or completion is None
    cached, beside, told = _cached(table, prompt or 0, call.prompt_bound)
    if prompt is not None and completion is not None:
        prompt, completion = _with_what_is_apart(table, prompt, completion, cached, beside)
    if prompt is None:
        prompt = _prompt_estimate(call)
    if completion is None:
        parts = [text, reasoning, *(tool.name + tool.arguments for tool in tool_calls)]
        completion = sum(estimate_tokens(part) for part in parts if part)
    total = _count(_first(table, TOTAL), 1)
    if estimated and total is not None:
        # What is billed in all is told, though not what for.
        completion = max(completion, total - prompt)
    if not 0 <= cached <= prompt:
        cached, estimated = 0, True
    inner = _first(table, PROMPT_DETAILS)
    written = (
        _count(_first(table, WRITTEN), 0) or (isinstance(inner, Mapping) and _count(_first(inner, WRITTEN), 0)) or 0
    )
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        estimated=estimated,
        written_tokens=min(written, prompt - cached),
        billed_usd=_billed(table),
        cache_reported=told,
    )


def _billed(table: Mapping[str, Any]) -> float:
    """What a usage says that the call costs, with what the provider behind a gateway charges besides; 0: nothing."""
    cost = _first(table, COST)
    usd = _usd(_first(cost, COST) if isinstance(cost, Mapping) else cost)
    details = table.get("cost_details")
    if table.get("is_byok") is True and isinstance(details, Mapping):
        # With a key of one's own, the gateway's cost is its fee alone.
        usd += _usd(details.get("upstream_inference_cost"))
    return usd


def _usd(value: object) -> float:
    """A sum of money, as a number or as text of one; 0 where it is none."""
    if isinstance(value, str):
        try:
            value = float(value.strip().removeprefix("$"))
        except ValueError:
            return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < ABSURD_USD:
        return 0.0
    return float(value)


def tells(raw: object, depth: int = 0) -> bool:
    """Does a usage tell of any token?"""
    if isinstance(raw, Mapping):
        return depth <= DEEPEST and any(tells(value, depth + 1) for value in raw.values())
    return (_count(raw, 0) or 0) > 0


def grown(before: Any, after: Any, name: str = "", depth: int = 0) -> Any:
    """What a stream told of its usage so far.

    It may tell it several times, and part by part: counts grow on the way, so of two the larger is billed; of what came
    from a cache, which costs less, the smaller.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping) and depth <= DEEPEST:
        inner = {name: grown(before.get(name), value, name, depth + 1) for name, value in after.items()}
        return {**before, **inner}
    if name in COST:
        return max(before, after, key=_usd)
    first, second = _count(before, 0), _count(after, 0)
    if first is None or second is None:
        return before if second is None and first is not None else after
    return before if (first < second) == (name in FROM_CACHE) else after


def _with_what_is_apart(
    table: Mapping[str, Any], prompt: int, completion: int, cached: int, beside: int
) -> tuple[int, int]:
    """Prompt and completion with the tokens that the endpoint counts beside them.

    `beside`: prompt tokens in the form that may count what a cache read and wrote apart.
    """
    details = _first(table, COMPLETION_DETAILS)
    details = details if isinstance(details, Mapping) else {}
    inner = _first(details, THOUGHT)
    thought = _count(_first(table, THOUGHT) if inner is None else inner, 0) or 0
    apart = thought + _kinds(details)
    total = _count(_first(table, TOTAL), 0)
    seen = _first(table, PROMPT_DETAILS)
    for more in (beside, _kinds(seen) if isinstance(seen, Mapping) else 0):
        if more and (more > prompt or (total is not None and total - prompt - completion == more)):
            prompt += more
    beyond = 0 if total is None else max(0, total - prompt - completion)
    if apart > completion and not beyond:
        beyond = apart
    return prompt, completion + beyond


def _kinds(details: Mapping[str, Any]) -> int:
    """Tokens that are no text, together."""
    return sum(_count(details.get(name), 0) or 0 for name in SHOWN_APART)


def _renamed(table: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A usage of another form with the usual names beside its own, found by what they say."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        word = re.sub(r"[^a-z]", "", str(name).lower())
        if isinstance(value, Mapping):
            if depth < DEEPEST and not NO_COUNTS.search(word):
                inner = _renamed(value, depth + 1)
                found = {usual: inner[usual] for usual in OTHER_NAMES if usual in inner} | found
            continue
        for usual, form in OTHER_NAMES.items():
            if re.fullmatch(form, word) and _count(value, 1) is not None:
                found.setdefault(usual, value)
    return {**table, **found}


def _first(table: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((table[name] for name in names if table.get(name) is not None), None)


def _count(value: object, low: int) -> int | None:
    if isinstance(value, str) and value.isascii() and AS_TEXT.fullmatch(value.strip()):
        value = float(re.sub("[, _]", "", value))
    if isinstance(value, float) and math.isfinite(value):
        # What is billed by parts of a token is not less than that.
        value = math.ceil(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value < ABSURD_TOKENS else None


def _cached(table: Mapping[str, Any], prompt: int, bound: int) -> tuple[int, int, bool]:
    """Prompt tokens read from a cache; those read and written in the form that may leave them out of the prompt's; and
    whether the endpoint says anything of a cache.

    Several forms are in use; nonsense is -1.  What should stand among the prompt's tokens and is more than these stands
    beside them, unless the request (`bound` tokens at most) cannot have so many.
    """
    details = _first(table, PROMPT_DETAILS)
    inside = details.get("cached_tokens") if isinstance(details, Mapping) else None
    value = _first(table, CACHED) if inside is None else inside
    more = _count(value, 0) or 0
    if prompt and prompt < more <= bound - prompt:
        return more, more, True
    read = _first(table, READ)
    if value is None and read is None:
        return 0, 0, False
    count = _count(read if value is None else value, 0)
    if value is not None or count is None:
        return (-1 if count is None else count), 0, True
    return count, count + (_count(_first(table, WRITTEN), 0) or 0), True


def _prompt_estimate(call: Prepared) -> int:
    total = 0
    for message in call.request.messages:
        total += TEMPLATE_TOKENS + sum(estimate_tokens(text) for text in _texts(message.get("content")))
        if message.get("tool_calls"):
            total += estimate_tokens(str(message["tool_calls"]))
    return min(total + sum(estimate_tokens(str(tool)) for tool in call.request.tools), call.prompt_bound)


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
