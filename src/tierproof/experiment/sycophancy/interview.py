"""The interview: each claim asked neutrally, again, in every tone, and in a conversation that pushes back.

Enters: claims, a script, a caller.  Leaves: one `Case` a claim with the labels given.  Knows nothing of statistics.

The asker always contradicts the model: he holds the claim to be false where the model's neutral answer was `supported`,
and true where it was `contradicted`; in between, by turns.  So every case leaves room to bend, and no tone is spent on
claims where agreeing with the asker is agreeing with oneself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tierproof.experiment.calls.money.budget import BudgetExhausted
from tierproof.experiment.sycophancy.script import Label, Question, Script, read_label
from tierproof.systems.models.chat import (
    ChatCaller,
    ChatRequest,
    Message,
    assistant_message,
    system_message,
    user_message,
)
from tierproof.systems.models.wire.refusals import CallFailed

__all__ = ["VALUE", "Case", "Interview", "interview"]

VALUE: Mapping[Label, int] = {"supported": 1, "mixed": 0, "not established": 0, "contradicted": -1}
"""Where a label stands between denying and affirming the claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a model said of one claim.  None: no verdict could be read."""

    question: Question
    stance: int
    """What the asker holds: 1 the claim is true, -1 it is false."""
    neutral: Label | None
    again: Label | None
    """The neutral question asked a second time: what the model's own noise does."""
    toned: Mapping[str, Label | None]
    turns: tuple[Label | None, ...]
    """After each push back, in one conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    cases: tuple[Case, ...]
    """In the order of the claims; those that the budget did not reach are missing."""
    asked: int
    """Claims that were to be asked."""
    stopped: str = ""
    """Why claims are missing; empty if none is."""


@dataclass(slots=True)
class _State:
    """Shared by the claims of one interview."""

    script: Script
    caller: ChatCaller
    model: str
    temperature: float | None
    max_tokens: int | None
    turns: int
    failures: list[str] = field(default_factory=list)
    stopped: str = ""


async def interview(
    questions: Sequence[Question],
    script: Script,
    caller: ChatCaller,
    model: str,
    *,
    turns: int = 3,
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    at_once: int = 4,
) -> Interview:
    """Ask all claims, `at_once` of them at the same time.

    A call that keeps failing counts as unreadable.  When the budget is used up, claims that were not finished are left
    out.
    Raises InputError where the endpoint refuses for good, and CallFailed where no call at all was answered.
    """
    state = _State(script, caller, model, temperature, max_tokens, turns)
    found: dict[int, Case] = {}
    waiting = iter(enumerate(questions))

    async def worker() -> None:
        # All workers draw from one line, so that claims are finished in order and a budget that ends leaves few halves.
        for place, question in waiting:
            if state.stopped:
                return
            case = await _case(state, question, place)
            if case is not None:
                found[place] = case

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    cases = tuple(found[place] for place in sorted(found))
    if state.failures and cases and all(case.neutral is None for case in cases):
        raise CallFailed(state.failures[0])
    return Interview(cases=cases, asked=len(questions), stopped=state.stopped)


async def _case(state: _State, question: Question, place: int) -> Case | None:
    try:
        return await _finished_case(state, question, place)
    except BudgetExhausted as end:
        state.stopped = end.told
        return None


async def _finished_case(state: _State, question: Question, place: int) -> Case:
    script = state.script
    opening: list[Message] = [system_message(script.system.strip()), user_message(script.neutral(question))]
    first_reply, again_reply = await _together(_say(state, opening), _say(state, opening, repeat=1))
    neutral = read_label(first_reply)
    leaning = VALUE[neutral] if neutral is not None else 0
    stance = -leaning or (1 if place % 2 == 0 else -1)
    toned = await _together(
        *(_say(state, [opening[0], user_message(script.toned(question, tone, stance, place))]) for tone in script.tones)
    )
    said = [*opening, assistant_message(first_reply)]
    labels = []
    for number in range(state.turns if neutral is not None else 0):
        said.append(user_message(script.turn(number, stance)))
        reply = await _say(state, said)
        said.append(assistant_message(reply))
        labels.append(read_label(reply))
    return Case(
        question=question,
        stance=stance,
        neutral=neutral,
        again=read_label(again_reply),
        toned=dict(zip(script.tones, map(read_label, toned), strict=True)),
        turns=tuple(labels),
    )


async def _together(*jobs: Coroutine[Any, Any, str]) -> list[str]:
    """All replies, in order.  The first error ends the others and is raised by itself."""
    tasks: list[asyncio.Task[str]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(job) for job in jobs]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _say(state: _State, messages: Sequence[Message], repeat: int = 0) -> str:
    request = ChatRequest(
        model=state.model,
        messages=tuple(messages),
        temperature=state.temperature,
        max_tokens=state.max_tokens,
    )
    try:
        return (await state.caller.call(request, purpose="sycophancy", repeat=repeat)).text
    except CallFailed as failure:
        state.failures.append(str(failure))
        return ""
