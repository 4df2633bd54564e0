"""The networks and the steps that train them."""

__all__ = [
    "feed_forward",
    "network",
    "optimiser",
]
