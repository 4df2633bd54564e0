"""`tierproof import`: evaluation logs that a team has, as paired effects and as evidence.

Enters: words of a shell.  Leaves: the comparison in the form asked for, and records in a file.  Knows nothing of
formats.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli import logs
from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, On, Reader, reads
from tierproof.errors import InputError
from tierproof.messages import Message, gettext

if TYPE_CHECKING:
    from tierproof.decision.own_data import Update
    from tierproof.evidence.record import Record
    from tierproof.experiment.logs.imported import Choice

__all__ = ["register"]

_TABLE = Message("As evidence")

Logs = Annotated[
    list[Path], typer.Argument(metavar="LOG...", help="Logs, the baseline's first; or one with several systems.")
]
Baseline = Annotated[
    str, typer.Option("--baseline", metavar="SYSTEM", help="Any part of a name that only one system has.")
]
Treated = Annotated[str, typer.Option("--treated", metavar="SYSTEM", help="The same; default: all others.")]
Technique = Annotated[
    str,
    typer.Option(
        "--technique", metavar="ID", help="What tells treated from baseline: makes evidence.", rich_help_panel=_TABLE
    ),
]
Name = Annotated[
    str, typer.Option("--name", metavar="TEXT", help="Of the workload, in the records.", rich_help_panel=_TABLE)
]
SettingOption = Annotated[
    str,
    typer.Option(
        "--setting", metavar="WHERE", help="production, benchmark or lab: where it ran.", rich_help_panel=_TABLE
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the records as JSON lines.", rich_help_panel=_TABLE),
]


def register(app: typer.Typer) -> None:
    app.command("import")(import_)


@reads(only=["lens", "task", "profile", "sets", "pack"])
@logs.choosing
def import_(  # noqa: PLR0917  (typer calls it by name)
    files: Logs,
    baseline: Baseline = "",
    treated: Treated = "",
    technique: Technique = "",
    name: Name = "",
    setting: SettingOption = "benchmark",
    output: Output = None,
    on: On = None,
    *,
    choice: Choice,
    reader: Reader,
    form: Format,
) -> None:
    """Turn evaluation logs that you have into paired effects, and the table with them. Costs no call."""
    from tierproof.answers.imported import evidence_of, import_answer  # noqa: PLC0415  (numpy; `--help` needs none)
    from tierproof.experiment.logs.imported import import_logs  # noqa: PLC0415
    from tierproof.pieces import place_of  # noqa: PLC0415  (processes; most commands need none)
    from tierproof.report.words.imported import import_blocks  # noqa: PLC0415

    chosen = replace(choice, baseline=baseline, treated=treated)
    found = import_logs(logs.log_paths(files), chosen, place=place_of(on))
    records: tuple[Record, ...] = ()
    updates: tuple[Update, ...] = ()
    if technique:
        records, updates = evidence_of(found, reader.view(), technique, name=name, setting=setting)
    if output is not None:
        _save(output, records)
    answer = import_answer(found, records, updates)
    print_blocks(form, lambda: import_blocks(answer), lambda: answer, title=gettext("Import"))


def _save(path: Path, records: tuple[Record, ...]) -> None:
    import msgspec  # noqa: PLC0415

    from tierproof.experiment.findings.kept.whole import replace_file  # noqa: PLC0415

    if not records:
        raise InputError.of(gettext("there are no records"), remedy=gettext("name a --technique"), field="output")
    replace_file(path, "".join(msgspec.json.encode(record).decode() + "\n" for record in records))
