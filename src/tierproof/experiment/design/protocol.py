"""What a run set itself before its first call: the rule, the margins, the arms, the items and their order.

Enters: a workload, its items in their order, and how they will be measured.  Leaves: a `Protocol` that can be written
down with its hash, and in what another one differs.  Must not know where it is kept.
"""

from __future__ import annotations

import hashlib
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from tierproof.messages import Message
from tierproof.systems.item import Item

__all__ = ["Change", "Pledge", "Protocol", "changes", "hash_of", "items_of", "pledge_of", "read_protocol"]


class Protocol(Struct, frozen=True, kw_only=True):
    """All that decides what is asked, and how it is decided."""

    arms: tuple[str, ...]
    """As they were named; the baseline goes without saying."""
    ablate: str
    fixed: int | None
    """None: adaptive."""
    guarantee: str
    about: str
    level: float
    repeats: int
    noise_floor: bool
    minimal_difference: float
    """The margin, in mean score."""
    value_per_success: float
    latency_price: float
    requests: float
    settings: dict[str, str]
    """Digests of the scorer, of the requests and their resources, of the models."""
    items: tuple[str, ...]
    """In their order: eight hexadecimal digits of each id, and eight of what is asked and the target."""

    def written(self) -> bytes:
        """The same bytes for the same protocol on every machine."""
        return msgspec.json.encode(self, enc_hook=str) + b"\n"


@dataclass(frozen=True, slots=True)
class Change:
    """In what a run differs from what was set."""

    what: str
    """`arms`, `items`, `order`, `margin`, `value`, `latency price`, `requests`, `rule`, `repeats`, `system`, or what a
    digest is of."""
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """What a run set itself first, held against what it does now."""

    hash: str
    made: float
    """Seconds since 1970."""
    answers: int
    """So many answers the journal held when it was written."""
    changes: tuple[Change, ...]
    """None: it was kept."""
    intact: bool = True
    """What was written is still what its hash was made of."""
    others: int = 0
    """Further protocols that the run had in between, by which nothing is judged."""

    @property
    def kept(self) -> bool:
        return self.intact and not self.changes and not self.others


class _Registered(typing.Protocol):
    """As the journal has it."""

    @property
    def plan(self) -> bytes: ...
    @property
    def hash(self) -> str: ...
    @property
    def made(self) -> float: ...
    @property
    def answers(self) -> int: ...


def hash_of(written: bytes) -> str:
    """SHA-256 of what is written, in 64 hexadecimal digits: what `sha256sum` says of the file."""
    return hashlib.sha256(written).hexdigest()


def items_of(items: Sequence[Item]) -> tuple[str, ...]:
    """As `Protocol.items`."""
    return tuple(_digest(item.id) + _digest(repr((item.input, item.target))) for item in items)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def read_protocol(written: bytes, hash: str) -> Protocol | None:
    """What was written; None where it is not what its hash was made of, or of an unknown form."""
    if hash_of(written) != hash:
        return None
    try:
        return msgspec.json.decode(written, type=Protocol)
    except msgspec.MsgspecError:
        return None


def changes(set_: Protocol, now: Protocol) -> tuple[Change, ...]:
    """In what `now` differs from what was set; nothing where it was kept."""
    return tuple(_changes(set_, now))


def pledge_of(registered: Sequence[_Registered], now: Protocol) -> Pledge:
    """`registered`: all that the run set itself, the first first, which `now` is held against."""
    first = registered[0]
    set_ = read_protocol(first.plan, first.hash)
    last = hash_of(now.written())
    return Pledge(
        hash=first.hash,
        made=first.made,
        answers=first.answers,
        changes=() if set_ is None else changes(set_, now),
        intact=set_ is not None,
        others=len({one.hash for one in registered} - {first.hash, last}),
    )


def _changes(one: Protocol, other: Protocol) -> Iterator[Change]:
    named = (
        ("margin", one.minimal_difference, other.minimal_difference),
        ("value", one.value_per_success, other.value_per_success),
        ("latency price", one.latency_price, other.latency_price),
        ("requests", one.requests, other.requests),
        ("rule", _rule(one), _rule(other)),
        ("repeats", one.repeats, other.repeats),
        ("system", one.ablate, other.ablate),
    )
    for what, was, now in named:
        if was != now:
            yield Change(what, *(one if isinstance(one, Message) else f"{one}" for one in (was, now)))
    yield from _arms(one, other)
    for what in sorted({*one.settings, *other.settings}):
        if one.settings.get(what) != other.settings.get(what):
            yield Change(what, "", "")
    yield from _items(one.items, other.items)


def _rule(one: Protocol) -> Message:
    kind = (
        Message("{guarantee} at {level:g}", guarantee=one.guarantee, level=one.level)
        if one.fixed is None
        else Message("{n} item for every arm", "{n} items for every arm", n=one.fixed)
    )
    if one.noise_floor:
        return Message("{kind}, about {about}, with a noise floor", kind=kind, about=one.about)
    return Message("{kind}, about {about}", kind=kind, about=one.about)


def _arms(one: Protocol, other: Protocol) -> Iterator[Change]:
    added = [name for name in other.arms if name not in one.arms]
    gone = [name for name in one.arms if name not in other.arms]
    if added or gone:
        yield Change("arms", ", ".join(gone), ", ".join(added))


def _items(one: Sequence[str], other: Sequence[str]) -> Iterator[Change]:
    """Ids are the first half of a digest, what is asked the second."""
    before, now = ({digest[:8]: digest[8:] for digest in items} for items in (one, other))
    added, gone = len(now.keys() - before.keys()), len(before.keys() - now.keys())
    if added or gone:
        yield Change("items", f"{gone}", f"{added}")
    if edited := sum(before[id] != now[id] for id in before.keys() & now.keys()):
        yield Change("items edited", f"{edited}", f"{edited}")
    common = before.keys() & now.keys()
    if [id for id in before if id in common] != [id for id in now if id in common]:
        yield Change("order", "", "")
