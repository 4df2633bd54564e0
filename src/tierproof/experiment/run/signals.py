"""What replies show of the endpoint behind an arm: what it was asked for and did not give.

Enters: requests and replies, arm by arm; a caller, where a further request has to tell.  Leaves: counts, and whether
draws can differ.  Must not know what is concluded from them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from tierproof.errors import InputError
from tierproof.experiment.run.money.budget import BudgetExhausted
from tierproof.systems.models.chat import ChatCaller, ChatReply, ChatRequest, user_message
from tierproof.systems.models.wire.refusals import CallFailed

__all__ = ["Signals", "draws_differ"]

MOST_NAMES = 8
PROBE = "Write a dozen letters in a row, drawn at random.  Write nothing else."
PROBE_TEMPERATURE = 1.5
PROBE_TOKENS = 32
PROBES = 4


@dataclass(slots=True)
class Signals:
    """Of one arm's calls."""

    calls: int = 0
    logprobs_asked: int = 0
    logprobs_given: int = 0
    cache_told: int = 0
    """Replies that say how much of the prompt came from a cache, be it nothing."""
    models: dict[str, set[str]] = field(default_factory=dict)
    """Models that were asked, by the name of their spec, and the names under which they answered."""
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
        names = self.models.setdefault(request.model, set())
        if len(names) < MOST_NAMES:
            names.add(reply.model)


async def draws_differ(caller: ChatCaller, request: ChatRequest, *, purpose: str) -> bool:
    """Does the endpoint draw at all?  Asked with a request that nobody can be sure of the answer to.

    A model may be sure of every item of a workload, and its draws are then all alike though the endpoint draws as it is
    asked to.  False also where no reply comes.
    """
    probe = ChatRequest(
        model=request.model,
        messages=(user_message(PROBE),),
        temperature=max(PROBE_TEMPERATURE, request.temperature or 0.0),
        max_tokens=PROBE_TOKENS,
    )
    said: set[str] = set()
    with contextlib.suppress(CallFailed, BudgetExhausted, InputError):
        for repeat in range(PROBES):
            reply = await caller.call(probe, purpose=purpose, repeat=repeat)
            said.add(reply.text + reply.reasoning)
            if len(said) > 1:
                return True
    return False
