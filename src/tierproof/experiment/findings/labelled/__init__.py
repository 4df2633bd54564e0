"""What people say of answers that were scored: which to ask about, what was said, and what follows for the scores."""

__all__ = [
    "estimates",
    "labels",
    "powered",
    "sheet",
]
