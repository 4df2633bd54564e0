"""Recipes by name, and how a system that they made differs from another."""

__all__ = [
    "difference",
    "registry",
]
