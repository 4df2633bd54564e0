"""`tierproof report`: one HTML file with everything in it.

Enters: words of a shell.  Leaves: a file, whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.options import Reader, reads
from tierproof.doors.cli.screen import working
from tierproof.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierproof.answers.view import View
    from tierproof.challenge.audits.audit import Audit
    from tierproof.report.render.html.page import Section
    from tierproof.report.render.html.parts.material import Material
    from tierproof.synthesis.validation.validation import Validation

__all__ = ["register", "write_whole"]


def register(app: typer.Typer) -> None:
    app.command("report")(report)


@reads(without=["as_of"], forms=None)
def report(
    *,
    reader: Reader,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write; replaced if it is there.")
    ] = Path("report.html"),
) -> None:
    """Write one self-contained HTML file: tables, evidence, history, method and all sources."""
    from tierproof import __version__  # noqa: PLC0415
    from tierproof.report.render.html.report import html_report  # noqa: PLC0415

    # A folder that is missing is said before the work, not after it.
    if output.is_dir() or not output.parent.is_dir():
        raise InputError(
            Problem(file=output, message="cannot be written", remedy="name a file in a folder that exists")
        )
    view = reader.view()
    with working("pooling, and foretelling each source from the others"):
        text = html_report(_material(view), version=__version__, further=tuple(_decided(view)))
    write_whole(output, text)
    typer.echo(f"wrote {output} ({output.stat().st_size / 1e6:.1f} MB)")


def _material(view: View) -> Material:
    """Everything that the report shows, computed."""
    from tierproof.answers.view import lens_of  # noqa: PLC0415
    from tierproof.report.render.html.parts.material import Material  # noqa: PLC0415
    from tierproof.report.words.method import method_of  # noqa: PLC0415
    from tierproof.synthesis import priors_of  # noqa: PLC0415

    pack = view.pack
    lenses = [lens_of(pack, lens) for lens in pack.lenses]
    dated = any(effect.date is not None for effect in view.conversion.effects)
    return Material(
        pack=pack,
        conversion=view.conversion,
        synthesis=view.detailed,
        profile=view.profile,
        # The reader's lens takes the place of the pack's own of its kind.
        effect=view.table() if view.lens.score == "effect" else view.table("effect"),
        value=view.table() if view.lens.score == "net_benefit" else view.table("value"),
        method=method_of(pack.settings, priors_of(pack.settings), view.synthesis.hype, view.profile, lenses),
        history=view.history() if dated else None,
        validation=_validation(view),
    )


def _decided(view: View) -> Iterator[Section]:
    """What is made of the tables: a plan, briefs, verdicts, and the audit of the table that the pack started from."""
    from tierproof.answers.brief import briefs_of  # noqa: PLC0415
    from tierproof.answers.critique import verdicts_on_claims  # noqa: PLC0415
    from tierproof.decision.plan import Team, make_plan  # noqa: PLC0415
    from tierproof.report.render.html.parts.challenge import audit_section, claims_section  # noqa: PLC0415
    from tierproof.report.render.html.parts.decisions import briefs_section, plan_section  # noqa: PLC0415

    pack = view.pack
    yield plan_section(make_plan(view.appraisal, team=Team(role=view.role)), pack)
    if pack.scenarios:
        yield briefs_section(briefs_of(view), pack)
    if pack.claims:
        yield claims_section(verdicts_on_claims(view), pack)
    if (audited := _audited_seed(view)) is not None:
        yield audit_section(audited, pack)


def _audited_seed(view: View) -> Audit | None:
    """The table that the pack started from, held against the evidence under the view's lens; None where it has none."""
    from tierproof.challenge.audits.audit import audit  # noqa: PLC0415
    from tierproof.challenge.audits.tables import seed_table  # noqa: PLC0415
    from tierproof.challenge.weighing.ground import ground_of  # noqa: PLC0415
    from tierproof.decision.ranking.tiers import tier_table  # noqa: PLC0415

    stated = seed_table(view.pack.techniques, view.pack.settings.seed_title)
    if stated is None:
        return None
    ground = ground_of(view.pack, view.conversion.effects, view.appraisal, view.lens)
    # Somebody's table has rows of every role, whoever reads.
    return audit(stated, ground, tier_table(view.appraisal, view.lens))


def _validation(view: View) -> Validation | None:
    """How well the intervals of quality hold; None where no question has two sources."""
    from tierproof.synthesis.validation.validation import validate  # noqa: PLC0415

    pack = view.pack
    try:
        return validate(view.conversion.effects, pack.techniques, pack.settings, view.context, outcomes=["quality"])
    except InputError:
        return None


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
