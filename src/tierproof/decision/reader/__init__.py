"""Who decides: what the reader cares for, and the reader in figures."""

__all__ = [
    "entry",
    "lens",
    "profile",
]
