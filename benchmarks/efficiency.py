"""What the adaptive design saves: calls for the same share of right decisions, over simulated runs of known truth.

    python benchmarks/efficiency.py                     200 repetitions, some minutes on one core
    python benchmarks/efficiency.py --repetitions 50

Worlds (`tests/experiment/worlds.py`): twelve arms against a baseline that succeeds on 60 % of the items; an arm without
effect still answers 16 % of the items otherwise.  Arms cost more than the baseline by what 2.5 points of success are
worth, so an arm is worth adopting if its true effect is above 0.025; a decision is right if it says so.

The classical design gives every arm the items that find a difference of 2.5 points from that threshold with 90 %
power at 5 % (Connor 1987, `paired.items_needed`), and adopts what comes out above the threshold.  The adaptive design
runs until it stops by itself, and, in further rows, until a stated share of the classical design's calls is used up;
it adopts what is likelier worth it than not.  A look counts as covered if all twelve intervals hold the truth, a run if
all its looks do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from results import Row

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from experiment.worlds import Played, World, played
from tierproof.experiment.design.design import AdaptiveDesign
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.paired import items_needed

THRESHOLD = 0.025
STAKES = Stakes(value_per_success=0.10, latency_price=0.0, requests=1_200_000)
WORLDS = {
    "from strong through none to harmful": (0.20, 0.15, 0.12, 0.10, 0.08, 0.05, 0.0, 0.0, -0.03, -0.05, -0.10, -0.20),
    "one good arm, eleven without effect": (0.10, *(0.0,) * 11),
    "all near the threshold": (0.05,) * 6 + (0.0,) * 6,
}
SHARES = (0.05, 0.10, 0.15, 0.25)


@dataclass(frozen=True)
class Line:
    design: str
    right: float
    """Share of right decisions."""
    calls: float
    """Share of the classical design's calls."""
    covered: float | None
    """Share of runs in which all intervals held at every look."""


def lines_of(effects: Sequence[float], repetitions: int, items: int) -> list[Line]:
    """The classical design, the adaptive one until it stops, and the adaptive one within shares of the calls."""
    world = World(effects=effects, extra_usd=THRESHOLD * STAKES.value_per_success)
    truth = np.array(effects) > THRESHOLD
    arms = 1 + len(effects)
    rights: dict[str, list[float]] = {}
    calls: dict[str, list[float]] = {}
    covered = []
    for repetition in range(repetitions):
        scores = world.scores(items, np.random.default_rng(repetition))
        adopted = (scores[1:] - scores[0]).mean(axis=1) > THRESHOLD
        rights.setdefault("classical", []).append(float((adopted == truth).mean()))
        calls.setdefault("classical", []).append(1.0)
        for name, share in (("adaptive, until it stops", None), *((f"adaptive, {s:.0%}", s) for s in SHARES)):
            most = None if share is None else int(share * arms * items)
            result = played(world, AdaptiveDesign(arms, items, stakes=STAKES), scores, most)
            rights.setdefault(name, []).append(float((np.array(result.adopted()) == truth).mean()))
            calls.setdefault(name, []).append(result.trials / (arms * items))
            if share is None:
                covered.append(_covered(result, effects))
    return [
        Line(
            name,
            float(np.mean(rights[name])),
            float(np.mean(calls[name])),
            float(np.mean(covered)) if name == "adaptive, until it stops" else None,
        )
        for name in rights
    ]


def _covered(result: Played, effects: Sequence[float]) -> bool:
    return all(
        standing.interval[0] <= effect <= standing.interval[1]
        for look in result.looks
        for standing, effect in zip(look, effects, strict=True)
    )


def planned_items() -> int:
    """Items for every arm in the classical design."""
    return items_needed(THRESHOLD, 0.16, power=0.9)


def table(lines: Iterable[Line]) -> str:
    rows = ["| design | right decisions | calls | runs in which every interval held at every look |"]
    rows.append("| --- | --- | --- | --- |")
    for line in lines:
        held = "" if line.covered is None else f"{line.covered:.1%}"
        rows.append(f"| {line.design} | {line.right:.1%} | {line.calls:.1%} | {held} |")
    return "\n".join(rows)


def rows(repetitions: int = 40) -> list[Row]:
    """Rows for `make bench`: fewer repetitions than stand alone."""
    classical, adaptive, *_ = lines_of(WORLDS["from strong through none to harmful"], repetitions, planned_items())
    return [
        Row(
            "trials of an adaptive run over 12 arms",
            f"{adaptive.calls:.1%} of the calls, {adaptive.right:.1%} right",
            f"classical design: {classical.right:.1%} right",
            adaptive.calls,
            0.25,
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    options = parser.parse_args()
    items = planned_items()
    print(f"{options.repetitions} repetitions; the classical design gives each of 13 arms {items:,} items\n")
    for name, effects in WORLDS.items():
        print(f"## {name}\n\n{table(lines_of(effects, options.repetitions, items))}\n", flush=True)


if __name__ == "__main__":
    main()
