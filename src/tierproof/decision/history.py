"""How a table moved as evidence came in.

Enters: the appraisal of each year, made of the evidence up to its end.  Leaves: a `History`.  Knows nothing of how
evidence was cut by date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from msgspec import structs

from tierproof.decision.appraisals.appraisal import Appraisal
from tierproof.decision.ranking.lens import TIERS, Lens, Tier
from tierproof.decision.ranking.results import Placed
from tierproof.decision.ranking.tiers import placings
from tierproof.evidence.technique import Role

__all__ = ["History", "Move", "Standing", "tier_history", "turned"]


class Standing(Placed, frozen=True, kw_only=True):
    """Where a technique stood at the end of a year."""

    year: int


@dataclass(frozen=True, slots=True)
class Move:
    """A change of tier from one year to the next."""

    technique: str
    year: int
    """The year whose evidence made the change."""
    before: Tier | None
    after: Tier | None
    p_before: float | None
    """P(the higher of the two tiers or better) by the evidence of the year before; None where it had no tier."""
    p_after: float | None
    """The same by the evidence with this year's: a letter turns where it passes one half."""

    @property
    def steps(self) -> int | None:
        """Tiers gained, negative when lost; None where the technique entered or left the table."""
        if self.before is None or self.after is None:
            return None
        return TIERS.index(self.before) - TIERS.index(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    lens: Lens
    years: tuple[int, ...]
    """Ascending."""
    standings: Mapping[str, tuple[Standing, ...]]
    """By technique, in the order of the last year's table; one for each year."""
    moves: tuple[Move, ...]
    """By year, then by the order of the last table."""


def tier_history(appraisals: Mapping[int, Appraisal], lens: Lens, *, role: Role | None = None) -> History:
    """Tiers by year; `appraisals` by year.  Raises ValueError without a year."""
    if not appraisals:
        raise ValueError("a history needs at least one year")
    years = tuple(sorted(appraisals))
    placed = {year: {each.technique: each for each in placings(appraisals[year], lens, role=role)} for year in years}
    standings = {
        technique: tuple(Standing(year=year, **structs.asdict(placed[year][technique])) for year in years)
        for technique in placed[years[-1]]
    }
    moves = [
        Move(technique, after.year, before.tier, after.tier, *turned(before, after))
        for technique, each in standings.items()
        for before, after in pairwise(each)
        if before.tier != after.tier
    ]
    return History(lens=lens, years=years, standings=standings, moves=tuple(sorted(moves, key=lambda move: move.year)))


def turned(before: Placed | None, after: Placed | None) -> tuple[float | None, float | None]:
    """P(the higher of two rows' tiers or better) in each of them; None where a row has no tier.

    A tier is the median's, so that a letter turns where this passes one half, be it by ever so little.
    """
    tiers = [row.tier for row in (before, after) if row is not None and row.tier is not None]
    higher = TIERS[: 1 + min((TIERS.index(tier) for tier in tiers), default=0)]
    first, second = (
        None if row is None or row.tier is None else min(1.0, sum(row.tier_probabilities[tier] for tier in higher))
        for row in (before, after)
    )
    return first, second
