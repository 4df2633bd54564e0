"""A local endpoint for frameworks that make their own calls: what they ask here is asked through the caller.

Enters: OpenAI chat completions over HTTP on this machine's own address.  Leaves: replies from the caller, so that a
framework's calls are journalled, paid from the budget and counted like any other.  Must not know the framework.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatReply
from tierproof.systems.parts.session import Session
from tierproof.systems.system import System

__all__ = ["Ask", "Bridge", "ask_as", "bridge"]

Ask = Callable[[Mapping[str, Any]], Awaitable[ChatReply]]
"""Answers the body of a chat completion."""

PASSED = ("temperature", "top_p", "seed", "response_format", "logprobs", "top_logprobs", "tool_choice")
OWN = frozenset(
    {"model", "messages", "tools", "stop", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens"}
)


@dataclass(slots=True)
class Bridge:
    base_url: str
    api_key: str
    """Made anew for each bridge; other programs of this machine do not know it."""
    error: BaseException | None = None
    """The first error of a call; a framework may have wrapped it in its own."""


@asynccontextmanager
async def bridge(ask: Ask) -> AsyncIterator[Bridge]:
    """Serve until the block is left."""
    web = optional("aiohttp.web", use=Message("serving a framework"), extra="measure")
    key = secrets.token_urlsafe(16)
    here = Bridge(base_url="", api_key=key)

    async def complete(request: Any) -> Any:
        if not secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {key}"):
            return web.json_response({"error": {"message": "wrong key"}}, status=401)
        try:
            body = json.loads(await request.read())
            reply = await ask(body)
        except Exception as error:
            here.error = here.error or error
            # 400: a framework that tried again would meet the same error.
            message = {"error": {"message": f"{type(error).__name__}: {error}", "type": "invalid_request_error"}}
            return web.json_response(message, status=400)
        completion = _completion(reply)
        if not body.get("stream"):
            return web.json_response(completion)
        return web.Response(body=_events(completion), content_type="text/event-stream")

    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        here.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield here
    finally:
        await runner.cleanup()


async def ask_as(system: System, body: Mapping[str, Any], session: Session) -> ChatReply:
    """Ask what the body of a chat completion asks, of a system's model; what it leaves open is as the system has it."""
    fields: dict[str, Any] = {name: body[name] for name in PASSED if body.get(name) is not None}
    if body.get("tools"):
        fields["tools"] = tuple(body["tools"])
    if body.get("stop"):
        fields["stop"] = (body["stop"],) if isinstance(body["stop"], str) else tuple(body["stop"])
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if limit:
        fields["max_tokens"] = int(limit)
    others = {name: value for name, value in body.items() if name not in OWN and name not in PASSED}
    return await system.ask(body["messages"], session, extra={**system.decoding.extra, **others}, **fields)


def _completion(reply: ChatReply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.tool_calls
        ]
    usage = reply.usage
    return {
        "id": reply.id or "chatcmpl-local",
        "object": "chat.completion",
        "created": 0,
        "model": reply.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        },
    }


def _events(completion: Mapping[str, Any]) -> bytes:
    """A completion as a stream of one piece."""
    choice = completion["choices"][0]
    delta = dict(choice["message"])
    if "tool_calls" in delta:
        delta["tool_calls"] = [{"index": number, **call} for number, call in enumerate(delta["tool_calls"])]
    head = {**completion, "object": "chat.completion.chunk"}
    usage = head.pop("usage")
    chunks = (
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]},
        {**head, "choices": [], "usage": usage},
    )
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n"
