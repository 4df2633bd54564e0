"""Every call written down before it is sent and settled after it returns."""

__all__ = [
    "batch_book",
    "journal",
    "journal_file",
    "journal_tail",
    "opened",
    "repricing",
    "shared",
    "shared_tables",
    "spend",
]
