"""What a run would ask of its models, found by going through the motions without sending anything.

Enters: chat requests of any system.  Leaves: made-up replies of stated lengths, and a tally of what they would take; a
request that a journal holds the answer to gets that answer.  Must not know arms or how many items there are.

Nothing is called and no tool runs: where a made-up reply asks for a tool, it asks for one that does not exist.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.calls.journals.journal import ANSWER, unsealed
from tierproof.experiment.calls.journals.journal_file import open_for_reading
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatReply, ChatRequest, ModelSpec, ToolCall, Usage
from tierproof.systems.models.wire.request import prepare
from tierproof.systems.models.wire.usage import estimate_tokens

__all__ = ["MANNERS", "Manner", "Rehearsal", "Tally"]

_decode = msgspec.json.Decoder(ChatReply).decode


@dataclass(frozen=True, slots=True)
class Manner:
    """How models are assumed to answer where nothing is known of it.  Assumptions, and shown as such."""

    completion_tokens: float
    """Tokens of a reply, at most the request's limit."""
    tokens_per_second: float
    first_token_seconds: float
    tools: Literal["never", "once", "always"]


MANNERS: Mapping[str, Manner] = {
    "least": Manner(1, 150, 0.2, "never"),
    "likely": Manner(200, 60, 0.7, "once"),
    "most": Manner(float("inf"), 25, 2.0, "always"),
}


@dataclass(slots=True)
class Tally:
    """What calls would take, in sum or on average."""

    calls: float = 0
    tokens: float = 0
    usd: float = 0.0
    seconds: float = 0.0
    waits: float = 0.0
    """Seconds that a person would wait: calls made together count once."""
    known: float = 0
    """Calls whose answer is in the journal already: they cost nothing more, and their figures are measured ones."""

    def add(self, reply: ChatReply) -> None:
        self.calls += 1
        self.tokens += reply.usage.prompt_tokens + reply.usage.completion_tokens
        self.usd += reply.usd
        self.seconds += reply.seconds
        self.known += reply.from_journal

    def over(self, n: int) -> Tally:
        """Mean of n items."""
        figures = (self.calls, self.tokens, self.usd, self.seconds, self.waits, self.known)
        return Tally(*(figure / n for figure in figures))


class Rehearsal:
    """A `ChatCaller` that sends nothing.  Use as a context manager."""

    sends_nothing = True
    """What the team's own code does is left out of a rehearsal (`systems.parts.session`)."""

    def __init__(self, models: Iterable[ModelSpec], manner: Manner, journal: Path | None = None) -> None:
        """`journal`: of an earlier session, if there is one; read only."""
        self.models = {spec.name: spec for spec in models}
        self.tally = Tally()
        """What was asked."""
        self.fresh = Tally()
        """What was asked for the first time: equal requests are answered once, whichever arm they come from."""
        self.drawn: dict[str, ChatRequest] = {}
        """The last request of each purpose that asked for a further draw."""
        self.offered: dict[str, ChatRequest] = {}
        """The first request of each purpose that offered tools."""
        self._manner = manner
        self._asked: set[bytes] = set()
        self._journal: sqlite3.Connection | None = None
        if journal is not None and journal.is_file():
            self._journal = open_for_reading(journal)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._journal is not None:
            self._journal.close()

    def add(self, spec: ModelSpec) -> None:
        """A further model."""
        self.models[spec.name] = spec

    async def call(self, request: ChatRequest, *, purpose: str = "", repeat: int = 0) -> ChatReply:
        """A reply as `ChatCaller.call` gives one.  Raises InputError for an unknown model."""
        spec = self.models.get(request.model)
        if spec is None:
            raise InputError.of(Message("no model is called '{model}'", model=request.model))
        if repeat and purpose:
            self.drawn[purpose] = request
        if request.tools and purpose and request.tool_choice != "none":
            self.offered.setdefault(purpose, request)
        key = prepare(request, spec, repeat).key
        reply = self._known(key, spec) or self._made_up(request, spec, repeat)
        self.tally.add(reply)
        if key not in self._asked:
            self._asked.add(key)
            self.fresh.add(reply)
        return reply

    def _known(self, key: bytes, spec: ModelSpec) -> ChatReply | None:
        if self._journal is None:
            return None
        row = self._journal.execute(ANSWER, (key,)).fetchone()
        kept = None if row is None else unsealed(bytes(row[0] or b""))
        if kept is None:
            return None
        with contextlib.suppress(msgspec.MsgspecError):  # a measurement would ask again
            reply = _decode(kept)
            usd = reply.usd if spec.price is None else spec.price.usd(reply.usage)
            return msgspec.structs.replace(reply, usd=usd, from_journal=True)
        return None

    def _made_up(self, request: ChatRequest, spec: ModelSpec, repeat: int) -> ChatReply:
        manner = self._manner
        completion = int(min(manner.completion_tokens, request.max_tokens or spec.max_output))
        prompt = sum(4 + estimate_tokens(str(message.get("content") or "")) for message in request.messages)
        prompt += sum(estimate_tokens(str(tool)) for tool in request.tools)
        usage = Usage(prompt_tokens=prompt, completion_tokens=completion, estimated=True)
        tools: tuple[ToolCall, ...] = ()
        if request.tools and request.tool_choice != "none":
            asked = any(message.get("role") == "tool" for message in request.messages)
            if manner.tools == "always" or (manner.tools == "once" and not asked):
                tools = (ToolCall(id="0", name="none such", arguments=f'{{"at": {len(request.messages)}}}'),)
        return ChatReply(
            text="" if tools else f"{repeat}",
            usage=usage,
            seconds=manner.first_token_seconds + completion / manner.tokens_per_second,
            tool_calls=tools,
            usd=0.0 if spec.price is None else spec.price.usd(usage),
        )
