"""The report: one self-contained HTML page."""

__all__ = [
    "blocks",
    "cards",
    "challenge",
    "decisions",
    "environment",
    "material",
    "measured",
    "page",
    "report",
    "sections",
    "table",
]
