"""A line that rich prints as if it were rich's own, and that is broken where rich breaks it."""

from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text as RichText

from tierproof.report.render.terminal.styled import Text

WORDS = st.lists(st.text("abЖ日-▲", min_size=1, max_size=30), max_size=12).map(" ".join)
"""Letters of one cell and of two, in words shorter and longer than a line."""
SCREEN = Console(file=StringIO())


def drawn(line: Text | RichText) -> str:
    out = StringIO()
    Console(file=out, color_system="standard", force_terminal=True, width=200).print(line, soft_wrap=True, end="")
    return out.getvalue()


@given(WORDS, st.integers(8, 60))
def test_lines_break_where_rich_breaks_them(words: str, width: int) -> None:
    expected = RichText(words).wrap(SCREEN, width)
    assert [line.plain for line in Text(words).wrapped(width)] == [line.plain.rstrip() for line in expected]


@given(WORDS, st.integers(1, 60))
def test_a_line_is_cut_to_its_cells(words: str, width: int) -> None:
    line = Text(words)
    line.truncate(width)
    assert line.cell_len == min(cell_len(words), width)


@given(WORDS, WORDS, st.integers(8, 60))
def test_parts_keep_their_styles_through_wrapping(first: str, second: str, width: int) -> None:
    ours, theirs = Text(style="dim"), RichText(style="dim")
    for part, style in ((first, "cyan"), (second, "bold red")):
        ours.append(part, style)
        theirs.append(part, style)
    expected = [RichText("- ") + line for line in theirs.wrap(SCREEN, width)]
    found = [line.after("- ") for line in ours.wrapped(width)]
    for line in (*expected, *found):
        line.rstrip()
    assert [drawn(line) for line in found] == [drawn(line) for line in expected]


def test_control_characters_never_reach_a_screen() -> None:
    line = Text("red \x1b[31m alert\x07\r\n")
    line.append("\x9b? no\x7f", "bold")
    assert "\x1b" not in line.plain
    assert line.plain.startswith("red [31m alert ")
    assert line.plain.isprintable()
