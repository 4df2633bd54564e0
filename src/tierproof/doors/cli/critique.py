"""`tierproof critique`: what the evidence makes of a claim.

Enters: words of a shell, a file, or standard input.  Leaves: the verdicts in the form asked for.  A language model may
propose how a text is to be read; what it proposes is read back, and the verdict is never its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.endpoint import PANEL, BaseUrl, Key, spec_of
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.errors import InputError
from tierproof.messages import gettext, replying

if TYPE_CHECKING:
    from tierproof.answers.view import View
    from tierproof.challenge.reading import Parsed

__all__ = ["register", "text_of"]

_MOST = 50
"""Claims of one text that are judged; the rest is named."""


def register(app: typer.Typer) -> None:
    app.command("critique")(critique)


@reads(without=["role"])
def critique(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="The claim; or a file; or - for standard input.")
    ] = None,
    *,
    reader: Reader,
    form: Format,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Proposes how to read it.", rich_help_panel=PANEL)
    ] = None,
    base_url: BaseUrl = None,
    api_key_env: Key = None,
) -> None:
    """Hold a claim against the evidence: verdict, evidence on both sides, and when it would be right."""
    said = text_of(text)
    view = reader.view()
    from tierproof.answers.critique import Critique, critique_answer  # noqa: PLC0415
    from tierproof.challenge.judging import judge  # noqa: PLC0415  (numpy, which `--help` does not need)
    from tierproof.report.words.critique import critique_blocks  # noqa: PLC0415

    ground = view.ground
    if model is None:
        from tierproof.challenge.reading import parse  # noqa: PLC0415

        parsed = parse(said, ground.vocabulary)
    else:
        parsed = _proposed(said, view, model, base_url, api_key_env)
    with replying(parsed.language):
        verdicts = [judge(claim, ground) for claim in parsed.claims[:_MOST]]
        if len(parsed.claims) > _MOST:
            told = gettext("the first {n} of {all} claims are judged", n=_MOST, all=len(parsed.claims))
            typer.echo(told, err=True)
    print_blocks(
        form,
        lambda: critique_blocks(parsed, verdicts, view.pack),
        lambda: critique_answer(Critique(view, parsed, tuple(verdicts))),
        title=gettext("Critique"),
    )


def text_of(given: str | None) -> str:
    """The text itself, of the file of that name, or of standard input.  Raises InputError where there is none."""
    if given is None or given == "-":
        if given is None and sys.stdin.isatty():
            raise InputError.of(
                gettext("no claim is given"), remedy=gettext('such as: tierproof critique "RAG is dead"')
            )
        said = sys.stdin.read()
    else:
        said = _file(given)
    if not said.strip():
        raise InputError.of(gettext("the text is empty"), remedy=gettext('such as: tierproof critique "RAG is dead"'))
    return said


def _file(given: str) -> str:
    """What stands in the file, if `given` names one; else `given`."""
    try:
        path = Path(given)
        if "\n" in given or len(given) > 1000 or not path.is_file():
            return given
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError.of(gettext("is not UTF-8 text"), remedy=gettext("save it as UTF-8"), file=path) from None
    except (OSError, ValueError):
        return given  # no name of a file: too long, or with letters that no name has


def _proposed(said: str, view: View, model: str, base_url: str | None, api_key_env: str | None) -> Parsed:
    """The reading that a model proposes, checked against the schema."""
    from tierproof.challenge.reading.proposal import proposal_request, read_proposal  # noqa: PLC0415
    from tierproof.systems.models import Price  # noqa: PLC0415
    from tierproof.systems.models.simple import chat  # noqa: PLC0415
    from tierproof.systems.models.wire.refusals import CallFailed  # noqa: PLC0415

    # One call, whose price nobody asks for: it is shown nowhere.
    spec = spec_of(model, base_url, api_key_env, price=Price(input=0.0, output=0.0))
    try:
        reply = chat(spec, [proposal_request(said, view.pack.techniques, model=model)])[0]
    except CallFailed as failure:
        remedy = gettext("check the address, or leave --model out: the text is then read by rule")
        raise InputError.of(str(failure), remedy=remedy, field="base-url") from None
    return read_proposal(reply.text, said, view.pack.techniques)
