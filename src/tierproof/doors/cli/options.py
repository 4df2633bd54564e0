"""Options that commands share: which pack, which lens, which context, whose profile, which form of output.

Enters: words of a shell.  Leaves: a `View` of a pack.  Knows nothing of what a command does with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from tierproof.errors import InputError
from tierproof.messages import LANGUAGES, Message, speaking

if TYPE_CHECKING:
    from tierproof.answers.view import View

__all__ = ["Format", "Json", "Lens", "On", "Pack", "Reader", "reads", "takes"]


class Format(StrEnum):
    """Forms of output."""

    text = "text"
    markdown = "markdown"
    json = "json"
    csv = "csv"
    html = "html"


_WHERE = Message("Where you stand")
_KEPT: list[View] = []
"""The latest view, kept to the end of the command: nothing is freed there, and to free a view would take time."""


def _pack(value: str) -> Path:
    """A folder or a name as it is; of a pack that a team keeps in a database, the folder of its newest state."""
    if not value.startswith("postgres"):
        return Path(value)
    from tierproof.evidence.reading.known import folder_of  # noqa: PLC0415  (`--help` does not need it)

    try:
        return folder_of(value)
    except InputError as error:
        # What reads options would show the whole address, and with it a password.
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


Pack = Annotated[
    Path | None,
    typer.Option(
        "--pack",
        metavar="PACK",
        parser=_pack,
        help="Another pack: its folder, its name (`tierproof packs` lists them), or postgresql://USER@HOST/DATABASE.",
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
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="PLACE",
        help="Where to work: processes, processes:N, ray, ray://HOST:PORT, dask, dask://HOST:PORT; else this process.",
    ),
]


_SHARED: Mapping[str, tuple[object, object]] = {
    "lens": (Lens, "effect"),
    "role": (Role, None),
    "task": (Task, None),
    "model_size": (ModelSize, None),
    "as_of": (AsOf, None),
    "include_lab": (IncludeLab, False),
    "profile": (Profile, None),
    "sets": (Set, None),
    "pack": (Pack, None),
}
"""Annotation and default, in the order in which `--help` shows them."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What the shell said of who asks; what a command does not ask for stands at its default."""

    lens: str = "effect"
    role: str | None = None
    task: str | None = None
    model_size: str | None = None
    as_of: str | None = None
    include_lab: bool = False
    profile: Path | None = None
    sets: tuple[str, ...] = ()
    pack: Path | None = None

    def settings(self) -> dict[str, Any]:
        """As `view_of` takes them, without the pack and the lens."""
        named = ("role", "task", "model_size", "as_of", "include_lab", "profile", "sets")
        return {name: getattr(self, name) for name in named}

    def view(self, **changes: Any) -> View:
        """The view that the options describe, but for `changes`; raises InputError where they cannot be used."""
        # For matrices as small as these, threads take more time than they save; numpy reads this when it is imported.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from tierproof.answers.view import view_of  # noqa: PLC0415  (numpy, which `--help` does not need)

        view = view_of(**{"pack": self.pack, "lens": self.lens, **self.settings(), **changes})
        _KEPT[:] = [view]
        return view


def reads(
    *,
    only: Sequence[str] = tuple(_SHARED),
    without: Sequence[str] = (),
    formed: bool = True,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command options that others have too: its `reader` holds them; `formed`: its `form` is a `Format`."""
    shared = {name: _SHARED[name] for name in _SHARED if name in only and name not in without}
    forms: dict[str, tuple[object, object]] = {"form": (FormatOption, Format.text), "as_json": (Json, False)}

    def gathered(given: dict[str, Any]) -> dict[str, Any]:
        reader = {name: given.pop(name) for name in shared}
        if "sets" in reader:
            reader["sets"] = tuple(reader["sets"] or ())
        if formed and given.pop("as_json"):
            given["form"] = Format.json
        return {**given, "reader": Reader(**reader)} if reader else given

    return takes(shared | (forms if formed else {}), gathered, ("reader", "form"))


def takes(
    options: Mapping[str, tuple[object, object]],
    gathered: Callable[[dict[str, Any]], dict[str, Any]],
    of: Sequence[str],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `options`, each with its annotation and its default, in the order of its help.

    `gathered`: all arguments that typer gives, with the options joined to what the command takes under the names `of`.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            kept = gathered(given)
            if str(kept.get("form")) in ("json", "csv", "html"):
                with speaking(LANGUAGES[0], asked=True):  # programs read these; a page of its own is not translated yet
                    command(**kept)
            else:
                command(**kept)

        # Annotations of the command's own module are text; typer reads those of the signature, and the types beside it.
        for name in of:
            command.__annotations__.pop(name, None)
        hints = get_type_hints(command, include_extras=True)
        own = [
            part.replace(annotation=hints[name])
            for name, part in signature(command).parameters.items()
            if name not in of
        ]
        added = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in options.items()
        ]
        called.__signature__ = Signature([*own, *added])  # type: ignore[attr-defined]
        called.__annotations__ = {part.name: part.annotation for part in (*own, *added)}
        del called.__wrapped__
        return called

    return decorate
