"""Paired effects, outcomes and records from trials.  Must not make calls."""

__all__ = [
    "against",
    "arm",
    "effects",
    "findings",
    "kept",
    "labelled",
    "repeats",
    "soundness",
    "timing",
]
