"""A second run into a folder adds its arms to the first's, where both are one experiment; else it says in what not."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from experiment import sums
from servers.endpoint import Endpoint, is_wrong, serve
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.experiment.workload.scorers.text import Normalised
from tierproof.experiment.workload.workload import Workload
from tierproof.systems.models import Price

FIRST, SECOND = "chain-of-thought", "system-prompt-design"
ITEMS = 40


def answer(body: dict[str, object]) -> str:
    """Whoever thinks first is right: the truth of the first arm is then known."""
    text = json.dumps(body)
    return (
        sums.answer({**body, "messages": [{"role": "user", "content": _last(body) + sums.CAREFUL}]})
        if ("step by step" in text)
        else sums.answer(body)
    )


def _last(body: dict[str, object]) -> str:
    messages = body["messages"]
    assert isinstance(messages, list)
    return str(messages[-1]["content"])


def found(workload: Workload, folder: Path, name: str, fixed: int | None = ITEMS) -> Measurement:
    return asyncio.run(measure(workload, folder, names=(name,), fixed=fixed))


def lines(folder: Path, file: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / file).read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def endpoint() -> Endpoint:
    with serve(answer=answer) as running:
        yield running


def test_the_second_run_shows_the_first_ones_arm_as_it_was(endpoint: Endpoint, tmp_path: Path) -> None:
    workload = sums.workload(endpoint.base_url, ITEMS)
    alone = found(workload, tmp_path, FIRST)
    calls = endpoint.calls.total()
    both = found(workload, tmp_path, SECOND)
    # Of the first arm nothing is asked again; the baseline is timed anew, beside the new arm.
    purposes = {str(row["arm"]) for row in lines(tmp_path, "outcomes.jsonl")}
    assert purposes == {"baseline", FIRST, SECOND}
    assert endpoint.calls.total() - calls == ITEMS + 2 * 12
    assert [result.arm.name for result in both.results] == ["baseline", SECOND, FIRST]
    assert both.joined == (FIRST,) and not both.apart
    before, after = alone.results[1], both.results[2]
    assert before.comparison is not None and after.comparison is not None
    assert dataclasses.replace(after.comparison) == before.comparison  # figures, cost and time
    wrong = sum(is_wrong(at) for at in range(ITEMS))
    assert (after.comparison.won, after.comparison.lost) == (wrong, 0)
    # Two intervals that hold together are wider than one alone.
    assert before.standing is not None and after.standing is not None
    assert after.standing.interval[0] < before.standing.interval[0]
    records = lines(tmp_path, "evidence.jsonl")
    assert {str(record["technique"]) for record in records} == {FIRST, SECOND}
    first, last = both.days[FIRST]
    assert first <= last and len(first) == len("2026-11-30")
    # A third look asks nothing, and shows the same.
    calls = endpoint.calls.total()
    again = found(workload, tmp_path, SECOND)
    assert endpoint.calls.total() == calls
    assert [result.comparison for result in again.results] == [result.comparison for result in both.results]


def test_an_adaptive_run_gives_no_further_items_to_an_arm_of_an_earlier_one(endpoint: Endpoint, tmp_path: Path) -> None:
    workload = sums.workload(endpoint.base_url, 200)
    first = found(workload, tmp_path, FIRST, fixed=30)
    both = found(workload, tmp_path, SECOND, fixed=None)
    [_, new, old] = both.results
    assert old.arm.name == FIRST and old.answered == 30
    assert old.comparison is not None and first.results[1].comparison is not None
    assert old.comparison.difference == first.results[1].comparison.difference
    assert old.standing is not None and old.standing.state != "open"
    assert new.answered >= 16


def _other_item(workload: Workload) -> Workload:
    [head, *rest] = workload.items
    return dataclasses.replace(workload, items=(structs.replace(head, input=f"{head.input} Please."), *rest))


def _other_target(workload: Workload) -> Workload:
    [head, *rest] = workload.items
    return dataclasses.replace(workload, items=(structs.replace(head, target="0"), *rest))


def _removed(workload: Workload) -> Workload:
    return dataclasses.replace(workload, items=workload.items[1:])


def _added(workload: Workload) -> Workload:
    return dataclasses.replace(workload, items=sums.items(len(workload.items) + 5))


def _scorer(workload: Workload) -> Workload:
    return dataclasses.replace(workload, scorer=Normalised())


def _price(workload: Workload) -> Workload:
    dearer = tuple(dataclasses.replace(model, price=Price(input=99.0, output=99.0)) for model in workload.models)
    return dataclasses.replace(workload, models=dearer)


def _prompt(workload: Workload) -> Workload:
    return dataclasses.replace(workload, baseline=sums.system("Be brief."))


def _quicker(workload: Workload) -> Workload:
    more = tuple(dataclasses.replace(model, concurrency=3, timeout_seconds=9.0) for model in workload.models)
    return dataclasses.replace(workload, models=more)


def test_outcomes_in_which_what_was_refused_counts_as_wrong_are_not_joined(endpoint: Endpoint, tmp_path: Path) -> None:
    workload = sums.workload(endpoint.base_url, ITEMS)
    found(workload, tmp_path, FIRST, fixed=20)
    [*rows, last] = lines(tmp_path, "outcomes.jsonl")
    assert last["arm"] == FIRST
    rows.append({**last, "score": 0.0, "refused": True, "error": "too long"})
    (tmp_path / "outcomes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    both = found(workload, tmp_path, SECOND, fixed=20)
    assert not both.joined and "counted as wrong" in both.apart[FIRST]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (_other_item, "items"),
        (_other_target, "targets"),
        (_removed, "items"),
        (_scorer, "scorer"),
        (_price, "prices"),
        (_prompt, "requests or resources"),
        (_added, ""),
        (_quicker, ""),
    ],
)
def test_what_was_measured_otherwise_is_not_joined(
    endpoint: Endpoint, tmp_path: Path, change: Callable[[Workload], Workload], differs: str
) -> None:
    workload = sums.workload(endpoint.base_url, ITEMS)
    found(workload, tmp_path, FIRST, fixed=30)
    # The first items of the order are those with the smallest hashes of their ids: change among all, measure all.
    found(workload, tmp_path, FIRST)
    second = found(change(workload), tmp_path, SECOND, fixed=30)
    if not differs:
        assert second.joined == (FIRST,) and not second.apart
        return
    assert second.joined == () and differs in second.apart[FIRST]
    assert [result.arm.name for result in second.results] == ["baseline", SECOND]
    # Named again it is measured anew, with what holds now.
    third = asyncio.run(measure(change(workload), tmp_path, names=(FIRST, SECOND), fixed=30))
    assert len(third.results) == 3 and not third.apart


def test_names_alone_as_an_older_build_noted_them_are_told(endpoint: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "arms.json").write_text(json.dumps(["baseline", FIRST]), encoding="utf-8")
    second = found(sums.workload(endpoint.base_url, ITEMS), tmp_path, SECOND)
    assert list(second.apart) == [FIRST] and "older Tierproof" in second.apart[FIRST]


def test_damaged_notes_are_none(endpoint: Endpoint, tmp_path: Path) -> None:
    workload = sums.workload(endpoint.base_url, ITEMS)
    found(workload, tmp_path, FIRST)
    (tmp_path / "outcomes.jsonl").write_bytes(b'{"arm": 3}\n')
    second = found(workload, tmp_path, SECOND)
    assert second.joined == () and "not kept" in second.apart[FIRST]
