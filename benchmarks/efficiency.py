"""What the adaptive design saves, and whether it keeps its word: simulated runs of known truth.

    python benchmarks/efficiency.py                     200 repetitions, some minutes on one core python
    benchmarks/efficiency.py --repetitions 50 TIERPROOF_EARLIER=PYTHON python benchmarks/efficiency.py      beside the
    earlier build of that interpreter, on the same draws

Worlds (`tests/experiment/worlds.py`): twelve arms against a baseline that succeeds on 60 % of the items; an arm
without effect still answers 16 % of the items otherwise.  Arms cost more than the baseline by what 2.5 points of
success are worth, so an arm is worth adopting if its true effect is above 0.025; a decision is right if it says so,
and wrong by the margin if it takes an arm that falls short of that by two points or more, or leaves one that passes
it by as much.

The classical design gives every arm the items that find a difference of 2.5 points from that threshold with 90 %
power at 5 % (Connor 1987, `paired.items_needed`), and adopts what comes out above the threshold.  The adaptive design
runs until it stops by itself, under either guarantee, and, in further rows, until a stated share of the classical
design's calls is used up; where it stops without a decision, what is likelier worth it than not is adopted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import get_args

import numpy as np
from results import Row

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from experiment.worlds import Played, World, played
from tierproof.experiment.design.design import AdaptiveDesign
from tierproof.experiment.design.guarantee import Guarantee
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.trials.paired import items_needed

THRESHOLD = 0.025
STAKES = Stakes(value_per_success=0.10, latency_price=0.0, requests=1_200_000)
WORLDS = {
    "from strong through none to harmful": (0.20, 0.15, 0.12, 0.10, 0.08, 0.05, 0.0, 0.0, -0.03, -0.05, -0.10, -0.20),
    "one good arm, eleven without effect": (0.10, *(0.0,) * 11),
    "all near the threshold": (0.05,) * 6 + (0.0,) * 6,
}
SHARES = (0.05, 0.10, 0.15, 0.25)
EARLIER = """
import json, sys
from pathlib import Path
import tierproof
sys.path.insert(0, str(Path(tierproof.__file__).resolve().parents[2] / "benchmarks"))
import numpy as np
from efficiency import STAKES, THRESHOLD, WORLDS, AdaptiveDesign, World, planned_items, played
items, found = planned_items(), {}
for name, effects in WORLDS.items():
    world = World(effects=effects, extra_usd=THRESHOLD * STAKES.value_per_success)
    rows = []
    for repetition in range(int(sys.argv[1])):
        scores = world.scores(items, np.random.default_rng(repetition))
        result = played(world, AdaptiveDesign(1 + len(effects), items, stakes=STAKES), scores)
        right = np.mean((np.array(result.adopted()) == (np.array(effects) > THRESHOLD)))
        settled = np.mean([one.interval[0] > THRESHOLD or one.interval[1] < THRESHOLD for one in result.standings])
        rows.append((result.trials / (1 + len(effects)) / items, float(right), float(settled)))
    found[name] = np.mean(rows, axis=0).tolist()
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Line:
    design: str
    right: float
    """Share of right decisions."""
    calls: float
    """Share of the classical design's calls."""
    settled: float | None = None
    """Share of arms whose decision carries the guarantee (the earlier build: whose interval excludes the threshold)."""
    kept: float | None = None
    """Share of runs without a decision that is wrong by the margin."""
    wrong: float | None = None
    """Mean share, over runs, of decisions that are wrong by the margin among those taken."""


def lines_of(effects: Sequence[float], repetitions: int, items: int, shares: Sequence[float] = SHARES) -> list[Line]:
    """The classical design, the adaptive one under each guarantee, and the first within shares of the calls."""
    world = World(effects=effects, extra_usd=THRESHOLD * STAKES.value_per_success)
    truth = np.array(effects)
    whole = (1 + len(effects)) * items
    rows: dict[str, list[tuple[float, ...]]] = {}
    for repetition in range(repetitions):
        scores = world.scores(items, np.random.default_rng(repetition))
        adopted = (scores[1:] - scores[0]).mean(axis=1) > THRESHOLD
        rows.setdefault("classical", []).append((float((adopted == (truth > THRESHOLD)).mean()), 1.0))
        plays: list[tuple[str, Guarantee, int | None]] = [
            (f"adaptive, {one}", one, None) for one in get_args(Guarantee)
        ]
        plays += [(f"adaptive, {share:.0%} of the calls", "every-decision", int(share * whole)) for share in shares]
        for name, guarantee, most in plays:
            design = AdaptiveDesign(1 + len(effects), items, stakes=STAKES, guarantee=guarantee)
            result = played(world, design, scores, most)
            right = float((np.array(result.adopted()) == (truth > THRESHOLD)).mean())
            rows.setdefault(name, []).append((right, result.trials / whole, *_promise(result, truth)))
    return [Line(name, *np.mean(found, axis=0).tolist()) for name, found in rows.items()]


def _promise(result: Played, truth: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    """Share settled, whether no decision is wrong by the margin, and the share of decisions that are."""
    states = np.array([one.state if one.guaranteed else "" for one in result.standings])
    margin = STAKES.minimal_difference
    wrong = (states == "better") & (truth <= THRESHOLD - margin) | (states == "worse") & (truth >= THRESHOLD + margin)
    settled = states != ""
    return float(settled.mean()), float(not wrong.any()), float(wrong.sum() / max(1, settled.sum()))


def earlier_lines(python: str, repetitions: int) -> dict[str, Line]:
    """The earlier build's adaptive design until it stops, by world, on the same draws."""
    command = [python, "-c", EARLIER, str(repetitions)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(python).parent)
    return {
        name: Line("earlier build, until it stops", right, calls, settled)
        for name, (calls, right, settled) in json.loads(done.stdout).items()
    }


def widths(repetitions: int, items: int) -> tuple[float, float]:
    """Width of the printed interval at half of the items over that of a classical one of one look, for twelve arms;
    and the same for the interval over the items themselves.
    """
    error = 0.05 / 12
    found = []
    for repetition in range(repetitions):
        effects = WORLDS["from strong through none to harmful"]
        scores = World(effects=effects).scores(items, np.random.default_rng(repetition))[:, : items // 2]
        for row in scores[1:]:
            gaps = row - scores[0]
            classical = 2 * NormalDist().inv_cdf(1 - error / 2) * gaps.std(ddof=1) / math.sqrt(len(gaps))
            pair = []
            for finite in (False, True):
                low, high = Differences(gaps, STAKES.minimal_difference, items, error, finite).interval
                pair.append((high - low) / classical)
            found.append(pair)
    of_requests, of_items = np.mean(found, axis=0).tolist()
    return of_requests, of_items


def planned_items() -> int:
    """Items for every arm in the classical design."""
    return items_needed(THRESHOLD, 0.16, power=0.9)


def table(lines: Iterable[Line]) -> str:
    rows = ["| design | right decisions | calls | arms settled | runs with none wrong by the margin | wrong share |"]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    for line in lines:
        told = ["" if one is None else f"{one:.1%}" for one in (line.settled, line.kept)]
        wrong = "" if line.wrong is None else f"{line.wrong:.2%}"
        rows.append(f"| {line.design} | {line.right:.1%} | {line.calls:.1%} | {told[0]} | {told[1]} | {wrong} |")
    return "\n".join(rows)


def rows(repetitions: int = 40, earlier: str = "") -> list[Row]:
    """Rows for `make bench`: fewer repetitions than stand alone."""
    items = planned_items()
    before = earlier_lines(earlier, repetitions) if earlier else {}
    found = []
    for name, effects in WORLDS.items():
        classical, every, false, *_ = lines_of(effects, repetitions, items, ())
        for line, bound in ((every, 0.9), (false, 0.75)):
            against = before.get(name, classical)
            found.append(
                Row(
                    f"trials of an adaptive run over 12 arms ({name}; {line.design.removeprefix('adaptive, ')})",
                    f"{line.calls:.1%} of the calls, {line.right:.1%} right, {line.settled:.1%} settled",
                    f"{against.design}: {against.calls:.1%} of the calls, {against.right:.1%} right",
                    line.calls / against.calls,
                    bound if before else 0.5,
                )
            )
    for width, what, bound in zip(widths(5, items), ("requests", "items themselves"), (1.25, 1.0), strict=True):
        told = f"width of the interval at half of the items, about {what}"
        found.append(Row(told, f"{width:.2f}", "a classical interval of one look", width, bound))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    options = parser.parse_args()
    items = planned_items()
    earlier = os.environ.get("TIERPROOF_EARLIER", "")
    print(f"{options.repetitions} repetitions; the classical design gives each of 13 arms {items:,} items\n")
    of_requests, of_items = widths(10, items)
    print(f"interval at half of the items over a classical one: {of_requests:.2f}, over the items: {of_items:.2f}\n")
    for name, effects in WORLDS.items():
        print(f"## {name}\n\n{table(lines_of(effects, options.repetitions, items))}\n", flush=True)
    if earlier:
        print(f"## Earlier build\n\n{table(earlier_lines(earlier, options.repetitions).values())}")


if __name__ == "__main__":
    main()
