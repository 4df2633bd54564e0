"""Lines for a terminal."""

__all__ = [
    "blocks",
    "layout",
    "styled",
]
