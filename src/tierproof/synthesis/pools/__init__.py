"""Anybody's own figures, pooled."""

__all__ = [
    "figures",
    "meta_analysis",
    "scales",
    "two_by_two",
]
