"""The command line: thin commands over the packages to the left.

Enters: words of a shell.  Leaves: text on standard output and an exit code: 0 done, 2 the input cannot be used (standard
error says where and what would be right), 130 interrupted.  Knows nothing worth testing twice.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tierproof import __version__
from tierproof.errors import InputError

__all__ = ["app", "main"]

COMMANDS = (
    "table",
    "invert",
    "show",
    "compare",
    "history",
    "report",
    "critique",
    "audit",
    "brief",
    "plan",
    "init",
    "doctor",
    "measure",
    "sycophancy",
    "lab",
    "evidence",
    "pool",
    "validate",
)
"""One module each, in the order in which `--help` lists them."""


class _Group(TyperGroup):
    """Turns an `InputError` into a message and exit code 2, wherever it was raised."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Which production AI techniques are worth it for you, how sure that is, and why.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tierproof {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    del version


for _name in COMMANDS:
    with suppress(ModuleNotFoundError):  # TEMPORARY while commands are being written
        import_module(f"tierproof.interfaces.cli.{_name}").register(app)


def main() -> None:
    """Entry point of the `tierproof` command."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the pipe has left; point standard output at nothing so that the last flush is quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
