"""How many calls one endpoint gets at once: more while it copes, fewer when it pushes back.

Enters: the outcome of each attempt.  Leaves: leave to send.  Must not know what is sent.

The limit grows by a tenth after a window of attempts that the endpoint took, and shrinks to the share that it took
when it refused more than a tenth of them; stray refusals, which any endpoint gives, leave it alone.  (Additive
increase with a fixed multiplicative decrease would settle near sqrt(1.5 / share), five calls for a share of 5 %:
Mathis et al. 1997.)  Attempts that were sent before the last change say nothing about it and are not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

__all__ = ["Throttle"]

TOLERATED_SHARE = 0.1
UNLIMITED = 2**30
BURST = 8
"""So many refusals in a row need no full window."""


class Throttle:
    """An adaptive semaphore for one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self.era = 0
        """Counts the changes of the limit downwards."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taken = 0
        self._refused = 0
        self._refused_in_row = 0

    async def enter(self) -> int:
        """Wait for a place.  Leaves the era in which the attempt starts, for `leave`."""
        if self.in_flight < self.limit and not self._waiting:
            self.in_flight += 1
            return self.era
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # The place was granted in the same moment: hand it on.
                self.in_flight -= 1
            else:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(place)
            self._grant()
            raise
        return self.era

    def leave(self, era: int, *, refused: bool = False) -> None:
        """Give the place back, and say whether the endpoint pushed back."""
        self.in_flight -= 1
        if era == self.era:
            if refused:
                self._refused += 1
                self._refused_in_row += 1
            else:
                self._taken += 1
                self._refused_in_row = 0
            self._adapt()
        self._grant()

    def lift(self) -> None:
        """No limit from now on."""
        self.most = self.limit = UNLIMITED
        self._grant()

    def _adapt(self) -> None:
        seen = self._taken + self._refused
        if self._refused_in_row < min(BURST, self.limit) and seen < max(2 * BURST, self.limit):
            return
        share = self._refused / seen
        if share > TOLERATED_SHARE:
            # Never below half at once: a burst of refusals overstates how far the limit is off.
            self.limit = max(1, int(self.limit * max(0.5, 0.95 * (1 - share))))
            self.era += 1
        elif self.limit < self.most:
            self.limit = min(self.most, self.limit + max(1, self.limit // 10))
        self._taken = self._refused = self._refused_in_row = 0

    def _grant(self) -> None:
        while self._waiting and self.in_flight < self.limit:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self.in_flight += 1
