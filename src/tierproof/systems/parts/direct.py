"""The innermost steps: ask once, and run the tools that the model asks for until it answers.

Enters: a system and an item.  Leaves: a draft.  Must not know which technique gave the system its retriever or tools.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from dataclasses import dataclass

from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatReply, Message, ToolCall, assistant_message, tool_message
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.search.searches import searched
from tierproof.systems.parts.session import Session
from tierproof.systems.system import Draft, System, ended_of

__all__ = ["Direct", "passages_for"]

REPEATED = "This call was made before with the same result.  Do something else, or give the answer."


@dataclass(frozen=True, kw_only=True, slots=True)
class Direct:
    """One call; where the system has tools, as many as the model asks for, within bounds."""

    rounds: int = 8
    """Most rounds of tool calls; then the model must answer without."""
    repeats: int = 2
    """So often the same tool may be called with the same arguments before the model is told that it goes in circles."""

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        passages = await passages_for(system, item, session)
        messages = list(system.prompt.messages(item, passages))
        if not system.tools:
            reply = await system.ask(messages, session)
            return _draft(reply, messages)
        schemas = tuple(tool.schema for tool in system.tools)
        seen: Counter[tuple[str, str]] = Counter()
        for number in range(self.rounds + 1):
            last = number == self.rounds
            reply = await system.ask(messages, session, tools=schemas, tool_choice="none" if last else None)
            if not reply.tool_calls or last:
                break
            messages.append(assistant_message(reply.text, reply.tool_calls))
            results = await self._run(system, reply.tool_calls, seen, session)
            messages += results
            if all(result["content"] == REPEATED for result in results):
                # Going in circles: nothing new can come of further rounds.
                session.note("decision", "tool loop", "stopped: the same calls were made again")
                reply = await system.ask(messages, session, tools=schemas, tool_choice="none")
                break
        return _draft(reply, messages)

    async def _run(
        self, system: System, calls: tuple[ToolCall, ...], seen: Counter[tuple[str, str]], session: Session
    ) -> list[Message]:
        tools = {tool.name: tool for tool in system.tools}

        async def result(call: ToolCall) -> str:
            tool = tools.get(call.name)
            if tool is None:
                return f"error: there is no tool '{call.name}'; there are {', '.join(tools)}"
            return await tool.call(call.arguments)

        fresh: list[ToolCall] = []
        for call in calls:
            seen[call.name, call.arguments] += 1
            if seen[call.name, call.arguments] <= self.repeats:
                fresh.append(call)
        async with session.local_work():
            found = await asyncio.gather(*(result(call) for call in fresh))
        by_place = dict(zip((id(call) for call in fresh), found, strict=True))
        texts = [by_place.get(id(call), REPEATED) for call in calls]
        for call, text in zip(calls, texts, strict=True):
            session.note("tool", call.name, f"{call.arguments} -> {text}")
        return [tool_message(call, text) for call, text in zip(calls, texts, strict=True)]


async def passages_for(system: System, item: Item, session: Session) -> tuple[Passage, ...]:
    """What the system's retriever finds for an item; nothing where it has none."""
    if system.retriever is None:
        return ()
    async with session.local_work():
        passages = await searched(system.retriever, item.text)
    session.note("retrieval", str(system.retriever), ", ".join(passage.source for passage in passages))
    return passages


def _draft(reply: ChatReply, messages: list[Message]) -> Draft:
    tokens = reply.logprobs or ()
    mean = sum(token.logprob for token in tokens) / len(tokens) if tokens else None
    return Draft(
        text=reply.text,
        messages=(*messages, assistant_message(reply.text)),
        ended=ended_of(reply),
        confidence=None if mean is None else math.exp(min(0.0, mean)),
    )
