"""What was asked and answered, by arm and item, and what pairs of answers say.  Must not make calls."""

__all__ = [
    "paired",
    "retrieved",
    "student",
    "trial",
    "trials",
]
