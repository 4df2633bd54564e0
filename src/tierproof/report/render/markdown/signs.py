"""Markdown's signs: untrusted text escaped, tables laid out.

Enters: plain text.  Leaves: GitHub-flavoured Markdown in which that text shows as it is.  Knows nothing of what it
says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tierproof.answers.safe_text import clean

__all__ = ["escape", "grid", "link"]

_SIGNS = re.compile(r"([\\`*_{}\[\]<>|~&$])")
_START = re.compile(r"^(#|[+-](?= )|=|\d+(?=[.)] ))")
"""What is markup at the start of a line only."""
_BARE = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])|@")
"""What GitHub turns into a link or a mention by itself."""


def escape(text: object) -> str:
    """Text that renders as itself: no markup, no HTML, no link that the text made up."""
    escaped = _START.sub(r"\\\1", _SIGNS.sub(r"\\\1", clean(text)))
    return _BARE.sub(lambda found: found[0] + "\u2060" if found[0] != "@" else "@\u2060", escaped)


def link(text: object, url: str | None) -> str:
    """A link where there is an address (from `answers.addresses.address`), else the text."""
    return f"[{escape(text)}](<{url}>)" if url else escape(text)


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; cells are Markdown already."""
    return [
        f"| {' | '.join(heads)} |",
        f"|{'|'.join(' --- ' for _ in heads)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
