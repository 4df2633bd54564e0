"""`tierproof gate`: is the new log worse than the last?

Enters: words of a shell.  Leaves: the verdict, a JUnit file, a Markdown summary; exit code 0 not worse, 1 worse, 3 not
settled, 2 where the logs cannot be used.  Knows nothing of formats or statistics.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli import logs
from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, reads
from tierproof.errors import InputError
from tierproof.messages import LANGUAGES, gettext, speaking
from tierproof.written_messages import kept

if TYPE_CHECKING:
    from tierproof.experiment.logs.imported import Choice

__all__ = ["register"]

Log = Annotated[Path, typer.Argument(metavar="LOG", help="The new log, or a folder that `measure` left.")]
Baseline = Annotated[
    str, typer.Option("--baseline", metavar="LOG", help="The log to hold it against, or a system within LOG.")
]
Treated = Annotated[str, typer.Option("--treated", metavar="SYSTEM", help="Which system of LOG; default: all.")]
Margin = Annotated[
    str, typer.Option("--margin", metavar="AMOUNT", help="How much worse does not matter: 1pt, 0.5pt, or 0.01.")
]
Confidence = Annotated[float, typer.Option("--confidence", metavar="P", help="Of each one-sided end, 0.5 to 1.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write the verdicts as JUnit XML.")]
Summary = Annotated[
    Path | None, typer.Option("--summary", metavar="FILE", help="Add a Markdown summary, as for a pull request.")
]


def register(app: typer.Typer) -> None:
    app.command("gate")(gate)


@reads(only=[])
@logs.choosing
def gate(  # noqa: PLR0917  (typer calls it by name)
    log: Log,
    baseline: Baseline = "",
    treated: Treated = "",
    margin: Margin = "1pt",
    confidence: Confidence = 0.95,
    junit: Junit = None,
    summary: Summary = None,
    *,
    choice: Choice,
    form: Format,
) -> None:
    """Say whether a new evaluation log is worse than the last: exit 0 not worse, 1 worse, 3 not settled."""
    from tierproof.answers.gated import gate_logs, margin_of  # noqa: PLC0415  (numpy; `--help` needs none)
    from tierproof.report.words.imported import gate_blocks  # noqa: PLC0415

    answer = gate_logs(log, baseline, replace(choice, treated=treated), margin=margin_of(margin), confidence=confidence)
    if junit is not None:
        from tierproof.experiment.findings.kept.whole import replace_file  # noqa: PLC0415
        from tierproof.report.render.junit import junit_xml  # noqa: PLC0415

        with speaking(LANGUAGES[0]):  # programs read it
            replace_file(junit, junit_xml(answer))
    if summary is not None:
        from tierproof.report.render.markdown.blocks import blocks_markdown  # noqa: PLC0415

        _add(summary, blocks_markdown(gate_blocks(answer)))
    print_blocks(form, lambda: gate_blocks(answer), lambda: answer, title=gettext("Gate"))
    raise typer.Exit(answer.exit_code)


def _add(path: Path, text: str) -> None:
    """To the end: a job's summary may hold what other steps wrote."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise InputError.of(
            gettext("cannot be written: {strerror}", strerror=kept(str(error.strerror))), file=path
        ) from None
