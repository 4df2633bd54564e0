"""Many attempts, few transactions: everything that comes up in one turn of the event loop is written at once.

Enters: attempts and endings, one at a time, from concurrent calls.  Leaves: futures that are done when the record is
on disk.  Must not know what the calls are.

An attempt is sent only after its future is done, so the rule "recorded before sent" holds for each; what is shared is
only the transaction's price.
"""

from __future__ import annotations

import asyncio

from tierproof.experiment.run.journal import Journal, Sent, Settled

__all__ = ["JournalGroups"]


class JournalGroups:
    """Gathers the writes of one event loop."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._sent: list[Sent] = []
        self._settled: list[Settled] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._due = False

    def sending(self, attempt: Sent) -> asyncio.Future[None]:
        """Record an attempt; await the future before sending it."""
        self._sent.append(attempt)
        return self._soon()

    def settling(self, ending: Settled) -> asyncio.Future[None]:
        """Record an ending; await the future to know that it is on disk."""
        self._settled.append(ending)
        return self._soon()

    def settle(self, ending: Settled) -> None:
        """Record an ending that nobody waits for; a later fault of the journal will say if it could not be."""
        self._settled.append(ending)
        self._schedule()

    def _soon(self) -> asyncio.Future[None]:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._schedule()
        return future

    def _schedule(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Write what has gathered, now."""
        sent, settled, waiting = self._sent, self._settled, self._waiting
        self._sent, self._settled, self._waiting = [], [], []
        self._due = False
        if not sent and not settled:
            return
        fault: Exception | None = None
        try:
            self.journal.write(sent, settled)
        except Exception as error:
            fault = error
        for future in waiting:
            if future.done():
                continue
            if fault is None:
                future.set_result(None)
            else:
                future.set_exception(fault)
