"""How long arms take: apart from the run that scores them, at a stated load, arm against arm on the same item.

Enters: arms, items that were measured, a caller.  Leaves: seconds by arm and item.  Must not know scores.

A run sends as many calls at once as the endpoint takes, and then what is timed is its own queue: a request of 20 ms can
wait for seconds, and an arm that comes second finds caches filled.  So times are taken afterwards, when every prompt
has been seen once: a few items, `load` of them at a time, all arms of an item one after the other, in an order that
the next item reverses, so that what an arm finds in a cache is as often its own doing as its opponent's.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import BudgetExhausted
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.trials import BASELINE
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller, ChatReply, ChatRequest
from tierproof.systems.models.wire.refusals import CallFailed

__all__ = ["LEAST_TIMED", "TIMED_ITEMS", "Times", "timed"]

TIMED_ITEMS = 12
LEAST_TIMED = 4
"""Items below which nothing is said of time."""
TIMED_SECONDS = 180.0
"""After so long no further item is timed."""
ANEW = 2**40
"""Added to the repeat of a request, which makes it another draw: an answer that is kept has the time of its own day."""
COMPANIES = 2**20
"""Times are compared within one run, so a run with other arms takes the baseline's anew."""


@dataclass(frozen=True, slots=True)
class Times:
    seconds: Array
    """Shape (arms, items); NaN where there is none."""
    load: int
    """Items under way at once."""
    before: Mapping[int, tuple[Array, Array]] = field(default_factory=dict)
    """Of arms that were timed in an earlier run: the baseline's seconds there, and theirs."""

    def pairs(self, one: int, other: int) -> tuple[Array, Array]:
        """Seconds of two arms on the items that both answered, in one run."""
        if other in self.before:
            return self.before[other] if one == BASELINE else (np.zeros(0), np.zeros(0))
        if one in self.before:
            return np.zeros(0), np.zeros(0)
        both = ~np.isnan(self.seconds[one] + self.seconds[other])
        return self.seconds[one, both], self.seconds[other, both]


class _Anew:
    """A caller whose answers are not those of the run."""

    def __init__(self, caller: ChatCaller, company: Sequence[str]) -> None:
        """`company`: the arms that are timed together."""
        self._caller = caller
        digest = hashlib.blake2b("\n".join(sorted(company)).encode(), digest_size=8).digest()
        self._repeat = ANEW + int.from_bytes(digest, "big") % COMPANIES * COMPANIES

    async def call(self, request: ChatRequest, *, purpose: str = "", repeat: int = 0) -> ChatReply:
        return await self._caller.call(request, purpose=purpose, repeat=repeat + self._repeat)


async def timed(
    arms: Sequence[Arm],
    items: Sequence[Item],
    caller: ChatCaller,
    *,
    load: int = 1,
    without: Collection[int] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Times:
    """Time the arms on the first items.  `without`: places of arms that are not timed; `stopped`: someone wants an end.

    What ends it early (a budget, a failing endpoint) leaves the times so far.
    """
    count = min(TIMED_ITEMS, len(items))
    seconds = np.full((len(arms), count), np.nan)
    chosen = [place for place in range(len(arms)) if place not in without]
    left = iter(range(count))
    start = time.monotonic()
    anew = _Anew(caller, [arms[place].name for place in chosen])

    async def work() -> None:
        for position in left:
            late = position >= LEAST_TIMED and time.monotonic() - start > TIMED_SECONDS
            if late or stopped():
                return
            for place in _order(chosen, position):
                arm = arms[place]
                try:
                    answer = await arm.system.answer(items[position], anew, purpose=f"{arm.name}, timing")
                except (BudgetExhausted, InputError, CallFailed):
                    return
                except Exception:  # a system brought along may raise anything; it has then no time
                    continue
                if answer.calls:
                    seconds[place, position] = answer.seconds

    await asyncio.gather(*(work() for _ in range(max(1, load))))
    return Times(seconds, load)


def _order(places: Sequence[int], position: int) -> list[int]:
    """Any order for an item, and its reverse for the next: each of two arms comes first as often as the other."""
    order = list(places)
    random.Random(position // 2).shuffle(order)
    return order[::-1] if position % 2 else order
