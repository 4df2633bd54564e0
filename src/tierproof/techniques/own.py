"""A team's own system in the place of the steps: a Python function, a LangChain runnable, a DSPy module.

Enters: a function of the workload.  Leaves: its answers, with what its calls took.  Must not know frameworks: what a
factory makes is asked by the method that it has.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.bridge import ask_as, bridge
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatReply, user_message
from tierproof.systems.models.chat import Message as Turn
from tierproof.systems.models.wire.refusals import CallRefused
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import Draft, System

__all__ = ["FactorySteps", "FunctionSteps", "own_system"]

ID = "own"


@technique(ID, needs=("systems",))
def own_system(system: System, resources: Resources, *, name: str = "") -> System:
    """A system of the team's own, which the workload names."""
    if not name and len(resources.own) == 1:
        name = next(iter(resources.own))
    own = resources.own.get(name)
    if own is None:
        message = (
            Message("the workload has no system '{name}'", name=name)
            if name
            else Message("which of the workload's systems is meant?")
        )
        raise InputError.of(message, remedy=Message("own(name=...): {own}", own=", ".join(resources.own)), field="arm")
    steps = FunctionSteps(own.name, own.function) if own.kind == "function" else FactorySteps(own.name, own.function)
    return system.with_steps(steps)


@dataclass(frozen=True, slots=True)
class FunctionSteps:
    """`function(input, ask)` or `function(input)`, async or not.

    `input` is the item's text or its messages.  `ask(messages, **fields)` calls the system's model; in a function that
    is not async it blocks.  The result is the answer's text, or a table with `text` and, for calls made elsewhere,
    `usd` and `seconds`.  What the function raises comes out as it is: a system that fails has not answered.
    """

    name: str
    function: Callable[..., Any]

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        async def ask(messages: str | Sequence[Turn], **fields: Any) -> ChatReply:
            turns = (user_message(messages),) if isinstance(messages, str) else tuple(messages)
            return await system.ask(turns, session, **fields)

        if session.rehearsal:
            return await _stand_in(system, item, session)
        before, start = session.calls, time.perf_counter()
        result = await _run(self.function, item.input, ask)
        return _draft(self.name, result, session, session.calls > before, time.perf_counter() - start)


@dataclass(frozen=True, slots=True)
class FactorySteps:
    """`make(base_url, api_key, model)`, which gives something that answers: it is called once an item.

    What it makes is asked by `ainvoke` (LangChain), `acall` with its first input field (DSPy), or by calling it.
    """

    name: str
    make: Callable[..., Any]

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        async def ask(body: Mapping[str, Any]) -> ChatReply:
            return await ask_as(system, body, session)

        if session.rehearsal:
            return await _stand_in(system, item, session)
        before, start = session.calls, time.perf_counter()
        async with bridge(ask) as local:
            try:
                made = self.make(base_url=local.base_url, api_key=local.api_key, model=system.model)
                result = await _asked(made, item)
            except Exception as error:
                # A framework wraps what went wrong behind the bridge in errors of its own.
                raise (local.error or error) from error
            if local.error is not None and not isinstance(local.error, CallRefused):
                # It went on without an answer that it was owed, for want of money or of an endpoint.
                raise local.error
        return _draft(self.name, result, session, session.calls > before, time.perf_counter() - start)


async def _stand_in(system: System, item: Item, session: Session) -> Draft:
    """One call, in the place of code that may call or write elsewhere and must not be run for a forecast."""
    return Draft(text=(await system.ask(system.prompt.messages(item), session)).text)


async def _run(function: Callable[..., Any], given: Any, ask: Callable[..., Any]) -> Any:
    takes_ask = len(inspect.signature(function).parameters) > 1
    if inspect.iscoroutinefunction(function):
        return await (function(given, ask) if takes_ask else function(given))
    loop = asyncio.get_running_loop()

    def blocking(*arguments: Any, **fields: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(ask(*arguments, **fields), loop).result()

    return await asyncio.to_thread(function, *((given, blocking) if takes_ask else (given,)))


async def _asked(made: Any, item: Item) -> Any:
    if hasattr(made, "ainvoke"):
        return await made.ainvoke(item.input if isinstance(item.input, str) else list(item.input))
    if hasattr(made, "acall"):
        return await made.acall(**{_first_field(made): item.text})
    result = await asyncio.to_thread(made, item.text)
    return await result if inspect.isawaitable(result) else result


def _first_field(module: Any) -> str:
    """Name of a DSPy module's first input."""
    signature = getattr(module, "signature", None)
    fields = getattr(signature, "input_fields", None)
    if fields:
        return str(next(iter(fields)))
    predictors = getattr(module, "named_predictors", None)
    for _, predictor in predictors() if predictors else ():
        return str(next(iter(predictor.signature.input_fields)))
    return "question"


def _draft(name: str, result: Any, session: Session, called: bool, elapsed: float) -> Draft:
    table = result if isinstance(result, Mapping) and "text" in result else {}
    if not called and "usd" not in table:
        remedy = Message("make its calls through ask or the given base_url, or return {'text': ..., 'usd': ...}")
        raise InputError.of(Message("system '{name}' does not say what its answers cost", name=name), remedy=remedy)
    usd = float(table.get("usd", 0.0))
    session.usd += usd
    if not called:
        session.calls += 1
        session.seconds += float(table.get("seconds", elapsed))
    session.note("decision", name, f"own system, {usd:g} USD beside its counted calls")
    text = str(table["text"]) if table else _text(result)
    return Draft(text=text)


def _text(result: Any) -> str:
    """Text of what a function or framework gives back."""
    if isinstance(result, str):
        return result
    content = getattr(result, "content", None)
    if isinstance(content, str):  # a LangChain message
        return content
    fields = getattr(result, "items", None)
    if callable(fields):  # a DSPy prediction or a plain table: the last field is the answer
        values = [str(value) for _, value in fields()]
        return values[-1] if values else ""
    return str(result)
