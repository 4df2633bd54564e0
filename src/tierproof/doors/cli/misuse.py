"""What is wrong with the words of a shell, where the language spoken is not typer's own.

Enters: what typer raises.  Leaves: the fault as every other is told.  Knows nothing of commands.
"""

from __future__ import annotations

import re
from typing import Any

import typer

from tierproof.errors import Problem
from tierproof.messages import gettext

__all__ = ["UsageError", "fault_of"]

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""What typer raises where a command is misused."""


def fault_of(error: Any) -> Problem:
    """What typer says in English."""
    command = error.ctx.command_path if error.ctx is not None else "tierproof"
    message, remedy = _told(error)
    return Problem(message=message, remedy=remedy or f"{command} --help")


def _told(error: Any) -> tuple[str, str]:
    """What is wrong, and what would be right if that is short."""
    said: str = error.message
    param: Any = getattr(error, "param", None)
    name = getattr(error, "option_name", None) or next(iter(getattr(param, "opts", ())), "")
    if param is not None and param.param_type_name == "argument":
        name = param.metavar or name
    match type(error).__name__:
        case "NoSuchOption":
            return gettext("no option '{name}'", name=name), _near(error.possibilities or ())
        case "MissingParameter":
            return gettext("'{name}' is missing", name=name), ""
        case "BadOptionUsage":
            needs = gettext("'{name}' needs a value", name=name)
            return needs if "requires" in said else gettext("'{name}' takes no value", name=name), ""
        case "BadParameter" if param is not None:
            given = said.partition(" is not ")[0].strip("'")[:60]
            return gettext("'{name}' cannot be '{given}'", name=name, given=given), _allowed(param.type)
    return _of_words(said)


def _of_words(said: str) -> tuple[str, str]:
    """The same of words that are no option's."""
    if unknown := re.match(r"No such command '(.*?)'", said):
        return gettext("no command '{name}'", name=unknown[1][:60]), _near(re.findall(r"'([\w-]+)'", said)[1:])
    if extra := re.search(r"extra argument\S* \((.*)\)", said):
        return gettext("too many words: {words}", words=extra[1][:60]), ""
    return gettext("that is not how it is used"), ""


def _near(names: Any) -> str:
    return gettext("did you mean {near}?", near=", ".join(names)) if names else ""


def _allowed(kind: Any) -> str:
    """The values that an option takes."""
    if names := getattr(kind, "choices", None):
        return gettext("one of: {names}", names=", ".join(getattr(name, "value", name) for name in names))
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is not None and high is not None:
        return gettext("give a number from {low} to {high}", low=str(low), high=str(high))
    if low is not None:
        return gettext("give a number from {low}", low=str(low))
    return gettext("give a number") if kind.name in ("integer", "float") else ""
