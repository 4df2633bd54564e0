"""What runs in a process of its own: the only place that imports torch."""

__all__ = [
    "adapting",
    "answering",
    "distilling",
    "encoding",
    "experts",
    "loading",
    "loop",
    "quantising",
    "reinforcing",
    "serving",
    "speech",
    "work",
]
