"""`tierproof label`: a person says of measured answers whether they are right.

Enters: words of a shell, then a letter an answer.  Leaves: labels in the results folder, and what follows from them.
Knows nothing of statistics.
"""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, reads
from tierproof.errors import InputError
from tierproof.messages import Message, gettext, ngettext, translated

if TYPE_CHECKING:
    from tierproof.experiment.findings.labelled.labels import Labels
    from tierproof.experiment.findings.labelled.sheet import Entry, Sheet

__all__ = ["register"]

LONGEST = 4000
"""Letters of a text that are shown."""
KEYS: Mapping[str, int | None] = {"y": 1, "n": 0, "u": None}
ASK = Message("right? y yes, n no, u undecided, b back, q quit: ")


def register(app: typer.Typer) -> None:
    app.command("label")(label)


@reads(only=[])
def label(
    *,
    form: Format,
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder that `measure` left.")],
    labeller: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Who labels; each has a file. Default: your user name.")
    ] = "",
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the order of the items; 1, or that begun with.")
    ] = None,
    items: Annotated[
        int | None, typer.Option("--items", metavar="N", min=1, help="Stop when so many items are labelled.")
    ] = None,
    workload: Annotated[
        Path | None,
        typer.Option("--workload", metavar="FOLDER", help="Where the questions are. Default: beside the results."),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option("--calibration", metavar="FILE", help="Write the labels as a judge's calibration set."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Ask, or say at once what the labels so far tell.")
    ] = True,
) -> None:
    """Label measured answers right or wrong, blind to the arm; learn what that says of judge and arms."""
    from tierproof.answers.labels import labels_answer  # noqa: PLC0415  (heavy; `--help` does not need it)
    from tierproof.experiment.findings.labelled.calibration import write_calibration  # noqa: PLC0415
    from tierproof.experiment.findings.labelled.estimates import estimates_of  # noqa: PLC0415
    from tierproof.experiment.findings.labelled.labels import Labels, read_labels  # noqa: PLC0415
    from tierproof.experiment.findings.labelled.sheet import read_outcomes, sheet_of  # noqa: PLC0415
    from tierproof.report.words.labels import labels_blocks  # noqa: PLC0415

    trials = read_outcomes(results)
    if ask:
        labels = Labels(results, labeller or _user(), seed)
        _ask(sheet_of(trials, _questions(results, workload), labels.seed), labels, items)
    given = read_labels(results)
    if not given:
        remedy = gettext("leave --no-ask out, and label some")
        raise InputError.of(gettext("nobody has labelled anything yet"), remedy=remedy, file=results)
    if calibration is not None:
        number = write_calibration(calibration, sheet_of(trials, _questions(results, workload), 1), given)
        told = ngettext(
            "{n} labelled answer written to {file}",
            "{n} labelled answers written to {file}",
            number,
            file=str(calibration),
        )
        typer.echo(told, err=True)
    found = estimates_of(trials, given)
    print_blocks(
        form, lambda: labels_blocks(found, results), lambda: labels_answer(found, results), title=gettext("Labels")
    )


def _user() -> str:
    try:
        name = re.sub(r"[^A-Za-z0-9_-]", "", getpass.getuser()).lstrip("-_")[:40]
    except (OSError, KeyError):
        name = ""
    return name or "person"


def _questions(results: Path, workload: Path | None) -> Mapping[str, str]:
    from tierproof.experiment.workload.folder import load_workload  # noqa: PLC0415

    folder = workload or results.resolve().parent
    if workload is None and not (folder / "workload.toml").is_file():
        typer.echo(gettext("the questions are not shown: name their folder with --workload"), err=True)
        return {}
    return {item.id: item.text for item in load_workload(folder).items}


def _ask(sheet: Sheet, labels: Labels, most: int | None) -> None:
    """Entry by entry, until all are labelled or the person wants to stop."""
    items = sheet.items if most is None else sheet.items[:most]
    wanted = [entry for entry in sheet.entries if entry.item in set(items)]
    place = next((at for at, entry in enumerate(wanted) if entry.key not in labels.given), len(wanted))
    told = gettext("Order of seed {seed}; the arms are not shown. {left}", seed=sheet.seed, left=_left(wanted, labels))
    typer.echo(told, err=True)
    while place < len(wanted):
        entry = wanted[place]
        if entry.key in labels.given:
            place += 1
            continue
        if entry.says_nothing:
            labels.give(entry.key, entry.item, 0)
            continue
        typer.echo(_shown(entry, items.index(entry.item) + 1, len(items)), err=True)
        place = _answered(wanted, place, labels)
    typer.echo(_left(wanted, labels), err=True)


def _answered(wanted: list[Entry], place: int, labels: Labels) -> int:
    """Take one answer; the place to go on from, behind the last to stop."""
    while True:
        sys.stderr.write(translated(ASK))
        sys.stderr.flush()
        line = sys.stdin.readline()
        said = line.strip().lower()[:1]
        if not line or said == "q":
            return len(wanted)
        if said in KEYS:
            labels.give(wanted[place].key, wanted[place].item, KEYS[said])
            return place + 1
        if said == "b":
            before = next((at for at in range(place - 1, -1, -1) if not wanted[at].says_nothing), None)
            if before is not None:
                labels.given.pop(wanted[before].key, None)
                return before


def _shown(entry: Entry, number: int, of: int) -> str:
    parts = ["\n" + gettext("Item {number} of {of}", number=number, of=of)]
    heads = (gettext("Asked:"), gettext("Target:"), gettext("Answer:"))
    for head, text in zip(heads, (entry.asked, entry.target, entry.text), strict=True):
        if text:
            parts.append(f"{head}\n{_lines(text)}")
    return "\n".join(parts)


def _lines(text: str) -> str:
    """Without what could move a reader's eye, and cut where it is long."""
    from tierproof.answers.safe_text import printable  # noqa: PLC0415

    cut = " […]" if len(text) > LONGEST else ""
    return "\n".join(f"  {printable(line)}" for line in text[:LONGEST].splitlines()) + cut


def _left(wanted: list[Entry], labels: Labels) -> str:
    left = sum(entry.key not in labels.given for entry in wanted)
    return gettext("{done} of {of} answers labelled.", done=len(wanted) - left, of=len(wanted))
