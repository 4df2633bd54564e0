"""Regular expressions in GBNF, the notation of llama.cpp.

Enters: a pattern as Lark's terminals have them.  Leaves: GBNF.  Must not know grammars.

What decoding can be held to is carried over: letters, classes, groups, alternatives and how often.  What only a search
has (anchors, looking around, references back, matching lazily) is not.
"""

from __future__ import annotations

import re

__all__ = ["gbnf_of_regex"]

CLASSES = {"d": "0-9", "w": "a-zA-Z0-9_", "s": " \\t\\r\\n"}
ESCAPED = {"n": "\\n", "t": "\\t", "r": "\\r"}
COUNT = re.compile(r"\{(\d{1,4})(,(\d{0,4}))?\}")


def gbnf_of_regex(pattern: str) -> str:
    """The pattern in brackets.  Raises ValueError for one that GBNF has nothing for."""
    reading = _Reading(pattern)
    found = reading.alternatives()
    if reading.place != len(pattern):
        raise ValueError(pattern)
    return f"({found})"


class _Reading:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def _next(self) -> str:
        return self.text[self.place : self.place + 1]

    def alternatives(self) -> str:
        branches = [self._sequence()]
        while self._next() == "|":
            self.place += 1
            branches.append(self._sequence())
        return " | ".join(branches)

    def _sequence(self) -> str:
        parts = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._one() + self._count())
        return " ".join(parts) or '""'

    def _one(self) -> str:
        letter = self._next()
        self.place += 1
        if letter == "(":
            if self._next() == "?":
                if not self.text.startswith("?:", self.place):
                    raise ValueError(self.text)
                self.place += 2
            inner = self.alternatives()
            if self._next() != ")":
                raise ValueError(self.text)
            self.place += 1
            return f"({inner})"
        if letter == "[":
            return self._class()
        if letter == ".":
            return "[^\\n]"
        if letter == "\\":
            return self._escape()
        if letter in "^$*+?{})":
            raise ValueError(self.text)
        return _quoted(letter)

    def _escape(self) -> str:
        letter = self._next()
        self.place += 1
        if letter.lower() in CLASSES:
            return f"[{'^' if letter.isupper() else ''}{CLASSES[letter.lower()]}]"
        if letter in ESCAPED:
            return f'"{ESCAPED[letter]}"'
        if not letter or letter.isalnum():
            raise ValueError(self.text)
        return _quoted(letter)

    def _class(self) -> str:
        negated = self._next() == "^"
        self.place += negated
        parts: list[str] = []
        while (letter := self._next()) != "]" or not parts:
            self.place += 1
            if not letter:
                raise ValueError(self.text)
            if letter == "\\":
                escaped = self._next()
                self.place += 1
                if escaped in CLASSES:
                    parts.append(CLASSES[escaped])
                elif escaped.isalnum() and escaped not in ESCAPED:
                    raise ValueError(self.text)
                else:
                    parts.append(ESCAPED.get(escaped) or f"\\{escaped}")
            else:
                parts.append(f"\\{letter}" if letter in "[]" else letter)
        self.place += 1
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _count(self) -> str:
        found = COUNT.match(self.text, self.place)
        count = found[0] if found else self._next() if self._next() in ("*", "+", "?") else ""
        self.place += len(count)
        if count and self._next() in ("?", "+"):
            # Lazy and possessive: of a search, not of what is said.
            raise ValueError(self.text)
        return count


def _quoted(letter: str) -> str:
    return '"' + letter.replace("\\", "\\\\").replace('"', '\\"') + '"'
