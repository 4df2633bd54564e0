"""GitHub-flavoured Markdown."""

__all__ = [
    "blocks",
    "card",
    "signs",
    "table",
]
