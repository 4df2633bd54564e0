"""What a synthesis gives and where its reader stands."""

__all__ = [
    "context",
    "interval",
    "posterior",
    "stand_in",
]
