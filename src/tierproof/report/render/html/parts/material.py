"""What a report is made of: results, computed before anything is drawn.

Enters: a view.  Leaves: a value.  Knows nothing of pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tierproof.answers.card import Card, card_of
from tierproof.answers.validate import validation_of
from tierproof.answers.view import View, lens_of
from tierproof.decision.history import History
from tierproof.decision.ranking.results import TierTable
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.conversion import Conversion
from tierproof.evidence.pack import Pack
from tierproof.report.words.method import Passage, method_of
from tierproof.synthesis import priors_of
from tierproof.synthesis.posteriors.posterior import Synthesis
from tierproof.synthesis.validation.validation import NothingToLeaveOut, Validation

__all__ = ["Material", "material_of"]


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


def material_of(view: View, *, on: str | None = None) -> Material:
    """Everything that the report shows, computed.  `on`: where its validation is worked out (`pieces.place_of`)."""
    pack = view.pack
    lenses = [lens_of(pack, lens) for lens in pack.lenses]
    dated = any(effect.date is not None for effect in view.conversion.effects)
    return Material(
        pack=pack,
        conversion=view.conversion,
        synthesis=view.detailed,
        profile=view.profile,
        # The reader's lens takes the place of the pack's own of its kind.
        effect=view.table() if view.lens.score == "effect" else view.table("effect"),
        value=view.table() if view.lens.score == "net_benefit" else view.table("value"),
        method=method_of(pack.settings, priors_of(pack.settings), view.synthesis.hype, view.profile, lenses),
        history=view.history() if dated else None,
        validation=_validation(view, on),
    )


def _validation(view: View, on: str | None) -> Validation | None:
    """How well the intervals of quality hold; None where no question has two sources."""
    try:
        return validation_of(view, "quality", on=on)
    except NothingToLeaveOut:
        return None
