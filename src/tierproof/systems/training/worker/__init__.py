"""What runs in a process of its own: the only place that imports torch."""

__all__ = [
    "adapting",
    "distilling",
    "encoding",
    "experts",
    "generation",
    "loading",
    "loop",
    "quantising",
    "reinforcing",
    "serving",
    "speech",
    "work",
]
