"""Blocks as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich.console import Console

from tierproof.report.blocks import Block
from tierproof.report.render.terminal.blocks import block_lines

__all__ = ["shown"]


def shown(blocks: Iterable[Block], width: int = 80, *, colour: bool = False) -> str:
    """A screen of `width` cells, with terminal escapes only if `colour`."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        legacy_windows=False,
    )
    for line in block_lines(blocks, width):
        console.print(line, soft_wrap=True, highlight=False)
    return out.getvalue()
