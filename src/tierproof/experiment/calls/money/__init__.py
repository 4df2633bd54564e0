"""What a call may cost, and what is left of the cap."""

__all__ = [
    "bounds",
    "budget",
]
