"""Tiers, ranks and marks, and the table that they make."""

__all__ = [
    "marks",
    "results",
    "tiers",
]
