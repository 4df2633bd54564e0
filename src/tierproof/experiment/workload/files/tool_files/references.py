"""References of a JSON document written out, as far as a model needs them.

Enters: a part of a document, and the document.  Leaves: the part without `$ref`.  Must not know what the document is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["without_nulls", "written_out"]

DEPTHS = (12, 6, 4, 3, 2, 1, 0)
MOST_PARTS = 4000
LARGEST = 12_000
"""Characters of what is written out; it is sent, and paid for, with every call."""

VALUES = frozenset({"default", "const", "enum", "examples", "example"})


def written_out(value: Any, document: Mapping[str, Any], *, whole: bool = True) -> Any:
    """A part with its references written out; a type within itself, and what lies too deep, may be anything.

    Types that hold many others are cut at the depth at which the whole stays short enough to be sent with every call.
    Not `whole`: only where the part itself is a reference.

    Raises KeyError for a reference to nothing, InputError for one to another document.
    """
    if not whole:
        seen: set[str] = set()
        while isinstance(value, Mapping) and isinstance(value.get("$ref"), str) and value["$ref"] not in seen:
            seen.add(value["$ref"])
            value = _found(value["$ref"], document)
        return value
    for depth in DEPTHS:
        try:
            found = _Writing(document, depth).written(value, ())
        except _TooMuchError:
            continue
        if len(json.dumps(found, default=str)) <= LARGEST or depth == DEPTHS[-1]:
            return found
    return _Writing(document, 0, most=10**9).written(value, ())


def _found(reference: str, document: Mapping[str, Any]) -> Any:
    if not reference.startswith("#"):
        message = Message("'{reference}' lies in another document, and only this one is read", reference=reference[:80])
        raise InputError.of(message, remedy=Message("bundle the documents into one"), field="$ref")
    found: Any = document
    for part in unquote(reference.removeprefix("#")).split("/")[1:]:
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def without_nulls(schema: Any) -> Any:
    """A schema without members that are null, but where null is a value."""
    if isinstance(schema, list):
        return [without_nulls(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: value if name in VALUES else without_nulls(value)
        for name, value in schema.items()
        if value is not None or name in VALUES
    }


class _TooMuchError(Exception):
    """More parts than are written out at this depth."""


class _Writing:
    def __init__(self, document: Mapping[str, Any], depth: int, most: int = MOST_PARTS) -> None:
        self._document = document
        self._depth = depth
        self._left = most

    def written(self, value: Any, path: tuple[str, ...]) -> Any:
        """`path`: the references that lead to this part."""
        self._left -= 1
        if self._left < 0:
            raise _TooMuchError
        if isinstance(value, Mapping):
            reference = value.get("$ref")
            if isinstance(reference, str):
                found = _found(reference, self._document)
                if reference in path or len(path) > self._depth:
                    return _outline(found)
                return self.written(found, (*path, reference))
            return {key: self.written(inner, path) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.written(inner, path) for inner in value]
        return value


def _outline(schema: Any) -> dict[str, Any]:
    """What is left of a type that is not written out: whether it is an object, a list, a text."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return {"type": kind} if isinstance(kind, str) else {}
