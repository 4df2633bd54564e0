"""`tierproof evidence`: is a pack right (`lint`), how much does it hold (`stats`), what changed in it (`diff`); and a
team's pack in PostgreSQL: `pull` it, `push` changes, see the `log` of them.

Enters: words of a shell.  Leaves: a summary in the form asked for, or every fault on standard error and exit code 2.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.messages import gettext, in_figures, ngettext, translated

if TYPE_CHECKING:
    from tierproof.evidence.reading.lint import Finding
    from tierproof.evidence.reading.team import TeamPack

__all__ = ["register"]

SHOWN = 50
"""Faults printed; a file of ten thousand broken lines has one cause, not ten thousand."""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Look evidence over: is it right, how much is there, what changed.", no_args_is_help=True)
    group.command("lint")(lint)
    group.command("stats")(stats)
    group.command("diff")(diff)
    group.command("pull")(pull)
    group.command("push")(push)
    group.command("log")(log)
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
    for warning in finding.warnings:
        typer.echo(gettext("warning: {warning}", warning=str(warning)), err=True)
    for problem in finding.problems[:SHOWN]:
        typer.echo(gettext("error: {error}", error=str(problem)), err=True)
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


Url = Annotated[str, typer.Argument(metavar="URL", help="postgresql://USER@HOST/DATABASE.")]


def pull(
    url: Url,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the pack's files go; kept up to date.")],
    *,
    at: Annotated[
        int | None, typer.Option("--at", metavar="CHANGE", help="An earlier state, into an empty folder.")
    ] = None,
) -> None:
    """Bring a folder to the newest state of a team's pack in PostgreSQL."""
    number = _team(url).pull(folder, at)
    typer.echo(gettext("{folder}: change {number}", folder=str(folder), number=number))


def push(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A pack's folder.")],
    url: Url,
    *,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What was changed, and why.")] = "",
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="Who changed it. Default: your user name.")
    ] = None,
) -> None:
    """Write a folder's changes to a team's pack in PostgreSQL, beside what others wrote meanwhile."""
    import getpass  # noqa: PLC0415  (only here)

    from tierproof.evidence import load_pack  # noqa: PLC0415  (`--help` does not need it)

    number = _team(url).push(folder, author=author or getpass.getuser(), note=note, check=load_pack)
    if number is None:
        typer.echo(gettext("{folder}: nothing to push", folder=str(folder)))
    else:
        typer.echo(gettext("{folder}: written as change {number}", folder=str(folder), number=number))


def log(url: Url) -> None:
    """List every change of a team's pack in PostgreSQL: when, by whom, how much, and why."""
    from tierproof.answers.safe_text import clean  # noqa: PLC0415  (`--help` does not need it)

    for one in _team(url).changes():
        size = gettext("{written} written, {gone} gone", written=one.written, gone=one.gone)
        typer.echo("  ".join(filter(None, (str(one.number), one.made, clean(one.author), size, clean(one.note)))))


def _team(url: str) -> TeamPack:
    from tierproof.evidence.reading.team import TeamPack  # noqa: PLC0415  (`--help` does not need it)
    from tierproof.postgres import Database  # noqa: PLC0415

    return TeamPack(Database(url))


def _verdict(finding: Finding) -> str:
    number = len(finding.problems)
    if number:
        told = ngettext("{path}: {n:,} fault", "{path}: {n:,} faults", number, path=str(finding.path))
        more = gettext("; {n:,} more are not shown", n=number - SHOWN) if number > SHOWN else ""
        return told + more
    lines = [gettext("{path}: {what} in order", path=str(finding.path), what=finding.what)]
    figures = [in_figures(f"{count:,}") for count in finding.counts.values()]
    width = max(map(len, figures), default=0)
    lines += [f"  {figure:>{width}}  {translated(name)}" for figure, name in zip(figures, finding.counts, strict=True)]
    return "\n".join(lines)
