"""Which packs there are, in words.

Enters: a `PacksAnswer`.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from tierproof.answers.packs import PacksAnswer
from tierproof.answers.safe_text import clean
from tierproof.report.blocks import Block, Field, Grid, Heading, Told

__all__ = ["packs_blocks"]


def packs_blocks(answer: PacksAnswer) -> list[Block]:
    """A row a pack."""
    rows = tuple(
        (
            clean(pack.name),
            clean(pack.title) if pack.fault is None else f"cannot be read: {clean(pack.fault)}",
            clean(pack.version),
            str(pack.techniques),
            pack.origin,
        )
        for pack in answer.packs
    )
    fields = (
        Field("Pack"),
        Field("What it is about", least=24),
        Field("Version", keep=1),
        Field("Techniques", keep=2, right=True),
        Field("Origin", keep=1),
    )
    return [
        Heading("Packs of evidence", 1),
        Grid(fields, rows),
        Told(
            "Use one: --pack PACK, with any command that takes a pack. The first is used where none is named.", "note"
        ),
    ]
