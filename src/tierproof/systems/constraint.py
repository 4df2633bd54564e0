"""Does an answer keep to a JSON schema or a grammar?

Enters: an answer's text.  Leaves: what is wrong with it, in words; nothing where it keeps to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tierproof.errors import InputError, Problem
from tierproof.systems.extras import optional

__all__ = ["checker", "grammar_checker", "json_of", "schema_checker"]

FENCE = re.compile(r"^\s*```[a-zA-Z0-9_-]*\n(.*?)\n?```\s*$", re.DOTALL)
MOST_FAULTS = 5


def unfenced(text: str) -> str:
    """The inside of a Markdown fence, where a text is one."""
    match = FENCE.match(text)
    return match[1] if match else text


def json_of(text: str) -> Any:
    """The JSON value that a text is, a Markdown fence around it left aside.  Raises ValueError."""
    return json.loads(unfenced(text), parse_constant=_no_constant)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def checker(schema: Mapping[str, Any] | None, grammar: str) -> Callable[[str], str]:
    """Check of an answer against a schema, or where there is none against a grammar."""
    return schema_checker(schema) if schema is not None else grammar_checker(grammar)


def schema_checker(schema: Mapping[str, Any]) -> Callable[[str], str]:
    """Check against a JSON schema, by jsonschema.  Raises InputError for a schema that is none."""
    jsonschema = optional("jsonschema", use="checking JSON against a schema", extra="measure")
    # An empty registry: a `$ref` to an address is not fetched.
    registry = optional("referencing", use="checking JSON against a schema", extra="measure").Registry()
    kind = jsonschema.validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise InputError(Problem(field="schema", message=f"this is no JSON schema: {error.message}")) from None
    validator = kind(schema, registry=registry)
    try:
        list(validator.iter_errors(None))
    except Exception as error:
        raise InputError(Problem(field="schema", message=f"the schema cannot be used: {error}")) from None

    def check(text: str) -> str:
        try:
            value = json_of(text)
        except ValueError as error:
            return f"this is not JSON: {error}"
        faults = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
        return "; ".join(f"{error.json_path}: {error.message}" for error in faults[:MOST_FAULTS])

    return check


def grammar_checker(grammar: str) -> Callable[[str], str]:
    """Check against a Lark grammar with the rule `start`.  Raises InputError for a grammar that is none."""
    lark = optional("lark", use="checking text against a grammar", extra="measure")
    try:
        parser = lark.Lark(grammar, parser="earley")
    except lark.exceptions.LarkError as error:
        first = str(error).partition("\n")[0]
        raise InputError(Problem(field="grammar", message=f"this is no Lark grammar: {first}")) from None

    def check(text: str) -> str:
        try:
            parser.parse(unfenced(text).strip())
        except lark.exceptions.LarkError as error:
            return f"this does not follow the grammar: {str(error).strip()}"
        return ""

    return check
