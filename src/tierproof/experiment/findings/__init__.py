"""Paired effects, outcomes and records from trials.  Must not make calls."""

__all__ = [
    "arm",
    "effects",
    "findings",
    "kept",
    "opponents",
    "paired",
    "soundness",
    "stressed",
    "student",
]
