"""What people say of answers that were scored: which to ask about, what was said, and what follows for the scores."""

__all__ = [
    "calibration",
    "estimates",
    "labels",
    "powered",
    "sheet",
]
