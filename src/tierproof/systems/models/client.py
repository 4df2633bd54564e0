"""Calls to OpenAI-compatible chat completions over aiohttp: sent, tried again where that can help, and read.

Enters: prepared calls.  Leaves: replies.  Must not know budgets or journals: a `Meter` is asked before each attempt
and told how it ended.

The HTTP client decides what driving a model costs: bare aiohttp takes a tenth of the processor time of the usual
SDKs, so this file stays close to it and adds one JSON decoding, one timer and one place in a throttle a call.
"""

from __future__ import annotations

import asyncio
import io
import os
import ssl
import time
from collections.abc import Coroutine, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self

from msgspec import structs

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatReply, ModelSpec, Usage
from tierproof.systems.models.throttle import Throttle
from tierproof.systems.models.wire.body import BLANKS, most_bytes, read_body, read_stream
from tierproof.systems.models.wire.refusals import (
    AttemptFailed,
    CallFailed,
    CallRefused,
    ModelRefused,
    RetryPolicy,
    cause_of,
)
from tierproof.systems.models.wire.reply import (
    StreamedCompletion,
    decode_completion,
    fault_of_reply,
    reply_of,
    with_usage,
)
from tierproof.systems.models.wire.request import Prepared
from tierproof.systems.models.wire.secrets import cleared

try:
    import aiohttp
except ImportError:
    raise InputError.of(
        Message("calling models needs aiohttp"), remedy=Message("install the extra: pip install 'tierproof[measure]'")
    ) from None

__all__ = ["Client", "Meter", "api_key", "secrets_of", "sent_headers"]

LARGE_BODY = 2**20
STREAMED = (b"data:", b"event:", b"id:", b":")
"""How a stream of events begins."""
LONGEST_HEADER = 2**16
FIRST_CALLS = 4
FEW_CLOSED = 4
OFTEN_CLOSED = 0.05
"""Share of attempts whose connection ended without a reply."""
CONNECT_SECONDS = 30
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


class Meter(Protocol):
    """Watches the attempts of one call.  Each `admit` is followed by exactly one of the other three."""

    async def admit(self) -> float:
        """Called before an attempt is sent; leaves the longest time that it may take, in seconds."""
        ...

    @property
    def seconds_left(self) -> float:
        """Longest time that may be waited for another attempt."""
        ...

    def answered(self, reply: ChatReply) -> None:
        """The attempt was answered."""
        ...

    def free(self, reason: str) -> None:
        """The attempt failed and costs nothing."""
        ...

    def lost(self, reason: str, usage: Usage | None = None) -> None:
        """The attempt failed, or was given up, and may be charged for.  `usage`: what it is said to have taken."""
        ...


class _Lane:
    """One model's connection: session, throttle, key.  Its repr shows nothing of them."""

    def __init__(self, spec: ModelSpec, environ: Mapping[str, str], throttle: Throttle) -> None:
        self.throttle = throttle
        self.opening = Throttle(FIRST_CALLS)
        self.answered = False
        """Until a first answer comes, few calls are tried: an endpoint that answers nobody costs no more than these."""
        self.refused: InputError | None = None
        """Why it answers nobody: a key that is not taken, credit that is used up.  Who waits is told at once."""
        self.url = (spec.address or spec.base_url).rstrip("/") + "/chat/completions"
        headers = {"Content-Type": "application/json", "User-Agent": "tierproof", **sent_headers(spec, environ)}
        self.secrets = secrets_of(spec, environ)
        self.patience = _Patience(spec.timeout_seconds)
        self._opened = partial(
            aiohttp.ClientSession,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
            trust_env=any(environ.get(name) or environ.get(name.upper()) for name in PROXY_VARIABLES),
        )
        self.session = self._opened(connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300))
        self._sessions = [self.session]
        self.sent = self._closed = 0

    def hung_up(self) -> None:
        """A connection ended without a reply.

        Some endpoints end connections after a reply without a word, and what is sent over such a one looks as if it
        might be charged for.  Where this is often so, each attempt gets a connection of its own.
        """
        self._closed += 1
        if len(self._sessions) == 1 and self._closed >= max(FEW_CLOSED, OFTEN_CLOSED * self.sent):
            self.session = self._opened(connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, force_close=True))
            self._sessions.append(self.session)

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()

    def cleared(self, payload: bytes) -> bytes:
        """A payload without the key and other secrets."""
        return cleared(payload, self.secrets)


class _Patience:
    """How long attempts may take.  One timer watches all of a model's: one for each would be a tenth of a call."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[_Limit, None] = {}
        """Of attempts that may take as long as any, the oldest first."""
        self._timer: asyncio.TimerHandle | None = None

    def begins(self, longest: float) -> _Limit:
        """What raises TimeoutError once the time, or `longest` if that is less, is over; to be entered at once."""
        loop = asyncio.get_running_loop()
        if longest < self._seconds:
            limit = _Limit(loop.time() + max(longest, 0.001), None)
            limit.timer = loop.call_at(limit.end, limit.reached)
            return limit
        limit = _Limit(loop.time() + self._seconds, self._under_way)
        self._under_way[limit] = None
        if self._timer is None:
            self._timer = loop.call_at(limit.end, self._look, loop)
        return limit

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for limit in tuple(self._under_way):
            if limit.end > now:
                self._timer = loop.call_at(limit.end, self._look, loop)
                return
            del self._under_way[limit]
            limit.reached()


class _Limit:
    """The end of one attempt: its task is cancelled there, and TimeoutError comes out, as of `asyncio.timeout`."""

    __slots__ = ("_others", "_over", "_requests", "_task", "end", "timer")

    def __init__(self, end: float, others: dict[_Limit, None] | None) -> None:
        self.end = end
        self.timer: asyncio.TimerHandle | None = None
        self._others = others
        self._over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._requests = task.cancelling()

    def reached(self) -> None:
        self._over = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._others is not None:
            self._others.pop(self, None)
        elif self.timer is not None:
            self.timer.cancel()
        # Someone else may have cancelled it as well, and then it is cancelled.
        if self._over and self._task.uncancel() <= self._requests and kind is asyncio.CancelledError:
            raise TimeoutError from error


def sent_headers(spec: ModelSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """The headers that a model asks for, its key among them.  Raises InputError where a variable is not set."""
    headers = dict(spec.headers)
    for name, variable in spec.headers_env.items():
        value = environ.get(variable, "").strip()
        if not value or not value.isascii() or not value.isprintable():
            raise InputError.of(
                Message(
                    "model '{name}': the environment variable {variable} of header {header} is not set",
                    name=spec.name,
                    variable=variable,
                    header=name,
                ),
                remedy=Message(
                    "export {variable}=... (it is read when calls are made and never written down)", variable=variable
                ),
                field="headers_env",
            )
        headers[name] = value
    key = api_key(spec, environ)
    return {**headers, "Authorization": f"Bearer {key}"} if key else headers


def secrets_of(spec: ModelSpec, environ: Mapping[str, str]) -> list[bytes]:
    """What of the headers must not be shown or kept.  Raises InputError where a variable is not set."""
    secret = {name: value for name, value in sent_headers(spec, environ).items() if name in spec.headers_env}
    return [value.encode() for value in (*secret.values(), api_key(spec, environ)) if value]


def api_key(spec: ModelSpec, environ: Mapping[str, str]) -> str:
    """The key that a model names, from the environment; empty where it names none.

    Raises InputError where it is not set.
    """
    if spec.api_key_env is None:
        return ""
    key = environ.get(spec.api_key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        named = {"name": spec.name, "variable": spec.api_key_env}
        raise InputError.of(
            Message("model '{name}': the environment variable {variable} holds characters that no key has", **named)
            if key
            else Message("model '{name}': the environment variable {variable} is not set", **named),
            remedy=Message(
                "export {variable}=... (it is read when calls are made and never written down)",
                variable=spec.api_key_env,
            ),
            field="api_key_env",
        )
    return key


class Client:
    """Calls models.  Use as an async context manager, in one event loop."""

    def __init__(
        self,
        models: Iterable[ModelSpec],
        *,
        retry: RetryPolicy | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._retry = retry or RetryPolicy()
        self._models = tuple(models)
        self._environ = os.environ if environ is None else environ
        self._lanes: dict[str, _Lane] = {}
        self._single: dict[str, Throttle] = {}
        """By address of a server that answers one request at a time."""

    async def __aenter__(self) -> Self:
        try:
            for spec in self._models:
                self.add(spec)
        except InputError:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lane in self._lanes.values():
            await lane.close()
        self._lanes.clear()

    def add(self, spec: ModelSpec) -> None:
        """A further model, while the client is open.  Raises InputError where its key is missing."""
        throttle = Throttle(spec.concurrency)
        if spec.address:
            throttle = self._single.setdefault(spec.address, Throttle(1))
        self._lanes[spec.name] = _Lane(spec, self._environ, throttle)

    def answer(self, call: Prepared, meter: Meter) -> Coroutine[Any, Any, ChatReply]:
        """Send a call until it is answered.

        Raises InputError (`CallRefused` where it concerns this request alone) where trying again cannot help, and
        `CallFailed` once patience ran out; and whatever the meter raises.
        """
        lane = self._lanes[call.spec.name]
        return (self._tried if lane.answered else self._opened)(lane, call, meter)

    async def _opened(self, lane: _Lane, call: Prepared, meter: Meter) -> ChatReply:
        """As one of the first calls, of which few are under way at once."""
        era = await lane.opening.enter()
        try:
            if lane.refused is not None and not lane.answered:
                raise lane.refused
            reply = await self._tried(lane, call, meter)
            if not lane.answered:
                lane.answered = True
                lane.opening.lift()
            return reply
        except InputError as refusal:
            if not isinstance(refusal, (CallRefused, ModelRefused)):
                lane.refused = refusal
            raise
        finally:
            lane.opening.leave(era)

    async def _tried(self, lane: _Lane, call: Prepared, meter: Meter) -> ChatReply:
        failures = lost = 0
        while True:
            era = await lane.throttle.enter()
            pushback = False
            try:
                return await self._attempt(lane, call, meter, lost)
            except AttemptFailed as failure:
                pushback = failure.pushback
                failures += 1
                lost += failure.charged
                pause = self._pause(call.spec, failures, failure)
            finally:
                lane.throttle.leave(era, refused=pushback)
            await asyncio.sleep(min(pause, meter.seconds_left))

    def _pause(self, spec: ModelSpec, failures: int, failure: AttemptFailed) -> float:
        patience = failure.retry_after is None or failure.retry_after <= self._retry.longest_retry_after
        if failures < self._retry.attempts and patience:
            return self._retry.wait(failures, failure.retry_after)
        asked = "" if patience else Message(", asking to wait {seconds:.0f} s", seconds=failure.retry_after)
        raise CallFailed(
            Message(
                "model '{name}' at {base_url} failed {failures} times in a row, last with: {failure}{asked}",
                name=spec.name,
                base_url=spec.base_url,
                failures=failures,
                failure=failure.args[0],
                asked=asked,
            )
        ) from None

    async def _attempt(self, lane: _Lane, call: Prepared, meter: Meter, lost: int) -> ChatReply:
        """`lost`: attempts before this one that may be charged for."""
        longest = await meter.admit()
        try:
            reply = await self._exchange(lane, call, longest)
        except AttemptFailed as failure:
            _failed(meter, failure, str(failure))
            raise
        except InputError as refusal:
            _failed(meter, refusal, refusal.problems[0].message)
            raise
        except BaseException as stop:
            # Given up in flight (Ctrl-C, an arm that was stopped): what it took is not known.
            meter.lost(f"given up: {type(stop).__name__}")
            raise
        if lost:
            reply = structs.replace(reply, lost=lost)
        meter.answered(reply)
        return reply

    async def _exchange(self, lane: _Lane, call: Prepared, longest: float) -> ChatReply:
        completion = StreamedCompletion()
        try:
            return await self._sent(lane, call, longest, completion)
        except AttemptFailed as failure:
            raise with_usage(failure, completion.head, call) from None

    async def _sent(self, lane: _Lane, call: Prepared, longest: float, completion: StreamedCompletion) -> ChatReply:
        """`completion`: takes what is streamed, and keeps it where the stream breaks off."""
        # aiohttp warns about large bodies given as bytes; a stream of them is sent in pieces.
        data = call.body if len(call.body) < LARGE_BODY else io.BytesIO(call.body)
        start = time.perf_counter()
        lane.sent += 1
        try:
            # A redirect could carry the key to another host.
            with lane.patience.begins(longest):
                async with lane.session.post(lane.url, data=data, allow_redirects=False) as response:
                    well = 200 <= response.status < 300
                    if well and (call.request.stream or response.content_type == "text/event-stream"):
                        # Some stream whether or not they are asked to.
                        return await read_stream(response, call, completion, lane.cleared, start=start)
                    payload = lane.cleared(await read_body(response, most_bytes(call)))
                    seconds = time.perf_counter() - start
                    if not well:
                        raise fault_of_reply(response.status, response.headers, payload, call)
        except TimeoutError:
            raise AttemptFailed(Message("no reply in time"), charged=True, pushback=True) from None
        except aiohttp.ClientConnectorError as error:
            cause = error.os_error
            reason = Message("cannot connect: {cause}", cause=cause_of(cause))
            if isinstance(cause, ssl.SSLError):
                # Neither mends itself.
                message = Message(
                    "model '{name}' at {base_url}: {reason}",
                    name=call.spec.name,
                    base_url=call.spec.base_url,
                    reason=reason,
                )
                remedy = Message(
                    "mend base_url, or let the variable SSL_CERT_FILE name the authority of its certificate"
                )
                raise InputError.of(message, remedy=remedy, field="base_url") from None
            raise AttemptFailed(reason, charged=False) from None
        except aiohttp.InvalidURL:
            raise InputError.of(
                Message("{base_url} is no address", base_url=call.spec.base_url), field="base_url"
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # aiohttp's own message can show the request's headers, and with them the key.
            if isinstance(error, InputError):
                raise
            if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
                lane.hung_up()
            raise AttemptFailed(
                Message("the connection broke ({kind})", kind=type(error).__name__), charged=True
            ) from None
        if payload.lstrip(BLANKS).startswith(STREAMED):
            # A stream, whatever it calls itself.
            for line in payload.splitlines():
                completion.feed(line)
            return reply_of(completion.table(), call, seconds=seconds)
        return reply_of(decode_completion(payload), call, seconds=seconds)


def _failed(meter: Meter, failure: Exception, reason: str) -> None:
    if getattr(failure, "charged", False):
        meter.lost(reason, getattr(failure, "usage", None))
    else:
        meter.free(reason)
