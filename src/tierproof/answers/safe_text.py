"""Untrusted text made safe to show: names, notes and titles come from packs, models and the web.

Enters: any text.  Leaves: text of one line without control, formatting or bidirectional override characters.  Knows
nothing of HTML or rich markup: templates escape the one, `styled.Text` never reads the other.
"""

from __future__ import annotations

import unicodedata

from tierproof.messages import Quoted, spoken, translated

__all__ = ["clean", "harmless", "plain", "printable", "shorten"]

_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT = "\u200d\u200c"
"""Joiners shape letters in several scripts and emoji; they cannot reorder a line."""
_FIXED = "\u00a0\u202f"
"""Spaces at which no line is broken, such as those within a figure."""
_ASCII = str.maketrans(
    {
        "▲": "+", "△": "^", "▼": "-", "◇": "!", "·": ".", "−": "-", "×": "x", "–": "-", "—": "-", "…": "...", "─": "-",
        "│": "|", "●": "o", "○": "o", "◆": "#", "━": "=", "≥": ">=", "≤": "<=", "█": "#", "■": "#", "→": "->", "┄": ".",
        "╌": ".", "┊": ":", "‹": "<", "›": ">", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip


def clean(text: object) -> str:
    """One line of printable text: white space collapsed, everything that could move a cursor or a reader's eye
    dropped; what a pack names is told in the language spoken."""
    if isinstance(text, Quoted):
        return Quoted(_collapsed(text))  # it may be cleaned again
    # Space first: a line break is a control character and a word boundary.
    said = translated(text if isinstance(text, str) else str(text))
    if "\u00a0" in said and spoken() != "en":  # within figures, where no line may break
        return "\u00a0".join(map(_collapsed, said.split("\u00a0")))
    return _collapsed(said)


def _collapsed(text: str) -> str:
    return " ".join(harmless(" ".join(text.split())).split())


def printable(text: str) -> str:
    """The text without what could move a cursor or a reader's eye; white space stays, line breaks become spaces.  What
    a pack names is told in the language spoken."""
    return harmless(translated(text))


def harmless(text: str) -> str:
    """The same of what is quoted, which stays in its own language."""
    # Printable, for Python, is what is neither refused here nor a space other than the usual one.
    if text.isprintable():
        return text
    return "".join(
        c if c in _FIXED else " " if c.isspace() else c
        for c in text
        if c.isspace() or c in _KEPT or unicodedata.category(c) not in _REFUSED
    )


def shorten(text: str, width: int) -> str:
    """At most `width` characters, cut at a word where one ends in the second half, with an ellipsis for what is
    gone."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    cut = text[: width - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space >= width // 2 else cut).rstrip(" ,;:(-") + "…"


def plain(text: str) -> str:
    """The same screen in ASCII signs, for terminals of another encoding than UTF-8; letters that remain become '?'."""
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
