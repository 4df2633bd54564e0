"""Somebody's tier table, read and held against the evidence."""

__all__ = [
    "audit",
    "naming",
    "outcome_words",
    "tables",
]
