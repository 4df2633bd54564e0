"""The tools whose logs can be read, by name: those that come with it, and those of other packages.

Enters: functions marked with `@reader`.  Leaves: the reader of a file.  Must not know any tool by name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points

from tierproof.errors import InputError
from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Block, Expressions, Outcome, Told
from tierproof.messages import Message, gettext

__all__ = ["GROUP", "Reader", "reader", "reader_of", "readers"]

GROUP = "tierproof.logs"
"""Entry point group: a module named there is imported, and what it registers can be read."""

Read = Callable[[Source, Told, Ask], Iterator[Outcome | Block]]
Stored = Callable[[Source, Told, Ask], Expressions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the logs of one tool are read."""

    name: str
    tried: tuple[str, ...]
    """Versions of the tool whose logs it was run on; `source`: written from the tool's source alone."""
    recognises: Callable[[Source], bool]
    """By the form of the file and the names in it, never by the file's name alone."""
    read: Read
    summary: str
    last: bool = False
    """Asked after all others, since it takes what they may know better."""
    stored: Stored | None = None
    """Of Parquet files: the same as `read` in SQL, for those that are too large for memory."""


_registered: dict[str, Reader] = {}


def reader(
    name: str,
    *,
    tried: tuple[str, ...],
    recognises: Callable[[Source], bool],
    last: bool = False,
    stored: Stored | None = None,
) -> Callable[[Read], Read]:
    """Register `function(source, told, ask)`, which yields `Outcome`s or `Block`s, as the reader of a tool's logs.

    It fills `told` as it goes.  The first line of its docstring is what listings show.  Raises ValueError for a name
    that is taken.
    """

    def register(function: Read) -> Read:
        known = _registered.get(name)
        if known is not None and known.read.__module__ != function.__module__:
            raise ValueError(Message("the name {name} is taken by {module}", name=name, module=known.read.__module__))
        summary = (function.__doc__ or "").partition("\n")[0]
        _registered[name] = Reader(
            name=name, tried=tried, recognises=recognises, read=function, summary=summary, last=last, stored=stored
        )
        return function

    return register


@functools.cache
def _load() -> None:
    # Named, not imported at the top: readers import this module.
    import_module("tierproof.experiment.logs.readers")
    for entry in entry_points(group=GROUP):
        try:
            entry.load()
        except Exception as error:
            message = Message(
                "the log readers of '{value}' cannot be loaded: {kind}: {error}",
                value=entry.value,
                kind=type(error).__name__,
                error=str(error),
            )
            raise InputError.of(message, remedy=Message("mend or uninstall that package")) from error


def readers() -> Mapping[str, Reader]:
    """Readers by name, sorted."""
    _load()
    return dict(sorted(_registered.items()))


def reader_of(source: Source, name: str = "") -> Reader:
    """The one named, else the one that recognises the file.  Raises InputError where there is none, or more."""
    known = readers()
    if name:
        if name not in known:
            message = gettext("no reader is called '{name}'", name=name)
            remedy = gettext("one of: {names}", names=", ".join(known))
            raise InputError.of(message, remedy=remedy, field="tool")
        return known[name]
    for last in (False, True):
        found = [one for one in known.values() if one.last is last and one.recognises(source)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(one.name for one in found)
            message = gettext("may be a log of several tools: {names}", names=names)
            raise InputError.of(message, remedy=gettext("say which with --tool"), file=source.path)
    message = gettext("no known tool writes such a log ({described})", described=source.described)
    remedy = gettext(
        "known: {names}; any CSV, JSONL or Parquet table is read with --columns item=NAME,score=NAME,...",
        names=", ".join(known),
    )
    raise InputError.of(message, remedy=remedy, file=source.path)
