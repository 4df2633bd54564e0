"""Print a result that is made of blocks, in the form asked for.

Enters: blocks and an answer, made when they are needed.  Leaves: text on standard output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tierproof.doors.cli import screen
from tierproof.doors.cli.options import Format
from tierproof.errors import InputError
from tierproof.messages import gettext

if TYPE_CHECKING:
    from tierproof.answers.document import Answer
    from tierproof.report.blocks import Block

__all__ = ["print_blocks"]


def print_blocks(
    form: Format,
    blocks: Callable[[], Iterable[Block]],
    answer: Callable[[], Answer | Mapping[str, Any]] | None,
    *,
    title: str,
) -> None:
    """Text, Markdown, JSON or HTML.

    Raises InputError for CSV, which holds one table, not several parts, and for JSON where there is no `answer`.
    """
    if form is Format.json:
        if answer is None:
            remedy = gettext("use --format text, markdown or html")
            raise InputError.of(gettext("this result is text for people"), remedy=remedy, field="format")
        screen.put_json(answer())
        return
    if form is Format.csv:
        remedy = gettext("use --format json, markdown, html or text")
        raise InputError.of(gettext("this result is more than one table"), remedy=remedy, field="format")
    if form is Format.markdown:
        from tierproof.report.render.markdown.blocks import blocks_markdown  # noqa: PLC0415

        screen.put_text(blocks_markdown(blocks()))
    elif form is Format.html:
        from tierproof.report.render.html.blocks import blocks_html  # noqa: PLC0415  (jinja2, which text does not need)

        screen.put_text(blocks_html(list(blocks()), title=title))
    else:
        screen.put_blocks(blocks())
