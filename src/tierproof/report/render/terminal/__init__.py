"""Lines for a terminal."""

__all__ = [
    "blocks",
    "card",
    "layout",
    "measured",
    "styled",
    "table",
]
