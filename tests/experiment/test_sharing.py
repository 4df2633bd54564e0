"""The trials of a round, dealt to several processes: each goes through all of it, and begins with what is its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NoReturn

import pytest

from tierproof.errors import InputError, Problem
from tierproof.experiment.calls.journals.shared import SharedJournal
from tierproof.experiment.calls.sharing import Dealt
from tierproof.postgres import is_database


def played(places: int, processes: int, dealt_at_once: int, *, gone: Sequence[int] = ()) -> list[list[int]]:
    """What each process goes through, turn by turn; those that are `gone` die after their first deal."""
    dealt = 0

    async def share(number: int, of: int) -> tuple[int, int] | None:
        nonlocal dealt
        assert (number, of) == (3, places)
        dealt += dealt_at_once
        return (dealt - dealt_at_once, dealt) if dealt - dealt_at_once < of else None

    async def all_of_them() -> list[list[int]]:
        rounds = [Dealt(range(places), 3, share, process) for process in range(processes)]
        found: list[list[int]] = [[] for _ in rounds]
        left = set(range(processes))
        while left:
            for process in sorted(left):
                place = await rounds[process].next()
                if place is None or (process in gone and len(found[process]) == dealt_at_once):
                    left.discard(process)
                else:
                    found[process].append(place)
        return found

    return asyncio.run(all_of_them())


@pytest.mark.parametrize(("places", "processes", "at_once"), [(1, 4, 8), (50, 1, 8), (100, 3, 7), (64, 4, 32)])
def test_each_goes_through_all_and_begins_with_its_own(places: int, processes: int, at_once: int) -> None:
    found = played(places, processes, at_once)
    assert all(sorted(one) == list(range(places)) for one in found)
    own = [one[: places // (at_once * processes) * at_once] for one in found]
    assert len({place for one in own for place in one}) == sum(map(len, own))


def test_what_one_leaves_behind_is_taken_up() -> None:
    first, second = played(40, 2, 10, gone=(0,))
    assert first == list(range(10))
    assert sorted(second) == list(range(40))


@pytest.mark.parametrize("text", ["postgresql://h/d", "postgres://u@h:5/d"])
def test_a_database_by_its_name(text: str) -> None:
    assert is_database(text)
    assert not is_database(f"./{text}")


@pytest.mark.parametrize("text", ["journal.sqlite", "postgresql://u:p4ss@w@h/d", "postgresql://u:p4ss/w@h/d"])
def test_what_cannot_be_read_is_not_repeated(text: str) -> None:
    pytest.importorskip("psycopg", reason="not installed here: make test-scale")
    from tierproof.postgres import Database

    with pytest.raises(InputError) as caught:
        Database(text)
    assert "p4ss" not in str(caught.value) and "journal.sqlite" not in str(caught.value)


def test_a_server_that_stays_away_is_told_to_all_who_wait() -> None:
    """Those too that began to wait while the server was waited for; once they waited for ever."""

    class Away(SharedJournal):
        def __init__(self) -> None:
            self._looks, self._held, self._begins, self._ended, self._keeps = [], [], [], [], []
            self._working = None

        def _exchange(self, *given: object) -> NoReturn:
            time.sleep(0.2)
            raise InputError(Problem(message="it is away"))

    async def waiting() -> list[object]:
        journal = Away()
        first = asyncio.create_task(journal.elsewhere(b"first"))
        await asyncio.sleep(0.05)
        second, third = asyncio.create_task(journal.elsewhere(b"second")), asyncio.create_task(journal.kept())
        async with asyncio.timeout(30):
            return list(await asyncio.gather(first, second, third, return_exceptions=True))

    assert [str(one) for one in asyncio.run(waiting())] == ["it is away"] * 3
