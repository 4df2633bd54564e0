"""Sections of the report, one kind a file."""

__all__ = [
    "cards",
    "challenge",
    "decisions",
    "material",
    "packed",
    "pictured",
    "sections",
]
