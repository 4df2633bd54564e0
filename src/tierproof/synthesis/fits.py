"""What the posteriors of a pack were read from.  Values only."""

from collections.abc import Mapping

from msgspec import Struct

from tierproof.evidence.record import Outcome
from tierproof.synthesis.answering import Evidence
from tierproof.synthesis.pooling import Pooling

__all__ = ["Fits"]


class Fits(Struct, frozen=True, kw_only=True):
    """Every question of a pack with its fit, from which any task and model size can be read."""

    questions: Mapping[tuple[str, Outcome], tuple[Evidence, Pooling]]
    today: tuple[int, int] | None
    """Date of the newest evidence."""
