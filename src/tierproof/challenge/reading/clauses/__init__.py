"""One clause: whom it speaks of, what it denies, and what it says of an outcome."""

__all__ = [
    "clause",
    "comparatives",
    "multiples",
    "parties",
    "said",
    "way",
]
