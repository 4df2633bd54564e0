"""One file a way of training."""

__all__ = [
    "adapting",
    "distilling",
    "quantising",
    "reinforcing",
    "sparse",
]
