"""Conversations as the models read and write them.

Enters: messages in the OpenAI form, names of tools.  Leaves: a prompt; and from a reply's text, its content and tool
calls. Must not know tokens or models.  The Jinja template that ships with the models gives the same prompts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tierproof.lab.world.tokenizer import ASSISTANT, CALL, END, SYSTEM, TOOL, USER

__all__ = ["calls_of", "content_text", "prompt_of", "rendered"]

Message = Mapping[str, Any]


def prompt_of(messages: Sequence[Message], tools: Sequence[str] = ()) -> str:
    """The text that a model goes on from.  Raises ValueError where a message has no known role, or calls that are
    none."""
    return "".join(rendered(messages, tools)) + ASSISTANT


def rendered(messages: Sequence[Message], tools: Sequence[str] = ()) -> list[str]:
    """One text a message; the first is that of the system, which may be empty."""
    begun = bool(messages) and messages[0].get("role") in ("system", "developer")
    system = content_text(messages[0].get("content")) if begun else ""
    offered = f" Tools: {' '.join(tools)}" if tools else ""
    texts = [f"{SYSTEM} {system}{offered}" if system or tools else ""]
    for place, message in enumerate(messages):
        role = message.get("role")
        text = content_text(message.get("content"))
        if role == "user":
            texts.append(f"{USER} {text}")
        elif role == "tool":
            texts.append(f"{TOOL} {text}")
        elif role == "assistant":
            calls = "".join(_call_text(function) for function in _functions(message, place))
            texts.append(f"{ASSISTANT}{f' {text}' if text else ''}{calls}{END}")
        elif role in ("system", "developer") and place == 0:
            continue
        else:
            raise ValueError(f"message {place} has the role {role!r}: system comes first, then user, assistant, tool")
    return texts


def content_text(content: Any) -> str:
    """Text of a message's content, a string or the text parts of a list, in which no token is special."""
    if isinstance(content, list | tuple):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content.replace("<|", "< |") if isinstance(content, str) else ""


def _functions(message: Message, place: int) -> list[Mapping[str, Any]]:
    calls = message.get("tool_calls") or []
    listed = calls if isinstance(calls, list | tuple) else [None]
    functions = [call.get("function") if isinstance(call, Mapping) else None for call in listed]
    if not all(isinstance(one, Mapping) for one in functions):
        raise ValueError(f"message {place} has tool_calls that are no list of calls, each with its function")
    return [one for one in functions if one is not None]


def _call_text(function: Mapping[str, Any]) -> str:
    given = function.get("arguments") or "{}"
    try:
        arguments = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        arguments = {"arguments": given}
    values = arguments.values() if isinstance(arguments, Mapping) else [arguments]
    return " ".join([f"{CALL} {function.get('name', '')}", *(str(value) for value in values)])


def calls_of(text: str, tools: Sequence[Mapping[str, Any]]) -> tuple[str, list[tuple[str, str]]]:
    """A reply's content, and its tool calls as name and JSON arguments.

    The models write a call as the tool's name and its arguments, in the order of the tool's parameters; the last takes
    all words that are left.  Arguments are numbers where the schema asks for numbers and the text is one.
    """
    content, *written = text.split(CALL)
    known = {tool["function"]["name"]: tool["function"].get("parameters") or {} for tool in tools}
    found = []
    for one in written:
        name, _, rest = one.strip().partition(" ")
        properties = known.get(name, {}).get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        values = rest.split(maxsplit=max(len(properties) - 1, 0)) if properties else []
        arguments = {
            parameter: _typed(value, schema)
            for (parameter, schema), value in zip(properties.items(), values, strict=False)
        }
        found.append((name, json.dumps(arguments)))
    return content.strip(), found


def _typed(value: str, schema: Any) -> Any:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    try:
        if kind == "integer":
            return int(value)
        if kind == "number":
            return float(value)
    except ValueError:
        return value
    return value
