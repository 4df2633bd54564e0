"""Who decides: the reader in figures."""

__all__ = [
    "entry",
    "profile",
]
