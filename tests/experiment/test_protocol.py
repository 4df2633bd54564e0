"""What a run sets itself is written down before its first call, and held against what it does."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from doors.checked import check
from doors.test_measure_command import folder, tierproof
from experiment import sums
from servers.endpoint import Endpoint, item_prompt, item_target, serve
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.design.protocol import Protocol, changes, hash_of, items_of, read_protocol
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.run.measurement import JOURNAL, PROTOCOL, Measurement, measure
from tierproof.experiment.workload.scorers.text import Normalised
from tierproof.report.words.protocol import pledge_told
from tierproof.systems.item import Item

STAKES = Stakes(value_per_success=1.0, latency_price=0.0, minimal_difference=0.02)
ARM = "chain-of-thought"


def found(endpoint: Endpoint, folder: Path, *, count: int = 20, **settings: Any) -> Measurement:
    settings = {"names": (ARM,), "fixed": 20, "stakes": STAKES, **settings}
    workload = settings.pop("workload", None) or sums.workload(endpoint.base_url, count)
    return asyncio.run(measure(workload, folder, **settings))


def test_it_is_written_before_the_first_call(tmp_path: Path) -> None:
    seen: list[int] = []

    def answer(body: Any) -> str:
        with sqlite3.connect(tmp_path / JOURNAL) as journal:
            seen.append(journal.execute("SELECT count(*) FROM plans").fetchone()[0])
        return sums.answer(body)

    with serve(answer=answer) as endpoint:
        first = found(endpoint, tmp_path)
    assert seen and set(seen) == {1}
    pledge = first.pledge
    assert pledge is not None and pledge.kept and pledge.answers == 0
    # The hash is what sha256sum says of the file.
    written = (tmp_path / PROTOCOL).read_bytes()
    assert hashlib.sha256(written).hexdigest() == pledge.hash
    protocol = json.loads(written)
    assert (protocol["minimal_difference"], protocol["fixed"], protocol["arms"]) == (0.02, 20, [ARM])
    assert len(protocol["items"]) == 20
    assert "before the first call" in pledge_told(pledge) and pledge_told(pledge).endswith("and kept")


def test_going_on_keeps_it(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        cut = found(endpoint, tmp_path, budget=Budget(calls=15))
        whole = found(endpoint, tmp_path)
    assert cut.ending.kind == "budget" and whole.ending.kind == "complete"
    assert cut.pledge is not None and whole.pledge is not None
    assert whole.pledge.kept and (whole.pledge.hash, whole.pledge.made) == (cut.pledge.hash, cut.pledge.made)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"stakes": dataclasses.replace(STAKES, minimal_difference=0.01)}, "margin of 0.02, now 0.01"),
        ({"stakes": dataclasses.replace(STAKES, value_per_success=2.0)}, "value of a success of 1.0 USD, now 2.0"),
        ({"fixed": 10}, "20 items for every arm, about requests, now 10 items for every arm, about requests"),
        ({"fixed": None}, "now every-decision at 0.95, about requests"),
        ({"count": 23}, "3 items added"),
        ({"repeats": 2}, "each item asked 1 times, now 2"),
        ({"names": (ARM, "system-prompt-design")}, "arms added: system-prompt-design"),
    ],
)
def test_what_was_changed_is_told(now: dict[str, Any], told: str, tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        found(endpoint, tmp_path)
        later = found(endpoint, tmp_path, **now)
        # The first plan is what all is held against, also when one goes back to it.
        back = found(endpoint, tmp_path)
    assert later.pledge is not None and not later.pledge.kept
    assert told in pledge_told(later.pledge)
    assert back.pledge is not None and not back.pledge.changes and back.pledge.others == 1 and not back.pledge.kept
    assert "1 other plan in between" in pledge_told(back.pledge)


def _edited(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return (structs.replace(items[0], target="0"), *items[1:])


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (_edited, {"items edited"}),
        (lambda items: items[1:], {"items"}),
        (lambda items: tuple(reversed(items)), {"order"}),
        (lambda items: items, set()),
    ],
)
def test_items_and_their_order_are_held(changed: Callable[..., tuple[Item, ...]], what: set[str]) -> None:
    items = sums.items(9)
    one = _protocol(items)
    assert {change.what for change in changes(one, _protocol(changed(items)))} == what


def _protocol(items: tuple[Item, ...]) -> Protocol:
    return Protocol(
        arms=(ARM,), ablate="", fixed=None, guarantee="every-decision", about="requests", level=0.95, repeats=1,
        noise_floor=False, minimal_difference=0.02, value_per_success=1.0, latency_price=0.0, requests=1.0,
        settings={"scorer": "a"}, items=items_of(items),
    )  # fmt: skip


def test_another_scorer_is_told_of(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        found(endpoint, tmp_path)
        workload = dataclasses.replace(sums.workload(endpoint.base_url, 20), scorer=Normalised())
        later = found(endpoint, tmp_path, workload=workload)
    assert later.pledge is not None and [one.what for one in later.pledge.changes] == ["scorer"]


def test_before_any_answer_it_may_be_mended(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        ended = found(endpoint, tmp_path, budget=Budget(tokens=1))
        assert ended.ending.kind == "budget" and not ended.results[0].answered
        later = found(endpoint, tmp_path, stakes=dataclasses.replace(STAKES, minimal_difference=0.01))
    assert later.pledge is not None and later.pledge.kept and later.pledge.answers == 0


def test_what_was_altered_is_told(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        found(endpoint, tmp_path)
        with sqlite3.connect(tmp_path / JOURNAL) as journal:
            journal.execute("UPDATE plans SET plan = replace(CAST(plan AS TEXT), '0.02', '0.01')")
        later = found(endpoint, tmp_path)
    assert later.pledge is not None and not later.pledge.intact and not later.pledge.kept
    assert "is not what the hash was made of" in pledge_told(later.pledge)


def test_a_protocol_is_read_back_and_no_other_text_is() -> None:
    one = _protocol(sums.items(3))
    assert read_protocol(one.written(), hash_of(one.written())) == one
    assert read_protocol(b"{}", hash_of(b"{}")) is None


def test_a_journal_that_held_answers_says_so(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        found(endpoint, tmp_path)
        with Journal(tmp_path / JOURNAL, run="another") as journal:
            [registered] = journal.register(b"{}", hash_of(b"{}"))
            assert registered.answers == 40 + 24  # and those that were timed


def test_a_person_is_told(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        where = folder(tmp_path / "w", endpoint, 30)
        words = ("measure", str(where), "--techniques", ARM, "--fixed", "30")
        told = tierproof(*words).stdout.replace("\n", " ")
        rows = (where / "items.jsonl").read_text(encoding="utf-8")
        more = json.dumps({"id": "new", "input": item_prompt(99), "target": item_target(99)})
        (where / "items.jsonl").write_text(rows + more + "\n", encoding="utf-8")
        data = json.loads(tierproof(*words, "--json").stdout)
    assert "were written down before the first call" in told and "and kept" in told
    check(data)
    assert not data["protocol"]["kept"]
    assert data["protocol"]["changes"] == [{"what": "items", "was": "0", "now": "1"}]
