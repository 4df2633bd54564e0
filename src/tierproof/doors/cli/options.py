"""Options that commands share: which pack, which lens, which context, whose profile, which form of output.

Enters: words of a shell.  Leaves: a `View` of a pack.  Knows nothing of what a command does with it.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tierproof.answers.view import View
    from tierproof.evidence import Pack as LoadedPack

__all__ = [
    "AsOf",
    "Format",
    "FormatOption",
    "IncludeLab",
    "Json",
    "Lens",
    "ModelSize",
    "Pack",
    "Profile",
    "Role",
    "Set",
    "Task",
    "TextFormat",
    "TextFormatOption",
    "view_from",
]


class Format(StrEnum):
    """Forms of output."""

    text = "text"
    markdown = "markdown"
    json = "json"
    csv = "csv"
    html = "html"


class TextFormat(StrEnum):
    """Forms of a result that is more than one table."""

    text = "text"
    markdown = "markdown"
    json = "json"


_WHERE = "Where you stand"
_KEPT: list[View] = []
"""The latest view, kept to the end of the command: nothing is freed there, and to free a view would take time."""

Pack = Annotated[
    Path | None,
    typer.Option(
        "--pack", metavar="PACK", help="Another pack: its folder, or its name (`tierproof packs` lists them)."
    ),
]
Lens = Annotated[str, typer.Option("--lens", metavar="LENS", help="What you care for: effect, value, or a TOML file.")]
Role = Annotated[
    str | None,
    typer.Option("--role", metavar="ROLE", help="Who you are: application, owner or maker.", rich_help_panel=_WHERE),
]
Task = Annotated[
    str | None,
    typer.Option("--task", metavar="FAMILY", help="Task family, one of the pack's.", rich_help_panel=_WHERE),
]
ModelSize = Annotated[
    str | None,
    typer.Option("--model-size", metavar="SIZE", help="Parameters of your model, such as 8B.", rich_help_panel=_WHERE),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YEAR[-MONTH]", help="Leave out later evidence.", rich_help_panel=_WHERE),
]
IncludeLab = Annotated[
    bool, typer.Option("--include-lab", help="Let synthetic and toy settings count.", rich_help_panel=_WHERE)
]
Profile = Annotated[
    Path | None,
    typer.Option("--profile", metavar="FILE", help="Your own figures, as TOML.", rich_help_panel=_WHERE),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One figure of the profile; repeatable.", rich_help_panel=_WHERE),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="Form of the output.")]
TextFormatOption = Annotated[TextFormat, typer.Option("--format", "-f", help="Form of the output.")]
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.")]


def view_from(
    *,
    pack: Path | LoadedPack | None = None,
    lens: str = "effect",
    role: str | None = None,
    task: str | None = None,
    model_size: str | None = None,
    as_of: str | None = None,
    include_lab: bool = False,
    profile: Path | None = None,
    sets: list[str] | None = None,
) -> View:
    """The view that the options describe; raises InputError where they cannot be used."""
    # For matrices as small as these, threads take more time than they save; numpy reads it once, when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tierproof.answers.view import view_of  # noqa: PLC0415  (numpy, which `--help` does not need)

    view = view_of(
        pack,
        lens=lens,
        role=role,
        task=task,
        model_size=model_size,
        as_of=as_of,
        include_lab=include_lab,
        profile=profile,
        sets=tuple(sets or ()),
    )
    _KEPT[:] = [view]
    return view
