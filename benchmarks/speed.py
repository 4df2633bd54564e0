"""How quickly the commands answer and how much the base install weighs, as ratios against a peer in one run.

Enters: the environment that runs this file.  Leaves: rows of (what, measured, peer, ratio, bound).  The peer of a
start-up is the same interpreter importing rich and typer.  Commands and peer take turns, and each is told by the least
CPU time of its runs: a neighbour on the machine can only slow one down, and slows all of them down alike.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from pathlib import Path

from results import Row

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "src" / "tierproof" / "packs" / "production_ai"
TIERPROOF = [sys.executable, "-m", "tierproof"]
INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of the commands: without bytecode, which an install leaves, each would compile Tierproof anew."""


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds, user and system, of one run and all that it starts; raises CalledProcessError if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=INSTALLED)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least_seconds(commands: Mapping[str, list[str]], rounds: int) -> dict[str, float]:
    """Least CPU seconds of each command over `rounds` in which all take their turn."""
    times = [{name: cpu_seconds(command) for name, command in commands.items()} for _ in range(rounds)]
    return {name: min(each[name] for each in times) for name in commands}


def wall_seconds(command: list[str]) -> float:
    """Seconds that a person waits for one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=INSTALLED)
    return time.perf_counter() - start


def multiplied_pack(folder: Path, records: int) -> int:
    """Copy the shipped pack into `folder` with its records repeated, as new sources, until there are `records`."""
    shutil.copytree(PACK, folder, dirs_exist_ok=True)
    files = {
        path: path.read_text(encoding="utf-8").splitlines() for path in sorted((folder / "evidence").glob("*.jsonl"))
    }
    total = sum(len(lines) for lines in files.values())
    copies = -(-records // total)
    for path, lines in files.items():
        with path.open("a", encoding="utf-8") as out:
            for copy in range(1, copies):
                for line in lines:
                    fresh = line.replace('"id":"', f'"id":"copy{copy}.', 1).replace(
                        '"source_id":"', f'"source_id":"copy{copy}.', 1
                    )
                    out.write(fresh.replace('"mirror_of":"', f'"mirror_of":"copy{copy}.', 1) + "\n")
    return total * copies


def base_install_megabytes() -> float:
    """Size of a fresh environment with only the base install, less what an empty environment weighs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "env"
        venv.create(folder, with_pip=True)
        before = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", ROOT], check=True, capture_output=True)
        after = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        return (after - before) / 1e6


def rows() -> list[Row]:
    least = least_seconds(
        {
            "peer": [sys.executable, "-c", "import rich, typer"],
            "help": [*TIERPROOF, "--help"],
            "table": [*TIERPROOF, "table"],
        },
        rounds=12,
    )
    peer, start, table = least["peer"], least["help"], least["table"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "many"
        count = multiplied_pack(folder, 100_000)
        many = wall_seconds([*TIERPROOF, "table", "--pack", str(folder)])
    size = base_install_megabytes()
    return [
        Row("tierproof --help", f"{start:.3f} s of CPU", f"import rich, typer: {peer:.3f} s", start / peer, 3),
        Row(
            "tierproof table, shipped pack, no cache",
            f"{table:.3f} s of CPU",
            f"import rich, typer: {peer:.3f} s",
            table / peer,
            6,
        ),
        Row(f"tierproof table, {count:,} records", f"{many:.1f} s", "bound: 20 s", many / 20, 1),
        Row("base install", f"{size:.0f} MB", "bound: 120 MB", size / 120, 1),
    ]
