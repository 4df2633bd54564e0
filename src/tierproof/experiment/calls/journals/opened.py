"""The journal of a measurement: in its folder, or in PostgreSQL for several processes.

Enters: a folder, and where the journal is kept.  Leaves: a journal, held while it is used.  Must not know what is
measured.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tierproof.errors import InputError, Problem
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.journals.journal_file import lock_journal
from tierproof.experiment.calls.journals.shared import SharedJournal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.messages import Message, gettext
from tierproof.postgres import Database

__all__ = ["opened"]


@contextlib.contextmanager
def opened(
    folder: Path, journal: Path | Database, *, run: str, workload: str, budget: Budget, batch: bool
) -> Iterator[Journal | SharedJournal]:
    """The journal of `run`, and the folder for this process alone.

    In a database, where many workloads may be, the run is that of the `workload`.  `batch`: requests go into batches.

    Raises InputError where one of them is in use, and where the journal has batches on their way that this run would
    pay a second time.
    """
    if isinstance(journal, Path):
        with Journal(journal, run=run) as own:
            _refuse_open_batches(own, batch=batch)
            yield own
        return
    if batch:
        message = gettext("--batch keeps its batches in the journal of its folder")
        raise InputError.of(message, remedy=gettext("leave one of the two out"), field="journal")
    used = Problem(
        file=folder,
        message=gettext("another run writes into this folder"),
        remedy=gettext("give each process of one machine a folder of its own: --output FOLDER"),
    )
    with (
        contextlib.closing(lock_journal(folder / "results", used)),
        SharedJournal(journal, run=f"{run} {workload}", budget=budget) as shared,
    ):
        yield shared


def _refuse_open_batches(journal: Journal, *, batch: bool) -> None:
    """What a batch holds would be asked, and paid, twice."""
    if others := journal.batches.others(own=not batch):
        message = Message("{others} of its batches of requests are under way with their provider", others=others)
        remedy = Message("run the command that handed them in again, with --batch: it waits for them")
        raise InputError.of(message, remedy=remedy, file=journal.path)
