"""`tierproof compare X Y`: two techniques head to head, by direct and indirect evidence.

Enters: words of a shell.  Leaves: the comparison in the form asked for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tierproof.doors.cli.options import Format, Reader, reads
from tierproof.messages import gettext

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("compare")(compare)


@reads(without=["lens", "role"])
def compare(
    first: Annotated[str, typer.Argument(metavar="X", help="A technique's id, name or any usual name.")],
    second: Annotated[str, typer.Argument(metavar="Y", help="Another one.")],
    *,
    reader: Reader,
    form: Format,
) -> None:
    """Put two techniques head to head: which is better at what, and how sure that is."""
    from tierproof.answers.compare import comparison_answer, comparison_of  # noqa: PLC0415  (numpy; `--help` needs none)
    from tierproof.doors.cli.blocks import print_blocks  # noqa: PLC0415
    from tierproof.report.words.comparison import comparison_blocks  # noqa: PLC0415

    view = reader.view()
    comparison = comparison_of(view, first, second)
    print_blocks(
        form,
        lambda: comparison_blocks(comparison, view.pack),
        lambda: comparison_answer(comparison, view.pack),
        title=gettext("Compare"),
    )
