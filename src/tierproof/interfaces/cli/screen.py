"""Standard output: how wide it is, whether it takes colour, which letters it can hold.

Enters: lines of text, or plain data.  Leaves: bytes on standard output.  Knows nothing of what they say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["put", "put_json", "put_text", "width"]

NARROWEST = 60
"""Below this a terminal wraps lines itself; a table of fewer cells would hold nothing."""


def width() -> int:
    """Cells of a line: the terminal's, what COLUMNS says, or 80."""
    from rich.console import Console  # noqa: PLC0415  (`--help` does not need it)

    return max(Console().width, NARROWEST)


def put(lines: Iterable[Text]) -> None:
    """Lines with colour where standard output is a terminal that wants it (rich heeds NO_COLOR and TERM)."""
    from rich.console import Console  # noqa: PLC0415

    console = Console()
    ascii_only = not _unicode()
    for line in lines:
        if ascii_only:
            from tierproof.report.text import plain  # noqa: PLC0415  (rare)

            line.plain = plain(line.plain)
        console.print(line, soft_wrap=True, highlight=False)


def put_text(text: str) -> None:
    """Text as it is, in the letters that standard output can hold."""
    if not _unicode():
        from tierproof.report.text import plain  # noqa: PLC0415  (rare)

        text = plain(text)
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def put_json(data: Mapping[str, Any]) -> None:
    """One JSON document; figures that are not finite never get this far."""
    import json  # noqa: PLC0415  (`--help` does not need it)

    sys.stdout.write(json.dumps(data, ensure_ascii=not _unicode(), allow_nan=False, indent=2) + "\n")


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
