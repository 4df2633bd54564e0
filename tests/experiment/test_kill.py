"""`kill -9` at random moments, then the same command: nothing answered is paid for twice, nothing counted twice.

Three kills; as many as the environment variable TIERPROOF_KILLS says.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from experiment import killed, sums
from servers.endpoint import serve
from spent import spent

KILLS = int(os.environ.get("TIERPROOF_KILLS", "3"))


def start(base_url: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, killed.__file__, base_url, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(base_url: str, folder: Path) -> str:
    with start(base_url, folder) as process:
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0
    return output


def outcomes(folder: Path) -> list[dict[str, object]]:
    """Per-item outcomes without the times, which no two runs share."""
    rows = [msgspec.json.decode(line) for line in (folder / "outcomes.jsonl").read_bytes().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    rng = random.Random(KILLS)
    seed = os.environ.get("PYTEST_XDIST_WORKER", "")
    with serve(answer=sums.answer, latency=0.01) as endpoint:
        whole = finish(endpoint.base_url, tmp_path / "whole")
        calls = endpoint.calls.total()
        assert calls == len(endpoint.calls)  # each prompt once
        endpoint.reset()
        folder = tmp_path / f"killed{seed}"
        kills = 0
        while kills < KILLS:
            before = endpoint.answered.total()
            process = start(endpoint.base_url, folder)
            # From before the first call to near the end of what is left.
            goal = before + rng.randrange(max(1, 2 * (calls - before) // (KILLS - kills + 1)))
            deadline = time.monotonic() + 300
            while endpoint.answered.total() < goal and process.poll() is None and time.monotonic() < deadline:
                time.sleep(rng.uniform(0, 0.004))
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
            kills += 1
        journal = folder / "journal.sqlite"
        cut_off = spent(journal).presumed.calls if journal.exists() else 0
        again = finish(endpoint.base_url, folder)
        spend = spent(journal)

        # Calls made again are at most those that were in flight when it was killed.
        repeated = endpoint.calls.total() - len(endpoint.calls)
        assert repeated <= cut_off <= KILLS * killed.CONCURRENCY
        assert spend.presumed.calls == cut_off
        # No answer was paid for twice, as far as the journal saw it; and every attempt is in the account.
        assert spend.answered.calls == len(endpoint.calls) == calls
        assert spend.total.calls >= endpoint.calls.total()
    assert again == whole
    assert outcomes(folder) == outcomes(tmp_path / "whole")
