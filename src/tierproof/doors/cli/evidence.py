"""`tierproof evidence lint`: is a pack, or one of its files, right; if not, what is wrong where, and how to mend it.

Enters: a path.  Leaves: a summary, or every fault on standard error and exit code 2.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tierproof.evidence.lint import Finding

__all__ = ["register"]

SHOWN = 50
"""Faults printed; a file of ten thousand broken lines has one cause, not ten thousand."""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Look evidence over.", no_args_is_help=True)
    group.command("lint")(lint)
    app.add_typer(group, name="evidence")


def lint(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A pack's folder, a .jsonl of records, or the .toml of one of its parts."),
    ],
) -> None:
    """Check a pack or a file: names file, line, field and remedy of every fault."""
    from tierproof.answers.view import priors_in  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.decision.lens import Lens  # noqa: PLC0415
    from tierproof.decision.profile import Profile  # noqa: PLC0415
    from tierproof.evidence.lint import lint as look_over  # noqa: PLC0415

    finding = look_over(path, {"lens": Lens, "profile": Profile}, priors_in)
    for warning in finding.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if finding.problems:
        for problem in finding.problems[:SHOWN]:
            typer.echo(f"error: {problem}", err=True)
        typer.echo(_verdict(finding), err=True)
        raise typer.Exit(2)
    typer.echo(_verdict(finding))


def _verdict(finding: Finding) -> str:
    number = len(finding.problems)
    if number:
        more = f"; {number - SHOWN:,} more are not shown" if number > SHOWN else ""
        return f"{finding.path}: {number:,} {'fault' if number == 1 else 'faults'}{more}"
    lines = [f"{finding.path}: {finding.what} in order"]
    width = max((len(f"{count:,}") for count in finding.counts.values()), default=0)
    lines += [f"  {count:>{width},}  {name}" for name, count in finding.counts.items()]
    return "\n".join(lines)
