"""What the page costs: CPU of an answer and how long a reader waits, beside `tierproof table` in a process of its own.

Enters: the environment that runs this file, with the extra [page].  Leaves: rows of (what, measured, peer, ratio,
bound).  Who moves a slider moves a price or a volume three times of four, else the share that succeeds today, which
reads all evidence anew.  Twenty such readers ask at once, and think for a second between two answers.
"""

from __future__ import annotations

import http.client
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from results import Row
from speed import INSTALLED, TIERPROOF, least_seconds

READERS, ANSWERS, THOUGHT = 20, 12, 1.0
MOVES = 80
TARGET_CPU, TARGET_WAIT = 0.050, 0.150
FIRST_PAINT, LARGEST = 300_000, 1_000_000


def cpu_of(process: int) -> float:
    """CPU seconds of a running process, by the scheduler's own clock: ticks are a fifth of an answer."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def ask(port: int, path: str) -> tuple[float, int]:
    """Seconds until the whole answer is there, and its bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    start = time.perf_counter()
    connection.request("GET", path, headers={"HX-Request": "true"})
    size = len(connection.getresponse().read())
    took = time.perf_counter() - start
    connection.close()
    return took, size


def moved(moves: random.Random) -> str:
    """Where one more move of a slider leads: mostly money, once in four the share that succeeds today."""
    figures = f"value_per_success={moves.uniform(0.01, 5):.2f}&lens={moves.choice(('effect', 'value'))}"
    if moves.random() < 0.25:
        figures += f"&baseline_success={moves.randrange(400, 950) / 1000}"
    return f"/?{figures}"


def reader(port: int, seed: int, waits: list[float]) -> None:
    """One person who moves sliders."""
    moves = random.Random(seed)
    for _ in range(ANSWERS):
        waits.append(ask(port, moved(moves))[0])
        time.sleep(moves.expovariate(1 / THOUGHT))


def rows() -> list[Row]:
    """Rows for `results.md`."""
    command = [sys.executable, "-m", "tierproof", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=INSTALLED) as server:
        try:
            assert server.stdout is not None
            port = int(re.findall(r":(\d+)/", server.stdout.readline())[0])
            ask(port, "/")
            before, costs = cpu_of(server.pid), []
            moves = random.Random(READERS)
            for _ in range(MOVES):
                ask(port, moved(moves))
                after = cpu_of(server.pid)
                costs.append(after - before)
                before = after
            waits: list[float] = []
            people = [threading.Thread(target=reader, args=(port, seed, waits)) for seed in range(READERS)]
            for person in people:
                person.start()
            for person in people:
                person.join()
            whole = http.client.HTTPConnection("127.0.0.1", port)
            whole.request("GET", "/")
            page = whole.getresponse().read()
            names = re.findall(rb'(?:href|src)="(/assets/[^"]+)"', page)
            paint = len(page) + sum(ask(port, name.decode())[1] for name in names)
            largest = max(ask(port, name.decode())[1] for name in set(re.findall(rb'href="(/techniques/[^"]+)"', page)))
        finally:
            server.terminate()
    table = least_seconds({"table": [*TIERPROOF, "table"]}, rounds=6)["table"]
    cpu, late = statistics.median(costs), statistics.quantiles(waits, n=20)[-1]
    dear = statistics.quantiles(costs, n=20)[-1]
    return [
        Row("CPU of an answer of the page, median", f"{1000 * cpu:.0f} ms", "50 ms", cpu / TARGET_CPU, 1),
        Row("CPU of an answer of the page, p95", f"{1000 * dear:.0f} ms", "150 ms", dear / TARGET_WAIT, 1),
        Row(
            "CPU of an answer of the page, median",
            f"{1000 * cpu:.0f} ms",
            f"`tierproof table`, {1000 * table:.0f} ms",
            cpu / table,
            0.2,
        ),
        Row(f"wait for an answer, p95, {READERS} readers", f"{1000 * late:.0f} ms", "150 ms", late / TARGET_WAIT, 1),
        Row("bytes of the first paint", f"{paint / 1000:.0f} kB", "300 kB", paint / FIRST_PAINT, 1),
        Row("bytes of the largest page", f"{largest / 1000:.0f} kB", "1 MB", largest / LARGEST, 1),
    ]


if __name__ == "__main__":
    for row in rows():
        print(row)
