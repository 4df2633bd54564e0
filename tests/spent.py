"""What a journal says that runs took, read from its file beside whoever writes it."""

from __future__ import annotations

from pathlib import Path

from tierproof.experiment.calls.journals.journal_file import open_for_reading
from tierproof.experiment.calls.journals.journal_tail import records_of
from tierproof.experiment.calls.journals.spend import Spend, spend_of

__all__ = ["spent"]


def spent(path: Path, run: str | None = None) -> Spend:
    """Of a run (None: of all)."""
    # The tail first: what has moved from it to the tables meanwhile is then found there.
    tail = path.with_name(path.name + ".tail")
    records = tuple(records_of(tail.read_bytes())) if tail.exists() else ()
    connection = open_for_reading(path)
    try:
        return spend_of(connection, run, records)
    finally:
        connection.close()
