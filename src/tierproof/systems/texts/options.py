"""The options of a multiple choice: read from where they stand, and shown with their letters.

Enters: what an item's metadata holds.  Leaves: letters (or whatever the options are called) with their texts.  Must not
know how an answer is scored.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["WITHIN", "options_in", "options_within", "shown"]

WITHIN = "input"
"""In place of a field's name: the request holds the options itself."""

LETTERED = re.compile(r"(?:^|[\n;|])\s*\(?([A-Za-zА-Яа-я0-9]{1,2})[).:]\s+")
LINE = re.compile(r"^[ \t*_(\[]*(?P<name>[A-Ja-jА-Еа-е]|\d{1,2})[)\].:][*_]*[ \t]+(?P<text>\S.*?)[ \t]*$", re.MULTILINE)
IN_LINE = re.compile(
    r"(?:^|(?<=[\s;,|]))[(\[]?(?P<name>[A-Ja-jА-Еа-е])[)\]][.:]?\s+|(?:^|(?<=\s))(?P<other>[A-JА-Е])[.:]\s+"
)
LEAST = 2
PARTS = ("\n", "|", ";", " / ", ",")
"""What parts options that stand in one text, and have no letters."""
NUMPY = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
"""Members of a list as numpy prints it, without commas."""


def options_in(value: Any) -> dict[str, str]:
    """Options with their names, which are A, B, C, ... where they have none; empty where these are none.

    A list, a table, `{"label": [...], "text": [...]}` (ARC), or text of one: JSON, Python's notation (as CSV files of
    data sets hold it), lines `A) ...`, parts between line ends, `|`, `;`, ` / ` or commas.
    """
    if isinstance(value, str):
        value = _of_text(value.strip())
    if isinstance(value, Mapping):
        names: Any = value.get("label")
        texts: Any = value.get("text")
        if _is_list(names) and _is_list(texts) and len(names) == len(texts):
            return {str(name).strip().upper(): str(text) for name, text in zip(names, texts, strict=True)}
        return {str(name).strip().upper(): str(text) for name, text in value.items()}
    if _is_list(value) and all(isinstance(one, Mapping) for one in value):
        value = [
            next((one[name] for name in ("text", "content", "option", "value") if name in one), one) for one in value
        ]
    if _is_list(value):
        return {chr(ord("A") + place): str(text) for place, text in enumerate(value)}
    return {}


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _of_text(text: str) -> Any:
    if text.startswith(("[", "{", "(")):
        members = [one[0] or one[1] for one in NUMPY.findall(text)]
        if text.startswith("[") and len(members) >= LEAST and not re.search(r"['\"]\s*,", text):
            return members
        for read in (json.loads, ast.literal_eval):
            try:
                return read(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
    marks = list(LETTERED.finditer(text))
    if len(marks) >= LEAST and not text[: marks[0].start()].strip():
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        return {mark[1]: text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}
    listed = _listed(text, IN_LINE)
    if listed and not text[: min(map(text.index, listed.values()))].strip("ABabАБаб12()[].: \t"):
        return listed
    for sign in PARTS:
        parts = [part.strip() for part in text.strip(sign).split(sign)]
        if len(parts) >= LEAST and all(parts):
            return parts
    return None


def _listed(text: str, form: re.Pattern[str]) -> dict[str, str]:
    """Options with their letters or numbers, in the order that these have; empty where it is another."""
    marks = list(form.finditer(text))
    names = [(mark["name"] or mark["other"]).upper() if form is IN_LINE else mark["name"].upper() for mark in marks]
    starts = [place for place, name in enumerate(names) if name in ("A", "А", "1")]
    for start in reversed(starts):
        count = 1
        while start + count < len(names) and names[start + count] == _after(names[start], count):
            count += 1
        if count >= LEAST:
            run = marks[start : start + count]
            ends = [mark.start() for mark in run[1:]] + [len(text)]
            return {
                names[start + place]: (mark["text"] if form is LINE else text[mark.end() : end].strip(" \t\n;,|"))
                for place, (mark, end) in enumerate(zip(run, ends, strict=True))
            }
    return {}


def _after(first: str, count: int) -> str:
    return str(int(first) + count) if first.isdigit() else chr(ord(first) + count)


def options_within(text: str) -> dict[str, str]:
    """The options that a request lists itself, a line each or in one line; empty where it lists none."""
    return _listed(text, LINE) or _listed(text, IN_LINE)


def shown(value: Any) -> str:
    """A field as a prompt shows it: a table of texts one a line with their names, anything else as text."""
    if isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values()):
        return "\n".join(f"{name}. {text}" for name, text in options_in(value).items())
    return str(value)
