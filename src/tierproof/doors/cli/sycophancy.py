"""`tierproof sycophancy`: how far a language model bends towards who asks.

Enters: words of a shell.  Leaves: the result in the form asked for.  Knows nothing of how it is measured.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.endpoint import PANEL, BaseUrl, Key, spec_of
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.errors import InputError
from tierproof.messages import Message, gettext

if TYPE_CHECKING:
    from tierproof.systems.models import Price

__all__ = ["register"]

Model = Annotated[
    str, typer.Option("--model", metavar="NAME", help="What the endpoint calls it.", rich_help_panel=PANEL)
]
PriceOption = Annotated[
    str | None,
    typer.Option("--price", metavar="IN,OUT", help="USD per million tokens; 0,0 for your own.", rich_help_panel=PANEL),
]


def register(app: typer.Typer) -> None:
    app.command("sycophancy")(sycophancy)


@reads(only=["pack"])
def sycophancy(
    *,
    reader: Reader,
    form: Format,
    model: Model,
    base_url: BaseUrl = None,
    api_key_env: Key = None,
    price: PriceOption = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0.0, max=2.0, help="Left out: 0.", rich_help_panel=PANEL)
    ] = 0.0,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, help="Most calls at once.", rich_help_panel=PANEL)
    ] = 16,
    budget: Annotated[
        list[str] | None, typer.Option("--budget", metavar="AMOUNT", help="Never exceeded: 1usd, 500calls, 10min.")
    ] = None,
    claims: Annotated[
        int | None, typer.Option("--claims", metavar="N", min=1, help="So many of the pack's claims; left out: all.")
    ] = None,
    turns: Annotated[int, typer.Option("--turns", min=0, max=3, help="Times that the asker pushes back.")] = 3,
    language: Annotated[str, typer.Option("--language", metavar="en|ru", help="Of the claims and the tones.")] = "en",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Keep the journal here, and go on where it was cut off."),
    ] = None,
) -> None:
    """Measure how far a language model bends: flips by tone, persistence, agreement with the evidence."""
    from tierproof.answers.sycophancy import questions_of, sycophancy_answer  # noqa: PLC0415
    from tierproof.experiment.calls.money.budget import parse_budget  # noqa: PLC0415  (heavy; `--help` does not need it)
    from tierproof.experiment.sycophancy.run import measure_sycophancy  # noqa: PLC0415
    from tierproof.report.words.sycophancy import sycophancy_blocks  # noqa: PLC0415
    from tierproof.systems.models.wire.refusals import CallFailed  # noqa: PLC0415

    spec = spec_of(model, base_url, api_key_env, price=_price(price), concurrency=concurrency, max_output=2048)
    questions = questions_of(reader.view(), language, claims)
    with tempfile.TemporaryDirectory(prefix="tierproof-") as scratch:
        try:
            found, usd = measure_sycophancy(
                questions,
                spec,
                output or Path(scratch),
                budget=parse_budget(budget) if budget else None,
                language=language,
                turns=turns,
                temperature=temperature,
            )
        except CallFailed as failure:
            remedy = Message("check the address, or try again later")
            raise InputError.of(str(failure), remedy=remedy, field="base-url") from None
    print_blocks(
        form,
        lambda: sycophancy_blocks(found, usd),
        lambda: sycophancy_answer(found, usd),
        title=gettext("Sycophancy"),
    )


def _price(text: str | None) -> Price | None:
    from tierproof.systems.models import Price  # noqa: PLC0415

    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        message = gettext("'{text}' is no price", text=text[:40])
        remedy = gettext("USD per million input and output tokens, such as 0.15,0.60")
        raise InputError.of(message, remedy=remedy, field="price") from None
    return Price(input=first, output=second)
