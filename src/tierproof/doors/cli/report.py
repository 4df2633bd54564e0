"""`tierproof report`: one HTML file with everything in it.

Enters: words of a shell.  Leaves: a file, whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli.options import Reader, reads
from tierproof.doors.cli.screen import working
from tierproof.errors import InputError, Problem

__all__ = ["register", "write_whole"]


def register(app: typer.Typer) -> None:
    app.command("report")(report)


@reads(without=["as_of"], formed=False)
def report(
    *,
    reader: Reader,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write; replaced if it is there.")
    ] = Path("report.html"),
) -> None:
    """Write one self-contained HTML file: tables, evidence, history, method and all sources."""
    from tierproof import __version__  # noqa: PLC0415
    from tierproof.report.render.html.report import report_on  # noqa: PLC0415

    # A folder that is missing is said before the work, not after it.
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(
            Problem(file=output, message="cannot be written", remedy="name a file in a folder that exists")
        )
    view = reader.view()
    with working("pooling, and foretelling each source from the others"):
        text = report_on(view, version=__version__)
    write_whole(output, text)
    typer.echo(f"wrote {output} ({output.stat().st_size / 1e6:.1f} MB)")


def write_whole(path: Path, text: str) -> None:
    """Write beside the file and rename: a reader finds the old file or the new one, never half of either."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        # mkstemp makes a private file; a report is as readable as any other new one.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> InputError:
    reason = (error.strerror or str(error)).lower()
    remedy = "name a file in a folder that exists and takes new files"
    return InputError(Problem(file=path, message=f"cannot be written: {reason}", remedy=remedy))
