"""A value written out as lines, and two values as the lines that differ.

Enters: dataclasses, nested.  Leaves: text.  Must not know what the values mean.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

__all__ = ["difference", "outline"]

LONGEST_LINE = 160


def difference(before: object, after: object) -> tuple[str, ...]:
    """Lines of `before` alone as `- line`, of `after` alone as `+ line`, in order; none where the two are alike."""
    old, new = outline(before), outline(after)
    lines: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind != "equal":
            lines += [f"- {line}" for line in old[i:j]]
            lines += [f"+ {line}" for line in new[k:m]]
    return tuple(lines)


def outline(value: object) -> list[str]:
    """One line a leaf, `path = value`; fields at their defaults are left out, so that a line is a statement."""
    return list(_lines("", value))


def _lines(path: str, value: object, *, named: bool = False) -> Iterator[str]:
    """`named`: the field could hold values of other classes, so the class is told."""
    if _has_own_text(value):
        yield from _text(path, str(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        if named:
            yield f"{path} = {type(value).__name__}"
        for entry in dataclasses.fields(value):
            inner = getattr(value, entry.name)
            if not _is_default(entry, inner):
                factory: object = entry.default_factory
                named = type(inner) is not factory
                yield from _lines(f"{path}.{entry.name}" if path else entry.name, inner, named=named)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lines(f"{path}.{key}", inner)
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value, 1):
            yield from _lines(f"{path}[{number}]", inner, named=True)
    elif isinstance(value, str):
        yield from _text(path, value)
    elif callable(value):
        yield f"{path} = {getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__name__)}"
    else:
        yield f"{path} = {value}"


def _has_own_text(value: object) -> bool:
    """Has the class a `__str__` of its own?  A long value (an index, a list of examples) describes itself."""
    return dataclasses.is_dataclass(value) and "__str__" in type(value).__dict__


def _is_default(entry: dataclasses.Field[object], value: object) -> bool:
    if entry.default is not dataclasses.MISSING:
        return bool(value == entry.default)
    return entry.default_factory is not dataclasses.MISSING and bool(value == entry.default_factory())


def _text(path: str, text: str) -> Iterator[str]:
    for line in [line for line in text.splitlines() if line.strip()] or [""]:
        shown = line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
        yield f"{path} = {shown}"
