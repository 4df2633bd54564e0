"""Which packs there are, in words.

Enters: a `PacksAnswer`.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from tierproof.answers.packs import PacksAnswer
from tierproof.answers.safe_text import clean
from tierproof.messages import Message, gettext
from tierproof.report.blocks import Block, Field, Grid, Heading, Told
from tierproof.report.words.terms import termed

__all__ = ["packs_blocks"]

ORIGINS = {
    "shipped": Message("shipped", context="origin"),
    "installed": Message("installed", context="origin"),
    "example": Message("example", context="origin"),
}


def packs_blocks(answer: PacksAnswer) -> list[Block]:
    """A row a pack."""
    rows = tuple(
        (
            clean(pack.name),
            clean(pack.title) if pack.fault is None else gettext("cannot be read: {fault}", fault=clean(pack.fault)),
            clean(pack.version),
            str(pack.techniques),
            termed(pack.origin, ORIGINS),
        )
        for pack in answer.packs
    )
    fields = (
        Field(gettext("Pack")),
        Field(gettext("What it is about"), least=24),
        Field(gettext("Version"), keep=1),
        Field(gettext("Techniques"), keep=2, right=True),
        Field(gettext("Origin"), keep=1),
    )
    return [
        Heading(gettext("Packs of evidence"), 1),
        Grid(fields, rows),
        Told(
            gettext("Use one: --pack PACK, with any command that takes a pack. The first is used where none is named."),
            "note",
        ),
    ]
