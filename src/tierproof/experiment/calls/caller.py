"""How arms call models: within the budget, recorded before it is sent, answered from the journal where it can be.

Enters: chat requests from any number of concurrent arms.  Leaves: replies.  Must not know what the calls are for.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from tierproof.errors import InputError, Problem, reason_of
from tierproof.experiment.calls.batching import Batching, Waits
from tierproof.experiment.calls.journals.journal import AT_ITS_END, Journal, Sent, Settled
from tierproof.experiment.calls.journals.journal_file import checkpoint
from tierproof.experiment.calls.journals.repricing import reprice
from tierproof.experiment.calls.journals.shared import AskedElsewhere, SharedJournal
from tierproof.experiment.calls.money.bounds import Excess, ModelBounds
from tierproof.experiment.calls.money.budget import NOTHING, Amount, Budget, BudgetExhausted, Ledger, picodollars
from tierproof.experiment.calls.signals import Signals
from tierproof.messages import Message, joined
from tierproof.systems.models.chat import ChatReply, ChatRequest, ModelSpec, Usage
from tierproof.systems.models.client import Client
from tierproof.systems.models.wire.provider import MayBeCharged
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.models.wire.request import Prepared, prepare

__all__ = ["Caller"]

T = TypeVar("T")
FLUSH_SECONDS = 0.25
FLUSHES_A_CHECKPOINT = 16

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ChatReply).decode


class Caller:
    """A `ChatCaller` with a journal and a budget.  Use as an async context manager, in one event loop."""

    def __init__(
        self,
        models: Iterable[ModelSpec],
        *,
        journal: Journal | SharedJournal,
        budget: Budget | None = None,
        retry: RetryPolicy | None = None,
        environ: Mapping[str, str] | None = None,
        waits: Waits | None = None,
    ) -> None:
        """`waits`: calls made within `waiting` go into batches, and how long is waited for them; None: none do.

        What earlier sessions of the journal's run took is counted against the budget.

        Raises InputError for a model without a price or with the name of another.
        """
        specs = tuple(models)
        self.models: dict[str, ModelSpec] = {spec.name: spec for spec in specs}
        problems = [
            Problem(
                field=f"models.{spec.name}.price",
                message=Message("the price of model '{name}' is not known", name=spec.name),
                remedy=Message("state input and output in USD per million tokens; 0 for a model of your own"),
            )
            for spec in specs
            if spec.price is None
        ]
        if len(self.models) < len(specs):
            problems.append(Problem(field="models", message=Message("two models have the same name")))
        if problems:
            raise InputError(*problems)
        self.journal = journal
        self.repriced = tuple(spec.name for spec in specs if reprice(journal, spec))
        """Models whose price has changed since some of their answers came; all are counted at the present one."""
        self.ledger = Ledger(budget or Budget(), taken=journal.spend().total, seconds=journal.seconds_before)
        self._client = Client(specs, retry=retry, environ=environ)
        self._flushing: asyncio.Task[None] | None = None
        self._pending: dict[bytes, asyncio.Future[None] | None] = {}
        """Calls under way, each with what those wait for who want the same; None: nobody does."""
        self._unfunded: list[asyncio.Future[None]] = []
        self._bounds: dict[str, ModelBounds] = {}
        self._alike: dict[str, list[ModelBounds]] = {}
        """The same by their endpoint, which several models may share."""
        journal.listen(self._learned)
        self._turns = _Turns()
        self._failing: dict[int, str] = {}
        """Calls that failed and are tried again, each with what was said last."""
        self.batching = (
            Batching(self, journal, environ=environ, waits=waits)
            if waits is not None and isinstance(journal, Journal)
            else None
        )
        """Where calls wait for batches, while it is open."""
        self.signals: dict[str, Signals] = {}
        """What replies showed of the endpoints, by what the calls were for."""

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        if isinstance(self.journal, Journal):
            self._flushing = asyncio.create_task(self._flush(self.journal))
        if self.batching is not None:
            await self.batching.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.batching is not None:
            await self.batching.stop()
        if self._flushing is not None:
            self._flushing.cancel()
        await self._client.__aexit__(kind, error, trace)

    async def _flush(self, journal: Journal) -> None:
        """Puts what the journal has gathered into its tables, also where calls are slow to come."""
        for number in itertools.count(1):
            await asyncio.sleep(FLUSH_SECONDS)
            with contextlib.suppress(InputError):  # the next attempt to be recorded says so
                journal.flush()
            if number % FLUSHES_A_CHECKPOINT == 0:
                await asyncio.to_thread(checkpoint, journal.path)

    async def waiting(self, work: Awaitable[T]) -> T:
        """Do what can wait: its calls go into batches, where there are any."""
        if self.batching is None:
            return await work
        self.batching.open = True
        try:
            return await work
        finally:
            self.batching.open = False

    def add(self, spec: ModelSpec) -> None:
        """A further model, with a price, such as one that was made for an arm.  Raises InputError for a taken name."""
        if self.models.get(spec.name, spec) != spec:
            raise InputError(Problem(field="models", message=Message("two models are called '{name}'", name=spec.name)))
        if spec.name not in self.models:
            self._client.add(spec)
            self.models[spec.name] = spec
            if reprice(self.journal, spec):
                self.repriced += (spec.name,)
                self.ledger.taken = self.journal.spend().total

    @property
    def excesses(self) -> dict[str, str]:
        """Models whose endpoints bill more than a request asks for, and what."""
        return {name: bounds.told for name, bounds in self._bounds.items() if bounds.told}

    def bounds(self, spec: ModelSpec) -> ModelBounds:
        """What is known of a model's endpoint."""
        found = self._bounds.get(spec.name)
        if found is None:
            price = spec.price
            assert price is not None  # models without one are refused
            budget = self.ledger.budget
            costs = price.input > 0 or price.output > 0 or price.per_call > 0
            careful = budget.tokens is not None or (budget.usd is not None and costs)
            endpoint = f"{spec.base_url} {spec.sent_name}"
            found = self._bounds[spec.name] = ModelBounds(
                price,
                careful=careful,
                known=self.journal.excess(endpoint),
                noted=partial(self._noted, endpoint),
            )
            self._alike.setdefault(endpoint, []).append(found)
        return found

    def _noted(self, endpoint: str, seen: Excess) -> None:
        self.journal.note_excess(endpoint, seen)
        self._learned(endpoint, seen)

    def _learned(self, endpoint: str, seen: Excess) -> None:
        for bounds in self._alike.get(endpoint, ()):
            bounds.learn(seen)

    async def call(self, request: ChatRequest, *, purpose: str = "", repeat: int = 0) -> ChatReply:
        """Answer one request, as `ChatCaller` says: from the journal if it was answered before, else by a call.

        Equal requests under way at the same time share one call.
        """
        spec = self.models.get(request.model)
        if spec is None:
            known = ", ".join(self.models) or "none"
            raise InputError(
                Problem(
                    message=Message("no model is called '{model}'", model=request.model),
                    remedy=Message("known: {names}", names=known),
                )
            )
        prepared = prepare(request, spec, repeat)
        key = prepared.key
        while key in self._pending:
            other = self._pending[key]
            if other is None:
                other = self._pending[key] = asyncio.get_running_loop().create_future()
            await asyncio.wait((other,))
        stored = self._read(key, self.journal.answer(key))
        reply = None
        if stored is None:
            self._pending[key] = None
            try:
                while stored is None and reply is None:
                    stored = self._read(key, await self.journal.elsewhere(key))
                    if stored is None:
                        try:
                            reply = await self._answer(prepared, purpose)
                        except AskedElsewhere:
                            continue
            finally:
                other = self._pending.pop(key)
                if other is not None:
                    other.set_result(None)
        if stored is not None:
            self.bounds(spec).remembered(prepared, stored)
            self._saw(purpose, request, stored)
            # At the price that is stated now.
            usd = stored.usd if spec.price is None else spec.price.usd(stored.usage)
            return msgspec.structs.replace(stored, usd=usd, from_journal=True)
        assert reply is not None
        await self._turns.next()
        self._saw(purpose, request, reply)
        return reply

    async def _answer(self, call: Prepared, purpose: str) -> ChatReply:
        """By a call, or in a batch.  Raises AskedElsewhere where another process has it meanwhile, or had
        its answer first."""
        if self.batching is not None and self.batching.open:
            return await self.batching.answer(call, purpose)
        meter = _CallMeter(self, call, purpose)
        try:
            reply = await self._client.answer(call, meter)
        finally:
            meter.over()
        await self.journal.kept()
        if meter.id in self.journal.superseded:
            raise AskedElsewhere
        return reply

    def _saw(self, purpose: str, request: ChatRequest, reply: ChatReply) -> None:
        signals = self.signals.get(purpose)
        if signals is None:
            signals = self.signals[purpose] = Signals()
        signals.saw(request, reply)

    def _read(self, key: bytes, kept: bytes | None) -> ChatReply | None:
        """A reply as it was kept; one that cannot be read is asked for again."""
        if kept is None:
            return None
        try:
            return _decode(kept)
        except msgspec.MsgspecError:
            self.journal.discard(key)
            return None

    async def pay(
        self, key: bytes, model: str, purpose: str, most_usd: float, work: Callable[[], Awaitable[tuple[bytes, float]]]
    ) -> bytes:
        """Something besides a call that costs money, such as a provider's training: done once, and within the budget.

        `work` leaves what is kept and what it cost in USD, at most `most_usd`.  What is in the journal under `key` (16
        bytes) is not done again; what was begun under it and not brought to its end is gone on with, and counts once.
        Raises InputError where it does not fit the budget or takes longer than that, and what `work` raises; after an
        InputError of `work` nothing is charged, unless it is `MayBeCharged`.
        """
        attempt = Sent(self.journal.next_id(), key, purpose, model, Amount(picodollars=picodollars(most_usd), calls=1))
        while True:
            stored = self.journal.answer(key) or await self.journal.elsewhere(key)
            if stored is not None:
                return stored
            begun = self.journal.reopened(key)
            if begun is not None:
                self.ledger.adopt(begun.worst)
                attempt = begun
                break
            try:
                if await self.journal.begin(attempt, self.ledger):
                    break
            except BudgetExhausted as stop:
                raise InputError(Problem(field="budget", message=joined(": ", (purpose, stop.told)))) from None
            except AskedElsewhere:
                continue
            await self._next_settlement()
        try:
            left = self.ledger.seconds_left
            async with asyncio.timeout(left if math.isfinite(left) else None):
                kept, usd = await work()
        except BaseException as error:
            ending = _unpaid(attempt, error)
            self._settle(attempt.worst, ending.took)
            self.journal.settle(ending)
            if isinstance(error, TimeoutError) and self.ledger.seconds_left <= 0:
                message = Message("{purpose}: the minutes of the budget are over before it has ended", purpose=purpose)
                remedy = Message("run the same command with more minutes: it goes on with what was begun")
                raise InputError(Problem(field="budget", message=message, remedy=remedy)) from None
            raise
        ending = Settled(attempt.id, "answered", Amount(picodollars=picodollars(usd), calls=1), reply=kept)
        self._settle(attempt.worst, ending.took)
        self.journal.settle(ending)
        await self.journal.kept()
        if attempt.id in self.journal.superseded:
            return await self.journal.elsewhere(key) or kept
        return kept

    @property
    def trouble(self) -> str:
        """What keeps calls waiting, in words; empty where none waits."""
        if not self._failing:
            return "" if self.batching is None else self.batching.told
        last = next(reversed(self._failing.values()))
        return f"{len(self._failing)} calls tried again, the last: {last}"

    async def _next_settlement(self) -> None:
        """Calls in flight may settle below their worst case, also those of other processes."""
        place = asyncio.get_running_loop().create_future()
        self._unfunded.append(place)
        try:
            async with asyncio.timeout(self.journal.news_seconds):
                await place
        except TimeoutError:
            # A settlement may have let it go at the same moment.
            self._unfunded = [one for one in self._unfunded if one is not place]

    def _settle(self, worst: Amount, took: Amount) -> None:
        self.ledger.settle(worst, took)
        self._look_again()

    def _look_again(self) -> None:
        """Whoever waits for room in the budget."""
        waiting, self._unfunded = self._unfunded, []
        for place in waiting:
            if not place.done():
                place.set_result(None)


def _unpaid(attempt: Sent, error: BaseException) -> Settled:
    """How something that costs money ended without what was wanted."""
    if isinstance(error, MayBeCharged) and error.usd is not None:
        took = Amount(picodollars=picodollars(error.usd), calls=1)
        return Settled(attempt.id, "lost", took, reason=AT_ITS_END)
    free = isinstance(error, InputError) and not isinstance(error, MayBeCharged)
    took = Amount(calls=1) if free else attempt.worst
    return Settled(attempt.id, "free" if free else "lost", took, reason=reason_of(error)[:500])


class _Turns:
    """One answer is worked on at a time, and between two the event loop reads and records what came meanwhile.

    Where many answers come at once, all are recorded before the first is scored: a kill costs those that still lie with
    the system, and these are few.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    def next(self) -> asyncio.Future[None]:
        """One's turn, to be waited for."""
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._waiting.append(place)
        if len(self._waiting) == 1:
            loop.call_at(0.0, self._give, loop)
        return place

    def _give(self, loop: asyncio.AbstractEventLoop) -> None:
        # A timer that is due comes after what a turn of the loop has read: who waits for that is woken first.
        place = self._waiting.popleft()
        if not place.done():
            place.set_result(None)
        if self._waiting:
            # The next turn of the loop is for the work on this answer, the one after it for reading.
            loop.call_soon(loop.call_at, 0.0, self._give, loop)


class _CallMeter:
    """Reserves and records each attempt of one call."""

    def __init__(self, caller: Caller, call: Prepared, purpose: str) -> None:
        self._caller = caller
        self._call = call
        self._purpose = purpose
        self._bounds = caller.bounds(call.spec)
        self._worst = NOTHING
        self.id = 0

    async def admit(self) -> float:
        """Wait until the endpoint may get one more call and its worst case, which may grow meanwhile, fits."""
        caller, bounds = self._caller, self._bounds
        self.id = caller.journal.next_id()
        while not bounds.open or not await self._begun():
            await caller._next_settlement()
        return self.seconds_left

    @property
    def seconds_left(self) -> float:
        return self._caller.ledger.seconds_left

    async def _begun(self) -> bool:
        """Set aside, and recorded?"""
        call = self._call
        self._worst = self._bounds.worst(call)
        self._bounds.in_flight += 1
        begun = False
        try:
            attempt = Sent(self.id, call.key, self._purpose, call.spec.name, self._worst)
            begun = await self._caller.journal.begin(attempt, self._caller.ledger)
            return begun
        except InputError:
            self._caller._look_again()
            raise
        finally:
            if not begun:
                self._bounds.in_flight -= 1

    def answered(self, reply: ChatReply) -> None:
        took = self._bounds.taken(self._call, reply)
        ending = Settled(self.id, "answered", took, reply=_encode(reply))
        self._bounds.answered(self._call, reply)
        self._settle(took)
        self._caller.journal.settle(ending)

    def free(self, reason: str) -> None:
        self._end(Settled(self.id, "free", Amount(calls=1), reason=str(reason)))

    def lost(self, reason: str, usage: Usage | None = None) -> None:
        took = self._bounds.lost(self._call, self._worst, usage)
        self._end(Settled(self.id, "lost", took, reason=str(reason)))

    def over(self) -> None:
        """The call is answered or given up."""
        self._caller._failing.pop(id(self), None)

    def _end(self, ending: Settled) -> None:
        self._caller._failing.pop(id(self), None)
        self._caller._failing[id(self)] = ending.reason or ""
        self._settle(ending.took)
        self._caller.journal.settle(ending)

    def _settle(self, took: Amount) -> None:
        self._bounds.in_flight -= 1
        self._caller._settle(self._worst, took)
