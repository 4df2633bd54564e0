"""What goes over the wire to an endpoint and comes back from it."""

__all__ = [
    "body",
    "codes",
    "provider",
    "refusals",
    "reply",
    "request",
    "secrets",
    "thinking",
    "usage",
]
