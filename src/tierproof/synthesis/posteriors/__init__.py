"""What a synthesis gives: which evidence answers a question, and what is known after pooling it."""

__all__ = [
    "answering",
    "posterior",
    "stand_in",
]
