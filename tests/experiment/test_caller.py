"""The caller against a real server: recorded before sent, cached by the whole request, within the budget."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from msgspec import structs

from experiment import sums
from servers.endpoint import Endpoint, is_wrong, item_prompt, item_target, serve
from spent import spent
from tierproof.errors import InputError
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.event_loop import run
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.bounds import worst_case
from tierproof.experiment.calls.money.budget import Budget, BudgetExhausted
from tierproof.experiment.design.design import FixedDesign
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.run.runner import Run
from tierproof.experiment.trials.trial import Trial
from tierproof.systems.models import ChatRequest, Usage, user_message
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.models.wire.request import prepare

T = TypeVar("T")
QUICK = RetryPolicy(attempts=20, base_seconds=0.002, cap_seconds=0.01)
FAULTS = {"429": 5.0, "500": 2.0, "malformed": 1.0, "hang": 1.0, "wrongusage": 5.0}


def ask(number: int = 1, **settings: Any) -> ChatRequest:
    return ChatRequest(model="m", messages=(user_message(item_prompt(number)),), **settings)


def using(
    endpoint: Endpoint,
    folder: Path,
    work: Callable[[Caller], Awaitable[T]],
    *,
    budget: Budget | None = None,
    **settings: Any,
) -> T:
    async def main() -> T:
        with Journal(folder / "journal.sqlite", run="r") as journal:
            spec = sums.model(endpoint.base_url, **settings)
            async with Caller([spec], journal=journal, budget=budget, retry=QUICK) as caller:
                result = await work(caller)
            assert journal.spend().total == caller.ledger.taken
            return result

    return asyncio.run(main())


def test_an_answer_is_paid_for_once_in_all_sessions(tmp_path: Path) -> None:
    async def work(caller: Caller) -> tuple[Any, Any]:
        return await caller.call(ask()), await caller.call(ask(), purpose="another arm")

    with serve() as endpoint:
        first, second = using(endpoint, tmp_path, work)
        third, _ = using(endpoint, tmp_path, work)
        assert endpoint.calls.total() == 1
    assert not first.from_journal and second.from_journal and third.from_journal
    assert structs.replace(first, from_journal=True) == second == third  # usage, price and time as well
    assert first.text == item_target(1)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.5},
        {"max_tokens": 8},
        {"seed": 3},
        {"stop": ("x",)},
        {"tools": ({"type": "function", "function": {"name": "f"}},)},
        {"response_format": {"type": "json_object"}},
        {"stream": True},
        {"extra": {"reasoning_effort": "low"}},
        {"messages": (user_message("Another question"),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_cache_is_keyed_on_the_whole_request(tmp_path: Path, change: dict[str, Any]) -> None:
    async def work(caller: Caller) -> None:
        await caller.call(ask())
        await caller.call(structs.replace(ask(), **change))
        await caller.call(structs.replace(ask(), **change))

    with serve() as endpoint:
        using(endpoint, tmp_path, work)
        assert endpoint.calls.total() == 2


def test_repeats_are_independent_draws_and_each_is_cached(tmp_path: Path) -> None:
    async def work(caller: Caller) -> None:
        for _ in range(2):
            await asyncio.gather(*(caller.call(ask(), repeat=repeat) for repeat in range(5)))

    with serve() as endpoint:
        using(endpoint, tmp_path, work)
        assert endpoint.calls.total() == 5


def test_equal_requests_at_the_same_time_share_one_call(tmp_path: Path) -> None:
    async def work(caller: Caller) -> list[Any]:
        return await asyncio.gather(*(caller.call(ask()) for _ in range(20)))

    with serve(latency=0.02) as endpoint:
        replies = using(endpoint, tmp_path, work)
        assert endpoint.calls.total() == 1
    assert Counter(reply.from_journal for reply in replies) == {False: 1, True: 19}


def test_a_call_is_on_disk_before_it_is_sent(tmp_path: Path) -> None:
    seen: list[int] = []

    def answer(body: Any) -> str:
        seen.append(spent(tmp_path / "journal.sqlite").in_flight)
        return "x"

    with serve(answer=answer) as endpoint:
        using(endpoint, tmp_path, lambda caller: caller.call(ask()))
    assert seen == [1]


@pytest.mark.parametrize("concurrency", [1, 8, 64])
@pytest.mark.parametrize("limit", ["usd", "tokens", "calls"])
def test_no_budget_is_exceeded_at_any_concurrency_or_by_restarts(tmp_path: Path, concurrency: int, limit: str) -> None:
    budget = {"usd": Budget(usd=0.02), "tokens": Budget(tokens=2000), "calls": Budget(calls=45)}[limit]

    async def work(caller: Caller) -> int:
        done = await asyncio.gather(*(caller.call(ask(number)) for number in range(200)), return_exceptions=True)
        assert {type(one) for one in done if isinstance(one, BaseException)} == {BudgetExhausted}
        return sum(not isinstance(one, BaseException) for one in done)

    with serve(faults={"429": 10, "malformed": 10}, latency=0.001) as endpoint:
        answered = [using(endpoint, tmp_path, work, budget=budget, concurrency=concurrency) for _ in range(2)]
        spend = spent(tmp_path / "journal.sqlite")
        usage = Usage(prompt_tokens=endpoint.prompt_tokens, completion_tokens=endpoint.completion_tokens)
        truth = sums.PRICE.usd(usage)
        if limit == "usd":
            assert truth <= spend.total.usd <= 0.02
        elif limit == "tokens":
            assert endpoint.prompt_tokens + endpoint.completion_tokens <= spend.total.tokens <= 2000
        else:
            assert endpoint.calls.total() == spend.total.calls <= 45
    # Much of it could be used: reservations are given back as calls come in cheaper than their worst case.
    assert answered[0] >= 10
    assert answered[1] >= answered[0]


def test_a_call_that_never_fits_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with serve() as endpoint:
        with pytest.raises(BudgetExhausted, match=r"0\.0001 USD"):
            using(endpoint, tmp_path, lambda caller: caller.call(ask()), budget=Budget(usd=1e-4))
        assert endpoint.calls.total() == 0


def test_time_cuts_a_hanging_call_short(tmp_path: Path) -> None:
    async def work(caller: Caller) -> float:
        with pytest.raises(BudgetExhausted, match="minutes"):
            await caller.call(ask())
        return caller.ledger.seconds

    with serve(faults={"hang": 100}) as endpoint:
        seconds = using(endpoint, tmp_path, work, budget=Budget(minutes=0.3 / 60), timeout_seconds=60.0)
    # Far from the 60 seconds of the model's own limit, and from what a busy machine is late.
    assert seconds < 30


def test_news_that_come_at_the_moment_of_a_settlement_fail_no_call(tmp_path: Path) -> None:
    """Where others share the journal, whoever waits for room looks again every tenth of a second."""

    async def work(caller: Caller) -> None:
        caller.journal.news_seconds = 0.01
        waiting = asyncio.create_task(caller._next_settlement())
        await asyncio.sleep(0)
        time.sleep(0.05)  # both come due while the event loop is busy
        asyncio.get_running_loop().call_later(0, caller._look_again)
        await waiting

    with serve() as endpoint:
        using(endpoint, tmp_path, work)


def test_time_cuts_a_pause_short_that_the_endpoint_asks_for(tmp_path: Path) -> None:
    async def work(caller: Caller) -> float:
        with pytest.raises(BudgetExhausted, match="minutes"):
            await caller.call(ask())
        return caller.ledger.seconds

    with serve(faults={"429": 100}, retry_after="60") as endpoint:
        seconds = using(endpoint, tmp_path, work, budget=Budget(minutes=0.3 / 60))
        assert endpoint.calls.total() == 1
    # As above, far from the minute that the endpoint asks for.
    assert seconds < 30


def test_what_was_stopped_before_it_went_out_leaves_no_trace(tmp_path: Path) -> None:
    async def work(caller: Caller) -> None:
        first = asyncio.create_task(caller.call(ask(1)))
        while not caller.ledger.reserved.calls:
            await asyncio.sleep(0)
        # Nothing is known of the endpoint yet, so a second call waits for the first one's answer.
        second = asyncio.create_task(caller.call(ask(2)))
        await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await first

    with serve(latency=0.05) as endpoint:
        using(endpoint, tmp_path, work, budget=Budget(usd=1))
        assert endpoint.calls.total() == 1
        assert spent(tmp_path / "journal.sqlite").total.calls == 1


def test_the_worst_case_bounds_every_answer(tmp_path: Path) -> None:
    with serve(answer=lambda body: "long " * 3) as endpoint:
        request = ask(max_tokens=16)
        reply = using(endpoint, tmp_path, lambda caller: caller.call(request))
        spec = sums.model(endpoint.base_url)
        assert spec.price is not None
        worst = worst_case(prepare(request, spec), spec.price)
    assert reply.usd <= worst.usd
    assert reply.usage.prompt_tokens + reply.usage.completion_tokens <= worst.tokens


def test_models_without_a_price_or_with_the_same_name_are_refused(tmp_path: Path) -> None:
    spec = sums.model("http://127.0.0.1:9/v1")
    with Journal(tmp_path / "journal.sqlite", run="r") as journal:
        with pytest.raises(InputError, match="price of model 'm' is not known"):
            Caller([dataclasses.replace(spec, price=None)], journal=journal)
        with pytest.raises(InputError, match="same name"):
            Caller([spec, spec], journal=journal)


def test_an_unknown_model_is_told(tmp_path: Path) -> None:
    with serve() as endpoint, pytest.raises(InputError, match=r"no model is called 'other'\n.*known: m"):
        using(endpoint, tmp_path, lambda caller: caller.call(structs.replace(ask(), model="other")))


def test_through_all_faults_scores_and_spend_are_right(tmp_path: Path) -> None:
    """5 % 429, 2 % 500, 1 % malformed, 1 % hangs, 5 % impossible usage, on 1,200 calls."""
    count = 600
    took: list[Trial] = []

    async def work(caller: Caller) -> None:
        run = Run(
            sums.arms(sums.CAREFUL),
            sums.items(count),
            scorer=sums.Exact(),
            caller=caller,
            design=FixedDesign(2, count, stakes=Stakes()),
            workers=32,
            take=took.append,
        )
        ending = await run.play()
        assert ending.kind == "complete"

    with serve(answer=sums.answer, faults=FAULTS, seed=1) as endpoint:
        using(endpoint, tmp_path, work, budget=Budget(usd=50), concurrency=32, timeout_seconds=3.0)
        dealt = dict(endpoint.dealt)
        assert set(dealt) == set(FAULTS)  # each kind was met
        spend = spent(tmp_path / "journal.sqlite")
        assert endpoint.calls.total() == spend.total.calls
    by_arm: dict[str, dict[int, float]] = {"baseline": {}, "reckoncarefully": {}}
    for trial in took:
        assert trial.score is not None
        by_arm[trial.arm][trial.position] = trial.score
    assert by_arm["baseline"] == {at: float(not is_wrong(at)) for at in range(count)}
    assert by_arm["reckoncarefully"] == dict.fromkeys(range(count), 1.0)
    # Each fault stands in the account as what it is.
    assert spend.answered.calls == 2 * count
    assert spend.free == dealt["429"] + dealt["500"]
    assert spend.presumed.calls == dealt["malformed"] + dealt["hang"]
    # What the arms are said to cost is what was paid for answers, and beyond it each attempt that may be charged, at
    # the price of the answer that it led to: a usual one's, give or take what tells the two arms' prompts apart.
    own = [
        sums.PRICE.usd(Usage(prompt_tokens=one.prompt_tokens, completion_tokens=one.completion_tokens)) for one in took
    ]
    usual = sum(own) / len(own)
    beyond = sum(trial.usd for trial in took) - sum(own)
    assert beyond == pytest.approx(spend.presumed.calls * usual, rel=0.4)
    # The account is never below the server's own, though some answers came with usage that cannot be.
    assert spend.total.usd >= sums.PRICE.usd(
        Usage(prompt_tokens=endpoint.prompt_tokens, completion_tokens=endpoint.completion_tokens)
    )
    estimated = [trial for trial in took if trial.estimated]
    assert len(estimated) == dealt["wrongusage"]
    for trial in took:
        # The endpoint's own count (see its `reply`); estimates by bytes stay within a factor of two of it.
        text = item_prompt(trial.position) + ("" if trial.arm == "baseline" else f"\n\n{sums.CAREFUL}")
        prompt, completion = len(text) // 4 + 5, len(trial.text) // 3 + 1
        if trial.estimated:
            assert prompt / 2 <= trial.prompt_tokens <= 2 * prompt
        else:
            assert (trial.prompt_tokens, trial.completion_tokens) == (prompt, completion)


@pytest.mark.parametrize("installed", [True, False])
def test_calls_run_on_uvloop_where_it_is_installed(installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(asyncio.SelectorEventLoop):
        pass

    # None in the place of a module: it cannot be imported.
    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(new_event_loop=Other) if installed else None)
    before = gc.get_threshold()

    async def work() -> str:
        assert gc.get_threshold() != before
        return type(asyncio.get_running_loop()).__name__

    assert (run(work()) == "Other") is installed
    assert gc.get_threshold() == before
