"""`tierproof pool`: anyone's own meta-analysis.

Enters: words of a shell.  Leaves: the pooled effect in the form asked for.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli import options, screen
from tierproof.errors import InputError
from tierproof.messages import gettext

if TYPE_CHECKING:
    from tierproof.synthesis.pools.scales import Measure

__all__ = ["register"]


class Given(StrEnum):
    """What a row of the file is."""

    effects = "effects"
    events = "events"


class MeasureNamed(StrEnum):
    """In what effects are stated."""

    OR = "OR"
    RR = "RR"
    MD = "MD"
    SMD = "SMD"
    log_ratio = "log-ratio"


def register(app: typer.Typer) -> None:
    app.command("pool")(pool)


def pool(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A table with a header line.", show_default=False)],
    *,
    given: Annotated[
        Given,
        typer.Option("--from", help="What a row is: an effect, or two arms' events (ai, n1i, ci, n2i; or bi, di)."),
    ] = Given.effects,
    measure: Annotated[
        MeasureNamed | None,
        typer.Option(
            "--measure", help="What the figures are; sets the priors. OR, RR and log-ratio: their natural logarithms."
        ),
    ] = None,
    y: Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="Column of estimates; yi if not said.")] = None,
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
    label: Annotated[
        str | None, typer.Option("--label", metavar="COLUMN", help="Column of names for the forest plot.")
    ] = None,
    corrected: Annotated[
        bool,
        typer.Option("--corrected", help="Events: half an event added where a cell is empty, not the exact model."),
    ] = False,
    mean_sd: Annotated[
        float | None,
        typer.Option("--mean-sd", metavar="SD", help="Prior sd of the average effect; by the measure if not said."),
    ] = None,
    tau_scale: Annotated[
        float | None,
        typer.Option(
            "--tau-scale", metavar="SD", help="Scale of the half-normal priors of spread; by the measure if not said."
        ),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the forest plot there as a picture too.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Pool your own figures or events: a random-effects meta-analysis."""
    from tierproof.answers.pool import pool_file  # noqa: PLC0415  (numpy; `--help` does not need it)

    named: Measure | None = None if measure is None else measure.value
    answer = pool_file(
        file, given=given.value, measure=named, y=y, se=se, vi=vi, cluster=cluster, label=label, corrected=corrected,
        mean_sd=mean_sd, tau_scale=tau_scale,
    )  # fmt: skip
    from tierproof.report.words.pooled import doubts_of, pooled_blocks  # noqa: PLC0415

    if svg is not None:
        from tierproof.experiment.findings.kept.whole import replace_file  # noqa: PLC0415
        from tierproof.report.render.svg.pooled import pooled_svg  # noqa: PLC0415

        if svg.is_dir() or not svg.parent.is_dir():
            raise InputError.of(
                gettext("cannot be written"), remedy=gettext("name a file in a folder that exists"), file=svg
            )
        replace_file(svg, pooled_svg(answer))
    if as_json:
        for doubt in doubts_of(answer):
            typer.echo(doubt, err=True)
        screen.put_json(answer)
    else:
        screen.put_blocks(pooled_blocks(answer))
