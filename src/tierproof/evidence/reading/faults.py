"""Every fault of a value that does not fit its type: which field, what is wrong, what would be right.

Enters: plain data (dicts, lists, text, numbers) and the `msgspec` type that it should be.  Leaves: `Fault`s.  Knows
nothing of files.  The decoder itself stops at the first fault; this walk goes on, so that a person mends all at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from tierproof.errors import meant
from tierproof.messages import Message, Quoted
from tierproof.written_messages import kept

__all__ = ["Fault", "Implausible", "faults_in", "toml_line"]


class Fault(NamedTuple):
    field: str
    """Path to the field, such as `effort.weeks.low`; empty for the whole."""
    message: str
    remedy: str


class Implausible(ValueError):
    """Raised by a struct whose fields fit their types and contradict each other or the world."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(f"{field}: {message}")
        self.fault = Fault(field, message, remedy)


def faults_in(value: object, kind: Any, field: str = "") -> Iterator[Fault]:
    """Each fault of `value` as a `kind`; none if it fits."""
    inner, _ = _bare(kind)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, Mapping):
        found = False
        for fault in _struct_faults(value, inner, field):
            found = True
            yield fault
        if found:
            return
    elif get_origin(inner) is dict and isinstance(value, Mapping):
        key_kind, value_kind = get_args(inner)
        for key, part in value.items():
            yield from faults_in(key, key_kind, _join(field, str(key)))
            yield from faults_in(part, value_kind, _join(field, str(key)))
    elif get_origin(inner) is tuple and isinstance(value, list) and get_args(inner)[-1:] == (Ellipsis,):
        for index, part in enumerate(value):
            yield from faults_in(part, get_args(inner)[0], f"{field}[{index}]")
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, Implausible):
            yield Fault(_join(field, cause.fault.field), cause.fault.message, cause.fault.remedy)
        elif _is_leaf(inner, value):
            message = str(error).partition(" - at `")[0]
            yield Fault(field, _plain(message, value), _remedy(kind, value))
        elif cause is not None:
            yield Fault(field, str(cause), "")
        elif " - at `" not in str(error):
            yield Fault(field, _plain(str(error), value), _remedy(kind, value))


def _struct_faults(value: Mapping[Any, Any], kind: type[msgspec.Struct], field: str) -> Iterator[Fault]:
    fields = {known.encode_name: known for known in msgspec.structs.fields(kind)}
    for name in value:
        if name not in fields:
            others = Message("known fields: {fields}", fields=Quoted(", ".join(fields)))
            yield Fault(_join(field, str(name)), Message("unknown field"), meant(str(name), fields, others))
    for name, known in fields.items():
        if name in value:
            yield from faults_in(value[name], known.type, _join(field, name))
        elif known.required:
            yield Fault(_join(field, name), Message("missing"), _remedy(known.type, None))


def _is_leaf(inner: Any, value: object) -> bool:
    """Whether `value` has no parts that have been looked at one by one."""
    walked = (isinstance(inner, type) and issubclass(inner, msgspec.Struct)) or get_origin(inner) in (dict, tuple)
    return not (walked and isinstance(value, (Mapping, list)))


def _bare(kind: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    """The type below Annotated and Optional, and the bounds met on the way."""
    bounds: tuple[msgspec.Meta, ...] = ()
    while True:
        if get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            bounds += tuple(meta for meta in more if isinstance(meta, msgspec.Meta))
        elif get_origin(kind) in (Union, UnionType):
            rest = [part for part in get_args(kind) if part is not NoneType]
            if len(rest) != 1:
                return kind, bounds
            kind = rest[0]
        else:
            return kind, bounds


NEARLY_ZERO = 1e-6
INFINITE = 1e12
"""A bound of this size only keeps infinities out; a remedy need not speak of it."""
_PLAIN_REMEDIES = {
    bool: Message("true or false, without quotes"),
    int: Message("a whole number, without quotes"),
    float: Message("a finite number, without quotes"),
    str: Message('text in "quotes"'),
    tuple: Message("a list in [brackets]"),
    dict: Message("a table of names and values"),
}


def _remedy(kind: Any, value: object) -> str:
    """What would be right in the place of `value`."""
    inner, bounds = _bare(kind)
    nullable = kind is not inner and NoneType in get_args(kind)
    if get_origin(inner) is Literal:
        words = [str(word) for word in get_args(inner)]
        return meant(str(value), words, _or_null(Message("one of: {words}", words=Quoted(", ".join(words))), nullable))
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        required = [known.encode_name for known in msgspec.structs.fields(inner) if known.required]
        names = Quoted(", ".join(required)) or Message("named fields")
        return _or_null(Message("a table with {names}", names=names), nullable)
    bounded = next(filter(None, (_bound_remedy(meta, inner, value) for meta in bounds)), None)
    remedy = bounded or _PLAIN_REMEDIES.get(get_origin(inner) or inner) or ""
    return _or_null(remedy, nullable) if remedy else ""


def _or_null(remedy: str, nullable: bool) -> str:
    return Message("{remedy} or null", remedy=remedy) if nullable else remedy


def _bound_remedy(meta: msgspec.Meta, inner: Any, value: object) -> str:
    if meta.pattern is not None:
        return Message("lower-case letters and digits, joined by single '-'")
    if isinstance(value, str) and meta.max_length is not None and len(value) > meta.max_length:
        return Message("at most {most:,} characters", most=meta.max_length)
    if meta.min_length is not None:
        return Message('text in "quotes", not empty')
    if meta.gt == 0 or (meta.ge is not None and 0 < meta.ge < NEARLY_ZERO):
        below = meta.le is not None and 1 - NEARLY_ZERO < meta.le < 1
        return (
            Message("a whole number above 0")
            if inner is int
            else Message("a number above 0 and below 1")
            if below
            else Message("a number above 0")
        )
    if meta.ge is not None and meta.le is not None and meta.le < INFINITE:
        return Message("a number from {low:g} to {high:g}", low=meta.ge, high=meta.le)
    return ""


def _plain(message: str, value: object) -> str:
    """The decoder's message in lower case, with the value that it speaks of."""
    shown = repr(value)
    text = message[:1].lower() + message[1:]
    text = text.replace("`", "")
    if value is None:  # the decoder has said null
        return kept(text)
    return kept(f"{text}: {shown[:60]}{'...' if len(shown) > 60 else ''}")


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field and name else field or name


_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=")


def toml_line(text: str, field: str) -> int | None:
    """The line (from 1) of `text` where `field` is set, or its nearest enclosing table; None if neither is found."""
    wanted = re.sub(r"\[(\d+)\]", r".\1", field).split(".")
    best, best_depth = None, 0
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            name = header[1].replace('"', "")
            table = name.split(".")
            if line.lstrip().startswith("[["):
                table.append(str(counts.get(name, 0)))
                counts[name] = counts.get(name, 0) + 1
            path = table
        elif key:
            path = [*table, *key[1].strip("\"'").split(".")]
        else:
            continue
        if len(path) > best_depth and wanted[: len(path)] == path:
            best, best_depth = number, len(path)
    return best
