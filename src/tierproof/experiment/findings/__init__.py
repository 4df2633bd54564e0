"""Paired effects, outcomes and records from trials.  Must not make calls."""

__all__ = [
    "arm",
    "effects",
    "findings",
    "opponents",
    "outcomes",
    "paired",
    "records",
    "soundness",
    "stressed",
    "student",
    "training_records",
]
