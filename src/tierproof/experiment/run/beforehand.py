"""What a run is refused for before anything is paid: its items, its options, its folder, the index that it searches.

Enters: a workload and what was asked for.  Leaves: InputError, or nothing.  Must not know arms, models or prices.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.scorer_trials import refuse_empty_tests
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["folder_made", "index_of", "refuse_impossible"]

MOST_REPEATS = 100


async def refuse_impossible(workload: Workload, fixed: int | None, repeats: int) -> None:
    """Raises InputError for what cannot be measured as it is asked for."""
    if not workload.items:
        raise InputError.of(Message("the workload has no items"), file=workload.path)
    if fixed is not None and not 2 <= fixed <= len(workload.items):
        message = Message("--fixed {fixed}: the workload has {n} items", fixed=fixed, n=len(workload.items))
        raise InputError.of(message, remedy=Message("name a number from 2 to that"))
    if not 1 <= repeats <= MOST_REPEATS:
        message = Message(
            "--repeats {repeats}: an item is asked once, or up to {most} times",
            repeats=repeats,
            most=MOST_REPEATS,
        )
        raise InputError.of(message, remedy=Message("name a number from 1 to {most}", most=MOST_REPEATS))
    await refuse_empty_tests(workload)


def folder_made(folder: Path) -> Path:
    """The folder, which is there then.  Raises InputError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = Message("cannot be made ({strerror})", strerror=kept(str(error.strerror)))
        raise InputError.of(message, remedy=Message("name another folder"), file=folder) from None
    return folder


@contextlib.asynccontextmanager
async def index_of(workload: Workload) -> AsyncIterator[None]:
    """The index that the workload names, if any, looked at before anything is paid, and left in the end."""
    index = workload.resources.index
    if index is None:
        yield
        return
    try:
        if faults := (await index.looked(workload.items[0].text)).faults:
            remedy = Message("start or fill it, or mend [retriever]; `tierproof doctor` looks at it again")
            raise InputError(*(Problem(field="retriever", message=fault, remedy=remedy) for fault in faults))
        yield
    finally:
        index.close()
