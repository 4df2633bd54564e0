"""What replies show of the endpoint behind an arm: what it was asked for and did not give.

Enters: requests and replies, arm by arm.  Leaves: counts.  Must not know what is concluded from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tierproof.systems.models.chat import ChatReply, ChatRequest

__all__ = ["Signals"]

MOST_NAMES = 8


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

    def saw(self, request: ChatRequest, reply: ChatReply) -> None:
        """Take in one reply."""
        self.calls += 1
        self.cache_told += reply.usage.cache_reported
        if request.logprobs:
            self.logprobs_asked += 1
            self.logprobs_given += bool(reply.logprobs)
        names = self.models.setdefault(request.model, set())
        if len(names) < MOST_NAMES:
            names.add(reply.model)
