"""How tiers moved by year of evidence, as text.

Enters: a `History` and its pack.  Leaves: blocks.  Computes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.decision.ranking.lens import TIERS
from tierproof.messages import gettext
from tierproof.report.blocks import Block, Cell, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierproof.answers.census import Retiered
    from tierproof.decision.history import History, Move, Standing
    from tierproof.evidence import Pack
    from tierproof.evidence.technique import Technique

__all__ = ["history_blocks", "move_told"]

_YEAR_CELLS = 6
"""A year and the gap before it."""
_NAME_CELLS = 12
"""Names are not cut below this."""


def history_blocks(history: History, pack: Pack, width: int | None = None) -> list[Block]:
    """A letter a year, and what moved last; years that do not fit side by side in `width` cells stand in grids below
    each other."""
    told = gettext("Each column knows only what was published by the end of its year")
    dated = pack.settings.dated
    if dated is not None and dated[0] == history.years[-1]:
        told += gettext(
            "; evidence of {dated} was gathered up to {version}", dated=dated[0], version=clean(pack.settings.version)
        )
    heading = Heading(gettext("Tiers by year of evidence: {lens}", lens=clean(history.lens.name).lower()))
    out: list[Block] = [heading, Told(f"{told}.", "note"), Gap()]
    beside = len(history.years) if width is None else max(1, (width - _NAME_CELLS) // _YEAR_CELLS)
    starts = range(0, len(history.years), beside)
    for start in starts:
        years = range(start, min(start + beside, len(history.years)))
        last = start == starts[-1]
        fields = [Field("", least=_NAME_CELLS, style="bold"), *(Field(str(history.years[year])) for year in years)]
        rows: list[tuple[str | Cell, ...]] = []
        for name, standings in history.standings.items():
            letters = [standings[year].tier or "·" for year in years]
            cells = [Cell(f" {letter}", LETTERS.get(letter, "dim")) for letter in letters]
            size = [_size(standings[-1])] if last else []
            rows.append((clean(pack.techniques[name].short), *cells, *size))
        out += [
            Grid(
                (*fields, *([Field(gettext("Evidence"), keep=1, style="dim", below=False)] if last else [])),
                tuple(rows),
            ),
            Gap(),
        ]
    out.append(Told(gettext("· not enough evidence yet"), "note"))
    recent = [move for move in history.moves if move.year == history.years[-1] and move.steps is not None]
    if recent:
        out.append(Told(gettext("Moved by the evidence of {year}:", year=history.years[-1])))
        out += [Told(move_told(move, pack.techniques), inset=True) for move in recent]
    return out


def _size(standing: Standing) -> str:
    return f"{numerals.counted(standing.records, 'record')}, {numerals.counted(standing.sources, 'source')}"


def move_told(move: Move | Retiered, names: Mapping[str, Technique]) -> str:
    """`LoRA: B to A (A or better: 44 % before, 61 % now)`."""
    told = gettext(
        "{name}: {before} to {after}",
        name=clean(names[move.technique].short),
        before=move.before or gettext("not enough evidence"),
        after=move.after or gettext("not enough evidence"),
    )
    tiers = [tier for tier in TIERS if tier in (move.before, move.after)]
    if not tiers or tiers[0] == TIERS[-1]:
        return told
    best = tiers[0] if tiers[0] == TIERS[0] else gettext("{tier} or better", tier=tiers[0])
    then, now = (None if p is None else numerals.probability(p) for p in (move.p_before, move.p_after))
    if then is not None and now is not None:
        return gettext("{told} ({best}: {then} before, {now} now)", told=told, best=best, then=then, now=now)
    if now is not None:
        return gettext("{told} ({best}: {now} now)", told=told, best=best, now=now)
    return gettext("{told} ({best}: {then} before)", told=told, best=best, then=then)
