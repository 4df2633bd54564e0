"""Who gets the next item, when to stop, and what a run will cost.  Pure: trials in, decisions out."""

__all__ = [
    "design",
    "forecast",
    "guarantee",
    "protocol",
    "sequence",
    "standing",
    "value",
]
