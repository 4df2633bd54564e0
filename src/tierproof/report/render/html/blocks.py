"""Blocks as a page, or as a part of one.

Enters: blocks of plain, untrusted text.  Leaves: HTML; templates escape the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from tierproof.report.blocks import Block, Drawn, Gap, Grid, Heading
from tierproof.report.render.html.environment import render
from tierproof.report.render.html.page import Section, page

__all__ = ["blocks_html", "laid", "untitled"]


def blocks_html(blocks: Sequence[Block], *, title: str) -> str:
    """A page of its own: no network, readable without scripts."""
    name = next((block.text for block in blocks if isinstance(block, Heading) and block.level == 1), "")
    body = laid(untitled(blocks) if name else blocks)
    return page([Section(id="result", title=name or title, short=title, body=body)], title=name or title)


def laid(blocks: Iterable[Block], *, top: int = 3) -> Markup:
    """A part of a page, whose headings of parts are of the level `top`, 2 to 4."""
    shown = (block.told if isinstance(block, Drawn) and block.told is not None else block for block in blocks)
    tagged = [
        (type(block).__name__.lower(), block)
        for block in shown
        if not isinstance(block, Gap) and not (isinstance(block, Grid) and not block.rows)
    ]
    return render("blocks.html", blocks=tagged, top=top)


def untitled(blocks: Iterable[Block]) -> list[Block]:
    """Less the first heading, where a page has it already."""
    made = list(blocks)
    first = next((block for block in made if isinstance(block, Heading)), None)
    return [block for block in made if block is not first]
