"""What a report is made of: results, computed before anything is drawn.

Enters: nothing.  Leaves: a value.  Knows nothing of pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tierproof.answers.card import Card, card_of
from tierproof.decision.history import History
from tierproof.decision.ranking.results import TierTable
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.conversion import Conversion
from tierproof.evidence.pack import Pack
from tierproof.report.words.method import Passage
from tierproof.synthesis.validation.validation import Validation
from tierproof.synthesis.values.posterior import Synthesis

__all__ = ["Material"]


@dataclass(frozen=True, kw_only=True)
class Material:
    """One reader's results."""

    pack: Pack
    conversion: Conversion
    synthesis: Synthesis
    """With detail: cards show sensitivity analyses and sub-rows."""
    profile: Profile
    effect: TierTable
    """Ranked by what users feel."""
    value: TierTable
    """The same techniques ranked by money."""
    method: tuple[Passage, ...]
    history: History | None = None
    validation: Validation | None = None
    """How well the intervals hold, by leaving one source out."""
    cards: tuple[Card, ...] = field(init=False)
    """In the order of the effect table."""

    def __post_init__(self) -> None:
        cards = tuple(
            card_of(
                self.pack.techniques[row.technique],
                pack=self.pack,
                conversion=self.conversion,
                synthesis=self.synthesis,
                profile=self.profile,
                tables=(self.effect, self.value),
            )
            for row in self.effect.rows
        )
        object.__setattr__(self, "cards", cards)
