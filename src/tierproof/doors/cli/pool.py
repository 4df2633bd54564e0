"""`tierproof pool`: anyone's own meta-analysis.

Enters: words of a shell.  Leaves: the pooled effect in the form asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli import options, screen
from tierproof.errors import InputError, Problem

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("pool")(pool)


def pool(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A table with a header line.", show_default=False)],
    *,
    y: Annotated[str, typer.Option("--y", metavar="COLUMN", help="Column of estimates.")] = "yi",
    se: Annotated[
        str | None, typer.Option("--se", metavar="COLUMN", help="Column of standard errors; sei if not said.")
    ] = None,
    vi: Annotated[
        str | None, typer.Option("--vi", metavar="COLUMN", help="Column of sampling variances, instead of --se.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="COLUMN", help="Column of sources: figures that share one depend on each other."
        ),
    ] = None,
    mean_sd: Annotated[
        float | None, typer.Option("--mean-sd", metavar="SD", help="Prior sd of the average effect; 1.5 if not said.")
    ] = None,
    tau_scale: Annotated[
        float | None,
        typer.Option("--tau-scale", metavar="SD", help="Scale of both half-normal priors of spread; 0.5 if not said."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Pool your own figures: a three-level random-effects meta-analysis."""
    if se is not None and vi is not None:
        raise InputError(Problem(message="--se and --vi are both given", remedy="name the column of one of them"))
    from tierproof.evidence.columns import read_columns  # noqa: PLC0415  (`--help` does not need it)

    columns = read_columns(file, y=y, se=se or "sei", vi=vi, cluster=cluster)

    from tierproof.report.words.pooled import pooled_dict, pooled_lines  # noqa: PLC0415  (numpy)
    from tierproof.synthesis import Priors, pool  # noqa: PLC0415
    from tierproof.synthesis.synthesise import priors_from  # noqa: PLC0415

    given = {"mean_sd": mean_sd, "tau_source_scale": tau_scale, "tau_record_scale": tau_scale}
    priors: Priors = priors_from({name: value for name, value in given.items() if value is not None})
    pooled = pool(columns.y, columns.se, columns.cluster, priors=priors)
    told = priors.lines()[:3]
    if as_json:
        screen.put_json(pooled_dict(pooled, told))
    else:
        screen.put(pooled_lines(pooled, told, clustered=pooled.sources < pooled.records))
