"""From weights and tokens to the next token, in numpy."""

__all__ = [
    "feed_forward",
    "inference",
    "tokenizing",
    "weights",
]
