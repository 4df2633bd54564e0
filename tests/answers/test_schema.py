"""Every document is described, by a valid JSON Schema and field by field; docs/json.md is made of that."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from jsonschema import Draft202012Validator

from tierproof.answers.described import field_notes, parts_of
from tierproof.answers.document import Answer
from tierproof.answers.schema import DOCUMENTS, json_schema
from tierproof.errors import InputError

PARTS = sorted({part for answer in DOCUMENTS.values() for part in parts_of(answer)}, key=lambda part: part.__qualname__)
SELF_TOLD = (
    "usd",
    "percent",
    "weeks",
    "days",
    "seconds",
    "minutes",
    "mean",
    "sd",
    "se",
    "median",
    "low",
    "high",
    "likely",
)
"""Endings of names that say their unit."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_one_and_names_its_document(name: str) -> None:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    top = schema["$defs"][DOCUMENTS[name].__name__]
    (tag,) = top["properties"]["schema"]["enum"]
    assert tag.startswith(f"tierproof/{name}/")
    assert "schema" in top["required"]


def test_every_document_is_listed() -> None:
    from importlib import import_module
    from pkgutil import iter_modules

    import tierproof.answers as room

    for module in iter_modules(room.__path__):
        import_module(f"tierproof.answers.{module.name}")
    kinds = [Answer]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind for kind in kinds if kind.__struct_config__.tag} == set(DOCUMENTS.values())


def test_a_document_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match="one of: table, card"):
        json_schema("tabel")


@pytest.mark.parametrize("part", [part for part in PARTS if issubclass(part, Answer)], ids=lambda part: part.__name__)
def test_a_number_says_its_unit_or_range(part: type[Answer]) -> None:
    notes = field_notes(part)
    info = msgspec.inspect.type_info(part)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        types = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        if any(isinstance(one, msgspec.inspect.FloatType) for one in types):
            name = field.encode_name
            assert name in notes or set(name.split("_")) & set(SELF_TOLD), f"{part.__name__}.{name}"


def test_schemas_need_no_extra() -> None:
    # aiohttp is of the extra that calls models.
    code = "import sys; sys.modules['aiohttp'] = None; import tierproof.answers.schema"
    subprocess.run([sys.executable, "-c", code], check=True)
