"""Reading other tools' logs: processor time and memory, beside decoding alone and beside the tool's own reader.

    python benchmarks/logs.py                       a million rows of lm-eval, beside msgspec alone
    python benchmarks/logs.py --full                also 100 million outcomes in Parquet, in place of 5 million
    python benchmarks/logs.py --peers DIR           also an Inspect log of 60 MB beside `read_eval_log`:
        DIR/inspect/bin/python     a virtual environment with inspect-ai

Logs are made of the real ones under tests/experiment/logs/real, their rows repeated under other names; each reader runs
in a fresh process, which tells its own processor time and its largest memory.  Outcomes in Parquet (20 arms) are held
against one query by hand in DuckDB that gives each arm's mean paired difference and its standard error, no more.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from results import Row, markdown

HERE = Path(__file__).resolve().parent
REAL = HERE.parent / "tests" / "experiment" / "logs" / "real" / "logs.tar.xz"
ROWS = 1_000_000
INSPECT_BYTES = 60 << 20
STORED, STORED_FULL, ARMS = 5_000_000, 100_000_000, 20
NAME = "samples_desk_2026-11-30T04-00-15.{}.jsonl"

DECODE = """
import sys, time, msgspec
class Row(msgspec.Struct):
    doc_id: int
    doc_hash: str
    filter: str
    exact_match: float
decode = msgspec.json.Decoder(Row).decode
before = time.process_time()
for path in sys.argv[1:]:
    for line in open(path, "rb"):
        decode(line)
print(time.process_time() - before, 0)
"""
IMPORT = """
import resource, sys, time
from pathlib import Path
from tierproof.experiment.logs.imported import import_logs
before = time.process_time()
(found,) = import_logs([Path(path) for path in sys.argv[1:]]).comparisons
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
BY_HAND = """
import resource, sys, tempfile, time, duckdb
before = time.process_time()
with tempfile.TemporaryDirectory() as spilled:
    con = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": spilled, "preserve_insertion_order": "false"})
    con.sql(f'''
        with items as (select arm, item, avg(score) as score from read_parquet('{sys.argv[1]}') group by arm, item)
        select t.arm, count(*), avg(t.score - b.score), stddev_samp(t.score - b.score) / sqrt(count(*))
        from items t join items b on b.item = t.item and b.arm = 'arm0' where t.arm <> 'arm0' group by t.arm
    ''').to_arrow_table()
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
STORE = """
import resource, sys, time
from pathlib import Path
from tierproof.experiment.logs.imported import Choice, import_logs
before = time.process_time()
choice = Choice(baseline="arm0", columns={"system": "arm", "item": "item", "score": "score"})
found = import_logs([Path(sys.argv[1])], choice).comparisons
assert len(found) == 19 and {type(one).__name__ for one in found} == {"Compared"}
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
READ = """
import resource, sys, time
from pathlib import Path
from tierproof.experiment.logs.files.named_columns import read_log
before = time.process_time()
read_log(Path(sys.argv[1]))
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
PEER = """
import resource, sys, time
from inspect_ai.log import read_eval_log
before = time.process_time()
read_eval_log(sys.argv[1])
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _taken(python: str, script: str, *paths: Path) -> tuple[float, float]:
    """Processor seconds and MB."""
    told = subprocess.run([python, "-c", script, *map(str, paths)], capture_output=True, text=True, check=True).stdout
    seconds, memory = map(float, told.split()[-2:])
    return seconds, memory


def _lm_eval(real: Path, folder: Path, rows: int) -> list[Path]:
    (source,) = (real / "lm-eval" / "lab-1m").glob("samples_desk_2*.jsonl")
    kept = [row for line in source.open(encoding="utf-8") if (row := json.loads(line))["filter"] == "strict"]
    paths = []
    for name, share in (("a", 0.70), ("b", 0.75)):
        rnd = random.Random(name)
        paths.append(folder / NAME.format(name))
        with paths[-1].open("w", encoding="utf-8") as file:
            for at in range(rows // 2):
                row = kept[at % len(kept)]
                row["doc_id"], row["doc"]["id"] = at, f"q{at}"
                row["doc_hash"] = hashlib.sha256(str(at).encode()).hexdigest()
                row["exact_match"] = float(rnd.random() < share)
                file.write(json.dumps(row) + "\n")
    return paths


def _inspect(real: Path, folder: Path, size: int) -> Path:
    from tierproof.experiment.logs.files.archive import Archive

    with Archive(real / "inspect" / "lab-1m_epochs3_errors.eval") as archive:
        header = json.loads(archive.read("header.json"))
        samples = [one for _, data in archive.under("samples/") if not (one := json.loads(data)).get("error")]
    path = folder / "large.eval"
    # Deflated, so that any Python writes it: both readers take either.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        at = 0
        while archive.fp is not None and archive.fp.tell() < size:
            sample = {**samples[at % len(samples)], "id": f"q{at}", "epoch": 1}
            archive.writestr(f"samples/q{at}_epoch_1.json", json.dumps(sample))
            at += 1
        archive.writestr("header.json", json.dumps(header))
    return path


def _stored(folder: Path, count: int) -> list[Row]:
    import duckdb

    path = folder / "outcomes.parquet"
    duckdb.sql(f"""
        copy (select 'arm' || (i // {count // ARMS}) as arm, 'question-' || (i % {count // ARMS}) as item,
                     cast(hash(i) % 100 < 50 + i // {count // ARMS} as double) as score from range({count}) t(i))
        to '{path}' (compression zstd)""")
    theirs, _ = _taken(sys.executable, BY_HAND, path)
    own, memory = _taken(sys.executable, STORE, path)
    what = f"{count:,} outcomes in Parquet paired by DuckDB"
    return [
        Row(f"{what}, CPU", f"{own:.1f} s", f"one query by hand, {theirs:.1f} s", own / theirs, 2),
        Row(f"{what}, memory", f"{memory:.0f} MB", "2,000 MB", memory / 2000, 1),
    ]


def rows(peers: Path | None = None, *, count: int = ROWS, size: int = INSPECT_BYTES, stored: int = STORED) -> list[Row]:
    """The benchmark's rows."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        with tarfile.open(REAL) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4
            archive.extractall(folder / "real")
        paths = _lm_eval(folder / "real", folder, count)
        alone, _ = _taken(sys.executable, DECODE, *paths)
        paired, memory = _taken(sys.executable, IMPORT, *paths)
        found = [
            Row(
                f"{count:,} lm-eval samples paired, CPU",
                f"{paired:.1f} s",
                f"msgspec alone, {alone:.1f} s",
                paired / alone,
                2,
            ),
            Row(f"{count:,} lm-eval samples paired, memory", f"{memory:.0f} MB", "500 MB", memory / 500, 1),
        ]
        for path in paths:
            path.unlink()
        found += _stored(folder, stored)
        python = peers / "inspect" / "bin" / "python" if peers is not None else None
        if python is not None and python.exists():
            path = _inspect(folder / "real", folder, size)
            own, _ = _taken(sys.executable, READ, path)
            theirs, _ = _taken(str(python), PEER, path)
            what = f"Inspect log of {path.stat().st_size >> 20} MB read, CPU"
            found.append(Row(what, f"{own:.1f} s", f"read_eval_log, {theirs:.1f} s", own / theirs, 0.1))
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--megabytes", type=int, default=INSPECT_BYTES >> 20)
    parser.add_argument("--full", action="store_true", help="100 million outcomes in Parquet")
    given = parser.parse_args()
    stored = STORED_FULL if given.full else STORED
    print(markdown(rows(given.peers, count=given.rows, size=given.megabytes << 20, stored=stored)))


if __name__ == "__main__":
    main()
