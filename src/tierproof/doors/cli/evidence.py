"""`tierproof evidence`: is a pack right (`lint`), how much does it hold (`stats`), and what changed in it (`diff`).

Enters: words of a shell.  Leaves: a summary in the form asked for, or every fault on standard error and exit code 2.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.messages import LANGUAGES, gettext, in_figures, speaking, spoken, translated

if TYPE_CHECKING:
    from tierproof.evidence.reading.lint import Finding

__all__ = ["register"]

SHOWN = 50
"""Faults printed; a file of ten thousand broken lines has one cause, not ten thousand."""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Look evidence over: is it right, how much is there, what changed.", no_args_is_help=True)
    group.command("lint")(lint)
    group.command("stats")(stats)
    group.command("diff")(diff)
    app.add_typer(group, name="evidence")


def lint(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A pack's folder, a .jsonl of records, or the .toml of one of its parts."),
    ],
    *,
    suspicious: Annotated[
        bool,
        typer.Option("--suspicious", help="Figures that may be slips too: repeated, chained, or far from sisters."),
    ] = False,
) -> None:
    """Check a pack or a file: names file, line, field and remedy of every fault."""
    from tierproof.answers.view import priors_in  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.decision.ranking.lens import Lens  # noqa: PLC0415
    from tierproof.decision.reader.profile import Profile  # noqa: PLC0415
    from tierproof.evidence.reading.lint import lint as look_over  # noqa: PLC0415

    finding = look_over(path, {"lens": Lens, "profile": Profile}, priors_in, suspicious=suspicious)
    # Faults found in files are told in English, and then all is.
    with speaking(LANGUAGES[0] if finding.warnings or finding.problems else spoken()):
        for warning in finding.warnings:
            typer.echo(f"warning: {warning}", err=True)
        for problem in finding.problems[:SHOWN]:
            typer.echo(f"error: {problem}", err=True)
        typer.echo(_verdict(finding), err=bool(finding.problems))
    if finding.problems:
        raise typer.Exit(2)


@reads(only=[])
def stats(
    pack: Annotated[
        Path | None, typer.Argument(metavar="[PACK]", help="A pack's folder or name; the shipped one if not said.")
    ] = None,
    *,
    form: Format,
) -> None:
    """Count the evidence by technique: effects, sources, live systems, age, who measured, what was picked."""
    from tierproof.answers.census import census_answer  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.evidence import load_pack  # noqa: PLC0415
    from tierproof.report.words.census import census_blocks  # noqa: PLC0415

    loaded = load_pack(pack, whole=False)
    answer = census_answer(loaded)
    print_blocks(form, lambda: census_blocks(answer, loaded), lambda: answer, title=gettext("Evidence"))


@reads(only=["lens", "profile", "sets"])
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The earlier state: a pack's folder or name.")],
    new: Annotated[
        Path | None, typer.Argument(metavar="[NEW]", help="The later one; the shipped pack if not said.")
    ] = None,
    *,
    reader: Reader,
    form: Format,
) -> None:
    """Say what changed between two states of a pack: records, averages beyond their own uncertainty, tiers."""
    from tierproof.answers.census import diff_answer  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.answers.view import view_of  # noqa: PLC0415
    from tierproof.report.words.census import diff_blocks  # noqa: PLC0415

    later = reader.view(pack=new)
    earlier = view_of(old, lens=later.lens, profile=later.profile)
    answer = diff_answer(earlier, later)
    print_blocks(
        form, lambda: diff_blocks(answer, later.pack, earlier.pack), lambda: answer, title=gettext("What changed")
    )


def _verdict(finding: Finding) -> str:
    number = len(finding.problems)
    if number:
        more = f"; {number - SHOWN:,} more are not shown" if number > SHOWN else ""
        return f"{finding.path}: {number:,} {'fault' if number == 1 else 'faults'}{more}"
    lines = [gettext("{path}: {what} in order", path=str(finding.path), what=finding.what)]
    figures = [in_figures(f"{count:,}") for count in finding.counts.values()]
    width = max(map(len, figures), default=0)
    lines += [f"  {figure:>{width}}  {translated(name)}" for figure, name in zip(figures, finding.counts, strict=True)]
    return "\n".join(lines)
