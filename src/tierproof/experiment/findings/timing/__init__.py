"""How long arms take, apart from the run that scores them, and what that changes.  Must not know scores' meaning."""

__all__ = [
    "counted",
    "interleaved",
]
