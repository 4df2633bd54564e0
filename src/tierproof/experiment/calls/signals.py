"""What replies show of the endpoint behind an arm: what it was asked for and did not give.

Enters: requests and replies, arm by arm; a caller, where a further request has to tell.  Leaves: counts, and whether
draws can differ.  Must not know what is concluded from them.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from dataclasses import dataclass, field

from msgspec import structs

from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import BudgetExhausted
from tierproof.systems.models.chat import ChatCaller, ChatReply, ChatRequest, user_message
from tierproof.systems.models.features import form_held, form_request
from tierproof.systems.models.wire.refusals import CallFailed
from tierproof.systems.resources import Resources

__all__ = ["PROBES", "Signals", "draws_differ", "form_obeyed", "probing", "tool_probes", "tools_obeyed"]

MOST_NAMES = 8
PROBE = "Write a dozen letters in a row, drawn at random.  Write nothing else."
PROBE_TEMPERATURE = 1.5
PROBE_TOKENS = 32
PROBES = 4
WRITTEN_CALL = re.compile(
    r"<tool_call>|\[TOOL_CALLS\]|<\|python_tag\|>|<function=|<function_call>|<｜tool▁calls▁begin｜>|<\|tool_calls?_section_begin\|>"
    r'|^\s*(?:```(?:json)?\s*)?[\[{]\s*\{?\s*"(?:name|function|tool)"\s*:\s*"[^"]+"\s*,\s*"(?:arguments|parameters|args)"\s*:'
)
"""How models write that they call a tool, before an endpoint has made a call of it."""


@dataclass(slots=True)
class Signals:
    """Of one arm's calls."""

    calls: int = 0
    logprobs_asked: int = 0
    logprobs_given: int = 0
    cache_told: int = 0
    """Replies that say how much of the prompt came from a cache, be it nothing."""
    models: dict[str, Counter[str]] = field(default_factory=dict)
    """Models that were asked, by the name of their spec, and the names under which they answered, each with how
    often."""
    tools_asked: int = 0
    """Requests that offered tools which might be called."""
    tools_called: int = 0
    tools_written: int = 0
    """Replies to them that have a call of a tool in their text, which the endpoint did not read."""
    tools_obeyed: bool | None = None
    """Whether a tool was called when one had to be; None: that was not asked."""
    form_obeyed: bool | None = None
    """Whether a reply was held to a form of two words when that was asked for; None: it was not, or cannot be told."""
    offered: ChatRequest | None = None
    """The first request that offered tools."""
    sampled: ChatRequest | None = None
    """The last request that asked for a draw."""

    def saw(self, request: ChatRequest, reply: ChatReply) -> None:
        """Take in one reply."""
        self.calls += 1
        self.cache_told += reply.usage.cache_reported
        if request.temperature is None or request.temperature > 0:
            self.sampled = request
        if request.logprobs:
            self.logprobs_asked += 1
            self.logprobs_given += bool(reply.logprobs)
        names = self.models.get(request.model)
        if names is None:
            names = self.models[request.model] = Counter()
        if reply.model in names or len(names) < MOST_NAMES:
            names[reply.model] += 1
        if request.tools and request.tool_choice != "none":
            self.offered = self.offered or request
            self.tools_asked += 1
            self.tools_called += bool(reply.tool_calls)
            self.tools_written += not reply.tool_calls and WRITTEN_CALL.search(reply.text) is not None


def tool_probes(request: ChatRequest) -> tuple[ChatRequest, ChatRequest]:
    """What `tools_obeyed` asks of an endpoint that was asked for `request`: a call that has to come, and one that is
    asked for in words, since some take tools and not the choice of one.
    """
    name = request.tools[0].get("function", {}).get("name", "")
    forced = structs.replace(request, tool_choice={"type": "function", "function": {"name": name}})
    worded = user_message(f"Call the tool {name} now, with any arguments that it takes.")
    return forced, structs.replace(request, messages=(worded,), tool_choice=None)


async def tools_obeyed(caller: ChatCaller, request: ChatRequest, *, purpose: str) -> bool | None:
    """Does the endpoint take tools at all?  Asked with requests in which one should be called.

    A model may never want one, and the endpoint takes them all the same.  None where no reply comes.
    """
    obeyed: bool | None = None
    for probe in tool_probes(request):
        with contextlib.suppress(CallFailed, BudgetExhausted, InputError):
            obeyed = bool((await caller.call(probe, purpose=purpose)).tool_calls)
            if obeyed:
                break
    return obeyed


async def form_obeyed(caller: ChatCaller, model: str, resources: Resources, *, purpose: str) -> bool | None:
    """Does the endpoint hold replies to a form?  Asked with one that no reply keeps by itself.

    Answers may keep to a workload's form without being held to it.  None where that cannot be told.
    """
    with contextlib.suppress(CallFailed, BudgetExhausted, InputError):
        request = form_request(model, resources)
        return form_held(request, await caller.call(request, purpose=purpose))
    return None


def probing(request: ChatRequest) -> ChatRequest:
    """What `draws_differ` asks, up to `PROBES` times, of an endpoint that was asked for `request`."""
    return ChatRequest(
        model=request.model,
        messages=(user_message(PROBE),),
        temperature=max(PROBE_TEMPERATURE, request.temperature or 0.0),
        max_tokens=PROBE_TOKENS,
    )


async def draws_differ(caller: ChatCaller, request: ChatRequest, *, purpose: str) -> bool:
    """Does the endpoint draw at all?  Asked with a request that nobody can be sure of the answer to.

    A model may be sure of every item of a workload, and its draws are then all alike though the endpoint draws as it is
    asked to.  False also where no reply comes.
    """
    probe = probing(request)
    said: set[str] = set()
    with contextlib.suppress(CallFailed, BudgetExhausted, InputError):
        for repeat in range(PROBES):
            reply = await caller.call(probe, purpose=purpose, repeat=repeat)
            said.add(reply.text + reply.reasoning)
            if len(said) > 1:
                return True
    return False
