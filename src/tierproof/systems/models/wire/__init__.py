"""What goes over the wire to an endpoint and comes back from it."""

__all__ = [
    "refusals",
    "reply",
    "request",
    "thinking",
    "usage",
]
