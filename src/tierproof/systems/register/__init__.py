"""Recipes by name, what they are given, and how a system differs from another."""

__all__ = [
    "difference",
    "options",
    "registry",
]
