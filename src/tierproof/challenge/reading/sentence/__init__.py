"""A sentence taken apart: tone off, names narrowed, clauses with their own verbs apart."""

__all__ = [
    "families",
    "marks",
    "moving",
    "splitting",
    "tone",
    "unreal",
]
