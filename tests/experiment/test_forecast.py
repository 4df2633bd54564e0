"""Forecasts: they hold what the run then takes, and nothing is sent for them."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from experiment import sums
from servers.endpoint import serve
from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.calls.rehearsal import MANNERS, Rehearsal
from tierproof.experiment.calls.signals import PROBES
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS
from tierproof.experiment.run.forecast import Forecast, forecast
from tierproof.experiment.run.measurement import JOURNAL, measure
from tierproof.experiment.trials.trials import in_random_order
from tierproof.experiment.workload.workload import Workload
from tierproof.systems.models import ChatRequest, user_message
from tierproof.systems.parts.direct import Direct
from tierproof.systems.parts.tool import Tool

NAMES = ("chain-of-thought", "test-time-compute")


def forecast_of(workload: Workload, **settings: Any) -> Forecast:
    return asyncio.run(forecast(workload, **{"names": NAMES, **settings}))


def test_a_run_stays_within_its_forecast(tmp_path: Path) -> None:
    with serve(answer=sums.answer, latency=0.3) as endpoint:
        workload = sums.workload(endpoint.base_url, 60, concurrency=64)
        before = forecast_of(workload, fixed=20)
        assert endpoint.calls.total() == 0
        found = asyncio.run(measure(workload, tmp_path, names=NAMES, fixed=20))
        after = forecast_of(workload, fixed=20, journal=tmp_path / JOURNAL)
    spent = found.spend.total
    assert before.calls.low <= spent.calls <= before.calls.high
    assert before.usd.low <= spent.usd <= before.usd.high
    assert before.tokens.low <= spent.tokens <= before.tokens.high
    assert before.seconds.low <= found.seconds
    assert not any(arm.measured for arm in before.arms)
    # What is known from the journal is forecast as it was: the eight items that are rehearsed cost what all cost.
    assert all(arm.measured for arm in after.arms)
    # Whether the endpoint draws at all may have been asked besides.
    assert after.calls.likely <= spent.calls <= after.calls.likely + PROBES
    assert after.usd.likely == pytest.approx(spent.usd, rel=0.05)


def test_an_adaptive_run_is_forecast_as_an_interval() -> None:
    workload = sums.workload("http://127.0.0.1:9/v1", 3000)
    wide = forecast_of(workload, stakes=Stakes(value_per_success=1.0))
    assert wide.calls.low < wide.calls.likely < wide.calls.high
    for arm in wide.arms:
        assert 16 <= arm.items.low <= arm.items.high <= 3000
    # A decision of little consequence is forecast to end after the pilot.
    assert forecast_of(workload, stakes=Stakes(requests=1)).arms[1].items.likely < 50


def test_what_a_workload_lacks_and_slips_are_told() -> None:
    workload = sums.workload("http://127.0.0.1:9/v1", 30)
    found = forecast_of(workload, names=("retrieval-augmented-generation", "chain-of-thought"))
    assert found.left_out == {"retrieval-augmented-generation": "needs documents/ or [retriever]"}
    with pytest.raises(InputError, match=r"no technique is called 'chain-of-thoughts'\n.*did you mean"):
        forecast_of(workload, names=("chain-of-thoughts",))
    unpriced = dataclasses.replace(workload, models=(dataclasses.replace(workload.models[0], price=None),))
    with pytest.raises(InputError, match="price of model 'm'"):
        forecast_of(unpriced)


def test_what_is_asked_behind_the_last_item_is_forecast() -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    workload = sums.workload("http://127.0.0.1:9/v1", 40)
    held = dataclasses.replace(workload, resources=dataclasses.replace(workload.resources, schema=schema))
    found = forecast_of(held, names=("dsl-injection",), fixed=20)
    timed = 2 * TIMED_ITEMS
    # Two arms with 20 items; one call asks whether the endpoint holds to a form.
    assert found.calls.high == 2 * 20 + timed + 1


@pytest.mark.parametrize(("manner", "calls"), [("least", 1), ("likely", 2), ("most", 9)])
def test_a_tool_loop_is_bounded_and_no_tool_runs(manner: str, calls: int) -> None:
    def explode(arguments: object) -> str:
        raise AssertionError("a tool ran")

    tool = Tool(name="explode", description="", parameters={"type": "object", "properties": {}}, run=explode)
    system = dataclasses.replace(sums.system(), tools=(tool,), steps=Direct(rounds=8, repeats=100))
    with Rehearsal([sums.model("http://127.0.0.1:9/v1")], MANNERS[manner]) as caller:
        asyncio.run(system.answer(sums.items(1)[0], caller, purpose=""))
        assert caller.tally.calls == calls


def test_an_unknown_model_is_told() -> None:
    request = ChatRequest(model="other", messages=(user_message("x"),))
    with (
        Rehearsal([sums.model("http://127.0.0.1:9/v1")], MANNERS["least"]) as caller,
        pytest.raises(InputError, match="no model is called 'other'"),
    ):
        asyncio.run(caller.call(request))


def test_the_order_of_items_depends_on_their_ids_alone() -> None:
    items = sums.items(100)
    order = in_random_order(items)
    assert in_random_order(order[::-1]) == order
    assert sorted(item.id for item in order) == sorted(item.id for item in items)
    # Neighbours in the file are not neighbours in the order.
    places = {item.id: at for at, item in enumerate(order)}
    kept = sum(abs(places[f"i{at}"] - places[f"i{at + 1}"]) == 1 for at in range(99))
    assert kept < 10


def test_a_measurement_from_end_to_end(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        workload = sums.workload(endpoint.base_url, 50)
        found = asyncio.run(
            measure(workload, tmp_path, names=("chain-of-thought", "function-calling"), budget=Budget(calls=1000))
        )
    assert found.ending.kind == "complete"
    assert [result.arm.name for result in found.results] == ["baseline", "chain-of-thought"]
    assert "needs tools.py" in found.left_out["function-calling"]
    assert {path.name for path in tmp_path.iterdir()} >= {JOURNAL, "outcomes.jsonl", "evidence.jsonl"}
    assert not list(tmp_path.glob(".*.partial"))
    assert [record.technique for record in found.records] == ["chain-of-thought"] * 3
    assert found.examples
    with pytest.raises(InputError, match="--fixed 51"):
        asyncio.run(measure(workload, tmp_path, names=(), fixed=51))
