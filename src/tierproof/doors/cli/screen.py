"""Standard output: how wide it is, whether it takes colour, which letters it can hold.

Enters: blocks, text, or plain data.  Leaves: bytes on standard output.  Knows nothing of what they say.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierproof.answers.document import Answer
    from tierproof.report.blocks import Block
    from tierproof.report.render.terminal.styled import Text

__all__ = ["put_blocks", "put_json", "put_text", "width", "working"]

NARROWEST = 60
"""Below this a terminal wraps lines itself; a table of fewer cells would hold nothing."""
_USUAL = 80


def width() -> int:
    """Cells of a line: the terminal's, what COLUMNS says, or 80."""
    if not _plain():
        from rich.console import Console  # noqa: PLC0415  (slow to import, and a file or a pipe does without)

        return max(Console().width, NARROWEST)
    columns = os.environ.get("COLUMNS", "")
    return max(int(columns) if columns.isdecimal() and int(columns) else _terminal_width(), NARROWEST)


def _terminal_width() -> int:
    """Of the terminal that any standard stream leads to, as rich reads it; else 80."""
    for stream in (0, 1, 2):
        try:
            return os.get_terminal_size(stream).columns or _USUAL
        except (ValueError, OSError):
            continue
    return _USUAL


def _plain() -> bool:
    """Whether standard output is a file or a pipe, and nothing asks rich to treat it as a terminal."""
    asked = os.environ.get("FORCE_COLOR") or os.environ.get("TTY_COMPATIBLE")
    return not (sys.stdout.isatty() or asked)


def _put(lines: Iterable[Text]) -> None:
    """Lines with colour where standard output is a terminal that wants it (rich heeds NO_COLOR and TERM)."""
    if _plain():
        put_text("".join([f"{line.plain}\n" for line in lines]))
        return
    from rich.console import Console  # noqa: PLC0415  (slow to import, and a file or a pipe does without)

    console = Console()
    for line in lines:
        if not _unicode():
            from tierproof.answers.safe_text import plain  # noqa: PLC0415  (rare)

            line.plain = plain(line.plain)
        console.print(line, soft_wrap=True, highlight=False)
    sys.stdout.flush()


def put_blocks(blocks: Iterable[Block]) -> None:
    """Blocks as lines of this screen."""
    from tierproof.report.render.terminal.blocks import block_lines  # noqa: PLC0415  (`--help` does not need it)

    _put(block_lines(blocks, width()))


def put_text(text: str) -> None:
    """Text as it is, in the letters that standard output can hold."""
    if not _unicode():
        from tierproof.answers.safe_text import plain  # noqa: PLC0415  (rare)

        text = plain(text)
    _write(text if text.endswith("\n") or not text else f"{text}\n")


def put_json(answer: Answer | Mapping[str, Any]) -> None:
    """One JSON document."""
    from tierproof.answers.document import json_text  # noqa: PLC0415  (`--help` does not need it)

    _write(json_text(answer, ascii_only=not _unicode()))


@contextmanager
def working(what: str) -> Iterator[None]:
    """A sign of life on standard error while something takes more than a moment; nothing where it is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415  (slow to import, and a file or a pipe does without)

    with Console(stderr=True).status(what):
        yield


def _write(text: str) -> None:
    """At once, so that a closed pipe or a full disk is met here and not when Python has left."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
