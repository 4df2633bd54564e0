"""What was retrieved, against the documents that items name.  Must not know how it was found."""

__all__ = [
    "arms",
    "ranking",
]
