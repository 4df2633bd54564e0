"""Requests gathered into batches of their providers: written down, handed in, waited for, and paired by their ids.

Enters: prepared calls, as many at once as can wait.  Leaves: replies, or why there is none.  Must not know arms.

Requests are gathered until no more come; a system that asks several times one after the other makes as many batches.
What a batch may cost is set aside before it is handed in.  An endpoint is believed by degrees, as with calls
(`bounds`): where a budget limits dollars or tokens, the first batch has few requests, and the next eight times as many
after one that kept to its bounds.  What fails in a batch stays unanswered: another run asks again.  A batch that may
have been handed in is looked for by its tag, and never handed in twice.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from tierproof.errors import InputError, reason_of
from tierproof.experiment.calls.journals.batch_book import Handed, OpenBatch
from tierproof.experiment.calls.journals.journal import Journal, Sent, Settled
from tierproof.experiment.calls.money.bounds import MOST_AT_ONCE, ModelBounds, at_share
from tierproof.experiment.calls.money.budget import Amount, BudgetExhausted, Ledger
from tierproof.messages import Message
from tierproof.systems.models.batch_api import Batch, BatchApi, Result, line_of, results_of
from tierproof.systems.models.chat import ChatReply, ChatRequest, ModelSpec
from tierproof.systems.models.prices import BATCH_SHARE
from tierproof.systems.models.wire.provider import NotReached
from tierproof.systems.models.wire.refusals import AttemptFailed, CallFailed, CallRefused, Refused
from tierproof.systems.models.wire.reply import fault_of_reply, reply_of
from tierproof.systems.models.wire.request import Prepared
from tierproof.written_messages import kept

__all__ = ["Batching", "Waits"]

MOST_REQUESTS = 50_000
MOST_BYTES = 100 * 2**20
"""Of one batch; OpenAI takes twice as many bytes."""
FIRST_REQUESTS = 16
GROWTH = 8
PATIENCE = 8
"""So many looks in a row without a reply, and a batch is left to the next run."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Waits:
    """How long is waited, in seconds."""

    gather: float = 1.0
    """For further requests, after the last."""
    first_look: float = 2.0
    longest_look: float = 60.0


class _Caller(Protocol):
    """What batches need of who makes the calls."""

    ledger: Ledger
    models: dict[str, ModelSpec]

    def bounds(self, spec: ModelSpec) -> ModelBounds: ...
    def _settle(self, worst: Amount, took: Amount) -> None: ...


@dataclass(slots=True, eq=False)
class _Asked:
    call: Prepared
    purpose: str
    reply: asyncio.Future[ChatReply]


class Batching:
    """Use as an async context manager, within the caller's."""

    def __init__(
        self, caller: _Caller, journal: Journal, *, environ: Mapping[str, str] | None = None, waits: Waits | None = None
    ) -> None:
        self.open = False
        """Whether calls go into batches; whoever plays the run says so."""
        self.under_way: dict[str, str] = {}
        """What is told of the batches that are waited for, by their tags."""
        self._caller = caller
        self._journal = journal
        self._book = journal.batches
        self._environ = environ
        self._waits = waits or Waits()
        self._queue: list[_Asked] = []
        self._awaited: dict[bytes, list[asyncio.Future[ChatReply]]] = {}
        """By the keys of requests that are in a batch: who waits for them."""
        self._unknown: frozenset[bytes] = frozenset()
        self._left: dict[bytes, BaseException] = {}
        """Keys of requests in batches that are left to the next run, and why."""
        self._flying: Counter[str] = Counter()
        """Requests in batches, by model."""
        self._most: dict[str, int] = {}
        self._more = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take up the batches of earlier sessions."""
        self._unknown = self._book.unknown_keys()
        for batch in self._book.open_batches():
            spec = self._caller.models.get(batch.model)
            if spec is None:
                continue  # of a model that this run does not have: they stay what they are
            for one in batch.requests:
                self._journal.adopt(one.attempt, one.key)
                self._caller.ledger.adopt(one.worst)
                self._awaited[one.key] = []
            self._flying[spec.name] += len(batch.requests)
            self._begin(self._followed(batch, spec, fresh=False))
        self._begin(self._gather())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def told(self) -> str:
        """What is waited for, in words; empty: nothing."""
        return "; ".join(self.under_way.values())

    def tally(self) -> dict[str, int]:
        """What became of all requests that went into batches, over all sessions."""
        total: Counter[str] = Counter()
        for one in self._book.tallies():
            total.update(one)
        return dict(total)

    async def answer(self, call: Prepared, purpose: str) -> ChatReply:
        """Raises CallFailed where its batch leaves it unanswered, and BudgetExhausted as a call does."""
        if call.key in self._unknown:
            raise CallFailed(
                Message(
                    "model '{name}': it is not known whether a batch with this request was made, so it "
                    "is not put into another (without --batch it is asked by itself)",
                    name=call.spec.name,
                )
            )
        if call.key in self._left:
            raise self._left[call.key]
        place: asyncio.Future[ChatReply] = asyncio.get_running_loop().create_future()
        waiting = self._awaited.get(call.key)
        if waiting is not None:
            waiting.append(place)
        else:
            self._queue.append(_Asked(call, purpose, place))
            self._more.set()
        return await place

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _gather(self) -> None:
        while True:
            await self._more.wait()
            count = -1
            while count != len(self._queue):
                count = len(self._queue)
                await asyncio.sleep(self._waits.gather)
            self._more.clear()
            self._queue = [one for one in self._queue if not one.reply.done()]
            for name in dict.fromkeys(one.call.spec.name for one in self._queue):
                asked = [one for one in self._queue if one.call.spec.name == name]
                try:
                    await self._hand_in(asked)
                except Exception as error:  # or whoever asked would wait for ever
                    self._queue = [one for one in self._queue if one not in asked]
                    why = f"{type(error).__name__}: {error}"
                    for one in asked:
                        _fail(
                            one.reply,
                            CallFailed(
                                Message("model '{name}': its batch could not be handed in: {why}", name=name, why=why)
                            ),
                        )

    async def _hand_in(self, asked: Sequence[_Asked]) -> None:
        """One batch of one model, of as many requests as may be under way; the rest waits for the next."""
        spec = asked[0].call.spec
        chosen = self._affordable(asked)
        self._queue = [one for one in self._queue if one not in chosen and not one.reply.done()]
        if not chosen:
            return
        journal = self._journal
        handed = []
        try:
            for one, worst in chosen.items():
                attempt = journal.next_id()
                journal.send(Sent(attempt, one.call.key, one.purpose, spec.name, worst))
                handed.append(
                    Handed(
                        attempt=attempt,
                        key=one.call.key,
                        body=one.call.body,
                        prompt_bound=one.call.prompt_bound,
                        completion_bound=one.call.completion_bound,
                        worst=worst,
                    )
                )
            journal.flush()
            batch = self._book.write(spec.name, f"tp-{secrets.token_hex(8)}", handed)
        except InputError as error:
            # Nothing was handed in.
            for done in handed:
                self._settled(done, Settled(done.attempt, "free", Amount(), reason="not handed in"))
            for worst in list(chosen.values())[len(handed) :]:
                self._caller._settle(worst, Amount())
            for one in chosen:
                _fail(one.reply, error)
            return
        for one in chosen:
            self._awaited[one.call.key] = [one.reply]
        self._flying[spec.name] += len(handed)
        self._begin(self._followed(batch, spec, fresh=True))

    def _affordable(self, asked: Sequence[_Asked]) -> dict[_Asked, Amount]:
        spec = asked[0].call.spec
        bounds = self._caller.bounds(spec)
        most = self._most.setdefault(spec.name, FIRST_REQUESTS if bounds.careful else MOST_REQUESTS)
        room = min(most, MOST_REQUESTS) - self._flying[spec.name]
        chosen: dict[_Asked, Amount] = {}
        size = 0
        for one in asked:
            size += len(one.call.body) + 200
            if len(chosen) >= room or size > MOST_BYTES:
                break
            worst = at_share(bounds.worst(one.call), BATCH_SHARE)
            try:
                if not self._caller.ledger.reserve(worst):
                    break
            except BudgetExhausted as stop:
                _fail(one.reply, stop)
                continue
            chosen[one] = worst
        return chosen

    async def _followed(self, batch: OpenBatch, spec: ModelSpec, *, fresh: bool) -> None:
        """A batch from where it stands to its end.  `fresh`: nobody can have handed it in before."""
        told: Counter[str] = Counter(batches=1, requests=len(batch.requests))
        self.under_way[batch.tag] = f"a batch of {len(batch.requests)} requests"
        try:
            api = BatchApi(spec, self._environ)
            found = await self._made(api, batch, fresh=fresh)
            if found is None:
                told["unknown"] += len(batch.requests)
                for one in batch.requests:
                    reason = Message("it is not known whether its batch was made")
                    self._settled(one, Settled(one.attempt, "lost", one.worst, reason=str(reason)))
                    self._fail_all(one, CallFailed(Message("model '{name}': {reason}", name=spec.name, reason=reason)))
                self._unknown |= {one.key for one in batch.requests}
                self._book.ended(batch.id, told, unknown=True)
            else:
                try:
                    ended, files = await self._awaited_end(api, batch, found)
                except LookupError:
                    ended, files = replace(found, state="gone"), []
                self._settle_all(batch, spec, ended, files, told)
                self._book.ended(batch.id, told)
        except Exception as error:  # whatever a provider says, those who wait for its batch are told
            # It stays in the journal as it is; the next run goes on with it.
            stop = error
            if isinstance(error, NotReached):
                stop = CallFailed(
                    Message("model '{name}': its batch is not to be reached: {error}", name=spec.name, error=str(error))
                )
            elif not isinstance(error, InputError | BudgetExhausted):
                why = f"{type(error).__name__}: {error}"
                stop = CallFailed(
                    Message(
                        "model '{name}': what its provider said of a batch cannot be read: {why}",
                        name=spec.name,
                        why=why,
                    )
                )
            for one in batch.requests:
                self._left[one.key] = stop
                self._fail_all(one, stop)
        finally:
            self._flying[spec.name] -= len(batch.requests)
            self.under_way.pop(batch.tag, None)
            self._more.set()

    async def _made(self, api: BatchApi, batch: OpenBatch, *, fresh: bool) -> Batch | None:
        """The provider's batch: looked up by its id, found by its tag, or made now; None where nobody can tell."""
        if batch.provider:
            # Looked at below, where it may be gone.
            return Batch(id=batch.provider, state="running")
        if not fresh:
            # Another process may have got as far as to hand it in.
            try:
                found = await api.find(batch.tag)
            except LookupError:
                return None
            if found is not None:
                self._book.started(batch.id, found.id)
                return found
        lines = b"".join(line_of(batch.custom_id(one), one.body) for one in batch.requests)
        try:
            file = await api.upload(lines)
        except (InputError, NotReached) as error:
            self._undo(batch, error)
            raise
        try:
            found = await api.make(file, batch.tag)
        except InputError as error:
            self._undo(batch, error)
            raise
        except NotReached:
            try:
                found = await api.find(batch.tag)
            except LookupError:
                return None
            if found is None:
                raise
        self._book.started(batch.id, found.id)
        return found

    def _undo(self, batch: OpenBatch, error: Exception) -> None:
        """It was not made: nothing was taken."""
        for one in batch.requests:
            self._settled(one, Settled(one.attempt, "free", Amount(calls=1), reason=reason_of(error)[:500]))
        self._book.ended(batch.id, {"batches": 1, "requests": len(batch.requests), "failed": len(batch.requests)})

    async def _awaited_end(self, api: BatchApi, batch: OpenBatch, found: Batch) -> tuple[Batch, list[bytes]]:
        """Look again and again; what came back, in files."""
        pause, missed = 0.0 if batch.provider else self._waits.first_look, 0
        while found.state == "running":
            # What a provider counts is shown, and nothing rests on it.
            shown = min(max(0, found.done), len(batch.requests))
            self.under_way[batch.tag] = f"a batch of {len(batch.requests)} requests, {shown} done"
            if self._caller.ledger.seconds_left <= 0:
                self._caller.ledger.reserve(Amount())  # raises, for the time is up
            await asyncio.sleep(min(pause, self._caller.ledger.seconds_left))
            pause = max(self._waits.first_look, min(self._waits.longest_look, pause * 1.5))
            try:
                found, missed = await api.look(found.id), 0
            except NotReached:
                missed += 1
                if missed >= PATIENCE:
                    raise
        return found, [await api.content(file) for file in found.files]

    def _settle_all(
        self, batch: OpenBatch, spec: ModelSpec, ended: Batch, files: Sequence[bytes], told: Counter[str]
    ) -> None:
        """Results are paired by their custom ids; of several of one request the first counts, and an answer before an
        error."""
        by_id = {batch.custom_id(one): one for one in batch.requests}
        results: dict[str, Result] = {}
        for id, result in results_of(files):
            if id not in by_id:
                told["strangers"] += 1
                continue
            if id in results:
                told["duplicates"] += 1
            if id not in results or results[id].status != 200 == result.status:
                results[id] = result
        bounds = self._caller.bounds(spec)
        before = bounds.told
        for id, one in by_id.items():
            self._settle_one(one, spec, ended, results.get(id), told)
        kept = bounds.told == before
        if bounds.careful:
            most = self._most.get(spec.name, FIRST_REQUESTS)
            self._most[spec.name] = min(MOST_AT_ONCE, most * GROWTH) if kept else FIRST_REQUESTS

    def _settle_one(
        self, one: Handed, spec: ModelSpec, ended: Batch, result: Result | None, told: Counter[str]
    ) -> None:
        call = _prepared(one, spec)
        try:
            if result is None or result.status != 200:
                raise _failure(ended, result, call, told)
            reply = msgspec.structs.replace(reply_of(result.body, call, seconds=0.0), share=BATCH_SHARE)
        except (AttemptFailed, InputError) as failure:
            told["failed"] += result is not None and result.status == 200
            charged = getattr(failure, "charged", False)
            usage = getattr(failure, "usage", None)
            bounds = self._caller.bounds(spec)
            took = bounds.lost(call, one.worst, usage, BATCH_SHARE) if charged else Amount(calls=1)
            state = "lost" if charged else "free"
            self._settled(one, Settled(one.attempt, state, took, reason=reason_of(failure)[:500]))
            refused = isinstance(failure, CallRefused)
            stop = (
                failure
                if refused
                else CallFailed(
                    Message("model '{name}', in a batch: {failure}", name=spec.name, failure=kept(reason_of(failure)))
                )
            )
            if not self._awaited.get(one.key):
                self._left[one.key] = stop  # of an earlier session, seen before anybody asked: the next run asks anew
            self._fail_all(one, stop)
            return
        told["answered"] += 1
        bounds = self._caller.bounds(spec)
        took = bounds.taken(call, reply)
        bounds.answered(call, reply)
        self._settled(one, Settled(one.attempt, "answered", took, reply=_encode(reply)))
        for place in self._awaited.pop(one.key, ()):
            if not place.done():
                place.set_result(reply)

    def _settled(self, one: Handed, ending: Settled) -> None:
        self._caller._settle(one.worst, ending.took)
        self._journal.settle(ending)

    def _fail_all(self, one: Handed, error: BaseException) -> None:
        for place in self._awaited.pop(one.key, ()):
            _fail(place, error)


def _failure(ended: Batch, result: Result | None, call: Prepared, told: Counter[str]) -> AttemptFailed | Refused:
    """Why a request of a batch has no answer, and whether it may be charged."""
    if result is not None and result.status:
        told["failed"] += 1
        return fault_of_reply(result.status, {}, _encode(result.body), call)
    if result is not None and result.code == "batch_expired":
        told["expired"] += 1
        return AttemptFailed(Message("the batch expired before it was answered"), charged=False)
    if result is not None and result.code == "batch_cancelled":
        told["failed"] += 1
        return AttemptFailed(Message("the batch was cancelled before it was answered"), charged=False)
    if result is not None:
        told["failed"] += 1
        why = result.message or result.code or Message("no reason was given")
        return AttemptFailed(Message("an error came back in place of an answer: {why}", why=why), charged=True)
    return _unanswered(ended, told)


def _unanswered(ended: Batch, told: Counter[str]) -> AttemptFailed:
    """Why nothing came back of a request."""
    if ended.state == "failed":
        told["failed"] += 1
        why = ended.errors or Message("no reason was given")
        return AttemptFailed(Message("the provider refused the whole batch: {why}", why=why), charged=False)
    told["missing"] += 1
    if ended.state == "gone":
        return AttemptFailed(Message("the provider knows its batch no longer"), charged=True)
    return AttemptFailed(
        Message("the batch ended as {state}, and nothing came back of it", state=ended.state), charged=True
    )


def _prepared(one: Handed, spec: ModelSpec) -> Prepared:
    """The call again, as far as an answer is read by it."""
    messages = msgspec.json.decode(one.body)["messages"]
    request = ChatRequest(model=spec.name, messages=tuple(messages))
    return Prepared(request, spec, one.body, one.key, one.prompt_bound, one.completion_bound)


def _fail(place: asyncio.Future[ChatReply], error: BaseException) -> None:
    if not place.done():
        place.set_exception(error)
