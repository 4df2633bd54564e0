"""What a synthesis takes, what it gives, and where its reader stands."""

__all__ = [
    "context",
    "figures",
    "interval",
    "posterior",
    "same_point",
    "stand_in",
]
