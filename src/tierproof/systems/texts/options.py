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

__all__ = ["options_in", "shown"]

LETTERED = re.compile(r"(?:^|[\n;|])\s*\(?([A-Za-z0-9]{1,2})[).:]\s+")
LEAST = 2


def options_in(value: Any) -> dict[str, str]:
    """Options with their names, which are A, B, C, ... where they have none; empty where these are none.

    A list, a table, `{"label": [...], "text": [...]}` (ARC), or text of one: JSON, Python's notation (as CSV files of
    data sets hold it), lines `A) ...`, parts between `|`.
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
        for read in (json.loads, ast.literal_eval):
            try:
                return read(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
    marks = list(LETTERED.finditer(text))
    if len(marks) >= LEAST and not text[: marks[0].start()].strip():
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        return {mark[1]: text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)}
    if text.count("|") >= LEAST - 1:
        return [part.strip() for part in text.strip("|").split("|")]
    return None


def shown(value: Any) -> str:
    """A field as a prompt shows it: a table of texts one a line with their names, anything else as text."""
    if isinstance(value, Mapping) and all(isinstance(text, str) for text in value.values()):
        return "\n".join(f"{name}. {text}" for name, text in options_in(value).items())
    return str(value)
