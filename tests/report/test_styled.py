"""A line of a terminal holds its letters, and nothing that steers a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierproof.report.render.terminal.styled import Text, wrapped

WORDS = st.lists(st.text("abЖ日-▲", min_size=1, max_size=30), max_size=12).map(" ".join)
"""Letters of one cell and of two, in words shorter and longer than a line."""


@given(WORDS, st.integers(8, 60))
def test_no_line_is_wider_than_its_screen_and_no_letter_is_lost(words: str, width: int) -> None:
    lines = wrapped(Text(words), width)
    assert all(line.cell_len <= width for line in lines)
    assert "".join(line.plain for line in lines).replace(" ", "") == words.replace(" ", "")


def test_control_characters_never_reach_a_screen() -> None:
    line = Text("red \x1b[31m alert\x07\r\n")
    line.append("\x9b? no\x7f", "bold")
    assert "\x1b" not in line.plain
    assert line.plain.startswith("red [31m alert ")
    assert line.plain.isprintable()
