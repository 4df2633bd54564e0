"""What is trained on, and what is rewarded."""

__all__ = [
    "duplicates",
    "examples",
    "rewards",
]
