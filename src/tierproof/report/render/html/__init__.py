"""The report: one self-contained HTML page."""

__all__ = [
    "blocks",
    "environment",
    "measured",
    "page",
    "parts",
    "report",
    "table",
]
