"""`tierproof report`: one HTML file with everything in it.

Enters: words of a shell.  Leaves: a file, whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli.options import On, Reader, reads
from tierproof.doors.cli.screen import working
from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("report")(report)


@reads(without=["as_of"], formed=False)
def report(
    *,
    reader: Reader,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write; replaced if it is there.")
    ] = Path("report.html"),
    on: On = None,
) -> None:
    """Write one self-contained HTML file: tables, evidence, history, method and all sources."""
    from tierproof import __version__  # noqa: PLC0415
    from tierproof.experiment.findings.kept.whole import replace_file  # noqa: PLC0415
    from tierproof.report.render.html.report import report_on  # noqa: PLC0415

    # A folder that is missing is said before the work, not after it.
    if output.is_dir() or not output.parent.is_dir():
        raise InputError.of(
            gettext("cannot be written"), remedy=gettext("name a file in a folder that exists"), file=output
        )
    view = reader.view()
    with working(gettext("pooling, and foretelling each source from the others")):
        text = report_on(view, version=__version__, on=on)
    replace_file(output, text)
    typer.echo(gettext("wrote {file} ({size:.1f} MB)", file=str(output), size=output.stat().st_size / 1e6))
