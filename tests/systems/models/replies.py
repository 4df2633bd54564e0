"""A small request, and replies to it as endpoints send them."""

from __future__ import annotations

from typing import Any

from tierproof.systems.models import (
    ChatReply,
    ChatRequest,
    ModelSpec,
    Price,
    user_message,
)
from tierproof.systems.models.wire.reply import reply_of
from tierproof.systems.models.wire.request import Prepared, prepare

__all__ = ["CALL", "SPEC", "completion", "read"]

SPEC = ModelSpec(name="m", base_url="http://127.0.0.1:9/v1", max_output=50, price=Price(input=1, output=10))
CALL: Prepared = prepare(ChatRequest(model="m", messages=(user_message("What is it? " * 5),)), SPEC)


def completion(usage: Any = None, **message: Any) -> dict[str, Any]:
    choice = {"message": {"role": "assistant", "content": "An owl.", **message}, "finish_reason": "stop"}
    return {"id": "c1", "model": "m-1", "choices": [choice], **({} if usage is None else {"usage": usage})}


def read(table: dict[str, Any]) -> ChatReply:
    return reply_of(table, CALL, seconds=1.5)
