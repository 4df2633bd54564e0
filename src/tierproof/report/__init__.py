"""Results as people and programs read them: terminal, Markdown, JSON, CSV, HTML.

Enters: packs, posteriors and decisions.  Leaves: text.  Knows nothing of how results were computed; writes no files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tierproof.report.render.csv import csv_table, to_frame
    from tierproof.report.render.html.table import html_table
    from tierproof.report.render.markdown.table import markdown_table
    from tierproof.report.render.terminal.table import text_table

__all__ = ["csv_table", "html_table", "markdown_table", "text_table", "to_frame"]

_HOME = {
    "csv_table": "csv",
    "html_table": "html.table",
    "markdown_table": "markdown.table",
    "text_table": "terminal.table",
    "to_frame": "csv",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: a table on a terminal waits for no HTML.
    if name not in _HOME:
        raise AttributeError(f"module 'tierproof.report' has no attribute '{name}'")
    return getattr(import_module(f"tierproof.report.render.{_HOME[name]}"), name)
