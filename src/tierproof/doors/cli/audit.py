"""`tierproof audit`: anyone's tier table held against the evidence.

Enters: words of a shell and a file.  Leaves: the audit in the form asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli import options
from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format
from tierproof.errors import InputError, Problem

if TYPE_CHECKING:
    from tierproof.challenge.tables import TableForm

__all__ = ["register"]

_LARGEST = 5_000_000


def register(app: typer.Typer) -> None:
    app.command("audit")(audit)


def audit(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Markdown, CSV or JSON; - for standard input.")],
    *,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="YEAR[-MONTH]", help="The table's own date; left out: what it states."),
    ] = None,
    lens: options.Lens = "effect",
    task: options.Task = None,
    model_size: options.ModelSize = None,
    include_lab: options.IncludeLab = False,
    profile: options.Profile = None,
    sets: options.Set = None,
    pack: options.Pack = None,
    form: options.FormatOption = Format.text,
    as_json: options.Json = False,
) -> None:
    """Hold a tier table against the evidence: row by row, pair by pair, then and now."""
    text, kind = _text_of(table)
    from tierproof.answers.audit import audit_answer  # noqa: PLC0415
    from tierproof.challenge.audit import audit as hold  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.challenge.ground import ground_of  # noqa: PLC0415
    from tierproof.challenge.naming import parts_of  # noqa: PLC0415
    from tierproof.challenge.reading.vocabulary import vocabulary_of  # noqa: PLC0415
    from tierproof.challenge.tables import read_table  # noqa: PLC0415
    from tierproof.evidence import load_pack  # noqa: PLC0415
    from tierproof.report.words.audit import audit_blocks  # noqa: PLC0415

    whose = load_pack(pack, whole=False)
    names = vocabulary_of(whose.techniques)
    try:
        stated = read_table(text, kind, lambda cell: any(found for _, found in parts_of(cell, names)))
    except InputError as error:
        # The reader of the text knows its line and field, not its file.
        raise InputError(
            *(
                Problem(message=p.message, file=Path(table), line=p.line, field=p.field, remedy=p.remedy)
                for p in error.problems
            )
        ) from None
    date = as_of or (str(stated.stated) if stated.stated is not None else None)
    now, then = (
        options.view_from(
            pack=whose, lens=lens, task=task, model_size=model_size, as_of=when, include_lab=include_lab,
            profile=profile, sets=sets,
        )
        for when in (None, date)
    )  # fmt: skip
    ground, before = (ground_of(v.pack, v.conversion.effects, v.appraisal, v.lens) for v in (now, then))
    dated = then.context if date is not None else None
    found = hold(stated, ground, now.table(), then=before if date is not None else None)
    print_blocks(
        Format.json if as_json else form,
        lambda: audit_blocks(found, now.pack, then=dated),
        lambda: audit_answer(found, now.pack, now.appraisal, then=dated),
        title="Audit",
    )


def _text_of(table: str) -> tuple[str, TableForm]:
    """What stands in the file or comes by standard input, and in which form; raises InputError if it cannot be read."""
    try:
        raw = sys.stdin.buffer.read(_LARGEST + 1) if table == "-" else _bytes(Path(table))
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(Problem(file=Path(table), message="is not UTF-8 text", remedy="save it as UTF-8")) from None
    except FileNotFoundError:
        raise InputError(
            Problem(file=Path(table), message="no such file", remedy="a Markdown, CSV or JSON file")
        ) from None
    except (OSError, ValueError) as error:
        remedy = "name a Markdown, CSV or JSON file, or - for standard input"
        raise InputError(Problem(file=Path(table[:200]), message=f"cannot be read: {error}", remedy=remedy)) from None
    if len(raw) > _LARGEST:
        raise InputError(Problem(file=Path(table), message="is larger than 5 MB, which no tier table is"))
    if not text.strip():
        raise InputError(Problem(file=Path(table), message="is empty", remedy="a head, then one row a technique"))
    suffix = Path(table).suffix.lower()
    first = text.lstrip()[0]
    if suffix in (".json", ".jsonl") or first == "{" or (first == "[" and suffix not in (".md", ".csv", ".txt")):
        return text, "json"
    return text, "csv" if suffix in (".csv", ".tsv") or (suffix != ".md" and "|" not in text) else "markdown"


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
