"""An item asked several times: how often an arm is right at least once, and each time; what chance alone makes of a
difference."""

__all__ = [
    "noise",
    "passes",
    "repeated",
]
