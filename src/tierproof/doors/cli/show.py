"""`tierproof show TECHNIQUE`: its evidence card, every record behind it, or the method.

Enters: words of a shell.  Leaves: the card in the form asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierproof.doors.cli.blocks import print_blocks
from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.errors import InputError
from tierproof.messages import gettext

if TYPE_CHECKING:
    from tierproof.answers.card import Card
    from tierproof.answers.view import View

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("show")(show)


@reads(without=["lens"])
def show(
    technique: Annotated[
        str | None, typer.Argument(metavar="TECHNIQUE", help="Its id, name or any usual name.", show_default=False)
    ] = None,
    *,
    reader: Reader,
    form: Format,
    records: Annotated[bool, typer.Option("--records", help="List every record with its source.")] = False,
    method: Annotated[bool, typer.Option("--method", help="Print the model, its priors and the lenses.")] = False,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="OUTCOME", help="Whose sources to draw, such as latency.")
    ] = None,
) -> None:
    """Open one technique: its sources, what speaks for and against it, and what is assumed."""
    view = reader.view()
    if method:
        _print_method(view, form)
        return
    if technique is None:
        raise InputError.of(
            gettext("no technique named"),
            remedy=gettext("one of: {techniques}; or --method", techniques=", ".join(view.pack.techniques)),
        )
    from tierproof.answers.card import card_for  # noqa: PLC0415  (numpy, which `--help` does not need)

    _print_card(view, card_for(view, technique), form, records=records, outcome=outcome)


def _print_card(view: View, card: Card, form: Format, *, records: bool, outcome: str | None) -> None:
    from tierproof.answers.show import card_answer  # noqa: PLC0415
    from tierproof.evidence.record import EVERY_OUTCOME  # noqa: PLC0415
    from tierproof.report.words.card_blocks import card_blocks  # noqa: PLC0415
    from tierproof.report.words.records import record_blocks  # noqa: PLC0415

    chosen = next((one for one in EVERY_OUTCOME if one == outcome), None)
    if outcome is not None and chosen is None:
        raise InputError.of(
            gettext("no outcome '{outcome}'", outcome=outcome),
            remedy=gettext("one of: {known}", known=", ".join(EVERY_OUTCOME)),
            field="outcome",
        )
    print_blocks(
        form,
        lambda: record_blocks(card) if records else list(card_blocks(card, outcome=chosen)),
        lambda: card_answer(card, view.pack),
        title=card.technique.short,
    )


def _print_method(view: View, form: Format) -> None:
    from tierproof.answers.view import lens_of  # noqa: PLC0415
    from tierproof.report.words.method import method_blocks, method_of  # noqa: PLC0415
    from tierproof.synthesis import priors_of  # noqa: PLC0415

    settings = view.pack.settings
    lenses = [lens_of(view.pack, lens) for lens in view.pack.lenses]
    passages = method_of(settings, priors_of(settings), view.synthesis.hype, view.profile, lenses)
    print_blocks(form, lambda: method_blocks(passages), None, title=gettext("Method"))
