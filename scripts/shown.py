"""What pages of documentation show, written by the program: cog calls this from README.md and docs/.

make docs        # write it anew
make test        # fails where a page shows what the program no longer says
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.main import get_group

from tierproof.doors.cli import COMMANDS, app

__all__ = ["commands", "shown"]

ROOT = Path(__file__).resolve().parent.parent


def shown(command: str, *, after: str = "", until: str = "", code: int = 0) -> None:
    """Print a command and what it answers at 80 columns, fenced, up to a line that starts with `until`.

    `after`: what stands before a line that starts so is left out.

    Raises RuntimeError where the command ends with another code.
    """
    program = Path(sys.executable).with_name("tierproof")
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    words = shlex.split(command)
    ended = subprocess.run([program, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != code:
        raise RuntimeError(f"tierproof {words} ended with {ended.returncode}: {ended.stderr}")
    told = ended.stdout or ended.stderr
    if after:
        told = "[...]\n" + told[told.index(f"\n{after}") + 1 :]
    head, cut, _ = told.partition(f"\n{until}" if until else "\0")
    told = f"{head.rstrip()}\n[...]" if cut else told
    print(f"\n```text\n$ tierproof {command}\n\n{told.rstrip()}\n```\n")


def commands() -> None:
    """Print every command with its arguments and options, as the program itself declares them."""
    group = get_group(app)
    for name, line in COMMANDS.items():
        _, command, _ = group.resolve_command(group.context_class(group), [name])
        _command(f"tierproof {name}", command, line)


def _command(path: str, command: Any, line: str) -> None:
    print(f"\n## `{path}`\n\n{line}\n")
    if hasattr(command, "commands"):
        for name, part in command.commands.items():
            _command(f"{path} {name}", part, part.get_short_help_str(200))
        return
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    print("\n".join(["| argument or option | meaning |", "| --- | --- |", *rows]))


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"| `{parameter.human_readable_name}` | {_cell(parameter.help)} |"
    metavar = "" if parameter.is_flag else f" {parameter.metavar or parameter.type.name.upper()}"
    return f"| `{', '.join([*parameter.opts, *parameter.secondary_opts])}{metavar}` | {_cell(parameter.help)} |"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", r"\|")
