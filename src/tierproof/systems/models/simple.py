"""A few requests put to one model, without journal or budget: for a judgement, a parse, a small measurement.

Enters: a model and requests.  Leaves: replies in the same order.  Must not know experiments.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence

from tierproof.systems.models.chat import ChatReply, ChatRequest, ModelSpec, Usage
from tierproof.systems.models.client import Client
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.models.wire.request import prepare

__all__ = ["chat"]


class _NoMeter:
    """Lets every attempt pass."""

    seconds_left = float("inf")

    async def admit(self) -> float:
        return self.seconds_left

    def answered(self, reply: ChatReply) -> None:
        pass

    def free(self, reason: str) -> None:
        pass

    def lost(self, reason: str, usage: Usage | None = None) -> None:
        pass


def chat(
    model: ModelSpec,
    requests: Iterable[ChatRequest],
    *,
    retry: RetryPolicy | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[ChatReply]:
    """Answer requests, as many at once as the model takes, and wait for all.  Works inside an event loop as well.

    The requests' own `model` is not looked at.  Raises the first InputError or CallFailed; the rest is given up.
    """
    work = tuple(requests)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_all(model, work, retry, environ))
    # A loop cannot run within a loop; a thread has none.
    box: list[list[ChatReply] | BaseException] = []

    def run() -> None:
        try:
            box.append(asyncio.run(_all(model, work, retry, environ)))
        except BaseException as error:
            box.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(box[0], BaseException):
        raise box[0]
    return box[0]


async def _all(
    model: ModelSpec, requests: Sequence[ChatRequest], retry: RetryPolicy | None, environ: Mapping[str, str] | None
) -> list[ChatReply]:
    meter = _NoMeter()
    replies: list[ChatReply | None] = [None] * len(requests)
    work = iter(enumerate(requests))
    async with Client([model], retry=retry, environ=environ) as client:

        async def worker() -> None:
            for place, request in work:
                replies[place] = await client.answer(prepare(request, model), meter)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(model.concurrency, len(requests))):
                    group.create_task(worker())
        except BaseExceptionGroup as errors:
            first: BaseException = errors
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None
    return [reply for reply in replies if reply is not None]
