"""Anyone's tier table: rows with a place, a name, and what is said of each, out of text as people have it."""

from tierproof.challenge.audits.tables.read import TableForm, form_of, read_table, read_tables
from tierproof.challenge.audits.tables.stated import LeftRow, MarkWord, StatedMark, StatedRow, StatedTable, seed_table

__all__ = [
    "LeftRow",
    "MarkWord",
    "StatedMark",
    "StatedRow",
    "StatedTable",
    "TableForm",
    "form_of",
    "read_table",
    "read_tables",
    "seed_table",
]
