"""Models made in processes of their own, kept by the hash of what made them."""

__all__ = [
    "fingerprint",
    "process",
    "seats",
    "server",
    "store",
]
