"""The calls of one answer: made, counted, and kept as a trace.

Enters: requests of one system for one item.  Leaves: replies, and what they took together.  Must not know prompts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

from msgspec import Struct, structs

from tierproof.systems.models.chat import ChatCaller, ChatReply, ChatRequest, Usage

__all__ = ["NO_USAGE", "Session", "TraceEntry"]

T = TypeVar("T")
NO_USAGE = Usage(prompt_tokens=0, completion_tokens=0)


class TraceEntry(Struct, frozen=True, gc=False):
    """One thing that happened on the way to an answer."""

    kind: Literal["call", "tool", "retrieval", "decision"]
    name: str
    """The model, the tool, the retriever or the step."""
    text: str
    usd: float = 0.0
    seconds: float = 0.0


class Session:
    """Counts what one answer takes.

    `seconds` is what a person would wait for the models: calls one after the other add up, of calls made together the
    longest counts.  It is made of the replies' own times, so an answer read back from a journal has the same.
    """

    __slots__ = (
        "_caller",
        "_purpose",
        "alike",
        "calls",
        "local_seconds",
        "rehearsal",
        "repeat",
        "seconds",
        "trace",
        "usage",
        "usd",
    )

    def __init__(self, caller: ChatCaller, *, purpose: str = "", repeat: int = 0) -> None:
        self._caller = caller
        self._purpose = purpose
        self.repeat = repeat
        self.rehearsal = bool(getattr(caller, "sends_nothing", False))
        """Nothing is sent and replies are made up: a forecast, in which nothing may be done that reaches outside."""
        self.alike: bool | None = None
        """Whether independent draws of one request all came out alike; None: nothing was drawn."""
        self.calls = 0
        self.usd = 0.0
        self.seconds = 0.0
        self.local_seconds = 0.0
        """Time of retrieval and tools, by this machine's clock."""
        self.usage = NO_USAGE
        self.trace: list[TraceEntry] = []

    async def call(self, request: ChatRequest) -> ChatReply:
        """Put one request to its model and count it.  Raises what `ChatCaller.call` raises."""
        if request.seed is not None and self.repeat:
            # An endpoint that honours seeds would give every repeat the same answer.
            request = structs.replace(request, seed=request.seed + self.repeat)
        reply = await self._caller.call(request, purpose=self._purpose, repeat=self.repeat)
        self.calls += 1
        self.usd += reply.usd_in_all
        self.seconds += reply.seconds
        self.usage = _sum(self.usage, reply.usage)
        said = reply.text or ", ".join(f"{call.name}({call.arguments})" for call in reply.tool_calls)
        self.trace.append(TraceEntry("call", request.model, said, reply.usd_in_all, reply.seconds))
        return reply

    def aside(self) -> Session:
        """A session for calls that the experiment needs and the system would not make: paid for, not counted here."""
        return Session(self._caller, purpose=self._purpose, repeat=self.repeat)

    async def together(self, runs: Sequence[Callable[[Session], Awaitable[T]]]) -> list[T]:
        """Run branches at once, each with independent draws, and count them all."""
        count = len(runs)
        branches = [
            Session(self._caller, purpose=self._purpose, repeat=self.repeat * count + number) for number in range(count)
        ]
        tasks = [asyncio.ensure_future(run(branch)) for run, branch in zip(runs, branches, strict=True)]
        try:
            # Where one fails, the others' calls are under way and paid for: they come to their end.
            done = await asyncio.gather(*tasks, return_exceptions=True)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        results = []
        for one in done:
            if isinstance(one, BaseException):
                raise one
            results.append(one)
        for branch in branches:
            self._count(branch)
        if count > 1 and all(run is runs[0] for run in runs):
            first = {next((entry.text for entry in branch.trace if entry.kind == "call"), "") for branch in branches}
            self.alike = len(first) == 1 and self.alike is not False
        self.seconds += max((branch.seconds for branch in branches), default=0.0)
        self.local_seconds += max((branch.local_seconds for branch in branches), default=0.0)
        return results

    def _count(self, branch: Session) -> None:
        self.calls += branch.calls
        self.usd += branch.usd
        self.usage = _sum(self.usage, branch.usage)
        self.trace.extend(branch.trace)
        if branch.alike is not None:
            self.alike = branch.alike and self.alike is not False

    def note(self, kind: Literal["tool", "retrieval", "decision"], name: str, text: str, seconds: float = 0.0) -> None:
        self.trace.append(TraceEntry(kind, name, text, 0.0, seconds))

    @asynccontextmanager
    async def local_work(self) -> AsyncIterator[None]:
        """Counts the time of what is done between calls."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.local_seconds += time.perf_counter() - start


def _sum(one: Usage, other: Usage) -> Usage:
    if one is NO_USAGE:
        return other
    return Usage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
        written_tokens=one.written_tokens + other.written_tokens,
        billed_usd=one.billed_usd + other.billed_usd,
        estimated=one.estimated or other.estimated,
    )
