"""What knowing more would be worth, and how many items it takes."""

__all__ = [
    "information",
    "sampling",
]
