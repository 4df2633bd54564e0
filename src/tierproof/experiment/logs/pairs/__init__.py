"""Outcomes of two systems paired by what identifies an item, and compared."""

__all__ = [
    "comparison",
    "matching",
    "pairing",
    "remarks",
    "stored_pairs",
    "summary",
    "who",
    "within",
]
