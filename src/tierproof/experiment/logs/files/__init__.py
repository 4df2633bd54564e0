"""Logs as files: archives, rows, named columns, and the place of every fault."""

__all__ = [
    "archive",
    "grades",
    "log_places",
    "named_columns",
    "rows",
    "source",
    "stored",
    "written",
]
