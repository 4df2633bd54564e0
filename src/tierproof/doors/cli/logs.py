"""What `import`, `gate` and `export` ask of logs in the same words.

Enters: words of a shell.  Leaves: options, and the choice that they describe.  Knows nothing of what is done with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierproof.doors.cli.options import takes
from tierproof.messages import Message

if TYPE_CHECKING:
    pass

__all__ = ["Columns", "Grades", "Tool", "choosing", "log_paths"]

_WHAT = Message("What is compared")
_FORM = Message("How the log is read")

Metric = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="NAME", help="One metric; repeatable. Default: all.", rich_help_panel=_WHAT),
]
Filter = Annotated[
    str, typer.Option("--filter", metavar="NAME", help="One reading of the answers.", rich_help_panel=_WHAT)
]
TaskName = Annotated[
    str, typer.Option("--log-task", metavar="NAME", help="One task of the log, or OLD=NEW.", rich_help_panel=_WHAT)
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="KEY", help="Pair items by id, hash or input; what fits.", rich_help_panel=_WHAT),
]
Errors = Annotated[
    str,
    typer.Option(
        "--errors", metavar="HOW", help="Rows without a score: missing, or wrong (0 or worst).", rich_help_panel=_WHAT
    ),
]
Refused = Annotated[
    str,
    typer.Option(
        "--refused", metavar="HOW", help="What the provider declined: scored, or missing.", rich_help_panel=_WHAT
    ),
]
Cluster = Annotated[
    str,
    typer.Option(
        "--cluster", metavar="FIELD", help="Items that share this field are no independent ones.", rich_help_panel=_WHAT
    ),
]
Tool = Annotated[
    str, typer.Option("--tool", metavar="NAME", help="Which tool wrote it; else seen.", rich_help_panel=_FORM)
]
Columns = Annotated[
    str,
    typer.Option(
        "--columns", metavar="ROLE=NAME,...", help="Of any table: item=ID,score=OK,system=M.", rich_help_panel=_FORM
    ),
]
Grades = Annotated[
    str,
    typer.Option("--grades", metavar="TEXT=NUMBER,...", help="What texts are worth: A=1,B=0.5.", rich_help_panel=_FORM),
]


_ASKED: Mapping[str, tuple[object, object]] = {
    "metric": (Metric, None),
    "filter": (Filter, ""),
    "log_task": (TaskName, ""),
    "by": (By, None),
    "errors": (Errors, "missing"),
    "refused": (Refused, "scored"),
    "cluster": (Cluster, ""),
    "tool": (Tool, ""),
    "columns": (Columns, ""),
    "grades": (Grades, ""),
}


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options on logs: its `choice` holds them, without systems."""

    def gathered(given: dict[str, Any]) -> dict[str, Any]:
        from tierproof.experiment.logs.imported import Choice  # noqa: PLC0415  (numpy; `--help` needs none)

        asked = {name: given.pop(name) for name in _ASKED}
        return {**given, "choice": Choice.of(task=asked.pop("log_task"), **asked)}

    return takes(_ASKED, gathered, ["choice"])(command)


def log_paths(names: list[Path]) -> list[Path]:
    """The files that are meant."""
    from tierproof.experiment.logs.files.log_places import log_at  # noqa: PLC0415

    return [log_at(name) for name in names]
