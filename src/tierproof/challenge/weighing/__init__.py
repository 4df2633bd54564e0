"""What a verdict rests on: sources on both sides, what would turn it, what would settle it."""

__all__ = [
    "circumstance",
    "finding",
    "ground",
    "left_out",
    "settling",
    "strongest",
    "testimony",
    "turning",
    "variants",
]
