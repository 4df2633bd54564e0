"""Does an answer keep to a JSON schema or a grammar?

Enters: an answer's text.  Leaves: what is wrong with it, in words; nothing where it keeps to them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tierproof.errors import InputError
from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.texts.fences import fenced_blocks

__all__ = ["bare_schema", "checker", "grammar_checker", "json_of", "named_fields", "schema_checker"]

MOST_FAULTS = 5
DEEPEST_ENVELOPE = 6
MOST_OBJECTS = 20
INSIDE = re.compile(r"[\"\]}\d]\s*,\s*$|[\":,\[]\s*\[\s*$|\"\s*:\s*$")
"""What stands before a value of JSON that is part of another."""
ANNOUNCED = re.compile(r"(?:.*(?:[:：.!]|\bgives|\bis))?[ \t*_`>-]*(?:<\w+>)?[ \t*_`]*")
"""What may stand before an object on its line: nothing, a list's mark, or words that announce it."""
CAPITALS = frozenset({"OBJECT", "ARRAY", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "NULL"})
KEYWORDS = frozenset([
    "$ref", "allOf", "anyOf", "oneOf", "not", "if", "enum", "const", "properties", "patternProperties",
    "additionalProperties", "required", "items", "prefixItems", "contains", "minItems", "maxItems", "pattern",
    "minLength", "maxLength", "minimum", "maximum", "minProperties", "dependentRequired",
])  # fmt: skip
"""Words that say something of a value; `type` is one too, but for the envelope that says `json_schema` or
`function`.
"""
NO_TYPES = frozenset({"json_schema", "json_object", "function", "text"})
"""Values of `type` in the envelope that an endpoint takes."""


def unfenced(text: str) -> str:
    """The inside of the Markdown fence of a text, where it has one; words around it are no part of what is fenced."""
    blocks = fenced_blocks(text)
    return blocks[0].text if len(blocks) == 1 else text


def json_of(text: str, *, among_words: bool = False) -> Any:
    """The JSON value that a text is, or that stands in its one Markdown fence; `among_words`: or its one JSON object.
    Raises ValueError.
    """
    try:
        return _value_of(text)
    except ValueError:
        blocks = fenced_blocks(text)
        if not blocks:
            found = _among_words(text) if among_words else []
            if len(found) == 1:
                return found[0]
            raise
        values = []
        for block in blocks:
            with contextlib.suppress(ValueError):
                values.append(_value_of(block.text))
        if len(values) == 1:
            return values[0]
        if len(values) > 1:
            raise ValueError("several fences hold JSON, and which one is the answer is open") from None
        return _value_of(blocks[0].text)


def named_fields(text: str, names: re.Pattern[str]) -> list[Any] | None:
    """What the fields with such names hold in the JSON object that a text is or has; None where there is no object."""
    try:
        table = json_of(text, among_words=True) if "{" in text else None
    except ValueError:
        return None
    return [value for name, value in table.items() if names.fullmatch(name)] if isinstance(table, dict) else None


def _among_words(text: str) -> list[Any]:
    """JSON objects with words before or after them; none that stands within a broken one."""
    found, place = [], 0
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    for start in itertools.islice(re.finditer(r"\{", text), MOST_OBJECTS):
        before = text[max(0, start.start() - 80) : start.start()]
        line = before.rpartition("\n")[2]
        if start.start() < place or INSIDE.search(before) or not ANNOUNCED.fullmatch(line):
            continue
        with contextlib.suppress(ValueError, RecursionError):
            value, place = decoder.raw_decode(text, start.start())
            found.append(value)
    return [value for value in found if value]


def _value_of(text: str) -> Any:
    try:
        return json.loads(text.strip().removeprefix("\ufeff"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def checker(schema: Mapping[str, Any] | None, grammar: str) -> Callable[[str], str]:
    """Check of an answer against a schema, or where there is none against a grammar."""
    return schema_checker(schema) if schema is not None else grammar_checker(grammar)


def schema_checker(schema: Mapping[str, Any]) -> Callable[[str], str]:
    """Check against a JSON schema, by jsonschema, also in the envelope of a `response_format`.

    Raises InputError for a schema that is none, or that allows whatever is JSON.
    """
    schema = bare_schema(schema)
    jsonschema = optional("jsonschema", use=Message("checking JSON against a schema"), extra="measure")
    # An empty registry: a `$ref` to an address is not fetched.
    registry = optional("referencing", use=Message("checking JSON against a schema"), extra="measure").Registry()
    kind = jsonschema.validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise InputError.of(Message("this is no JSON schema: {told}", told=error.message), field="schema") from None
    validator = kind(schema, registry=registry)
    try:
        list(validator.iter_errors(None))
    except Exception as error:
        raise InputError.of(Message("the schema cannot be used: {error}", error=str(error)), field="schema") from None

    def check(text: str) -> str:
        try:
            value = json_of(text)
        except ValueError as error:
            return f"this is not JSON: {error}"
        faults = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
        return "; ".join(f"{error.json_path}: {error.message}" for error in faults[:MOST_FAULTS])

    return check


def bare_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema without the envelopes in which endpoints take it: `response_format`, `json_schema`, `name` and `schema`,
    `responseSchema` with its types in capitals, or whatever else holds one schema.

    Raises InputError where what is left says nothing of an answer: it would call every JSON right.
    """
    level: list[Mapping[str, Any]] = [schema]
    for _ in range(DEEPEST_ENVELOPE):
        found = [one for one in level if one.keys() & KEYWORDS or _is_type(one.get("type"))]
        if len(found) == 1:
            bare: Mapping[str, Any] = _types_in_small_letters(found[0])
            return bare
        level = [] if found else [inner for one in level for inner in _within(one)]
    message = Message(
        "this schema allows everything: it has none of JSON Schema's words (type, properties, required, ...)"
    )
    raise InputError.of(message, remedy=Message("give the schema itself"), field="schema")


def _within(envelope: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in envelope.values():
        inner = value
        if isinstance(value, str) and value.lstrip().startswith("{"):
            with contextlib.suppress(ValueError):
                inner = json.loads(value)
        if isinstance(inner, Mapping):
            yield inner


def _types_in_small_letters(schema: Any) -> Any:
    """The same schema, its types as JSON Schema has them and not in capitals."""
    if isinstance(schema, list):
        return [_types_in_small_letters(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: value.lower()
        if name == "type" and isinstance(value, str) and value in CAPITALS
        else _types_in_small_letters(value)
        for name, value in schema.items()
    }


def _is_type(value: Any) -> bool:
    return value not in NO_TYPES if isinstance(value, str) else isinstance(value, list) and bool(value)


def grammar_checker(grammar: str) -> Callable[[str], str]:
    """Check against a Lark grammar with the rule `start`.  Raises InputError for a grammar that is none."""
    lark = optional("lark", use=Message("checking text against a grammar"), extra="measure")
    try:
        parser = lark.Lark(grammar, parser="earley")
    except lark.exceptions.LarkError as error:
        first = str(error).partition("\n")[0]
        raise InputError.of(Message("this is no Lark grammar: {first}", first=first), field="grammar") from None

    def check(text: str) -> str:
        try:
            parser.parse(unfenced(text).strip())
        except lark.exceptions.LarkError as error:
            return f"this does not follow the grammar: {str(error).strip()}"
        return ""

    return check
