"""Read the files of a pack without trusting them: bounded in size, UTF-8, of the expected type.

Enters: a path and the type that it should hold.  Leaves: validated values, or an `InputError` that names every fault by
file, line and field.  Knows nothing of what the values mean.

The quick way decodes a whole file at once; only a file with a fault is read again line by line, to say where.
"""

from __future__ import annotations

import codecs
import fnmatch
import stat
import tomllib
from collections import deque
from collections.abc import Collection, Iterator
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.evidence.reading.faults import Fault, faults_in, toml_line
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = [
    "MAX_LINES_MEGABYTES",
    "MAX_TABLE_MEGABYTES",
    "files_in",
    "read_lines",
    "read_table",
    "read_text",
    "read_toml",
]

MAX_LINES_MEGABYTES = 100
"""Over a hundred thousand records; whatever is larger holds more than figures."""
MAX_TABLE_MEGABYTES = 2
_LARGE = 4_000_000
"""Bytes of a file whose equal values are shared; those of a smaller one take little memory."""
_PIECE = 2**18
"""Bytes decoded before equal values are sought among them: few, as records that lie in a cache take half the time."""

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Files of `folder` that match, by name; empty if there is no such folder."""
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    return [folder / name for name in sorted(fnmatch.filter(names, pattern))]


def read_lines(path: Path, kind: type[S], repeated: Collection[str] = ()) -> list[S]:
    """Every line of `path` as a `kind`; blank lines are passed over.

    `repeated`: two fields or more, none of them mutable, of which many lines hold the same value.  In a large file
    equal values become one object: a third of the memory, and no more time than to find memory for all.  Raises
    InputError with one Problem for every fault of every line.
    """
    # The decoder finds what is not UTF-8 by itself: to look twice would take as long as to read the disk.
    data = _read(path, MAX_LINES_MEGABYTES, decoded=False)
    try:
        decode = msgspec.json.Decoder(kind).decode_lines
        if len(data) <= _LARGE or not repeated:
            return decode(data)
        kept: dict[str, dict[object, object]] = {field: {} for field in repeated}
        entries: list[S] = []
        of_each = attrgetter(*repeated)
        for piece in _pieces(data):
            part = decode(piece)
            for (field, known), values in zip(kept.items(), zip(*map(of_each, part), strict=True), strict=False):
                shared = map(known.setdefault, values, values)
                deque(map(msgspec.structs.force_setattr, part, repeat(field), shared), maxlen=0)
            entries += part
        return entries
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _refuse_other_encodings(path, data)
        raise InputError(*_line_problems(path, data, kind)) from None


def _pieces(data: bytes) -> Iterator[memoryview]:
    """`data` cut at line feeds."""
    view, start = memoryview(data), 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE) + 1 or len(data)
        yield view[start:end]
        start = end


def read_toml(path: Path) -> dict[str, Any]:
    """The table that `path` holds; raises InputError."""
    return _parse(path, read_text(path))


def read_table(path: Path, kind: type[T]) -> T:
    """The table that `path` holds as a `kind`; raises InputError with one Problem for every fault."""
    text = read_text(path)
    table = _parse(path, text)
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError:
        raise InputError(
            *(
                Problem(
                    message=fault.message,
                    file=path,
                    line=toml_line(text, fault.field),
                    field=fault.field or None,
                    remedy=fault.remedy,
                )
                for fault in faults_in(table, kind)
            )
        ) from None


def read_text(path: Path, megabytes: int = MAX_TABLE_MEGABYTES, *, marked: bool = False) -> str:
    """The text of a table, lines ended by a line feed alone; `marked`: it may begin with a byte order mark.

    Raises InputError.
    """
    data = _read(path, megabytes, marked=marked)
    return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message, _, place = str(error).partition(" (at ")
        number = place.removeprefix("line ").partition(",")[0]
        raise InputError.of(
            Message("not valid TOML: {told}", told=message[:1].lower() + message[1:]),
            remedy=Message('write KEY = VALUE, text in "quotes", each key once'),
            file=path,
            line=int(number) if number.isdecimal() else None,
        ) from None


def _read(path: Path, megabytes: int, *, marked: bool = False, decoded: bool = True) -> bytes:
    """Content of a plain file of bounded size, without a byte order mark unless it may be `marked`.

    `decoded`: make sure that it is UTF-8.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError.of(
                Message("not a plain file"), remedy=Message("name a file or a pack's folder"), file=path
            )
        if status.st_size > megabytes * 1_000_000:
            raise InputError.of(
                Message(
                    "{size:,.0f} MB, and no more than {megabytes} MB are read",
                    size=status.st_size / 1000000.0,
                    megabytes=megabytes,
                ),
                remedy=Message("split the file, or check that it is the right one: a figure takes less than 1 kB"),
                file=path,
            )
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError.of(
            Message("cannot be read: {reason}", reason=kept(reason)), remedy=Message("check the path"), file=path
        ) from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError.of(Message("is UTF-16, not UTF-8"), remedy=Message("save it as UTF-8"), file=path, line=1)
    if data.startswith(codecs.BOM_UTF8) and not marked:
        raise InputError.of(
            Message("begins with a byte order mark"),
            remedy=Message("save it as UTF-8 without a byte order mark"),
            file=path,
            line=1,
        )
    if decoded:
        _refuse_other_encodings(path, data)
    return data


def _refuse_other_encodings(path: Path, data: bytes) -> None:
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError.of(
                Message("is not UTF-8: byte 0x{data:02x}", data=data[error.start]),
                remedy=Message("save it as UTF-8"),
                file=path,
                line=data.count(b"\n", 0, error.start) + 1,
            ) from None


def _line_problems(path: Path, data: bytes, kind: type[Any]) -> Iterator[Problem]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip(b" \t\r"):  # what JSON takes for blank; a vertical tab is none
            for fault in _line_faults(line, kind):
                yield Problem(
                    message=fault.message, file=path, line=number, field=fault.field or None, remedy=fault.remedy
                )


def _line_faults(line: bytes, kind: type[Any]) -> Iterator[Fault]:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield _broken_json(str(error), line)
    else:
        yield from faults_in(value, kind)


def _broken_json(error: str, line: bytes) -> Fault:
    """What is wrong with a line that is no JSON, and what would be right."""
    reason = error.removeprefix("JSON is malformed: ").partition(" - at `")[0]
    reason = reason[:1].lower() + reason[1:]
    if b"NaN" in line or b"Infinity" in line:
        return Fault(
            "",
            Message("holds NaN or Infinity, which no figure can be"),
            Message("write null where a figure is not known"),
        )
    if "out of range" in reason:
        return Fault("", Message("holds a number too large to be a figure"), Message("write a finite number"))
    if "trailing comma" in reason:
        return Fault(
            "", Message("broken JSON: {reason}", reason=reason), Message("remove the comma before the closing bracket")
        )
    if "truncated" in reason:
        return Fault(
            "",
            Message("broken JSON: the line ends in the middle of an object"),
            Message("write each object on one line"),
        )
    return Fault(
        "", Message("broken JSON: {reason}", reason=reason), Message('write one object a line: {"field": value, ...}')
    )
