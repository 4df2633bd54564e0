"""A value that a cell of a table holds as text: JSON, or what Python prints of lists and dictionaries.

Enters: the cell.  Leaves: the value.  Must not know tools.
"""

from __future__ import annotations

import ast
import contextlib
from typing import Any

import msgspec

__all__ = ["written"]

LONGEST_REPR = 1 << 20


def written(value: Any) -> Any:
    """The list or dictionary that a text is; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            return msgspec.json.decode(value)
        if len(value) <= LONGEST_REPR:
            with contextlib.suppress(ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                return ast.literal_eval(value)
    return value
