"""A claim and its verdict as sentences."""

__all__ = [
    "phrases",
    "wording",
]
