"""A log file, without trust: what form it has, which names stand in it, and its content piece by piece.

Enters: a path.  Leaves: lines, documents, rows or members, each bounded in size, or an `InputError` with file and
place.  Must not know any tool.

A file is read once, from its start, in pieces; only a document that is one JSON value is held whole, and there what is
not asked for is passed over.  JSON with bare NaN, which Python writes and JSON does not know, is read too.
"""

from __future__ import annotations

import csv
import json
import mmap
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.logs.files.archive import Archive
from tierproof.messages import Message, Quoted, gettext

__all__ = ["Source", "text_of"]

Kind = Literal["zip", "json", "lines", "csv", "parquet", "sqlite"]
T = TypeVar("T")

CHUNK = 1 << 20
LONGEST_LINE = 256 << 20
LARGEST_DOCUMENT = 4 << 30
LARGEST_SEVERAL = 256 << 20
LONGEST_FIRST = 16 << 20
BOM = b"\xef\xbb\xbf"
csv.field_size_limit(64 << 20)

Rows = dict[str, msgspec.Raw]
TORN = re.compile(r"[\w.+\-]{0,8}\s*")
"""What is left where JSON ends early: nothing, or the head of a number or a word."""


class Source:
    """A file that may be a log.  Raises InputError if it cannot be read or is of no form that logs have."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = _size(path)
        with path.open("rb") as file:
            self._head = file.read(1 << 16).removeprefix(BOM)
            file.seek(0)
            self._first = file.readline(LONGEST_FIRST).removeprefix(BOM)
        self.keys: frozenset[str] = frozenset()
        """Names of the object, of the first object of a list or of the lines, of a table's columns, of members."""
        self.listed = False
        """A JSON document that is a list."""
        self._several = False
        """JSON values one after another that are not one a line, as printed with indents."""
        self.kind: Kind = self._look()

    @property
    def described(self) -> Message:
        """Form and first names, for messages."""
        names = Quoted(", ".join(sorted(self.keys)[:8])) if self.keys else Message("no names")
        forms = {
            "zip": Message("a zip file with {names}", names=names),
            "json": Message("JSON with {names}", names=names),
            "lines": Message("JSON lines with {names}", names=names),
            "csv": Message("a table with columns {names}", names=names),
            "parquet": Message("Parquet with columns {names}", names=names),
            "sqlite": Message("an SQLite file with tables {names}", names=names),
        }
        return forms[self.kind]

    def fault(self, message: str, *, line: int | None = None, field: str | None = None, remedy: str = "") -> InputError:
        """An error about this file."""
        return InputError.of(message, remedy=remedy, field=field, file=self.path, line=line)

    def _look(self) -> Kind:
        head = self._head
        if not head.strip():
            raise self.fault(Message("the file is empty"), remedy=Message("copy or run the log again"))
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            with self.archive() as archive:
                self.keys = frozenset(name.partition("/")[0] for name in archive.names)
            return "zip"
        if head.startswith(b"PAR1"):
            with _reading_parquet(self.path) as file:
                self.keys = frozenset(file.schema_arrow.names)
            return "parquet"
        if head.startswith(b"SQLite format 3\0"):
            return "sqlite"
        if b"\0" in head:
            raise self.fault(
                Message("a binary file of no known form"), remedy=Message("give the log as the tool wrote it")
            )
        start = head.lstrip()[:1]
        if start == b"{":
            more = len(self._first) < self.size and head[len(self._first) :].lstrip()[:1] in (b"{", b"")
            if self.path.suffix in (".jsonl", ".ndjson") or (more and _closed(self._first)):
                self.keys = self._first_line()
                return "lines"
        if start in (b"{", b"["):
            return self._document_look()
        self.keys = frozenset(self.header)
        return "csv"

    def _first_line(self) -> frozenset[str]:
        for _, rows in self.lines(Rows):
            return frozenset(rows[0])
        raise self.fault(Message("the file is empty"), remedy=Message("copy or run the log again"))

    def _document_look(self) -> Kind:
        if self._head.lstrip()[:1] == b"{":
            try:
                self.keys = frozenset(self.document(Rows))
            except InputError:
                self._several = self.size <= LARGEST_SEVERAL and self._first_closes()
                if not self._several:
                    raise
                self.keys = self._first_line()
                return "lines"
            return "json"
        self.listed = True
        rows = self.document(list[msgspec.Raw])
        try:
            self.keys = frozenset(_loose(rows[0], Rows)) if rows else frozenset()
        except (msgspec.DecodeError, ValueError, RecursionError):
            self.keys = frozenset()
        return "json"

    def _first_closes(self) -> bool:
        """Whether a value ends where another begins."""
        text = self._head.decode("utf-8", "ignore").lstrip()
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return False
        return text[end:].lstrip()[:1] == "{"

    # JSON

    def document(self, kind: type[T]) -> T:
        """The file as one JSON value.  Raises InputError with the line where it is none, or not of that kind."""
        if self.size > LARGEST_DOCUMENT:
            raise self.fault(
                Message(
                    "{size:.1f} GB in one JSON value, and no more than 4 GB are read", size=self.size / 1000000000.0
                )
            )
        with self.path.open("rb") as file:
            # Closed by the collector: raw parts of a value go on looking at it.
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._parsed(memoryview(data)[len(BOM) if data[:3] == BOM else 0 :], kind)

    def _parsed(self, data: Any, kind: type[T], *, line: int | None = None, where: str = "") -> T:
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raw = bytes(data)
            try:
                return _loose(raw, kind)
            except (msgspec.ValidationError, ValueError, RecursionError) as loose:
                raise self._damaged(error, loose, raw, line=line, where=where) from None

    def _damaged(
        self, error: Exception, loose: Exception, raw: bytes, *, line: int | None = None, where: str = ""
    ) -> InputError:
        place = f"{where}: " if where else ""
        if isinstance(error, msgspec.ValidationError) or isinstance(loose, msgspec.ValidationError):
            told = loose if isinstance(loose, msgspec.ValidationError) else error
            return self.fault(
                f"{place}{_lower(told)}", line=line, remedy=Message("is it a log of this tool and version?")
            )
        if isinstance(loose, RecursionError):
            return self.fault(Message("{place}values within values without end", place=place), line=line)
        if isinstance(loose, json.JSONDecodeError):
            at = loose.lineno if line is None else line
            if TORN.fullmatch(raw.decode("utf-8", "replace"), loose.pos) or "Unterminated" in loose.msg:
                return self.fault(
                    Message("{place}cut off in the middle", place=place),
                    line=at,
                    remedy=Message("copy or run the log again"),
                )
            several = loose.msg.startswith("Extra data")
            remedy = Message("values one after another: write one a line, in a file .jsonl")
            if not several:
                remedy = Message("copy or run the log again")
            return self.fault(
                Message("{place}not valid JSON: {error}", place=place, error=_lower(loose)), line=at, remedy=remedy
            )
        return self.fault(
            Message("{place}not valid UTF-8 JSON", place=place), line=line, remedy=Message("copy or run the log again")
        )

    def lines(self, kind: type[T]) -> Iterator[tuple[int, list[T]]]:
        """Values of a file of JSON lines, many at a time, each list with the number of its first value.

        Blank lines are left out.  Raises InputError with the line.
        """
        if self._several:
            yield from self._values(kind)
            return
        decode = msgspec.json.Decoder(kind).decode_lines
        number, start = 1, 0
        for chunk in self._chunks():
            try:
                rows = decode(chunk)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                line = self._lines_before(start) + 1
                rows = [
                    self._parsed(each, kind, line=line + at)
                    for at, each in enumerate(chunk.split(b"\n"))
                    if each.strip()
                ]
            if rows:
                yield number, rows
            number += len(rows)
            start += len(chunk)

    def _values(self, kind: type[T]) -> Iterator[tuple[int, list[T]]]:
        """Values one after another, each with the line that it begins in."""
        text = self._text()
        decode, at, line = json.JSONDecoder().raw_decode, 0, 1
        while at < len(text):
            try:
                _, end = decode(text, at)
            except (ValueError, RecursionError):
                end = len(text)  # what is wrong with it is told below
            yield line, [self._parsed(text[at:end].encode(), kind, line=line)]
            rest = len(text) - len(text[end:].lstrip())
            line += text.count("\n", at, rest)
            at = rest

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8-sig").lstrip()
        except UnicodeDecodeError:
            raise self.fault(Message("not UTF-8"), remedy=Message("copy or run the log again")) from None

    def _lines_before(self, end: int) -> int:
        with self.path.open("rb") as file:
            return sum(file.read(min(CHUNK, end - at)).count(b"\n") for at in range(0, end, CHUNK))

    def _chunks(self) -> Iterator[bytes]:
        """Pieces of whole lines."""
        with self.path.open("rb") as file:
            first = True
            while piece := file.read(CHUNK):
                if not piece.endswith(b"\n"):
                    rest = file.readline(LONGEST_LINE)
                    if len(rest) == LONGEST_LINE:
                        raise self.fault(Message("a line of more than {size} MB", size=LONGEST_LINE >> 20))
                    piece += rest
                yield piece.removeprefix(BOM) if first else piece
                first = False

    # Tables

    @property
    def header(self) -> list[str]:
        """Names of a CSV table's columns, as they stand."""
        for _, row in self.table():
            return row
        raise self.fault(Message("the table has no header line"))

    def table(self) -> Iterator[tuple[int, list[str]]]:
        """Rows of a CSV or TSV table with the line each ends at, the header's first.  Raises InputError."""
        first = self._head.split(b"\n", 1)[0]
        delimiter = max(",\t;", key=lambda each: first.count(each.encode()))
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            header: list[str] = []
            try:
                for row in rows:
                    if row and row == header:
                        remedy = gettext("give each table a file")
                        raise self.fault(
                            gettext("the header stands again: two tables in one file"),
                            line=rows.line_num,
                            remedy=remedy,
                        )
                    header = header or row
                    if row:
                        yield rows.line_num, row
            except UnicodeDecodeError:
                raise self.fault(
                    Message("not UTF-8"), line=rows.line_num + 1, remedy=Message("save the table as UTF-8")
                ) from None
            except csv.Error as error:
                cut = str(error) == "unexpected end of data"
                message = (
                    Message("{place}cut off in the middle", place="")
                    if cut
                    else Message("no table: {error}", error=_lower(error))
                )
                raise self.fault(message, line=rows.line_num, remedy=Message("copy or run the log again")) from None

    def records(self, columns: list[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Rows of a table, of JSON lines or of a JSON list, as dictionaries, with their line or number from 1."""
        if self.kind == "csv":
            names: list[str] = []
            for line, row in self.table():
                if not names:
                    names = row
                    continue
                if len(row) != len(names):
                    raise self.fault(
                        Message("{n} fields, and the header has {wanted}", n=len(row), wanted=len(names)),
                        line=line,
                        remedy=Message("copy or run the log again"),
                    )
                yield line, dict(zip(names, row, strict=True))
        elif self.kind == "lines":
            for start, rows in self.lines(dict[str, Any]):
                yield from enumerate(rows, start)
        elif self.kind == "parquet":
            yield from enumerate(_parquet_rows(self.path, columns), 1)
        elif self.listed:
            yield from enumerate(self.document(list[dict[str, Any]]), 1)
        else:  # a frame's columns, each by row, as pandas writes them unless told
            frame = self.document(dict[str, Any])
            held = [one for one in frame.values() if isinstance(one, dict) and one]
            if not held or len(held) < len(frame) or any(one.keys() != held[0].keys() for one in held):
                raise self.fault(
                    Message("holds no rows"), remedy=Message("give a list of objects, JSON lines, CSV or Parquet")
                )
            for number, row in enumerate(held[0], 1):
                yield number, {name: column[row] for name, column in frame.items()}

    @property
    def parquet_rows(self) -> int:
        """Of a Parquet file."""
        with _reading_parquet(self.path) as file:
            return int(file.metadata.num_rows)

    def archive(self) -> Archive:
        """The members of a zip file."""
        return Archive(self.path)

    def checked(self, value: Any, kind: type[T], *, line: int) -> T:
        """A row as a `kind`.  Raises InputError."""
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            remedy = Message("is it a log of this tool and version?")
            raise self.fault(_lower(error), line=line, remedy=remedy) from None

    def parsed(self, data: bytes, kind: type[T], *, where: str) -> T:
        """A member's bytes as JSON.  Raises InputError."""
        return self._parsed(data, kind, where=where)


def _size(path: Path) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no such file"
        raise InputError.of(Message("cannot be read ({why})", why=why), file=path) from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError.of(Message("a folder"), remedy=Message("name the log file in it"), file=path)
    if not stat.S_ISREG(status.st_mode):
        raise InputError.of(Message("not a plain file"), file=path)
    if not os.access(path, os.R_OK):
        raise InputError.of(Message("cannot be read (permission denied)"), file=path)
    return status.st_size


def _closed(line: bytes) -> bool:
    """Whether a line is a JSON object by itself."""
    try:
        _loose(line, Rows)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
    return True


def _loose(data: Any, kind: type[T]) -> T:
    """JSON in which NaN and Infinity may stand.  Raises what its parts raise."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:
        raw = bytes(data)
        if b"NaN" not in raw and b"Infinity" not in raw:
            # The standard library's message has line and column.
            json.loads(raw.decode("utf-8"))
            raise
        value = json.loads(raw.decode("utf-8"))
        return msgspec.convert(_raws(value) if _has_raw(kind) else value, kind)


def _has_raw(kind: Any) -> bool:
    return kind in (Rows, list[msgspec.Raw])


def _raws(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: msgspec.Raw(json.dumps(each).encode()) for key, each in value.items()}
    if isinstance(value, list):
        return [msgspec.Raw(json.dumps(each).encode()) for each in value]
    return value


@contextmanager
def _reading_parquet(path: Path) -> Iterator[Any]:
    """The file, opened.  What is damaged in it shows when it is opened or later, in a name or in a row."""
    try:
        arrow: Any = import_module("pyarrow")  # an extra
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        remedy = "pip install 'tierproof[parquet]'"
        raise InputError.of(Message("Parquet needs pyarrow"), remedy=remedy, file=path) from None
    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        message = Message("damaged Parquet: {error}", error=_lower(error))
        raise InputError.of(message, remedy=Message("copy or run the log again"), file=path) from None


def _parquet_rows(path: Path, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    with _reading_parquet(path) as file:
        for batch in file.iter_batches(4096, columns=columns):
            yield from batch.to_pylist()


def text_of(value: Any) -> str | None:
    """What was asked, as one text: a text as it is, else JSON with its names in order; None of nothing."""
    if value is None or isinstance(value, str):
        return value or None
    return msgspec.json.encode(value, order="deterministic").decode() if value else None


def _lower(error: object) -> str:
    text = str(error).partition("\n")[0][:200]
    return text[:1].lower() + text[1:]
