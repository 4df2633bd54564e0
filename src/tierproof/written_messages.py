"""English text of the code that was written down before anybody read it, known again and told in the language spoken.

Enters: a text as a journal, a record or another process holds it.  Leaves: a `Message` where it is one of the
catalogue's, its gaps filled or several set beside each other; programs see the text as it is.  Knows nothing of where
it was written.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache, lru_cache
from string import Formatter
from typing import Final, Self

from tierproof.messages import LOCALE, Message, Quoted, catalogue, filled, in_figures, learnt, spoken

__all__ = ["kept"]

_FIGURE: Final = r"[-−+]?[\d,]+(\.\d+)?%?"
_LEAST: Final = 7
"""Letters of a message beside its gaps, from which on a text that has them all is taken for it; of one that begins
with a gap three times as many."""
_JOINTS: Final = (r"(.+?)(; )(.+)()", r"(.+?)( \()(.+)(\))", r"(.+?)(: )(.+)()")
"""How messages are set beside each other."""
_SIGNS: Final = ("; ", " (", ": ")
_DEEPEST: Final = 8
"""Messages within each other; beyond it, _LONGEST letters or _MOST_JOINTS joints a text is somebody else's, as what
an endpoint says has no bounds."""
_LONGEST: Final = 2000
_MOST_JOINTS: Final = 12


class _Kept(Message):
    """A message that was written down in English."""

    def said(self) -> str:
        return _known_again(str(self))


def kept(text: str) -> str:
    """`text` that was written down in English before anybody read it, such as a journal's reason: where it is a message
    of the code, it is told in the language spoken."""
    return text if isinstance(text, Message) else _Kept(text)


class _Written(str):
    """What stood in a gap of a message that was written down: a figure in the language spoken, else what it says."""

    depth: int

    def __new__(cls, text: str, depth: int) -> Self:
        made = super().__new__(cls, text)
        made.depth = depth
        return made

    def __format__(self, spec: str) -> str:
        return in_figures(self) if re.fullmatch(_FIGURE, self) else _known_again(self, self.depth)

    def __repr__(self) -> str:
        return str(self)


class _Name(_Written, Quoted):
    """What stood there in quotation marks: a name that somebody gave, though it be a word of ours."""

    def __format__(self, spec: str) -> str:
        return str(self)


def _known_again(text: str, depth: int = 0) -> str:
    """The translation of a text in English, where it is a message of the code or made of several; else the text."""
    if spoken() == "en" or depth > _DEEPEST or len(text) > _LONGEST:
        return text
    return _found_again(spoken(), learnt(), str(text), depth)


@lru_cache(1024)
def _found_again(language: str, known: int, text: str, depth: int) -> str:
    """The same in `language`, which is spoken, while so many files of words are `known`.  Kept, as parts are met again
    and again."""
    del known
    for asked in dict.fromkeys((text, text[:1].lower() + text[1:])):
        if (told := catalogue(language).gettext(asked)) != asked:
            return told
        for shape, one, several in _shapes(language):
            if (match := shape.match(asked)) is not None:
                values = shape.values_of(match, depth + 1)
                if not several:
                    return filled(catalogue(language).gettext(one), values)
                n = int(re.sub(r"\D", "", values.get("n", "")) or 2)
                return filled(catalogue(language).ngettext(one, several, n), values)
    if sum(map(text.count, _SIGNS)) > _MOST_JOINTS:
        return text
    for joint in _JOINTS:
        if (match := re.fullmatch(joint, text, re.DOTALL)) is not None:
            first, between, last, end = match.groups()
            said = _known_again(first, depth + 1), _known_again(last, depth + 1)
            if said != (first, last):
                return said[0] + between + said[1] + end
    return text


class _Shape:
    """A message with gaps, as texts made of it look."""

    def __init__(self, form: str) -> None:
        self._parts = [(literal, name) for literal, name, _, _ in Formatter().parse(form)]
        self.letters = sum(len(literal) for literal, _ in self._parts)
        names = [name for _, name in self._parts if name]
        # Braces of a message without values are no gaps.
        gaps = bool(names) and all(name.isidentifier() for name in names)
        self._names = {name for literal, name in self._parts if name and literal.endswith("'")}
        self.telling = gaps and self.letters >= (_LEAST if self._parts[0][0] else 3 * _LEAST)

    def match(self, text: str) -> re.Match[str] | None:
        first, last = self._parts[0][0], self._parts[-1]
        if not text.startswith(first) or not (last[1] or text.endswith(last[0])):
            return None
        return _expression(tuple(self._parts)).fullmatch(text)

    def values_of(self, match: re.Match[str], depth: int) -> dict[str, str]:
        """What stood in the gaps, a name in quotation marks as it is."""
        return {
            name: (_Name if name in self._names else _Written)(said, depth) for name, said in match.groupdict().items()
        }


@cache
def _expression(parts: tuple[tuple[str, str | None], ...]) -> re.Pattern[str]:
    seen: set[str] = set()
    written = gap = ""
    for literal, name in parts:
        # A gap ends at the first sign of what follows, for good: trying others would take for ever on some texts.
        written += f"(?>{gap}{re.escape(literal)})" if name else gap + re.escape(literal)
        gap = ""
        if name:
            # What stands in quotation marks has none.
            value = "[^']*?" if literal.endswith("'") else ".*?"
            gap = f"(?P={name})" if name in seen else f"(?P<{name}>{value})"
            seen.add(name)
    written += gap
    return re.compile(written, re.DOTALL)


@cache
def _shapes(language: str) -> tuple[tuple[_Shape, str, str], ...]:
    """Messages of the catalogue that have gaps, those with the most letters first; and each with its forms."""
    import struct  # noqa: PLC0415  (English does without)

    # `gettext` forgets the form for several, which is half of what was written down.
    data = (LOCALE / language / "LC_MESSAGES" / "tierproof.mo").read_bytes()
    number, ids = struct.unpack_from("<8x2I", data)
    found = []
    for place in range(number):
        length, start = struct.unpack_from("<2I", data, ids + 8 * place)
        message = data[start : start + length].decode()
        if "{" in message and "\x04" not in message:
            one, _, several = message.partition("\0")
            with suppress(ValueError):
                found += [(_Shape(form), one, several) for form in {one, several} - {""}]
    found = [one for one in found if one[0].telling]
    return tuple(sorted(found, key=lambda one: -one[0].letters))
