"""The one error that people see: what is wrong, where, and what would be right.

Enters: a message, and where known a file, a line, a field and a remedy.  Leaves: an exception that every
interface prints in the same form and turns into exit code 2.  Knows nothing of evidence or statistics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tierproof.messages import LANGUAGES, Message, gettext, speaking, spoken, translated

__all__ = ["InputError", "Problem", "language_of", "meant", "reason_of"]

SHOWN = 20
"""Faults that the message of an error spells out; all of them stand in `problems`."""


_DECODER: Final = (
    Message("expected `{kind}`, got `{given}`"),
    Message("expected `{kind}` of length {bound}"),
    Message("expected `{kind}` matching regex {form}"),
    Message("expected `{kind}` {bound}"),
    Message("expected {kind}, got {given}: {shown}"),
    Message("expected {kind} of length {bound}: {shown}"),
    Message("expected {kind} matching regex {form}: {shown}"),
    Message("expected {kind} {bound}: {shown}"),
    Message("expected {kind}, got null"),
    Message("object missing required field `{name}`"),
    Message("object contains unknown field `{name}`"),
    Message("invalid enum value {value}"),
)
"""What msgspec says of data that does not fit, which `kept` knows again."""
_SYSTEM: Final = (
    Message("no such file or directory"),
    Message("permission denied"),
    Message("operation not permitted"),
    Message("is a directory"),
    Message("not a directory"),
    Message("file exists"),
    Message("file name too long"),
    Message("no space left on device"),
    Message("read-only file system"),
    Message("input/output error"),
)
"""What the system says of files, the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault in something that a person wrote."""

    message: str
    """What is wrong, in one sentence without a full stop."""
    file: Path | None = None
    line: int | None = None
    """Counted from 1."""
    field: str | None = None
    remedy: str = ""
    """What would be right."""

    def __str__(self) -> str:
        message, asked = str(translated(self.message)), str(translated(self.remedy))
        with speaking(language_of(message)):
            place = str(self.file) if self.file is not None else ""
            if self.line is not None:
                place = f"{place}:{self.line}" if place else gettext("line {line}", line=str(self.line))
            field = gettext("field '{field}'", field=self.field) if self.field else ""
            text = _harmless(": ".join(part for part in (place, field, message) if part))
            remedy = gettext("remedy: {remedy}", remedy=_harmless(asked))
        return f"{text}\n  {remedy}" if self.remedy else text


def language_of(message: str) -> str:
    """In which language a fault is told: that spoken, unless its message is in English alone."""
    return spoken() if re.search("[а-яё]", message) else "en"


def _harmless(text: str) -> str:
    """`text` with control characters written out: it may quote a file that would otherwise command the terminal."""
    # Spaces at which no line is broken stand within figures.
    return "".join(
        letter if letter.isprintable() or letter in "\u00a0\u202f" else letter.encode("unicode_escape").decode()
        for letter in text
    )


class InputError(ValueError):
    """Input that cannot be used.  Carries every problem found, so that all can be mended at once."""

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise ValueError("an InputError needs at least one Problem")
        self.problems = problems
        super().__init__(_told(problems))

    @classmethod
    def of(
        cls,
        message: str,
        *,
        remedy: str = "",
        field: str | None = None,
        file: Path | None = None,
        line: int | None = None,
    ) -> InputError:
        """Of one `Problem`."""
        return cls(Problem(message=message, remedy=remedy, field=field, file=file, line=line))


def _told(problems: Sequence[Problem]) -> str:
    lines = [str(problem) for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(gettext("... and {n:,} more", n=len(problems) - SHOWN))
    return "\n".join(lines)


def meant(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A remedy for a name that is none of those `known`: the nearest of them, else `otherwise`, else all."""
    import difflib  # noqa: PLC0415  (only on a slip)

    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return Message("did you mean '{close}'?", close=close[0])
    return otherwise or Message("known: {names}", names=", ".join(names))


def reason_of(error: BaseException) -> str:
    """What an exception says, for what is kept: in the language of the code, whatever is spoken."""
    if not isinstance(error, InputError):
        return str(error)
    with speaking(LANGUAGES[0]):
        return _told(error.problems)
