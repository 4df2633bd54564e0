"""How good the intervals are: sources left out and foretold."""

__all__ = [
    "scoring",
    "validation",
]
