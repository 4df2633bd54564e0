"""How tiers moved by year of evidence, as text.

Enters: a `History` and its pack.  Leaves: terminal lines, or Markdown.  Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.report.render.markdown.signs import escape, grid
from tierproof.report.render.terminal.layout import Cell, Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.table import LETTERS

if TYPE_CHECKING:
    from tierproof.decision.history import History, Move
    from tierproof.evidence import Pack

__all__ = ["history_lines", "history_markdown", "move_told"]

_YEAR_CELLS = 6
"""A year and the gap before it."""
_NAME_CELLS = 12
"""Names are not cut below this."""


def history_lines(history: History, pack: Pack, width: int) -> list[Text]:
    """A letter a year, and what moved last."""
    out = paragraph(f"Tiers by year of evidence: {clean(history.lens.name).lower()}", width, style="bold")
    out += paragraph("Each column knows only what was published by the end of its year.", width, style="dim")
    out.append(Text())
    names = list(history.standings)
    named = [Cell(clean(pack.techniques[name].short), "bold") for name in names]
    shorts = Column(head="", cells=named, least=_NAME_CELLS)
    last = [history.standings[name][-1] for name in names]
    evidence = [f"{numerals.counted(s.records, 'record')}, {numerals.counted(s.sources, 'source')}" for s in last]
    # More years than fit side by side stand in blocks below each other.
    beside = max(1, (width - _NAME_CELLS) // _YEAR_CELLS)
    starts = range(0, len(history.years), beside)
    for start in starts:
        columns = [shorts]
        for index in range(start, min(start + beside, len(history.years))):
            letters = [history.standings[name][index].tier or "·" for name in names]
            cells = [Cell(f" {letter}", LETTERS.get(letter, "dim")) for letter in letters]
            columns.append(Column(head=str(history.years[index]), cells=cells))
        if start == starts[-1]:
            columns.append(Column(head="Evidence", cells=[Cell(text, "dim") for text in evidence], keep=1))
        header, rows = fit(columns, width)
        out += [header, *(line for row in rows for line in row), Text()]
    out += paragraph("· not enough evidence yet", width, style="dim")
    recent = [move for move in history.moves if move.year == history.years[-1] and move.steps is not None]
    if recent:
        out += paragraph(f"Moved by the evidence of {history.years[-1]}:", width)
        for move in recent:
            out += paragraph(move_told(move, pack), width, indent="  ")
    return out


def move_told(move: Move, pack: Pack) -> str:
    """`LoRA: B to A`."""
    name = clean(pack.techniques[move.technique].short)
    return f"{name}: {move.before or 'not enough evidence'} to {move.after or 'not enough evidence'}"


def history_markdown(history: History, pack: Pack) -> str:
    """The same as a Markdown table."""
    rows = [
        [escape(pack.techniques[name].name), *(standing.tier or "·" for standing in standings)]
        for name, standings in history.standings.items()
    ]
    heads = ["Technique", *map(str, history.years)]
    return "\n".join([f"## Tiers by year of evidence: {escape(history.lens.name).lower()}", "", *grid(heads, rows), ""])
