"""A line of a terminal: rich's own text, in which no control character survives.

Enters: letters, and styles in rich's words (`bold`, `dim`, `bold green`).  Leaves: a `Text`.  Knows nothing of screens.
"""

from __future__ import annotations

from typing import Any, Final

from rich.text import Text as RichText

__all__ = ["Text", "wrapped"]

_UNSEEN = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160))) | {9: " ", 10: " "}
"""No control character is part of a line; tabs and line feeds become spaces."""
_FIXED: Final = "\u00a0"
_STAND_IN: Final = "\ue000"
"""For a space at which no line is broken; no text holds it (`safe_text`)."""
_NO_SCREEN: Final[Any] = None
"""rich asks a console only how to fill lines up, which these are not: to import one takes as long as a table."""


class Text(RichText):
    """rich's text, into which control characters do not get; markup in it stays letters."""

    def __init__(self, text: str = "", style: Any = "", **given: Any) -> None:
        super().__init__(text.translate(_UNSEEN), style, **given)

    def append(self, text: RichText | str, style: Any = None) -> Text:
        super().append(text.translate(_UNSEEN) if isinstance(text, str) else text, style)
        return self


def wrapped(text: RichText, width: int) -> list[RichText]:
    """Lines of at most `width` cells, broken at words, and within them where a word alone is wider."""
    fixed = _FIXED in text.plain
    if fixed:  # rich would break a line there
        text.plain = text.plain.replace(_FIXED, _STAND_IN)
    lines = list(text.wrap(_NO_SCREEN, width)) or [text]
    for line in lines:
        line.rstrip()
        if fixed:
            line.plain = line.plain.replace(_STAND_IN, _FIXED)
    return lines
