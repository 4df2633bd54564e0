"""What the reader cares for; tiers, ranks and marks, and the table that they make."""

__all__ = [
    "lens",
    "marks",
    "results",
    "tiers",
]
