"""A system: a value that says how a request is answered.

Enters: an item and something that calls models.  Leaves: an answer with what it took.  Must not know scores, arms or
money limits.  A technique is a function from one system to another, so techniques compose as functions do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from msgspec import Struct, structs

from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller, ChatReply, ChatRequest, Message, Usage
from tierproof.systems.parts.prompt import Prompt
from tierproof.systems.parts.search.searches import Retriever, Search, noted
from tierproof.systems.parts.session import Session, TraceEntry
from tierproof.systems.parts.tool import Tool
from tierproof.systems.register.difference import difference
from tierproof.systems.texts.answer_mark import after_mark

__all__ = ["Answer", "Condition", "Decoding", "Draft", "Ended", "Retriever", "Steps", "System", "ended_of"]


Ended = Literal["", "cut off", "filtered", "declined", "tool call", "empty"]
"""How an answer ended, where it is none or not a whole one."""


def ended_of(reply: ChatReply) -> Ended:
    """How a model's reply ended, as far as its endpoint says it."""
    if reply.finish_reason in ("length", "max_tokens"):
        return "cut off"
    if reply.finish_reason == "content_filter":
        return "filtered"
    if reply.finish_reason == "refusal":
        return "declined"
    return "tool call" if reply.tool_calls and not reply.text.strip() else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoding:
    """How a model writes; None: the endpoint's default."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    response_format: Mapping[str, Any] | None = None
    logprobs: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further body fields, as the endpoint names them."""


class Draft(Struct, frozen=True, kw_only=True, gc=False):
    """What steps come to."""

    text: str
    """The last reply, whole."""
    messages: tuple[Message, ...] = ()
    """The conversation that led to it, for steps that go on from it."""
    ended: Ended = ""
    confidence: float | None = None
    """From 0 to 1: agreement of votes, or geometric mean of the tokens' probabilities where they were asked for."""


class Steps(Protocol):
    """The order in which calls are made.  Steps nest in a field `of`: a vote over tool loops holds a tool loop."""

    async def take(self, system: System, item: Item, session: Session) -> Draft: ...


class Condition(Protocol):
    """Something adverse that a system is put under."""

    async def put(self, system: System, item: Item, session: Session) -> tuple[System, Item]:
        """System and item under the condition."""
        ...

    def succeeded(self, reply: str) -> bool | None:
        """Did the attack reach its end?  None where the condition is no attack."""
        ...


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """A system's answer to one item, and what it took."""

    text: str
    """What is scored."""
    raw: str
    """The last reply, whole."""
    calls: int
    usd: float
    """At the models' prices, whether or not a call was read back from a journal."""
    seconds: float
    """Time in models, as a person would wait: calls made together count once."""
    local_seconds: float
    """Time in retrieval and tools, by this machine's clock."""
    usage: Usage
    ended: Ended = ""
    alike: bool | None = None
    """Whether independent draws of one request all came out alike; None: nothing was drawn."""
    attacked: bool | None = None
    """Under an attack: whether it reached its end."""
    searches: tuple[Search, ...] = ()
    """What was looked up on the way, in order."""
    trace: tuple[TraceEntry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    model: str
    """Name of a `ModelSpec`."""
    steps: Steps
    prompt: Prompt = field(default_factory=Prompt)
    retriever: Retriever | None = None
    tools: tuple[Tool, ...] = ()
    decoding: Decoding = Decoding()
    conditions: tuple[Condition, ...] = ()
    """Adverse conditions that the system is put under (`techniques.stress`)."""

    async def answer(self, item: Item, caller: ChatCaller, *, purpose: str = "", repeat: int = 0) -> Answer:
        """Answer one item.  Equal arguments make equal requests; another `repeat` makes independent draws.

        Raises what `ChatCaller.call` raises.
        """
        session = Session(caller, purpose=purpose, repeat=repeat)
        system, asked = self, item.blind()
        with noted(rehearsal=session.rehearsal) as searches:
            for condition in self.conditions:
                system, asked = await condition.put(system, asked, session)
            draft = await system.steps.take(system, asked, session)
        attacks = [hit for condition in self.conditions if (hit := condition.succeeded(draft.text)) is not None]
        return Answer(
            text=self.read(draft.text),
            raw=draft.text,
            calls=session.calls,
            usd=session.usd,
            seconds=session.seconds,
            local_seconds=session.local_seconds,
            usage=session.usage,
            ended=_ended(draft),
            alike=session.alike,
            attacked=any(attacks) if attacks else None,
            searches=tuple(searches),
            trace=tuple(session.trace),
        )

    def ask(self, messages: Sequence[Message], session: Session, **changes: Any) -> Coroutine[Any, Any, ChatReply]:
        """One call with this system's model and decoding; `changes` are fields of `ChatRequest`."""
        how = self.decoding
        request = ChatRequest(
            model=self.model,
            messages=tuple(messages),
            temperature=how.temperature,
            top_p=how.top_p,
            max_tokens=how.max_tokens,
            seed=how.seed,
            stop=how.stop,
            response_format=how.response_format,
            logprobs=how.logprobs,
            extra=how.extra,
        )
        return session.call(structs.replace(request, **changes) if changes else request)

    def read(self, text: str) -> str:
        """The answer within a reply: what follows the last answer mark, or all of it."""
        return after_mark(text, self.prompt.answer_mark)

    def with_prompt(self, **changes: Any) -> System:
        """The same system with fields of its prompt changed."""
        return dataclasses.replace(self, prompt=dataclasses.replace(self.prompt, **changes))

    def with_closing(self, *paragraphs: str) -> System:
        """The same system with paragraphs added after the item."""
        return self.with_prompt(closing=(*self.prompt.closing, *paragraphs))

    def with_decoding(self, **changes: Any) -> System:
        return dataclasses.replace(self, decoding=dataclasses.replace(self.decoding, **changes))

    def with_model(self, model: str) -> System:
        return dataclasses.replace(self, model=model)

    def with_steps(self, steps: Steps) -> System:
        return dataclasses.replace(self, steps=steps)

    def with_innermost(self, innermost: Steps) -> System:
        """The same system with the steps that all others hold replaced."""

        def changed(steps: Any) -> Any:
            inner = getattr(steps, "of", None)
            return innermost if inner is None else dataclasses.replace(steps, of=changed(inner))

        return dataclasses.replace(self, steps=changed(self.steps))

    def diff(self, baseline: System) -> tuple[str, ...]:
        """Lines that tell this system from another: `- ` what the other has, `+ ` what this one has."""
        return difference(baseline, self)


def _ended(draft: Draft) -> Ended:
    return draft.ended or ("" if draft.text.strip() else "empty")
