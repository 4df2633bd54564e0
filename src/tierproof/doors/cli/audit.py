"""`tierproof audit`: anyone's tier table held against the evidence.

Enters: words of a shell and a file.  Leaves: the audit in the form asked for.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.doors.cli.screen import working
from tierproof.errors import InputError
from tierproof.messages import gettext

if TYPE_CHECKING:
    from tierproof.challenge.audits.tables import TableForm

__all__ = ["register", "text_of"]

_LARGEST = 5_000_000


def register(app: typer.Typer) -> None:
    app.command("audit")(audit)


@reads(without=["role", "as_of"])
def audit(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Markdown, CSV or JSON; - for standard input.")],
    *,
    reader: Reader,
    form: Format,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="YEAR[-MONTH]", help="The table's own date; left out: what it states."),
    ] = None,
) -> None:
    """Hold a tier table against the evidence: row by row, pair by pair, then and now."""
    text, kind = text_of(table)
    from tierproof.answers.audit import audit_answer, audit_of  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.report.words.audit import audit_blocks  # noqa: PLC0415

    settings = {**reader.settings(), "pack": reader.pack, "lens": reader.lens, "as_of": as_of}
    try:
        with working(gettext("pooling the evidence of now and of the table's date")):
            found = audit_of(text, kind, **settings)
    except InputError as error:
        # The reader of the text knows its line and field, not its file.
        named = (replace(problem, file=problem.file or Path(table)) for problem in error.problems)
        raise InputError(*named) from None
    print_blocks(
        form,
        lambda: audit_blocks(found.audit, found.view.pack, then=found.then),
        lambda: audit_answer(found),
        title=gettext("Audit"),
    )


def text_of(table: str) -> tuple[str, TableForm]:
    """What stands in the file or comes by standard input, and in which form; raises InputError if it cannot be read."""
    try:
        raw = sys.stdin.buffer.read(_LARGEST + 1) if table == "-" else _bytes(Path(table))
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError.of(
            gettext("is not UTF-8 text"), remedy=gettext("save it as UTF-8"), file=Path(table)
        ) from None
    except FileNotFoundError:
        raise InputError.of(
            gettext("no such file"), remedy=gettext("a Markdown, CSV or JSON file"), file=Path(table)
        ) from None
    except (OSError, ValueError) as error:
        remedy = gettext("name a Markdown, CSV or JSON file, or - for standard input")
        raise InputError.of(
            gettext("cannot be read: {error}", error=error), remedy=remedy, file=Path(table[:200])
        ) from None
    if len(raw) > _LARGEST:
        raise InputError.of(gettext("is larger than 5 MB, which no tier table is"), file=Path(table))
    if not text.strip():
        raise InputError.of(gettext("is empty"), remedy=gettext("a head, then one row a technique"), file=Path(table))
    from tierproof.challenge.audits.tables import form_of  # noqa: PLC0415

    return text, form_of(text, Path(table).suffix.lower())


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
