"""Times are the arms' own, not the queue of the run; and an arm that is the baseline comes out as no difference.

Three runs in all; as many at each concurrency as the environment variable TIERPROOF_IDENTICAL says (`make identical`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
import os
import random
import time
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from experiment import sums
from servers.endpoint import last_user_text, serve
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS, timed
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.report.words.measured import arm_words, conclusion
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.resources import Own, Resources

RUNS = int(os.environ.get("TIERPROOF_IDENTICAL", "1"))
ITEMS = 300


class Server:
    """One worker, in no hurry, which is quicker where it has seen a prompt before."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seen: set[str] = set()

    def __call__(self, body: Mapping[str, Any]) -> str:
        text = last_user_text(body)
        time.sleep(self.random.uniform(0.0002, 0.0006) * (1 if text in self.seen else 3))
        self.seen.add(text)
        return sums.answer(body)


async def same(text: str, ask: Any) -> str:
    """The baseline, by another body: its answers are not shared with it."""
    reply = await ask(text, extra={"user": "another team"})
    return str(reply.text)


def identical(folder: Path, concurrency: int, seed: int) -> Measurement:
    with serve(answer=Server(seed)) as endpoint:
        workload = sums.workload(endpoint.base_url, ITEMS, concurrency=concurrency)
        given = Resources(models=workload.models, own={"same": Own(name="same", kind="function", function=same)})
        workload = dataclasses.replace(workload, resources=given)
        # A second is dear, so that a false one would show.
        stakes = Stakes(latency_price=0.05)
        return asyncio.run(measure(workload, folder, names=("own",), fixed=ITEMS, stakes=stakes))


@pytest.mark.parametrize("concurrency", [1, 16, 64])
def test_an_arm_that_is_the_baseline_is_no_difference(tmp_path: Path, concurrency: int) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(RUNS):
        found = identical(tmp_path / str(seed), concurrency, seed)
        words = arm_words(found.results[1])
        verdicts[words.verdict] += 1
        assert conclusion(found) == "No difference: own."
        [_, own] = found.results
        assert own.comparison is not None and own.comparison.latency is not None
        # The true ratio is 1; the run's own queue would have made it several-fold.
        assert abs(own.comparison.latency.value) < 5 * own.comparison.latency.se + 0.2
    # Where the machine is so busy that times swing by more than they matter, the difference is not decided but unseen.
    assert verdicts["no difference"] + verdicts["no difference seen"] == RUNS


def test_a_run_that_was_stopped_says_nothing_of_time(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        workload = sums.workload(endpoint.base_url, 60)
        budget = Budget(calls=50)
        stakes = Stakes(latency_price=1000.0)
        found = asyncio.run(measure(workload, tmp_path, names=("chain-of-thought",), budget=budget, stakes=stakes))
        assert found.ending.kind == "budget" and found.timed == 0
        [_, arm] = found.results
        assert arm.comparison is not None and arm.comparison.latency is None
        assert "latency" not in {record.outcome for record in found.records}
        # Though a second would cost a thousand dollars, it does not decide.
        assert arm.standing is not None and abs(arm.standing.threshold) < 1
        whole = asyncio.run(measure(workload, tmp_path, names=("chain-of-thought",)))
    assert whole.timed == TIMED_ITEMS
    assert "latency" in {record.outcome for record in whole.records}


def test_arms_are_timed_one_at_a_time_each_as_often_first_as_the_other(tmp_path: Path) -> None:
    order: list[str] = []
    arms = sums.arms(sums.CAREFUL, sums.GUESS)

    class Noting(Caller):
        async def call(self, request: Any, *, purpose: str = "", repeat: int = 0) -> Any:
            order.append(purpose)
            return await super().call(request, purpose=purpose, repeat=repeat)

    async def main() -> Any:
        with Journal(tmp_path / "j.sqlite", run="r") as journal:
            spec = sums.model(endpoint.base_url)
            async with Noting([spec], journal=journal, retry=RetryPolicy(attempts=1)) as caller:
                return await timed(arms, sums.items(40), caller, without={2})

    with serve(answer=sums.answer, latency=0.002) as endpoint:
        times = asyncio.run(main())
        assert endpoint.peak == 1
    assert times.seconds.shape == (3, TIMED_ITEMS)
    assert math.isnan(times.seconds[2, 0]) and not math.isnan(times.seconds[1, -1])
    rounds = [tuple(order[at : at + 2]) for at in range(0, len(order), 2)]
    assert all(one == other[::-1] for one, other in list(pairwise(rounds))[::2])
    assert len(order) == 2 * TIMED_ITEMS
