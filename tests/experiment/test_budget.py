"""Budgets: how they are read, and that the account never goes above them."""

from __future__ import annotations

import math
import random

import pytest

from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import (
    PICO,
    Amount,
    Budget,
    BudgetExhausted,
    Ledger,
    parse_budget,
    picodollars,
)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("5usd", Budget(usd=5)),
        ("$5", Budget(usd=5)),
        ("$ 0.50", Budget(usd=0.5)),
        ("50 cents", Budget(usd=0.5)),
        ("200k tokens", Budget(tokens=200_000)),
        ("1.5M tokens", Budget(tokens=1_500_000)),
        ("1_000calls", Budget(calls=1000)),
        ("30min", Budget(minutes=30)),
        ("90s", Budget(minutes=1.5)),
        ("2h", Budget(minutes=120)),
        ("5usd, 200000tokens,1000 calls, 30min", Budget(usd=5, tokens=200_000, calls=1000, minutes=30)),
        (["5usd", "30min"], Budget(usd=5, minutes=30)),
    ],
)
def test_what_a_person_writes(text: str, budget: Budget) -> None:
    assert parse_budget(text) == budget


NO_BUDGETS = (
    *("", "5", "five usd", "5 eur", "0usd", "-3usd", "1e3usd", "nanusd", "0.5calls", "30m"),
    *("$5usd", "5usd,6usd", "9e9usd", "2000000usd"),
)


@pytest.mark.parametrize("text", NO_BUDGETS)
def test_what_cannot_be_meant_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InputError):
        parse_budget(text)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_budget("5eur, x, 1usd")
    assert len(caught.value.problems) == 2


def test_a_budget_reads_back() -> None:
    assert str(Budget(usd=5, tokens=2000, calls=10, minutes=1.5)) == "5 USD, 2,000 tokens, 10 calls, 1.5 minutes"
    assert str(Budget()) == "no limit"


def test_money_is_exact_where_floats_are_not() -> None:
    """A million answers of 0.1 millionths of a dollar sum to 0.1 dollars to the last digit."""
    one = Amount(picodollars=picodollars(1e-7))
    total = Amount()
    for _ in range(10_000):
        total += one
    assert total.picodollars == PICO // 1000
    assert sum([1e-7] * 10_000) != 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_no_order_of_calls_exceeds_the_budget(seed: int) -> None:
    """Random worst cases and outcomes, any number in flight: what is settled and reserved stays within each limit."""
    rng = random.Random(seed)
    budget = Budget(usd=0.01, tokens=30_000, calls=150)
    ledger = Ledger(budget)
    flying: list[Amount] = []
    exhausted = waited = 0
    for _ in range(3000):
        if flying and rng.random() < 0.5:
            worst = flying.pop(rng.randrange(len(flying)))
            part = rng.random()
            ledger.settle(
                worst,
                Amount(picodollars=int(worst.picodollars * part), tokens=int(worst.tokens * part), calls=1),
            )
        else:
            worst = Amount(picodollars=rng.randrange(10**9), tokens=rng.randrange(2000), calls=1)
            try:
                if ledger.reserve(worst):
                    flying.append(worst)
                else:
                    waited += 1
            except BudgetExhausted:
                exhausted += 1
        total = ledger.taken + ledger.reserved
        assert total.picodollars <= 0.01 * PICO and total.tokens <= 30_000 and total.calls <= 150
    assert exhausted and waited
    for worst in flying:
        ledger.settle(worst, worst)
    assert ledger.reserved == Amount()


def test_waiting_is_told_from_exhaustion() -> None:
    ledger = Ledger(Budget(calls=2))
    one = Amount(calls=1)
    assert ledger.reserve(one) and ledger.reserve(one)
    assert not ledger.reserve(one)
    ledger.settle(one, Amount())
    assert ledger.reserve(one)
    ledger.settle(one, one)
    ledger.settle(one, one)
    with pytest.raises(BudgetExhausted, match="the budget of 2 calls is used up") as caught:
        ledger.reserve(one)
    assert caught.value.kind == "calls"


def test_earlier_sessions_count() -> None:
    with pytest.raises(BudgetExhausted):
        Ledger(Budget(usd=1), taken=Amount(picodollars=PICO)).reserve(Amount(picodollars=1))


def test_time_is_a_budget_over_all_sessions() -> None:
    now = [100.0]
    ledger = Ledger(Budget(minutes=1), seconds=50.0, clock=lambda: now[0])
    assert ledger.reserve(Amount(calls=1))
    assert ledger.seconds_left == pytest.approx(10)
    now[0] += 10
    with pytest.raises(BudgetExhausted) as caught:
        ledger.reserve(Amount(calls=1))
    assert caught.value.kind == "minutes"
    assert Ledger(Budget()).seconds_left == math.inf
