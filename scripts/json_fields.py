"""What every JSON document holds, field by field: cog calls this from docs/json.md.

Enters: the Structs of `tierproof.answers`.  Leaves: Markdown.  Says nothing that does not stand with a field.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec import inspect as types

from tierproof.answers.described import field_notes, parts_of
from tierproof.answers.schema import DOCUMENTS
from tierproof.report.render.markdown.signs import grid

__all__ = ["fields"]

_PLAIN = {
    types.StrType: "text",
    types.IntType: "integer",
    types.FloatType: "number",
    types.BoolType: "boolean",
    types.NoneType: "null",
}


def fields() -> None:
    """Print every document with its parts, each where it is first met."""
    told: dict[type[Struct], str] = {}
    lines = [""]
    for answer in DOCUMENTS.values():
        tag = str(answer.__struct_config__.tag)
        new = [part for part in parts_of(answer) if part not in told]
        told |= dict.fromkeys(new, "".join(letter for letter in tag if letter.isalnum()))
        lines += [f"## `{tag}`", ""]
        for part in new:
            if part is not answer:
                lines += [f"### {part.__name__}", ""]
            lines += [*_part(part, told), ""]
    print("\n".join(lines))


def _part(part: type[Struct], told: dict[type[Struct], str]) -> Iterator[str]:
    if part.__doc__:
        said = " ".join(part.__doc__.split())
        yield said if said.endswith(".") else f"{said}."
        yield ""
    info = types.type_info(part)
    assert isinstance(info, types.StructType)
    notes = field_notes(part)
    rows = [
        [f"`{field.encode_name}`", _type(field.type, told), " ".join(notes.get(field.encode_name, "").split())]
        for field in info.fields
    ]
    yield from grid(["field", "type", "meaning"], [[cell.replace("|", "\\|") for cell in row] for row in rows])


def _type(info: types.Type, told: dict[type[Struct], str]) -> str:
    def of(*inner: types.Type) -> str:
        return ", ".join(_type(one, told) for one in inner)

    match info:
        case types.StructType():
            said = f"[{info.cls.__name__}](#{_anchor(info.cls, told)})"
        case types.LiteralType():
            said = ", ".join(f"`{value}`" for value in info.values)
        case types.UnionType():
            said = " or ".join(map(of, info.types))
        case types.VarTupleType() | types.ListType():
            said = f"list of {of(info.item_type)}"
        case types.TupleType():
            said = f"list of {of(*info.item_types)}"
        case types.DictType():
            said = f"object of {of(info.value_type)}"
        case types.Metadata():
            said = of(info.type)
        case _:
            said = _PLAIN[type(info)]
    return said


def _anchor(part: type[Struct], told: dict[type[Struct], str]) -> str:
    """Its own heading's, unless two parts share a name; then that of the document where it is told first."""
    shared = sum(one.__name__ == part.__name__ for one in told) > 1
    return told[part] if shared or part in DOCUMENTS.values() else part.__name__.lower()
