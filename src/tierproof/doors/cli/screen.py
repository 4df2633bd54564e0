"""Standard output: how wide it is, whether it takes colour, which letters it can hold.

Enters: lines of text, or plain data.  Leaves: bytes on standard output.  Knows nothing of what they say.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierproof.answers.document import Answer
    from tierproof.report.render.terminal.styled import Text

__all__ = ["put", "put_json", "put_text", "width"]

NARROWEST = 60
"""Below this a terminal wraps lines itself; a table of fewer cells would hold nothing."""


def width() -> int:
    """Cells of a line: the terminal's, what COLUMNS says, or 80."""
    if _styled():
        from rich.console import Console  # noqa: PLC0415  (`--help` does not need it)

        return max(Console().width, NARROWEST)
    told = os.environ.get("COLUMNS", "")
    return max(int(told) if told.isdecimal() else _terminal_width(), NARROWEST)


def put(lines: Iterable[Text]) -> None:
    """Lines with colour where standard output is a terminal that wants it (rich heeds NO_COLOR and TERM)."""
    shown = list(lines)
    if not _unicode():
        from tierproof.answers.safe_text import plain  # noqa: PLC0415  (rare)

        for line in shown:
            line.plain = plain(line.plain)
    if _styled():
        from rich.console import Console  # noqa: PLC0415  (slow to import, and a file or a pipe does without)

        console = Console()
        for line in shown:
            console.print(line, soft_wrap=True, highlight=False)
    else:
        _write("".join(f"{line.plain}\n" for line in shown))


def put_text(text: str) -> None:
    """Text as it is, in the letters that standard output can hold."""
    if not _unicode():
        from tierproof.answers.safe_text import plain  # noqa: PLC0415  (rare)

        text = plain(text)
    _write(text if text.endswith("\n") else f"{text}\n")


def put_json(answer: Answer | Mapping[str, Any]) -> None:
    """One JSON document."""
    import json  # noqa: PLC0415  (`--help` does not need it)

    from tierproof.answers.document import plain  # noqa: PLC0415

    _write(json.dumps(plain(answer), ensure_ascii=not _unicode(), allow_nan=False, indent=2) + "\n")


def _write(text: str) -> None:
    """At once, so that a closed pipe or a full disk is met here and not when Python has left."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _styled() -> bool:
    """Whether rich may find that standard output takes styles: a terminal, or something that says so."""
    return sys.stdout.isatty() or not os.environ.keys().isdisjoint({"FORCE_COLOR", "TTY_COMPATIBLE"})


def _terminal_width() -> int:
    """Of whichever standard stream is a terminal: a pager's reader has one at standard input."""
    for stream in (0, 1, 2):
        try:
            return os.get_terminal_size(stream).columns or 80
        except OSError:
            continue
    return 80


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
