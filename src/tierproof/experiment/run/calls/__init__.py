"""Calls that are not made one by one: made up for a forecast, dealt to several processes, or gathered into batches."""

__all__ = [
    "batching",
    "rehearsal",
    "sharing",
]
