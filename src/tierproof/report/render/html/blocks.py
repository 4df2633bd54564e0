"""Blocks as a page, or as a part of one.

Enters: blocks of plain, untrusted text.  Leaves: HTML; templates escape the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from tierproof.report.blocks import Block, Gap, Grid, Heading
from tierproof.report.render.html.page import Section, page

__all__ = ["blocks_html", "tagged"]


def blocks_html(blocks: Sequence[Block], *, title: str) -> str:
    """A page of its own: no network, readable without scripts."""
    heads = [block.text for block in blocks if isinstance(block, Heading) and block.level == 1]
    name = heads[0] if heads else title
    body = [block for block in blocks if not (isinstance(block, Heading) and block.level == 1)]
    section = Section(
        id="result",
        title=name,
        short=title,
        template="blocks.html",
        data={"blocks": tagged(body)},
    )
    return page([section], title=name)


def tagged(blocks: Iterable[Block]) -> list[tuple[str, Block]]:
    """Each block with the name of its kind, as `blocks.html` takes them."""
    return [(type(block).__name__.lower(), _plain(block)) for block in blocks if not isinstance(block, Gap)]


def _plain(block: Block) -> Block:
    """A page has styles of its own: cells are their text."""
    if not isinstance(block, Grid):
        return block
    rows = tuple(tuple(cell if isinstance(cell, str) else cell.text for cell in row) for row in block.rows)
    return replace(block, rows=rows)
