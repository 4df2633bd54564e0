"""GitHub-flavoured Markdown."""

__all__ = [
    "blocks",
    "signs",
]
