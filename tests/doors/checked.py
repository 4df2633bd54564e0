"""A document held to its own form: valid by its JSON Schema, and readable as its Struct."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from tierproof.answers.schema import DOCUMENTS, json_schema

__all__ = ["check"]


def check(document: dict[str, Any]) -> None:
    """Raises where the document is not what its schema says that it is."""
    name = document["schema"].split("/")[1]
    _validator(name).validate(document)
    msgspec.json.decode(json.dumps(document), type=DOCUMENTS[name])


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json_schema(name))
