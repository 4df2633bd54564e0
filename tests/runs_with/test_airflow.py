"""The weekly DAG of the examples, run by Airflow itself on SQLite: `make test-airflow`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("airflow") is None:
    pytest.skip("Airflow is not installed here: make test-airflow", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "examples" / "logs"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an Airflow with a fresh SQLite, the example among its DAGs, and the lab's desk as workload."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    shutil.copy(ROOT / "examples" / "airflow" / "tierproof_weekly.py", home / "dags")
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "TIERPROOF_WORKLOAD": str(home / "workload"),
        "TIERPROOF_BUDGET": "40calls",
        "TIERPROOF_METRIC": "Exact Match",
        "TIERPROOF_TECHNIQUE": "prompt-engineering",
        "TIERPROOF_DESK": str(home / "desk"),
    }
    subprocess.run([BIN / "airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    subprocess.run([BIN / "tierproof", "lab", "workload", home / "workload"], check=True, capture_output=True)
    return environment


@pytest.fixture(scope="module", autouse=True)
def lab() -> Iterator[None]:
    """The lab's endpoint, at the port that its workload names."""
    command = [BIN / "tierproof", "lab", "serve"]
    serving = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", 8321)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        serving.terminate()
        serving.wait()


def week(environment: dict[str, str], date: str, before: str, after: str) -> subprocess.CompletedProcess[str]:
    """One week's run of the DAG."""
    logs = {"TIERPROOF_BEFORE": str(LOGS / before), "TIERPROOF_AFTER": str(LOGS / after)}
    command = [BIN / "airflow", "dags", "test", "tierproof_weekly", date]
    return subprocess.run(command, env={**environment, **logs}, capture_output=True, text=True, check=False)


def states(run: subprocess.CompletedProcess[str]) -> str:
    return (run.stdout + run.stderr)[-6000:]


def test_a_week_that_is_not_worse_passes_and_leaves_its_evidence(airflow: dict[str, str]) -> None:
    run = week(airflow, "2026-11-02", "before.json", "after.json")
    assert run.returncode == 0, states(run)
    desk = Path(airflow["TIERPROOF_DESK"]) / "2026-11-02"
    records = [json.loads(line) for line in (desk / "evidence.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {record["technique"] for record in records} == {"prompt-engineering"}
    assert "together" in (desk / "table.md").read_text(encoding="utf-8").lower()
    assert (desk / "measured" / "outcomes.jsonl").read_text(encoding="utf-8").count("\n") >= 20
    assert 'failures="0"' in (desk / "gate.xml").read_text(encoding="utf-8")


def test_a_week_that_is_worse_fails_at_the_gate(airflow: dict[str, str]) -> None:
    run = week(airflow, "2026-11-09", "after.json", "before.json")
    assert run.returncode != 0, states(run)
    desk = Path(airflow["TIERPROOF_DESK"]) / "2026-11-09"
    assert (desk / "evidence.jsonl").exists()  # The week's evidence is kept: it is the gate that failed.
    assert "<failure" in (desk / "gate.xml").read_text(encoding="utf-8")
