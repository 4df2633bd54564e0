"""A corrected price holds for what the journal holds already."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from experiment import sums
from servers.endpoint import Endpoint, item_prompt, serve
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.journals.spend import Spend
from tierproof.experiment.calls.money.budget import Budget
from tierproof.systems.models import ChatRequest, Price, Usage, user_message
from tierproof.systems.models.wire.refusals import RetryPolicy

CHEAP, DEAR = Price(input=1.0, output=2.0), Price(input=10.0, output=60.0)


def session(endpoint: Endpoint, folder: Path, price: Price, count: int) -> tuple[list[float], Spend, tuple[str, ...]]:
    async def main() -> tuple[list[float], Spend, tuple[str, ...]]:
        with Journal(folder / "journal.sqlite", run="r") as journal:
            spec = sums.model(endpoint.base_url, price=price)
            async with Caller([spec], journal=journal, budget=Budget(usd=9), retry=RetryPolicy(attempts=9)) as caller:
                requests = [ChatRequest(model="m", messages=(user_message(item_prompt(at)),)) for at in range(count)]
                replies = [await caller.call(one) for one in requests]
                assert journal.spend().total == caller.ledger.taken
            return [reply.usd for reply in replies], journal.spend(), caller.repriced

    return asyncio.run(main())


def test_answers_bought_before_cost_what_is_stated_now(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        first, spend, told = session(endpoint, tmp_path, CHEAP, 5)
        assert not told and spend.total.usd == pytest.approx(sum(first), rel=1e-9)
        again, spend, told = session(endpoint, tmp_path, DEAR, 8)
        assert endpoint.calls.total() == 8
        truth = DEAR.usd(Usage(prompt_tokens=endpoint.prompt_tokens, completion_tokens=endpoint.completion_tokens))
    assert told == ("m",)
    assert spend.total.usd == pytest.approx(sum(again), rel=1e-9) == pytest.approx(truth, rel=1e-9)


def test_what_never_came_back_is_never_counted_too_low(tmp_path: Path) -> None:
    with serve(answer=sums.answer, faults={"malformed": 50}) as endpoint:
        _, before, _ = session(endpoint, tmp_path, CHEAP, 6)
        _, after, _ = session(endpoint, tmp_path, DEAR, 6)
        truth = DEAR.usd(Usage(prompt_tokens=endpoint.prompt_tokens, completion_tokens=endpoint.completion_tokens))
    # Input is ten times, output thirty times as dear.
    assert before.presumed.usd * 10 <= after.presumed.usd <= before.presumed.usd * 30 * (1 + 1e-9)
    assert truth <= after.total.usd


def test_what_never_came_back_may_have_been_written_into_a_cache(tmp_path: Path) -> None:
    written = Price(input=CHEAP.input, output=CHEAP.output, cache_write=10 * CHEAP.input)
    with serve(answer=sums.answer, faults={"malformed": 50}) as endpoint:
        _, before, _ = session(endpoint, tmp_path, CHEAP, 6)
        _, after, told = session(endpoint, tmp_path, written, 6)
    assert told == ("m",) and before.presumed.usd > 0
    # How many of them were prompts is not kept: as if all were.
    assert after.presumed.usd == pytest.approx(before.presumed.tokens * 10 * CHEAP.input / 1e6, rel=1e-9)


def test_what_has_no_price_a_token_keeps_its_own(tmp_path: Path) -> None:
    async def broken() -> tuple[bytes, float]:
        raise TimeoutError

    async def trained(endpoint: Endpoint) -> None:
        with Journal(tmp_path / "journal.sqlite", run="r") as journal:
            async with Caller([sums.model(endpoint.base_url, price=CHEAP)], journal=journal) as caller:
                with pytest.raises(TimeoutError):
                    await caller.pay(b"k" * 16, "m", "build", 2.0, broken)

    with serve(answer=sums.answer) as endpoint:
        asyncio.run(trained(endpoint))
        _, spend, _ = session(endpoint, tmp_path, DEAR, 0)
    assert spend.presumed.usd == 2.0
