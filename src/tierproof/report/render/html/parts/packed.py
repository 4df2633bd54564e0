"""All records of a page in one packed block, which the page's script lays out where a reader opens them.

Enters: cards.  Leaves: text: JSON, deflated, in base64.  As markup records would be four fifths of the page.  Knows
nothing of what they say; `records.js` lays them out as text, never as markup.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable

import msgspec

from tierproof.answers.safe_text import printable
from tierproof.messages import translated
from tierproof.report.render.html.parts.cards import CardView, RecordGroup

__all__ = ["packed_records"]

Row = tuple[str, ...]
"""Id, outcome, figures, effect, model and task, kind, place, weight or fate."""
Group = tuple[str, str, str, str, tuple[Row, ...]]
"""Label, title and address of a source (empty: none), its weight, its records."""


def packed_records(cards: Iterable[CardView]) -> str:
    """Groups of records by the technique's id."""
    found = {view.card.technique.id: tuple(map(_group, view.groups)) for view in cards}
    return base64.b64encode(zlib.compress(msgspec.json.encode(found, enc_hook=_plain))).decode("ascii")


def _plain(text: str) -> str:
    """A message, or a name that somebody gave, as plain text in the language spoken."""
    return str(translated(text))


def _group(group: RecordGroup) -> Group:
    rows = tuple(
        (
            row.line.record.id,
            printable(row.line.record.outcome),
            printable(row.figures),
            printable(row.effect),
            printable(row.who),
            printable(row.kind),
            printable(row.line.record.source.locator or ""),
            printable(row.fate),
        )
        for row in group.rows
    )
    return printable(group.label), printable(group.title), group.url or "", printable(group.weight), rows
