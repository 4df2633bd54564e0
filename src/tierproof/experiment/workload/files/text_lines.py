"""Files of JSON lines, read into validated values.

Enters: a path.  Leaves: values with their line numbers, or every problem found.  Must not know what the values mean.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["MOST_PROBLEMS", "field_of", "read_json_lines", "read_text"]

T = TypeVar("T")
BRACKETS = (b"[", b"]")
LINES = (".jsonl", ".ndjson")
MOST_PROBLEMS = 20
"""Problems of one file that are told; a file of the wrong kind has one on every line."""


def read_json_lines(path: Path, kind: type[T]) -> Iterator[tuple[int, T]]:
    """Line number (from 1) and value of every line that is not blank.

    Raises InputError at the end with the problems of all lines; a bad line yields nothing.
    """
    decode = msgspec.json.Decoder(kind).decode
    problems: list[Problem] = []
    begun = False
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
                # A list that is written a member a line.
                text = text.removesuffix(b",")
                if not text or (text in BRACKETS and path.suffix in LINES):
                    continue
                if not begun and (text.startswith(b"[") or text == b"{"):
                    raise InputError(_no_lines(path, number, text))
                begun = True
                try:
                    yield number, decode(text)
                except msgspec.ValidationError as error:
                    message, field = field_of(error)
                    problems.append(Problem(file=path, line=number, field=field, message=message))
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    remedy = Message("one JSON object a line, in UTF-8")
                    problems.append(
                        Problem(
                            file=path, line=number, message=Message("no JSON: {error}", error=str(error)), remedy=remedy
                        )
                    )
                if len(problems) == MOST_PROBLEMS:
                    break
    except OSError as error:
        raise InputError.of(
            Message("cannot be read: {strerror}", strerror=kept(str(error.strerror))), file=path
        ) from None
    if problems:
        raise InputError(*problems)


def _no_lines(path: Path, number: int, text: bytes) -> Problem:
    """What is wrong with a file that holds one JSON value on many lines, or a list on each."""
    what = "a JSON list" if text.startswith(b"[") else "a JSON object on several lines"
    remedy = Message("write each object on a line of its own: jq -c '.[]' {name} does it for a list", name=path.name)
    return Problem(
        file=path,
        line=number,
        message=Message("begins with {what}, not with an object on a line", what=what),
        remedy=remedy,
    )


def field_of(error: msgspec.ValidationError) -> tuple[str, str | None]:
    """What a validation error says, and the field that it is about."""
    message, _, where = str(error).partition(" - at `$")
    message = kept(message[:1].lower() + message[1:])
    return message, where.rstrip("`").lstrip(".") or None


def read_text(path: Path) -> str:
    """A text file in UTF-8, or in UTF-16 where it says so.  Raises InputError with the line that is neither."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError.of(
            Message("cannot be read: {strerror}", strerror=kept(str(error.strerror))), file=path
        ) from None
    try:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            # As spreadsheets write what they call Unicode text.
            return raw.decode("utf-16")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError.of(Message("is not UTF-8"), remedy=Message("save it as UTF-8"), file=path, line=line) from None
