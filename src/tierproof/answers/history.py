"""How tiers moved as evidence came in: `tierproof history`.

Enters: a `History` and its pack.  Leaves: a `HistoryAnswer`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from tierproof.answers.document import Answer, Interval, PackNamed, drawn
from tierproof.decision.history import History
from tierproof.decision.ranking.lens import Tier
from tierproof.evidence import Pack

__all__ = ["HistoryAnswer", "history_answer"]


class Standing(Answer, frozen=True):
    """Where a technique stood at the end of a year."""

    year: int
    tier: Tier | None
    """Null: not enough evidence yet."""
    rank: int | None
    """From 1."""
    score: Interval
    """In the lens's unit, a share."""
    p_tier: float = field(name="p_tier_or_better")
    """0 to 1."""
    records: int
    sources: int


class Move(Answer, frozen=True):
    """A change of tier from one year to the next."""

    technique: str
    year: int
    """The year whose evidence made the change."""
    before: Tier | None
    after: Tier | None
    p_before: float | None
    """P(the higher of the two tiers or better), 0 to 1, by the evidence of the year before; null: it had no tier."""
    p_after: float | None
    """The same with this year's evidence: a letter turns where it passes one half."""


class HistoryAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/history/1"):
    """`tierproof history --json`"""

    pack: PackNamed
    lens: str
    """Its id."""
    years: tuple[int, ...]
    """Ascending."""
    standings: Mapping[str, tuple[Standing, ...]] = field(name="techniques")
    """By technique, in the order of the last year's table; one for each year."""
    moves: tuple[Move, ...]


def history_answer(history: History, pack: Pack) -> HistoryAnswer:
    return drawn(HistoryAnswer, history, pack=pack, lens=history.lens.id)
