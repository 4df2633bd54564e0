"""What an endpoint bills beyond its requests, seen by one process and reserved by all: `make test-scale`."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from experiment import sums
from scale.measured import ended, started, workload
from servers.endpoint import HIDDEN_TOKENS, Endpoint, item_prompt, serve
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.shared import SharedJournal
from tierproof.experiment.calls.money.budget import Budget, BudgetExhausted
from tierproof.postgres import Database
from tierproof.systems.models import ChatRequest, ModelSpec, Usage, user_message

LIE_USD = sums.PRICE.output * HIDDEN_TOKENS / 1e6
"""What one answer costs beyond its bounds."""


def billed(endpoint: Endpoint) -> float:
    taken = Usage(prompt_tokens=endpoint.prompt_tokens, completion_tokens=endpoint.completion_tokens)
    return sums.PRICE.usd(taken)


async def asked(caller: Caller, numbers: range) -> list[object]:
    requests = [ChatRequest(model="m", messages=(user_message(item_prompt(at)),)) for at in numbers]
    return await asyncio.gather(*map(caller.call, requests), return_exceptions=True)


def test_what_one_process_saw_is_reserved_by_another_that_was_under_way(url: str) -> None:
    """The second was answered well and would send its calls on; the first has seen meanwhile what they take."""
    budget = Budget(usd=3 * LIE_USD)

    async def session(endpoint: Endpoint, spec: ModelSpec) -> list[object]:
        async with contextlib.AsyncExitStack() as stack:
            first, second = [
                await stack.enter_async_context(Caller([spec], journal=journal, budget=budget)) for journal in journals
            ]
            assert all(not isinstance(one, BaseException) for one in await asked(second, range(15)))
            endpoint.faults = {"thinks": 100.0}
            await asked(first, range(100, 101))
            found = await asked(second, range(200, 220))
            assert second.excesses == first.excesses
            return found

    with serve(answer=sums.answer, latency=0.05) as endpoint, contextlib.ExitStack() as stack:
        spec = sums.model(endpoint.base_url, max_output=64, concurrency=64)
        journals = [stack.enter_context(SharedJournal(Database(url), run="one", budget=budget)) for _ in range(2)]
        found = asyncio.run(session(endpoint, spec))
        assert any(isinstance(one, BudgetExhausted) for one in found)
        assert billed(endpoint) <= 1.02 * 3 * LIE_USD


def test_two_processes_keep_the_cap_of_an_endpoint_that_lies_from_the_start(url: str, tmp_path: Path) -> None:
    cap = 25 * LIE_USD
    with serve(answer=sums.answer, latency=0.02, faults={"thinks": 100.0}) as endpoint:
        folder = workload(tmp_path / "w", endpoint, 400)
        more = ("--fixed", "400", "--budget", f"{cap}usd")
        found = ended([started(folder, url, number, *more) for number in range(2)])
        assert {one["ending"]["kind"] for one in found} == {"budget"}
        # Nothing is known at the first call of each process.
        assert 0.8 * cap < billed(endpoint) <= 1.02 * cap + 2 * LIE_USD
