"""A budget holds by the server's own account, whatever the server bills beyond what it was asked for."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from experiment import sums
from servers.endpoint import FEE, HIDDEN_TOKENS, SELDOM_TOKENS, item_prompt, serve
from spent import spent
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.bounds import ModelBounds, at_share
from tierproof.experiment.calls.money.budget import Budget, BudgetExhausted
from tierproof.systems.models import ChatReply, ChatRequest, Price, Usage, user_message
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.models.wire.request import Prepared, prepare

PRICE = Price(input=1.0, output=4.0)
QUICK = RetryPolicy(base_seconds=0.002, cap_seconds=0.01)
LIES = {
    "thinks": (HIDDEN_TOKENS * PRICE.output / 1e6, HIDDEN_TOKENS),
    "prepends": (HIDDEN_TOKENS * PRICE.input / 1e6, HIDDEN_TOKENS),
    "long": (5 * 64 * PRICE.output / 1e6, 5 * 64),
    **dict.fromkeys(
        ("barren", "billed500", "apart", "coded", "broken", "shrinks"),
        (HIDDEN_TOKENS * PRICE.output / 1e6, HIDDEN_TOKENS),
    ),
    "seldom": (SELDOM_TOKENS * PRICE.output / 1e6, SELDOM_TOKENS),
    "fee": (FEE, 0),
}
"""What one answer beyond its bounds costs, in USD and tokens."""
FIRST_ANSWERS = 8


def call(limit: int = 50) -> Prepared:
    spec = sums.model("http://127.0.0.1:9/v1", price=PRICE, max_output=limit)
    return prepare(ChatRequest(model="m", messages=(user_message("What is it?"),)), spec)


def usage(prompt: int, completion: int, *, estimated: bool = False) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, estimated=estimated)


def answer(prompt: int, completion: int) -> ChatReply:
    return ChatReply(text="42", usage=usage(prompt, completion), seconds=0.1)


def test_trust_doubles_with_answers_that_keep_to_their_bounds_and_ends_with_one_that_does_not() -> None:
    bounds = ModelBounds(PRICE, careful=True)
    grown = []
    for _ in range(7):
        bounds.answered(call(), answer(10, 50))
        grown.append(bounds.most_at_once)
    assert grown == [2, 2, 4, 4, 4, 4, 8]
    before = bounds.worst(call())
    bounds.answered(call(), answer(10, 950))
    assert bounds.most_at_once == 1
    # 900 tokens above the limit are reserved for from now on, whatever limit a call has.
    assert bounds.worst(call()).tokens == before.tokens + 900
    assert bounds.worst(call(70)).tokens == before.tokens + 20 + 900
    assert bounds.told == "up to 900 tokens of a reply beyond the limit that was sent"
    # As much again is no surprise.
    bounds.answered(call(), answer(10, 950))
    assert bounds.most_at_once == 2


def test_a_hidden_prompt_that_is_written_into_a_cache_is_set_aside_at_what_that_costs() -> None:
    bounds = ModelBounds(PRICE, careful=True)
    told = Usage(prompt_tokens=5000, completion_tokens=50, written_tokens=5000)
    reply = ChatReply(text="42", usage=told, seconds=0.1, usd=PRICE.usd(told))
    bounds.answered(call(), reply)
    assert bounds.worst(call()).picodollars >= bounds.taken(call(), reply).picodollars
    # Nor more than that: as much again is no surprise.
    assert bounds.worst(call()).usd == pytest.approx(PRICE.usd(told), rel=1e-9)
    bounds.answered(call(), reply)
    assert bounds.most_at_once == 2


def test_a_batch_that_is_billed_without_its_discount_is_found_out() -> None:
    bounds = ModelBounds(PRICE, careful=True)
    bounds.answered(call(), answer(10, 50))
    whole = bounds.worst(call())
    told = Usage(prompt_tokens=whole.tokens - 50, completion_tokens=50, billed_usd=whole.usd)
    reply = ChatReply(text="42", usage=told, seconds=0.1, share=0.5)
    bounds.answered(call(), reply)
    assert bounds.most_at_once == 1
    assert at_share(bounds.worst(call()), 0.5).picodollars >= bounds.taken(call(), reply).picodollars
    assert bounds.taken(call(), reply).usd == pytest.approx(whole.usd, rel=1e-9)


def test_without_a_budget_of_money_or_tokens_nobody_waits() -> None:
    bounds = ModelBounds(PRICE, careful=False)
    bounds.answered(call(), answer(10, 950))
    assert bounds.open and bounds.most_at_once > 10_000


def test_an_answer_without_usage_counts_at_the_most_that_its_text_can_be() -> None:
    bounds = ModelBounds(PRICE, careful=True)
    reply = ChatReply(text="größer", usage=usage(4, 2, estimated=True), seconds=0.1, usd=12e-6)
    one = call()
    taken = bounds.taken(one, reply)
    # Eight bytes; the prompt at its whole bound.
    assert taken.tokens == one.prompt_bound + 8
    assert taken.usd == pytest.approx((one.prompt_bound * 1 + 8 * 4) / 1e6, rel=1e-9)
    told = ChatReply(text="größer", usage=usage(4, 2), seconds=0.1, usd=12e-6)
    assert (bounds.taken(one, told).tokens, bounds.taken(one, told).usd) == (6, 12e-6)


def test_an_answer_without_usage_counts_with_what_others_took_unseen() -> None:
    bounds = ModelBounds(PRICE, careful=True)
    one = call(2000)
    silent = ChatReply(text="7", usage=usage(4, 1, estimated=True), seconds=0.1)
    before = bounds.taken(one, silent).tokens
    # 498 tokens more than the two bytes of `42`: thought that is not shown.
    bounds.answered(one, answer(10, 500))
    assert bounds.taken(one, silent).tokens == before + 498
    # Not more than the endpoint can have taken.
    bounds.answered(one, answer(10, 2002))
    assert bounds.taken(one, silent).tokens == bounds.worst(one).tokens - 1


KINDS = (
    *("thinks", "prepends", "long", "504", "nousage", "wrongusage", "apart", "seldom", "grows", "barren", "billed500"),
    *("coded", "broken", "shrinks"),
)
CAPS = (("usd", 8), ("usd", 256), ("tokens", 256))


@pytest.mark.parametrize(
    ("kind", "limit", "concurrency"),
    [(kind, *cap) for kind in KINDS for cap in CAPS] + [("fee", "usd", 8), ("fee", "usd", 256)],
)
def test_the_servers_bill_stays_within_the_cap(tmp_path: Path, kind: str, limit: str, concurrency: int) -> None:
    cap = Budget(usd=0.02) if limit == "usd" else Budget(tokens=20_000)

    async def session(base_url: str) -> dict[str, str]:
        spec = sums.model(base_url, price=PRICE, max_output=64, concurrency=concurrency)
        with Journal(tmp_path / "journal.sqlite", run="r") as journal:
            async with Caller([spec], journal=journal, budget=cap, retry=QUICK) as caller:
                requests = [ChatRequest(model="m", messages=(user_message(item_prompt(at)),)) for at in range(900)]
                done = await asyncio.gather(*(caller.call(one) for one in requests), return_exceptions=True)
                assert {type(one) for one in done if isinstance(one, BaseException)} <= {BudgetExhausted}
                assert any(isinstance(one, BudgetExhausted) for one in done)
                return caller.excesses

    with serve(faults={kind: 30.0}, latency=0.001, seed=3) as endpoint:
        told = [asyncio.run(session(endpoint.base_url)) for _ in range(3)]
        tokens = endpoint.prompt_tokens + endpoint.completion_tokens
        bill = PRICE.usd(usage(endpoint.prompt_tokens, endpoint.completion_tokens))
        dealt = endpoint.dealt[kind]
        bill += FEE * dealt if kind == "fee" else 0.0
    spend = spent(tmp_path / "journal.sqlite").total
    assert dealt
    assert bill <= spend.usd * (1 + 1e-9) and tokens <= spend.tokens
    lie = LIES.get(kind, (0.0, 0))
    above = (bill - 1.02 * 0.02, lie[0]) if limit == "usd" else (tokens - 1.02 * 20_000, lie[1])
    assert above[0] <= FIRST_ANSWERS * above[1]
    assert any(told) == (kind in LIES or kind == "grows")


def test_what_a_call_is_said_to_cost_beyond_its_tokens_is_set_aside_for_the_next() -> None:
    bounds = ModelBounds(PRICE, careful=True)
    before = bounds.worst(call())
    tokens = PRICE.usd(usage(10, 20))
    told = Usage(prompt_tokens=10, completion_tokens=20, billed_usd=tokens + 0.5)
    bounds.answered(call(), ChatReply(text="42", usage=told, seconds=0.1, usd=PRICE.usd(told)))
    assert bounds.worst(call()).usd == pytest.approx(before.usd + 0.5, rel=1e-9)
    assert (bounds.most_at_once, bounds.told) == (1, "up to 0.5 USD a call beyond the stated price of its tokens")
    # What is rounded only, or less than the stated price, is no fee.
    bounds = ModelBounds(PRICE, careful=True)
    for billed in (tokens * 1.005, tokens / 2):
        told = Usage(prompt_tokens=10, completion_tokens=20, billed_usd=billed)
        bounds.answered(call(), ChatReply(text="42", usage=told, seconds=0.1, usd=PRICE.usd(told)))
    assert (bounds.worst(call()), bounds.told) == (before, "")


@pytest.mark.parametrize("kind", ["billed500", "coded", "broken"])
def test_what_failures_told_is_remembered_by_the_next_session(tmp_path: Path, kind: str) -> None:
    async def session(base_url: str, calls: range) -> None:
        spec = sums.model(base_url, price=PRICE, max_output=64)
        with Journal(tmp_path / "journal.sqlite", run="r") as journal:
            async with Caller([spec], journal=journal, budget=Budget(usd=0.1), retry=RetryPolicy(attempts=1)) as caller:
                requests = [ChatRequest(model="m", messages=(user_message(item_prompt(at)),)) for at in calls]
                await asyncio.gather(*(caller.call(one) for one in requests), return_exceptions=True)

    with serve(faults={kind: 100.0}) as endpoint:
        asyncio.run(session(endpoint.base_url, range(1)))
        [first] = attempts(tmp_path / "journal.sqlite")
        asyncio.run(session(endpoint.base_url, range(1, 2)))
        bill = PRICE.usd(usage(endpoint.prompt_tokens, endpoint.completion_tokens))
    # The second attempt's worst case, at which it is counted, has what the first one took beyond its own.
    _, second = attempts(tmp_path / "journal.sqlite")
    assert first < HIDDEN_TOKENS + 50 < second
    assert bill <= spent(tmp_path / "journal.sqlite").total.usd


def attempts(journal: Path) -> list[int]:
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        return [row[0] for row in connection.execute("SELECT tokens FROM attempts ORDER BY id")]
