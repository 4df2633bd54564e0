"""The description of the API: addresses as the application has them, forms as the documents' own schemas have them.

Enters: an OpenAPI document, and the Structs that are sent.  Leaves: the same with every Struct of `answers/` as
`tierproof schema` prints it, and with the notes of what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tierproof.answers.described import described as form_of
from tierproof.answers.schema import DOCUMENTS, json_schema

__all__ = ["described"]

_REFUSED = {
    "type": "object",
    "required": ["status_code", "detail"],
    "properties": {
        "status_code": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, where, and what would be right."},
    },
}
_ERRORS = {
    "400": "What was asked cannot be used",
    "401": "The server asks for a token",
    "403": "The request comes from elsewhere",
    "413": "What was sent is too large",
}


def described(found: dict[str, Any], sent: Mapping[str, type[Struct]]) -> dict[str, Any]:
    """`found` with schemas, titles and errors in place; it stays as it was.  `sent`: by the path that takes it."""
    schemas: dict[str, Any] = {"Refused": _REFUSED}
    by_name = {answer.__name__: name for name, answer in DOCUMENTS.items()}
    paths = {}
    for path, operations in found["paths"].items():
        paths[path] = {method: _operation(one, by_name, schemas) for method, one in operations.items()}
        if path in sent:
            paths[path]["post"]["requestBody"] = _body(paths[path]["post"]["requestBody"], sent[path], schemas)
    return {**found, "paths": paths, "components": {"schemas": schemas}}


def _operation(found: dict[str, Any], by_name: dict[str, str], schemas: dict[str, Any]) -> dict[str, Any]:
    content = found["responses"]["200"]["content"]["application/json"]
    answer = content["schema"]["$ref"].rpartition("/")[2].rpartition("_")[2]
    name = by_name[answer]
    form = json_schema(name)
    # Parts of two documents may share a name and differ: each is named after its document.
    for part, schema in form["$defs"].items():
        schemas[f"{name}.{part}"] = _renamed(schema, name)
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    return {
        **found,
        "responses": {
            "200": {
                "description": found.get("description", ""),
                "content": {"application/json": {"schema": _renamed({"$ref": form["$ref"]}, name)}},
            },
            **{status: {"description": told, "content": refused} for status, told in _ERRORS.items()},
        },
    }


def _body(found: dict[str, Any], kind: type[Struct], schemas: dict[str, Any]) -> dict[str, Any]:
    """What is sent, in the same media types."""
    for part, schema in form_of(kind)["$defs"].items():
        schemas[f"sent.{part}"] = _renamed(schema, "sent")
    whole = {"schema": {"$ref": f"#/components/schemas/sent.{kind.__name__}"}}
    return {**found, "content": dict.fromkeys(found["content"], whole)}


def _renamed(schema: Any, document: str) -> Any:
    """With references that lead to the document's own parts."""
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/{document}.{value.rpartition('/')[2]}"
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, document)
            for key, value in schema.items()
        }
    return [_renamed(one, document) for one in schema] if isinstance(schema, list) else schema
