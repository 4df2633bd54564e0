"""Words laid out: one room or file a medium."""

__all__ = [
    "csv",
    "html",
    "junit",
    "markdown",
    "outline",
    "svg",
    "terminal",
]
