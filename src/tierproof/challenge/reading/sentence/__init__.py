"""A sentence taken apart: tone off, clauses with their own verbs apart."""

__all__ = [
    "splitting",
    "tone",
]
