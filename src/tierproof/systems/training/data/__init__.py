"""What is trained on."""

__all__ = [
    "duplicates",
    "examples",
    "rewards",
]
