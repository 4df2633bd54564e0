"""Text to tokens and tokens to sentences, with contractions undone and typography made plain.

Enters: any text.  Leaves: tokens that know where they stood.  Knows nothing of what the words mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.stem import stem

__all__ = ["Token", "sentences", "tokenise"]


class Token(NamedTuple):
    """One word, number or mark."""

    text: str
    """Lower case, `ё` written `е`, apostrophes gone."""
    start: int
    end: int
    """Characters of the source text."""
    kind: str
    """`w` word, `n` number, `p` punctuation."""

    @property
    def stem(self) -> str:
        """Found when it is asked for: most words of the tables are matched as they stand."""
        return stem(self.text) if self.kind == "w" else self.text


# An apostrophe within a word belongs to it ("don't"); a hyphen between word characters separates without a mark.
_TOKEN = re.compile(
    r"[1-9]\d{0,2}(?:,\d{3})+(?![.,]?\d)|\d+(?:[.,]\d+)?|[^\W\d_⁰¹²³⁴-⁹]+(?:['’`ʼ][^\W\d_⁰¹²³⁴-⁹]+)*|[<>!]=|≠|[.!?…;:,()\[\]\"«»“”—–+%$€<>=~≈≤≥⩽⩾/\n]|(?<=\s)-+(?=\s)|×"
)
_NEGATED = {"can": "can", "won": "will", "wo": "will", "ca": "can", "ai": "is", "sha": "shall"}
_BARE_NEGATED: Final = closed("bare_negated")
_BARE_STEM = {"cant": "can", "wont": "will", "aint": "is", "cannot": "can"}
_CLITICS = {"s": "is", "re": "are", "ll": "will", "ve": "have", "d": "would", "m": "am"}
_BARE_CLITICS = {"im": ("i", "am"), "youre": ("you", "are"), "theyre": ("they", "are"), "thats": ("that", "is")}
_ABBREVIATIONS: Final = closed("abbreviations")
_MINUS: Final = (" -", " −", "(-", "(−")
_TURNED: Final = closed("turned_by_article")
LONGEST_SENTENCE = 120
"""Tokens.  Grammar costs more than the length of a sentence; prose without full stops is cut here."""
_END = frozenset(".!?…;")
_LISTED = re.compile(r"[ \t]*(?:[-*•–—#>]+[ \t]|\d{1,3}[.)][ \t])|[ \t]*\r?\n")
_QUOTES = frozenset('"«»“”[]')


def tokenise(text: str) -> list[Token]:
    """Tokens of `text` in order.  Quotation marks and brackets are left out, so that quoting changes nothing."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        raw, start, end = match.group(), match.start(), match.end()
        first = raw[0]
        if first.isdigit() and text[max(start - 2, 0) : start] in _MINUS:
            tokens.append(Token("−", start - 1, start, "w"))  # a figure below nought, which no rule reads
        if first.isdigit():
            tokens.append(Token(_number(raw), start, end, "n"))
        elif first.isalpha() and _is_case_ending(raw, start, text):
            continue
        elif first.isalpha():
            if raw.lower() in _TURNED and tokens and tokens[-1].text == "a":
                # "A little" and "a few" say another thing than "little" and "few".
                raw, start = f"a {raw}", tokens.pop().start
            tokens.extend(Token(word, start, end, "w") for word in _words(raw))
        elif first in _QUOTES:
            continue
        elif raw in _UNEQUAL:
            tokens.append(Token("not", start, end, "w"))
        else:
            mark = _MARKS.get(raw, first)
            # "X > Y" says "better than".
            tokens.append(Token(mark, start, end, "w" if mark in "x<>≤≥" else "p"))
    return tokens


_UNEQUAL: Final = ("≠", "!=")
_MARKS: Final = {"-": "—", "–": "—", "×": "x", "<=": "≤", ">=": "≥", "⩽": "≤", "⩾": "≥"}


_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")


def _number(raw: str) -> str:
    """ "10,000" is ten thousand, "0,5" a half."""
    return raw.replace(",", "") if _THOUSANDS.fullmatch(raw) else raw.replace(",", ".")


def _is_case_ending(raw: str, start: int, text: str) -> bool:
    """A Russian ending hung on a Latin name by a hyphen: "RAG-ом"."""
    return (
        len(raw) <= 3
        and "а" <= raw[0].lower() <= "я"
        and start > 1
        and text[start - 1] in "-‑"
        and "a" <= text[start - 2].lower() <= "z"
    )


def _words(raw: str) -> Iterator[str]:
    word = unicodedata.normalize("NFKC", raw).lower().replace("ё", "е")
    for apostrophe in "’`ʼ":
        word = word.replace(apostrophe, "'")
    if "'" in word:
        head, _, tail = word.partition("'")
        if tail == "t" and head.endswith("n"):
            yield _NEGATED.get(head[:-1], _NEGATED.get(head, head[:-1]))
            yield "not"
        elif tail in _CLITICS:
            yield head
            yield _CLITICS[tail]
        elif "а" <= tail[0] <= "я" and len(tail) <= 3:
            yield head  # a Russian case ending hung on a Latin name: RAG'ом
        else:
            yield word.replace("'", "")
    elif word in _BARE_NEGATED:
        yield _BARE_STEM.get(word, word.removesuffix("nt"))
        yield "not"
    elif word in _BARE_CLITICS:
        yield from _BARE_CLITICS[word]
    else:
        yield word


def sentences(tokens: list[Token], text: str) -> Iterator[list[Token]]:
    """Runs of tokens between marks that end a sentence; the closing mark stays with its sentence."""
    current: list[Token] = []
    for token in tokens:
        if len(current) >= LONGEST_SENTENCE:
            yield current
            current = []
        if token.text == "\n" and _LISTED.match(text, token.end):
            # A blank line, or the next point of a list.
            if current:
                yield current
            current = []
            continue
        if token.kind != "p" or token.text not in _END:
            current.append(token)
            continue
        inside = token.text == "." and token.end < len(text) and not text[token.end].isspace()
        abbreviation = token.text == "." and bool(current) and current[-1].text in _ABBREVIATIONS
        if inside or abbreviation:
            continue
        if current:
            current.append(token)
            yield current
        current = []
    if current:
        yield current
