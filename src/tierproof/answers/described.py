"""The form of a Struct: its JSON Schema, its parts, and what stands under each field.

Enters: Structs.  Leaves: JSON Schemas, and notes.  Knows nothing of which Structs there are, nor of values.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec import inspect as types

__all__ = ["described", "field_notes", "parts_of"]


def described(answer: type[Struct]) -> dict[str, Any]:
    """The JSON Schema of any Struct, with what stands under each of its fields."""
    schema = msgspec.json.schema(answer)
    # Where two parts share a name, msgspec names them by their modules too.
    parts = {name: part for part in parts_of(answer) for name in (part.__name__, f"{part.__module__}.{part.__name__}")}
    for title, definition in schema["$defs"].items():
        notes = field_notes(parts[title])
        for key, form in definition.get("properties", {}).items():
            if key in notes:
                form["description"] = notes[key]
    return schema


def parts_of(answer: type[Struct]) -> tuple[type[Struct], ...]:
    """The Structs that a document is made of, itself first, each where it is first met."""
    found: dict[type[Struct], None] = {}
    _gather(types.type_info(answer), found)
    return tuple(found)


def _gather(info: types.Type, found: dict[type[Struct], None]) -> None:
    if isinstance(info, types.StructType):
        if info.cls in found:
            return
        found[info.cls] = None
        for field in info.fields:
            _gather(field.type, found)
    for inner in _inner(info):
        _gather(inner, found)


def _inner(info: types.Type) -> Iterator[types.Type]:
    match info:
        case types.UnionType():
            yield from info.types
        case types.TupleType():
            yield from info.item_types
        case types.VarTupleType() | types.ListType():
            yield info.item_type
        case types.DictType():
            yield info.value_type
        case types.Metadata():
            yield info.type


@cache
def field_notes(part: type[Struct]) -> Mapping[str, str]:
    """What stands under each field, by its name in JSON; fields of the classes that it builds on included."""
    notes: dict[str, str] = {}
    for base in reversed(part.__mro__):
        if issubclass(base, Struct) and base.__module__.startswith("tierproof"):
            notes |= _written(base)
    names = dict(zip(part.__struct_fields__, part.__struct_encode_fields__, strict=True))
    return {names[name]: note for name, note in notes.items() if name in names}


def _written(part: type[Struct]) -> dict[str, str]:
    (body,) = (
        node for node in _module(part.__module__).body if isinstance(node, ast.ClassDef) and node.name == part.__name__
    )
    return {
        field.target.id: inspect.cleandoc(note.value.value)
        for field, note in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(note, ast.Expr)
        and isinstance(note.value, ast.Constant)
        and isinstance(note.value.value, str)
    }


@cache
def _module(name: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[name]))
