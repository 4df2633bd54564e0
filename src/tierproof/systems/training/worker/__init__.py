"""What runs in a process of its own: the only place that imports torch."""

__all__ = [
    "encoding",
    "generation",
    "loading",
    "loop",
    "serving",
    "speech",
    "trainers",
    "work",
]
