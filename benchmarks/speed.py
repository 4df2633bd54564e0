"""How quickly the commands answer and how much the base install weighs, as ratios against a peer in one run.

Enters: the environment that runs this file.  Leaves: rows of (what, measured, peer, ratio, bound).  The peer of a
start-up is the same interpreter importing rich and typer; every time is the best of several runs, since a neighbour can
only slow one down.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from results import Row

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "src" / "tierproof" / "packs" / "production_ai"
TIERPROOF = [sys.executable, "-m", "tierproof"]


def best_seconds(command: list[str], repeats: int) -> float:
    """Wall-clock seconds of the quickest of `repeats` runs; raises CalledProcessError if one fails."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


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
    peer = best_seconds([sys.executable, "-c", "import rich, typer"], 10)
    start = best_seconds([*TIERPROOF, "--help"], 10)
    table = best_seconds([*TIERPROOF, "table"], 10)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "many"
        count = multiplied_pack(folder, 100_000)
        many = best_seconds([*TIERPROOF, "table", "--pack", str(folder)], 1)
    size = base_install_megabytes()
    return [
        Row("tierproof --help", f"{start:.2f} s", f"import rich, typer: {peer:.3f} s", start / peer, 3),
        Row(
            "tierproof table, shipped pack, no cache",
            f"{table:.2f} s",
            f"import rich, typer: {peer:.3f} s",
            table / peer,
            6,
        ),
        Row(f"tierproof table, {count:,} records", f"{many:.1f} s", "bound: 20 s", many / 20, 1),
        Row("base install", f"{size:.0f} MB", "bound: 120 MB", size / 120, 1),
    ]
