"""How good the intervals are: sources left out and foretold."""

__all__ = [
    "leaving_out",
    "scoring",
    "validation",
]
