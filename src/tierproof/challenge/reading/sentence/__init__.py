"""A sentence taken apart: tone off, names narrowed, clauses with their own verbs apart."""

__all__ = [
    "families",
    "moving",
    "splitting",
    "tone",
    "typed",
    "unreal",
]
