"""Checks of an answer against a schema or a grammar, and schemas that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.systems.parts.constraint import grammar_checker, json_of, schema_checker

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}, "required": ["n"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"n": 1}', ""),
        ('```json\n{"n": 1}\n```', ""),
        ('{"n": -1}', "$.n: -1 is less than the minimum of 0"),
        ("{}", "$: 'n' is a required property"),
        ("n: 1", "this is not JSON"),
        ('{"n": NaN}', "NaN is not JSON"),
    ],
)
def test_schema(text: str, told: str) -> None:
    check = schema_checker(SCHEMA)
    assert (told in check(text)) if told else check(text) == ""


@pytest.mark.parametrize(
    "schema",
    [{"type": "nonsense"}, {"$ref": "http://localhost:9/schema.json"}, {"$ref": "#/nowhere"}, {"pattern": "("}],
)
def test_a_schema_that_cannot_be_used_is_refused_and_nothing_is_fetched(schema: dict[str, str]) -> None:
    with pytest.raises(InputError, match="schema"):
        schema_checker(schema)


def test_grammar() -> None:
    check = grammar_checker('start: "SELECT " NAME\nNAME: /[a-z]+/')
    assert check("SELECT birds\n") == ""
    assert "does not follow the grammar" in check("DROP birds")
    with pytest.raises(InputError, match="no Lark grammar"):
        grammar_checker("start: missing_rule")


def test_json_of_refuses_what_json_does_not_have() -> None:
    assert json_of("[1, null]") == [1, None]
    with pytest.raises(ValueError, match="Infinity"):
        json_of("Infinity")


@pytest.mark.parametrize(
    "text", ['> ```json\n> {"a": 1}\n> ```', '1. ```json\n   {"a": 1}\n   ```', '- ```\n  {"a": 1}\n  ```']
)
def test_json_in_a_fence_within_a_quotation_or_a_list_is_read(text: str) -> None:
    assert json_of(text) == {"a": 1}


@pytest.mark.parametrize(
    "envelope",
    [
        {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}}},
        {"generationConfig": {"responseMimeType": "application/json", "responseSchema": SCHEMA}},
        {"structured_outputs": {"json": SCHEMA}},
        {"name": "n", "schema": json.dumps(SCHEMA)},
        {"type": "OBJECT", "properties": {"n": {"type": "INTEGER", "minimum": 0}}, "required": ["n"]},
    ],
    ids=lambda envelope: next(iter(envelope)),
)
def test_a_schema_is_found_in_whatever_holds_it(envelope: dict[str, Any]) -> None:
    check = schema_checker(envelope)
    assert [bool(check(text)) for text in ('{"n": 1}', "{}", '{"n": "1"}')] == [False, True, True]


@pytest.mark.parametrize("envelope", [{"title": "n"}, {"a": SCHEMA, "b": SCHEMA}])
def test_what_holds_no_schema_or_two_is_refused(envelope: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allows everything"):
        schema_checker(envelope)
