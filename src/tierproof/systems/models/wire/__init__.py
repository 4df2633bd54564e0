"""What goes over the wire to an endpoint and comes back from it."""

__all__ = [
    "body",
    "codes",
    "refusals",
    "reply",
    "request",
    "secrets",
    "thinking",
    "usage",
]
