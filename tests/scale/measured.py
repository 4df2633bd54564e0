"""Processes that measure one workload together, and what they leave."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from doors.test_measure_command import MANIFEST
from servers.endpoint import Endpoint, item_prompt, item_target

ARM = "chain-of-thought"


def spoken(url: str, query: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def workload(path: Path, endpoint: Endpoint, items: int, concurrency: int = 16) -> Path:
    path.mkdir()
    manifest = MANIFEST.format(base_url=endpoint.base_url).replace("concurrency = 16", f"concurrency = {concurrency}")
    (path / "workload.toml").write_text(manifest, encoding="utf-8")
    rows = [{"id": f"i{at}", "input": item_prompt(at), "target": item_target(at)} for at in range(items)]
    (path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def started(folder: Path, url: str, number: int, *more: str) -> subprocess.Popen[str]:
    output = folder / f"results-{number}"
    command = [sys.executable, "-m", "tierproof", "measure", str(folder), "--techniques", ARM, "--json"]
    command += ["--journal", url, "--output", str(output), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(true: Callable[[], object], *processes: subprocess.Popen[str]) -> None:
    """Wait for something while the processes run."""
    deadline = time.monotonic() + 300
    while not true():
        assert all(process.poll() is None for process in processes)
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ended(processes: Sequence[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    found = []
    for process in processes:
        output, error = process.communicate(timeout=600)
        assert process.returncode == 0, error
        found.append(json.loads(output))
    return found


def outcomes(folder: Path) -> list[dict[str, object]]:
    """Per-item outcomes without the times, which no two runs share."""
    rows = [json.loads(line) for line in (folder / "outcomes.jsonl").read_bytes().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def alone(folder: Path, *more: str) -> list[dict[str, object]]:
    """The same run by one process, its journal in a file."""
    command = [sys.executable, "-m", "tierproof", "measure", str(folder), "--techniques", ARM, "--json", *more]
    subprocess.run(command, check=True, capture_output=True)
    return outcomes(folder / "results")
