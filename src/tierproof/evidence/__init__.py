"""Evidence: what was observed of each technique, where, by whom; validated where it enters, put on a scale to pool on.

Enters: packs of files.  Leaves: `Pack`s, and the `Effect`s of their records.  Knows nothing of pooling or money.
"""

from tierproof.evidence.adoption import Adoption, AdoptionFigure
from tierproof.evidence.conversion import Conversion, effects_of
from tierproof.evidence.effect import Effect
from tierproof.evidence.pack import Pack, load_pack
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Record, Source
from tierproof.evidence.technique import Technique

__all__ = [
    "Adoption",
    "AdoptionFigure",
    "Conversion",
    "Effect",
    "Pack",
    "Record",
    "Settings",
    "Source",
    "Technique",
    "effects_of",
    "load_pack",
]
