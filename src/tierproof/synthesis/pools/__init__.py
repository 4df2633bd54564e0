"""Anybody's own figures, pooled."""

__all__ = [
    "meta_analysis",
    "scales",
    "two_by_two",
]
