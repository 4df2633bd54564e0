"""A line of text whose parts may be bold, dim or coloured.

Enters: letters, and styles in rich's words (`bold`, `dim`, `bold green`).  Leaves: a `Text` that rich prints where a
screen takes colour, and whose letters alone are printed where none does.  Knows nothing of screens, and does without
rich until it is asked for: to import its own `Text` takes as long as all the rest of a table's printing, and where a
table goes to a file or a pipe nobody needs it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size

if TYPE_CHECKING:
    from rich.text import Text as RichText

__all__ = ["Text"]

_UNSEEN = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160))) | {9: " ", 10: " "}
"""No control character is part of a line; tabs and line feeds become spaces."""
_WORD = re.compile(r"\s*\S+\s*")


class Text:
    """`plain` in `style`, and parts of it in styles of their own; grows at its end."""

    __slots__ = ("parts", "plain", "style")

    def __init__(self, plain: str = "", style: str = "") -> None:
        self.plain = plain.translate(_UNSEEN)
        self.style = style
        self.parts: list[tuple[int, int, str]] = []
        """(start, end, style), places in `plain`."""

    @property
    def cell_len(self) -> int:
        """Cells of a screen that it takes; a wide letter takes two."""
        return cell_len(self.plain)

    def append(self, plain: str, style: str = "") -> None:
        start = len(self.plain)
        self.plain += plain.translate(_UNSEEN)
        self.stylize(style, start, len(self.plain))

    def stylize(self, style: str, start: int, end: int) -> None:
        """Put the letters from `start` up to `end` in `style`."""
        if style and start < end:
            self.parts.append((start, end, style))

    def rstrip(self) -> None:
        self.plain = self.plain.rstrip()

    def truncate(self, width: int) -> None:
        """Cut off what does not fit in `width` cells."""
        if self.cell_len > width:
            self.plain = set_cell_size(self.plain, width)

    def after(self, lead: str) -> Text:
        """The same behind `lead`, which has no style."""
        line, start = Text(lead), len(lead)
        line.append(self.plain, self.style)
        line.parts += [(start + first, start + last, style) for first, last, style in self.parts]
        return line

    def wrapped(self, width: int) -> list[Text]:
        """Lines of at most `width` cells, broken at words, and within them where a word alone is wider."""
        lines = []
        for start, end in self._breaks(width):
            line = Text(self.plain[start:end], self.style)
            for first, last, style in self.parts:
                line.stylize(style, max(first - start, 0), min(last, end) - start)
            line.truncate(width)
            line.rstrip()
            lines.append(line)
        return lines

    def _breaks(self, width: int) -> list[tuple[int, int]]:
        """Start and end of each line."""
        starts, used = [0], 0
        for word in _WORD.finditer(self.plain):
            start, length = word.start(), cell_len(word[0].rstrip())
            if used + length <= width:
                used += cell_len(word[0])
            elif length <= width:
                starts.append(start)
                used = cell_len(word[0])
            else:
                for piece in chop_cells(word[0], width):
                    starts.append(start)
                    start += len(piece)
                    used = cell_len(piece)
        ends = [*starts[1:], len(self.plain)]
        return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end or not self.plain]

    def __rich__(self) -> RichText:
        from rich.text import Text as RichText  # noqa: PLC0415

        text = RichText(self.plain, style=self.style, no_wrap=True)
        for start, end, style in self.parts:
            text.stylize(style, start, end)
        return text
