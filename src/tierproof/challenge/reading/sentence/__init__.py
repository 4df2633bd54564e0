"""A sentence taken apart: tone off, names narrowed, clauses with their own verbs apart."""

__all__ = [
    "advising",
    "behind",
    "families",
    "moving",
    "splitting",
    "tone",
    "twofold",
    "typed",
    "unreal",
]
