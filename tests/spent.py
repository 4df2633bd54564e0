"""What a journal says that runs took, read from its file beside whoever writes it."""

from __future__ import annotations

from pathlib import Path

from tierproof.experiment.calls.journals.journal_file import open_for_reading
from tierproof.experiment.calls.journals.journal_tail import read_tail
from tierproof.experiment.calls.journals.spend import Spend, spend_of

__all__ = ["spent"]


def spent(path: Path) -> Spend:
    """Of all runs."""
    # The tail first: what has moved from it to the tables meanwhile is then found there.
    tail = tuple(read_tail(path.with_name(path.name + ".tail")))
    connection = open_for_reading(path)
    try:
        return spend_of(connection, None, tail)
    finally:
        connection.close()
