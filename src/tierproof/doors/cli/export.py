"""`tierproof export`: outcomes in the form of another tool.

Enters: words of a shell.  Leaves: files, and their names.  Knows nothing of the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli import logs, screen
from tierproof.errors import InputError
from tierproof.messages import gettext, ngettext
from tierproof.written_messages import kept

__all__ = ["register"]

FORMS = {"inspect": "", "every-eval-ever": "", "mlflow": "", "csv": ".csv", "parquet": ".parquet"}
"""Forms with the end of a file's name; empty: a folder."""


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A folder that `measure` left, or any log.")],
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="FORM", help="One of: inspect, every-eval-ever, mlflow, csv, parquet.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", help="File or folder. Default: beside RESULTS.")
    ] = None,
    tool: logs.Tool = "",
    columns: logs.Columns = "",
    grades: logs.Grades = "",
) -> None:
    """Write the outcomes of a measurement, or of any log, in the form of another tool."""
    if to not in FORMS:
        message = gettext("'{to}' is no form", to=to)
        raise InputError.of(message, remedy=gettext("one of: {names}", names=", ".join(FORMS)), field="to")
    (path,) = logs.log_paths([results])
    target = output or path.with_name(f"{path.stem}-{to}{FORMS[to]}" if not FORMS[to] else f"{path.stem}{FORMS[to]}")
    if target.exists() and (FORMS[to] or not target.is_dir() or any(target.iterdir())):
        raise InputError.of(gettext("is there already"), remedy=gettext("name another --output"), file=target)
    from tierproof.answers.safe_text import clean  # noqa: PLC0415  (`--help` needs none)
    from tierproof.experiment.logs.files.rows import outcomes_of  # noqa: PLC0415
    from tierproof.experiment.logs.imported import Choice  # noqa: PLC0415
    from tierproof.experiment.logs.outcome import Ask, Outcome, Told  # noqa: PLC0415
    from tierproof.experiment.logs.writers.every_eval_ever import write_every_eval_ever  # noqa: PLC0415
    from tierproof.experiment.logs.writers.inspect_ai import write_inspect  # noqa: PLC0415
    from tierproof.experiment.logs.writers.mlflow import write_mlflow  # noqa: PLC0415
    from tierproof.experiment.logs.writers.tables import write_csv, write_parquet  # noqa: PLC0415

    told = Told(path=path)
    writers: dict[str, Callable[[Sequence[Outcome], Path], tuple[Path, ...]]] = {
        "inspect": write_inspect,
        "every-eval-ever": partial(write_every_eval_ever, more_is_better=told.more_is_better),
        "mlflow": write_mlflow,
        "csv": write_csv,
        "parquet": write_parquet,
    }
    said = Choice.of(columns=columns, grades=grades)
    lost: dict[str, tuple[str, int, int]] = {}
    try:
        rows = outcomes_of(path, told, tool, ask=Ask(columns=said.columns), grades=said.grades, lost=lost)
        written = writers[to](list(rows), target)
    except OSError as error:
        message = gettext("cannot be written: {strerror}", strerror=kept(str(error.strerror)))
        raise InputError.of(message, file=target) from None
    for metric, (text, place, times) in lost.items():
        left = ngettext(
            "{file}:{place}: '{metric}': {n} score is a text that is no number ('{text}') and was left out; --grades "
            "says what texts are worth",
            "{file}:{place}: '{metric}': {n} scores are texts that are no numbers ('{text}' first) and were left out; "
            "--grades says what texts are worth",
            times,
            file=str(path),
            place=place,
            metric=metric,
            text=text,
        )
        typer.echo(clean(left), err=True)
    screen.put_text("\n".join(map(str, written)))
