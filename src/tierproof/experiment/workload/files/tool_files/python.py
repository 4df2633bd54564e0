"""Functions of `tools.py` as tools: the docstring describes, the annotations are the schema.

Enters: a Python file.  Leaves: tools.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.python_files import load_module
from tierproof.messages import Message
from tierproof.systems.parts.tool import Tool
from tierproof.written_messages import kept

__all__ = ["python_tools"]


def python_tools(path: Path) -> tuple[Tool, ...]:
    """Every public function that the file defines, in its order.  Raises InputError for one without annotations."""
    if not path.is_file():
        return ()
    module = load_module(path)
    tools: list[Tool] = []
    problems: list[Problem] = []
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            try:
                tools.append(_tool(name, value))
            except (TypeError, NameError, ValueError) as error:
                line = value.__code__.co_firstlineno
                remedy = Message(
                    "annotate every parameter with a type that JSON has: str, int, float, bool, list[...], dict"
                )
                problems.append(Problem(file=path, line=line, field=name, message=kept(str(error)), remedy=remedy))
    if problems:
        raise InputError(*problems)
    return tuple(tools)


def _tool(name: str, function: Callable[..., Any]) -> Tool:
    hints = typing.get_type_hints(function, include_extras=True)
    fields: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(Message("parameter '{name}' cannot be given by name", name=parameter.name))
        if parameter.name not in hints:
            raise TypeError(Message("parameter '{name}' has no type", name=parameter.name))
        kind = hints[parameter.name]
        required = parameter.default is parameter.empty
        fields.append((parameter.name, kind) if required else (parameter.name, kind, parameter.default))
    arguments = msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)
    schema = msgspec.json.schema(arguments)
    others = dict(schema["$defs"])
    parameters = dict(others.pop(name))
    parameters.pop("title", None)
    if others:
        parameters["$defs"] = others

    def given(table: Mapping[str, Any]) -> dict[str, Any]:
        value = msgspec.convert(table, arguments, strict=False)
        return {field: getattr(value, field) for field in arguments.__struct_fields__}

    if inspect.iscoroutinefunction(function):

        async def awaited(table: Mapping[str, Any]) -> Any:
            return await function(**given(table))

        run: Callable[[Mapping[str, Any]], Any] = awaited
    else:

        def run(table: Mapping[str, Any]) -> Any:
            return function(**given(table))

    return Tool(name=name, description=inspect.getdoc(function) or name, parameters=parameters, run=run)
