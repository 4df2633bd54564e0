"""What does `kill -9` cost?  Answers that were delivered before it and are asked for again, by the server's account.

    python benchmarks/kills.py                                     this build: 12 kills, 64 calls in flight, 20 ms
    python benchmarks/kills.py --latency 0.5 --against OTHER/.venv/bin/python

A run is killed at random moments and started again until its items are used up.  Paid twice is a request of which two
whole answers were written to a connection whose other end was open, beyond those that a run without kills asks for as
well (arms are timed by requests that were answered before).  What was written after the kill, while the system took
the process down, is told apart.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from caps import HERE, environment, workload
from results import Row

from servers.endpoint import Endpoint, serve

CONCURRENCY = 64
DYING_SECONDS = 0.2
ITEMS = 1200
"""Of two arms each."""


@dataclass(frozen=True)
class Twice:
    """Answers paid for twice, for each kill."""

    before: float
    """Delivered before the kill was sent."""
    dying: float
    """Delivered while the system took the process down, with its connections still open: nobody can read these."""

    def __str__(self) -> str:
        return f"{self.before:.1f} delivered before it, {self.dying:.1f} while the process died"


def start(python: str, job: dict[str, object]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [python, str(HERE / "driven.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(python),
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.close()
    return process


def paid_twice(python: str = sys.executable, *, kills: int = 12, latency: float = 0.02, seed: int = 0) -> Twice:
    """Tried on the build of one interpreter."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch, serve(Endpoint(latency=latency)) as endpoint:
        where = workload(Path(scratch) / "w", endpoint, CONCURRENCY)
        job: dict[str, object] = {"workload": str(where), "budget": "", "fixed": ITEMS, "output": str(where / "whole")}
        finish(start(python, job))
        wanted = Counter(endpoint.answered)
        endpoint.reset()
        job["output"] = str(where / "out")
        killed: list[float] = []
        for number in range(kills):
            before = endpoint.calls.total()
            left = 2 * ITEMS - len(endpoint.answered)
            goal = before + 2 * CONCURRENCY + rng.randrange(max(1, left // (kills - number)))
            process = start(python, job)
            while endpoint.calls.total() < goal and process.poll() is None:
                time.sleep(rng.uniform(0, 0.004))
            killed.append(time.monotonic())
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
        finish(start(python, job))
        twice = endpoint.answered - wanted
        late = [
            when
            for when, text in endpoint.delivered
            if text in twice and any(0 <= when - at < DYING_SECONDS for at in killed)
        ]
        return Twice((twice.total() - len(late)) / kills, len(late) / kills)


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for a run that is left alone."""
    assert process.stdout is not None
    told = process.stdout.read()
    assert process.wait() == 0 and json.loads(told)["ending"] == "complete", told


def rows(against: str = "") -> list[Row]:
    """What `make bench` shows."""
    here = paid_twice()
    there = f"an earlier build: {paid_twice(against)}" if against else "one delivered before it"
    return [Row("answers paid for twice for each kill -9, 64 in flight", str(here), there, here.before, 3)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--against", default="", help="interpreter of an earlier build")
    options = parser.parse_args()
    builds = {"this build": sys.executable} | ({"earlier build": options.against} if options.against else {})
    for name, python in builds.items():
        found = paid_twice(python, kills=options.kills, latency=options.latency)
        print(f"{name}: for each of {options.kills} kills at {options.latency:g} s are paid twice: {found}")


if __name__ == "__main__":
    main()
