"""What a synthesis takes, and where its reader stands: figures, contexts, intervals and normal algebra."""

__all__ = [
    "context",
    "figures",
    "interval",
    "normal",
    "same_point",
]
