"""Who gets the next item, and when to stop.  Pure: trials in, decisions out."""

__all__ = [
    "design",
    "guarantee",
    "protocol",
    "sequence",
    "standing",
    "value",
    "watch",
]
