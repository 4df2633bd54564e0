"""One build's measurements, driven by another process: `PYTHON driven.py` reads jobs, prints what they came to.

A job is `{"workload": folder, "output": folder, "budget": text, "fixed": items}`.  Runs under the interpreter of the
build that is measured, whose version may be an older one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

try:
    from tierproof.experiment.calls.money.budget import parse_budget
    from tierproof.experiment.run.measurement import measure
    from tierproof.experiment.workload.folder import load_workload
    from tierproof.systems.models.wire.refusals import RetryPolicy
except ImportError:  # before the rooms were rebuilt
    from tierproof.experiment.budget import parse_budget  # type: ignore[import-not-found,no-redef]
    from tierproof.experiment.measurement import measure  # type: ignore[import-not-found,no-redef]
    from tierproof.models.faults import RetryPolicy  # type: ignore[import-not-found,no-redef]

    from tierproof.experiment.workload import load_workload  # type: ignore[import-not-found,no-redef]

try:
    from tierproof.experiment.calls.event_loop import run
except ImportError:  # before calls had a loop of their own
    run = asyncio.run


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        found = run(
            measure(
                load_workload(Path(job["workload"])),
                Path(job["output"]),
                names=("chain-of-thought",),
                budget=parse_budget(job["budget"]) if job["budget"] else None,
                fixed=job["fixed"],
                retry=RetryPolicy(base_seconds=0.005, cap_seconds=0.02),
            )
        )
        total = found.spend.total
        told = {"ending": found.ending.kind, "usd": total.usd, "tokens": total.tokens, "calls": total.calls}
        print(json.dumps({**told, "seconds": found.seconds}), flush=True)


if __name__ == "__main__":
    main()
