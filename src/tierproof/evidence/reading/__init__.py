"""Packs found and read, each fault with its file, line, field and remedy."""

__all__ = [
    "columns",
    "consistency",
    "faults",
    "files",
    "known",
    "lint",
    "settings",
    "suspicious",
    "team",
]
