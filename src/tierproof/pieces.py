"""Work in many independent pieces: here, in processes of this machine, or on a cluster.

Enters: a function, its arguments one by one, a place to work at.  Leaves: the results, in the order of the arguments,
the same wherever they were worked out.  One seam, the standard library's `Executor`: processes have one, Dask gives
one, and Ray's is made here.

A piece whose worker dies is worked out again, three times in all; a piece that raises is not: its error comes out as
it is, with the traceback of where it was raised.  So nothing that pays may be a piece: calls of models are paid for,
and go through the journal, which knows what was answered.
"""

from __future__ import annotations

import logging
import os
import pickle
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, Generic, TypeVar

from tierproof.errors import InputError
from tierproof.extras import optional
from tierproof.messages import Message, speaking, spoken

__all__ = ["HERE", "TRIES", "Place", "Shared", "in_pieces", "place_of"]

A = TypeVar("A")
B = TypeVar("B")

TRIES: Final = 3
"""Times that a piece is begun whose workers die."""
_SHARED: Final = {
    # Each process counts on one core.
    "OPENBLAS_NUM_THREADS": "1",
    # A text has one hash in all of them, which nobody can foresee.
    "PYTHONHASHSEED": str(int.from_bytes(os.urandom(4))),
}
"""What processes that are started for pieces find in their environment, unless something else is set."""
_FORMS: Final = "processes, processes:N, ray, ray://HOST:PORT, dask or dask://HOST:PORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where pieces are worked out."""

    kind: str
    """`here` (this process), `processes`, `ray` or `dask`."""
    address: str | None = None
    """Of a cluster that runs; None: one is started on this machine and ended with the work."""
    workers: int | None = None
    """Processes on this machine; None: one a core."""


HERE: Final = Place(kind="here")


def place_of(text: str | None) -> Place:
    """The place that somebody names: `processes`, `processes:4`, `ray`, `ray://10.0.0.7:10001`, `dask://10.0.0.7:8786`.

    None is here.  Raises InputError for a name that there is not.
    """
    if text is None:
        return HERE
    kind, address, rest = text.partition("://")
    if address and kind in ("ray", "dask") and rest:
        return Place(kind=kind, address=text if kind == "ray" else f"tcp://{rest}")
    name, _, number = text.partition(":")
    if name == "processes" and (not number or (number.isdecimal() and int(number) > 0)):
        return Place(kind=name, workers=int(number) if number else None)
    if text in ("here", "ray", "dask"):
        return Place(kind=text)
    raise InputError.of(
        Message("no place '{text}' to work at", text=text), remedy=Message("one of: {forms}", forms=_FORMS), field="on"
    )


class Shared(Generic[A]):
    """A value that many pieces need: packed once, and unpacked once in each process."""

    def __init__(self, value: A) -> None:
        self.value = value
        self._name = os.urandom(16)
        self._packed = b""

    def __reduce__(self) -> tuple[Callable[..., Shared[A]], tuple[bytes, bytes]]:
        self._packed = self._packed or zlib.compress(pickle.dumps(self.value), 1)
        return _unpacked, (self._name, self._packed)


_SEEN: Final[dict[bytes, Shared[Any]]] = {}
"""The value that this process unpacked last."""


def _unpacked(name: bytes, packed: bytes) -> Shared[Any]:
    found = _SEEN.get(name)
    if found is None:
        found = Shared(pickle.loads(zlib.decompress(packed)))
        _SEEN.clear()
        _SEEN[name] = found
    return found


def in_pieces(function: Callable[[A], B], arguments: Sequence[A], place: Place = HERE) -> Iterator[B]:
    """`function` of each argument, in their order, each as soon as it and those before it are there.

    Elsewhere than here, function, arguments and results have to be picklable; the language spoken goes with them.
    Raises what the function raises, and InputError where a worker died at the same pieces three times.
    """
    if place.kind == "here" or len(arguments) < 2:
        yield from map(function, arguments)
        return
    done = died = 0
    while done < len(arguments):
        with _executor(place) as executor:
            futures: list[Future[B]] = [
                executor.submit(_told_there, spoken(), function, argument) for argument in arguments[done:]
            ]
            try:
                for future in futures:
                    found = future.result()
                    done, died = done + 1, 0
                    yield found
            except BaseException as error:
                if not _worker_died(error):
                    cause = _of_the_piece(error)
                    if cause is error:
                        raise
                    raise cause from error
                died += 1
                if died == TRIES:
                    remedy = Message(
                        "it may need more memory: use fewer processes (--on processes:1), or leave --on out"
                    )
                    message = Message(
                        "a worker died {tries} times at piece {done} of {n}",
                        tries=TRIES,
                        done=done + 1,
                        n=len(arguments),
                    )
                    raise InputError.of(message, remedy=remedy) from error


def _told_there(language: str, function: Callable[[A], B], argument: A) -> B:
    with speaking(language):
        return function(argument)


def _worker_died(error: BaseException) -> bool:
    """Whether no error of the function's came back, but none of its worker."""
    return type(error).__name__ in ("BrokenProcessPool", "WorkerCrashedError", "NodeDiedError", "KilledWorker")


def _of_the_piece(error: BaseException) -> BaseException:
    """What the function raised; Ray wraps it."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) and type(error).__name__.startswith("RayTaskError") else error


@contextmanager
def _executor(place: Place) -> Iterator[Executor]:
    added = {name: value for name, value in _SHARED.items() if os.environ.get(name, "random") == "random"}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        with _started(place) as executor:
            yield executor
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _started(place: Place) -> Iterator[Executor]:
    if place.kind == "processes":
        # Not forked: numpy's threads do not survive it.
        pool = ProcessPoolExecutor(place.workers or os.cpu_count(), mp_context=get_context("spawn"))
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
    elif place.kind == "dask":
        with _on_dask(place.address) as executor:
            yield executor
    else:
        with _on_ray(place.address) as executor:
            yield executor


@contextmanager
def _on_dask(address: str | None) -> Iterator[Executor]:
    distributed, dask = (optional(name, use=Message("work on Dask"), extra="dask") for name in ("distributed", "dask"))
    # A piece is taken up anew by whom it is asked of (`in_pieces`), so that all places count tries alike.
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        try:
            client = (
                distributed.Client(address, timeout="20s")
                if address
                else distributed.Client(processes=True, dashboard_address=None, silence_logs=logging.CRITICAL)
            )
        except OSError as error:
            raise _unreachable("dask", address, error) from None
        with client:
            yield client.get_executor(pure=False)


class _OnRay(Executor):
    """Ray's tasks as futures of the standard library."""

    def __init__(self, ray: Any) -> None:
        self._run = ray.remote(max_retries=0)(_run)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = self._run.remote(fn, args, kwargs).future()
        return future


def _run(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


@contextmanager
def _on_ray(address: str | None) -> Iterator[Executor]:
    ray = optional("ray", use=Message("work on Ray"), extra="ray")
    if address is None and os.environ.get("RAY_AUTH_MODE", "token") != "token":
        # Its servers listen on every interface, whatever address one asks for: the token is the only fence.
        raise InputError.of(
            Message("RAY_AUTH_MODE turns Ray's token off, and its servers listen on every interface"),
            remedy=Message("unset RAY_AUTH_MODE, or give the address of a cluster that is fenced otherwise"),
        )
    try:
        own = {} if address else {"include_dashboard": False}
        ray.init(address=address, log_to_driver=False, configure_logging=False, **own)
    except (ConnectionError, OSError, ValueError) as error:
        raise _unreachable("ray", address, error) from None
    try:
        yield _OnRay(ray)
    finally:
        ray.shutdown()


def _unreachable(kind: str, address: str | None, error: BaseException) -> InputError:
    message = (
        Message("no {kind} at {address}: {error}", kind=kind, address=address, error=str(error))
        if address
        else Message("{kind} does not start: {error}", kind=kind, error=str(error))
    )
    return InputError.of(message, remedy=Message("is it running, and is the port its client port?"))
