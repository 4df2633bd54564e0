"""How much work are sixty claims on one loaded pack?  CPU seconds, imports and loading apart.

python benchmarks/claims.py                                     this build alone
python benchmarks/claims.py --against OTHER/.venv/bin/python
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from caps import environment
from results import Row

__all__ = ["rows"]

BOUND = 0.15
ASKED = """
import time
import tierproof
try:
    from tierproof.verdicts import critique  # an earlier build
except ModuleNotFoundError:
    from tierproof import critique
names = ("RAG", "LoRA", "Chain of thought", "Model scaling", "Prompt caching", "Test-time compute")
said = ("improves quality", "does not improve quality", "reduces cost", "reduces latency", "is worth it")
claims = [f"{name} {what}." for name in names for what in said]
claims += [f"{name} removes at least {share} % of failures." for name in names for share in (5, 15, 25, 35, 45)]
pack = tierproof.load_pack()
start = time.process_time()
for claim in claims:
    critique(claim, pack)
print(len(claims), time.process_time() - start)
"""


def seconds(python: str) -> float:
    """CPU of the sixty claims with the build of that interpreter."""
    ended = subprocess.run([python, "-c", ASKED], capture_output=True, text=True, check=True, env=environment(python))
    count, spent = ended.stdout.split()
    assert int(count) == 60
    return float(spent)


def rows(earlier: str = "") -> list[Row]:
    """Nothing without an earlier build: the ratio is what is promised."""
    if not earlier:
        return []
    here, there = seconds(sys.executable), seconds(earlier)
    return [Row("60 claims on one pack", f"{here:.2f} s CPU", f"{there:.2f} s, the earlier build", here / there, BOUND)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", default="", help="interpreter of an earlier build")
    given = parser.parse_args()
    print(f"{seconds(sys.executable):.2f} s CPU")
    for row in rows(given.against):
        print(f"{row.measured} against {row.against}: {row.ratio:.3f}, bound {row.bound}")


if __name__ == "__main__":
    main()
