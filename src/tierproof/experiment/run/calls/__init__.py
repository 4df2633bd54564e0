"""Calls that are not made one by one: made up for a forecast, or gathered into batches of a provider."""

__all__ = [
    "batching",
    "rehearsal",
]
