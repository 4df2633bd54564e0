"""What each command that people wait for costs, as a ratio to `table`, to an earlier build, or to reading the records.

python benchmarks/commands.py                                     this build alone
python benchmarks/commands.py --against OTHER/.venv/bin/python    and beside an earlier build

Enters: the environment that runs this file.  Leaves: rows of CPU time, each the least of some rounds in which commands
and peers take their turns.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from caps import environment
from results import Row, markdown
from speed import TIERPROOF, cpu_seconds, least_seconds, multiplied_pack

from tierproof.answers.view import view_of
from tierproof.decision.plan.candidate import Candidate
from tierproof.decision.plan.gather import Team, gather
from tierproof.decision.plan.limits import Limits
from tierproof.decision.plan.search import Solver

__all__ = ["rows"]

ROUNDS = 4
TIERS = (
    "| Tier | Technique |\n| --- | --- |\n| S | RAG |\n| A | LoRA |\n| B | Chain of thought |\n| D | Model scaling |\n"
)
ASKED = {
    "brief": ("brief", "rag-or-fine-tuning"),
    "plan": ("plan",),
    "audit": ("audit",),
    "critique": ("critique", "RAG improves quality."),
    "show": ("show", "rag"),
}
OVER_TABLE = 3.0
REPORT_OVER_TABLE, REPORT_MEGABYTES = 15.0, 2.5
FEW_CANDIDATES, MANY_CANDIDATES = 21, 40
MANY = 100_000
MANY_OVER_DECODING, SHOW_OVER_DECODING = 4.0, 5.0
WHOLE = """
import gc, os, time
os.environ["OPENBLAS_NUM_THREADS"] = "1"
gc.set_threshold(100_000)
try:
    from tierproof.answers.view import view_of
except ModuleNotFoundError:  # before the rooms were rebuilt
    from tierproof.api import view_of
view_of().table()
least = 1e9
for _ in range(6):
    gc.collect()
    start = time.process_time()
    view_of().table()
    least = min(least, time.process_time() - start)
print(least)
"""
DECODED = """
import gc, sys
from pathlib import Path
import msgspec
from tierproof.evidence.record import Record
gc.disable()
decoder = msgspec.json.Decoder(Record)
kept = [decoder.decode_lines(path.read_bytes()) for path in sorted(Path(sys.argv[1]).glob("*.jsonl"))]
print(sum(map(len, kept)))
"""


def _whole(python: str) -> float:
    """CPU seconds of loading, pooling and ranking the build's own pack in one process, imports apart."""
    ended = subprocess.run([python, "-c", WHOLE], capture_output=True, text=True, check=True, env=environment(python))
    return float(ended.stdout)


def _beside(earlier: str) -> list[Row]:
    if not earlier:
        return []
    pairs = [(_whole(sys.executable), _whole(earlier)) for _ in range(ROUNDS)]
    here, there = (min(pair[k] for pair in pairs) for k in (0, 1))
    least = least_seconds({"here": [*TIERPROOF, "table"], "there": [earlier, "-E", "-m", "tierproof", "table"]}, ROUNDS)
    start, before = least["here"], least["there"]
    what = "loading, pooling and ranking the shipped pack"
    return [
        Row(what, f"{here:.3f} s of CPU", f"{there:.3f} s, the earlier build's own", here / there, 1),
        Row("tierproof table", f"{start:.3f} s of CPU", f"{before:.3f} s, the earlier build", start / before, 1),
    ]


def _over_table(folder: Path) -> list[Row]:
    (folder / "tiers.md").write_text(TIERS, encoding="utf-8")
    page = folder / "report.html"
    commands = {name: [*TIERPROOF, *words] for name, words in ASKED.items()}
    commands["audit"].append(str(folder / "tiers.md"))
    least = least_seconds({"table": [*TIERPROOF, "table"], **commands}, ROUNDS)
    report = cpu_seconds([*TIERPROOF, "report", "--output", str(page)])
    table, size = least.pop("table"), page.stat().st_size / 1e6
    against = f"table: {table:.3f} s"
    return [
        *(
            Row(f"tierproof {' '.join(ASKED[name])}", f"{spent:.3f} s of CPU", against, spent / table, OVER_TABLE)
            for name, spent in least.items()
        ),
        Row("tierproof report", f"{report:.1f} s of CPU", against, report / table, REPORT_OVER_TABLE),
        Row("report.html", f"{size:.1f} MB", f"bound: {REPORT_MEGABYTES} MB", size / REPORT_MEGABYTES, 1),
    ]


def _over_decoding(folder: Path) -> list[Row]:
    count = multiplied_pack(folder, MANY)
    commands = {
        "decoded": [sys.executable, "-c", DECODED, str(folder / "evidence")],
        "table": [*TIERPROOF, "table", "--pack", str(folder)],
        "show": [*TIERPROOF, "show", "rag", "--pack", str(folder)],
    }
    least = least_seconds(commands, 2)
    against = f"decoding them with msgspec: {least['decoded']:.2f} s"
    return [
        Row(
            f"tierproof {name}, {count:,} records",
            f"{least[name]:.2f} s of CPU",
            against,
            least[name] / least["decoded"],
            bound,
        )
        for name, bound in (("table", MANY_OVER_DECODING), ("show", SHOW_OVER_DECODING))
    ]


def _candidates(count: int) -> list[Candidate]:
    """The shipped techniques, and more of other sizes: their draws shuffled, effects and efforts scaled at random."""
    appraisal = view_of().appraisal
    shipped, _ = gather(appraisal, Team())
    numbers = np.random.default_rng(1)
    found = list(shipped)
    for number in range(count - len(shipped)):
        model = shipped[number % len(shipped)]
        order = numbers.permutation(len(model.theta))
        size, bill, wait, effort = np.exp(numbers.normal(0.0, 0.35, 4))
        found.append(
            replace(
                model,
                id=f"{model.id}-{number}",
                theta=model.theta[order] * size,
                cost=model.cost[order] ** bill,
                latency=model.latency[order] ** wait,
                running=model.running[order] * effort,
                one_off=model.one_off[order] * effort,
                days=model.days * effort,
                weeks=model.weeks * effort,
            )
        )
    return found[:count]


def _over_few_candidates() -> list[Row]:
    """Forty candidates, under four sets of limits, over the shipped twenty-one under the same."""
    asked = (Limits(), Limits(weeks=8), Limits(budget=1_000, one_off=10_000), Limits(latency=3, weeks=6, team=2))
    profile, damping = view_of().profile, view_of().pack.settings.damping
    spent, gaps = {}, []
    for count in (FEW_CANDIDATES, MANY_CANDIDATES):
        candidates = _candidates(count)
        start = time.process_time()
        solver = Solver(candidates, profile, damping)
        found = [solver.best(limits, 2) for limits in asked]
        spent[count] = time.process_time() - start
        gaps.append(max(one.gap / one.sets[0].net_benefit if one.gap else 0.0 for one in found))
    few, many = spent[FEW_CANDIDATES], spent[MANY_CANDIDATES]
    what = f"a plan of {MANY_CANDIDATES} candidates"
    return [
        Row(f"{what}, proven gap", f"{gaps[-1]:.1%}", "of its net benefit, worst of four limits", gaps[-1], 0.05),
        Row(what, f"{many:.2f} s of CPU", f"of {FEW_CANDIDATES}: {few:.2f} s", many / few, 10),
    ]


def rows(earlier: str = "") -> list[Row]:
    """Those beside an earlier build only where its interpreter is named."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        return [*_beside(earlier), *_over_few_candidates(), *_over_table(folder), *_over_decoding(folder / "many")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default="", help="interpreter of an earlier build")
    print(markdown(rows(parser.parse_args().against)))


if __name__ == "__main__":
    main()
