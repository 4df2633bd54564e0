"""Blocks as Markdown.

Enters: blocks of plain, untrusted text.  Leaves: GitHub-flavoured Markdown in which the text shows as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from tierproof.report.blocks import Block, Cell, Drawn, Gap, Heading, Items, Told
from tierproof.report.render.markdown.signs import escape, grid

__all__ = ["blocks_markdown"]


def blocks_markdown(blocks: Iterable[Block]) -> str:
    """The blocks, one after the other."""
    out: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            out += [f"{'#' * block.level} {escape(block.text)}", ""]
        elif isinstance(block, Told):
            text = escape(block.text)
            out += [f"**{text}**" if block.tone == "strong" else text, ""]
        elif isinstance(block, Items):
            out += [*(f"- {escape(item)}" for item in block.items), ""]
        elif isinstance(block, Drawn):
            out += ["```text", block.text, "```", ""]
        elif not isinstance(block, Gap) and block.rows:
            rows = []
            for position, row in enumerate(block.rows):
                rows += [[escape(told)]] if (told := block.across.get(position)) else []
                rows.append([_cell(cell, position == block.chosen) for cell in row])
            out += [*grid([escape(field.head) for field in block.fields], rows), ""]
    return "\n".join(out).rstrip() + "\n"


def _cell(cell: str | Cell, chosen: bool) -> str:
    escaped = escape(cell if isinstance(cell, str) else cell.text)
    return f"**{escaped}**" if chosen and escaped else escaped
