"""A measurement to be killed: `python killed.py BASE_URL FOLDER`, run by test_kill.py in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiment import sums
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.design.design import AdaptiveDesign
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import results_of
from tierproof.experiment.findings.kept.outcomes import Outcomes
from tierproof.experiment.run.runner import Run
from tierproof.systems.models.wire.refusals import RetryPolicy

CONCURRENCY = 16
ITEMS = 300


async def main(base_url: str, folder: Path) -> None:
    arms: tuple[Arm, ...] = sums.arms(sums.CAREFUL, sums.GUESS, "Please.")
    spec = sums.model(base_url, concurrency=CONCURRENCY)
    retry = RetryPolicy(base_seconds=0.005, cap_seconds=0.02)
    folder.mkdir(exist_ok=True)
    with Journal(folder / "journal.sqlite", run="r") as journal:
        async with Caller([spec], journal=journal, budget=Budget(usd=50), retry=retry) as caller:
            design = AdaptiveDesign(len(arms), ITEMS, stakes=Stakes(value_per_success=100.0, latency_price=0.0))
            with Outcomes(folder, [arm.name for arm in arms]) as outcomes:
                run = Run(
                    arms,
                    sums.items(ITEMS),
                    scorer=sums.Exact(),
                    caller=caller,
                    design=design,
                    workers=CONCURRENCY,
                    take=outcomes.add,
                )
                ending = await run.play()
                outcomes.save()
            results_of(arms, run.trials, design.standings)
            sys.stdout.write(f"{ending.kind} {run.done}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
