"""Batches of a provider: journalled before they are handed in, within the cap, paired by id, gone on with."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from doors.checked import check
from doors.test_measure_command import MANIFEST, tierproof
from experiment import sums
from servers.batches import BatchProvider, serve_batches
from servers.endpoint import is_wrong, item_prompt, item_target
from tierproof.errors import InputError
from tierproof.experiment.calls.batching import FIRST_REQUESTS, Waits
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.run.measurement import JOURNAL, RUN, Measurement, measure
from tierproof.report.words.measured_run import reading
from tierproof.systems.models import Price

WAITS = Waits(gather=0.05, first_look=0.02, longest_look=0.05)
ARM = "chain-of-thought"
ITEMS = 40
USD = (20 * sums.PRICE.input + 3 * sums.PRICE.output) / 1e6
"""What one answer costs by itself."""


def found(provider: BatchProvider, folder: Path, **settings: Any) -> Measurement:
    settings = {"names": (ARM,), "batch": True, "waits": WAITS, **settings}
    workload = settings.pop("workload", None) or sums.workload(provider.base_url, ITEMS)
    return asyncio.run(measure(workload, folder, **settings))


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()]


def test_answers_are_paired_whatever_order_they_come_in(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, doubles=3) as provider:
        batched = found(provider, tmp_path)
        assert not provider.alone
        assert len(provider.batches) == 1 and len(provider.lines) == 2 * ITEMS
        # Nothing is asked again.
        again = found(provider, tmp_path)
        assert len(provider.batches) == 1
    assert batched.ending.kind == "complete" and batched.fixed == ITEMS
    right = {row["item"]: row["score"] for row in rows(tmp_path) if row["arm"] == "baseline"}
    assert right == {f"i{at}": float(not is_wrong(at)) for at in range(ITEMS)}
    assert batched.batches == {
        "batches": 1, "requests": 2 * ITEMS, "answered": 2 * ITEMS, "duplicates": 3, "strangers": 1,
    }  # fmt: skip
    assert again.batches == batched.batches
    # Paid at half the price; what an answer costs a system is the whole.
    assert batched.spend.total.usd == pytest.approx(2 * ITEMS * USD / 2)
    assert batched.results[0].usd == pytest.approx(USD)
    # Nothing is timed.
    assert batched.timed == 0
    assert [one.comparison.latency for one in batched.results if one.comparison is not None] == [None]


class Miscounting(BatchProvider):
    """Says that more is done than was handed in, or nothing, or what is no number, and lists batches that are none."""

    counts: tuple[Any, ...] = (
        {"total": 3, "completed": 10**9, "failed": -7},
        {"completed": "all", "failed": None},
        ["80"],
        {"total": 0, "completed": 0, "failed": 0},
    )

    def make(self, body: dict[str, Any]) -> dict[str, Any]:
        made = super().make(body)
        # The newest is listed first.
        self.batches["strange"] = {"id": "strange", "metadata": ["tierproof"], "status": 3}
        return made

    def look(self, id: str) -> dict[str, Any]:
        batch = dict(super().look(id))
        batch["request_counts"] = self.counts[self.looks[id] % len(self.counts)]
        return {**batch, "metadata": "none", "errors": {"data": 0}}


def test_what_a_provider_counts_decides_nothing(tmp_path: Path) -> None:
    with serve_batches(Miscounting(answer=sums.answer, polls=6, misses=2, refuses=1)) as provider:
        provider.drops = 1
        counted = found(provider, tmp_path)
    assert counted.batches == {
        "batches": 1, "requests": 2 * ITEMS, "answered": 2 * ITEMS - 3, "missing": 2, "failed": 1, "strangers": 1,
    }  # fmt: skip
    assert sum(result.answered for result in counted.results) == 2 * ITEMS - 3
    # Nothing else came than what is booked: those of which nothing came back at their worst.
    assert counted.spend.total.usd >= (2 * ITEMS - 3) * USD / 2


class Telling(BatchProvider):
    """It says what each answer costs: the whole price, without any discount."""

    def completion(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        table = super().completion(body)
        table["usage"]["cost"] = USD
        return table


def test_what_a_provider_says_that_it_bills_is_not_halved(tmp_path: Path) -> None:
    with serve_batches(Telling(answer=sums.answer)) as provider:
        run = found(provider, tmp_path)
        # Nor by a new price.
        workload = sums.workload(provider.base_url, ITEMS, price=Price(input=1.0, output=3.0))
        cheaper = found(provider, tmp_path, workload=workload)
    assert run.spend.total.usd == pytest.approx(2 * ITEMS * USD) == pytest.approx(cheaper.spend.total.usd)


class Garbled(BatchProvider):
    """Some of its answers hold half a letter, or a number that no float holds."""

    def completion(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        table = super().completion(body)
        number = self.completion_tokens // 3
        if number % 10 == 1:
            table["model"] = "m \ud83d"
        if number % 10 == 2:
            table["choices"][0]["logprobs"] = {"content": [{"token": "4", "logprob": -(10**400)}]}
        if number % 10 == 3:
            table["choices"][0]["logprobs"] = {"content": [{"token": "4", "logprob": float("-inf")}]}
        return table


def test_a_strange_line_costs_no_other_its_answer(tmp_path: Path) -> None:
    with serve_batches(Garbled(answer=sums.answer)) as provider:
        for _ in range(2):
            run = found(provider, tmp_path)
            assert run.ending.kind == "complete" and sum(one.answered for one in run.results) == 2 * ITEMS
        # What the journal keeps of them can be read: nothing is paid for again.
        assert len(provider.lines) == 2 * ITEMS


class Billing(BatchProvider):
    """Answers every fourth request of a batch with an error that tells of 2,000 tokens."""

    dealt = 0

    def completion(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        table = super().completion(body)
        if body is not None and self.completion_tokens // 3 % 4 == 0:
            self.dealt += 1
            usage = {"prompt_tokens": 20, "completion_tokens": 2000}
            return {"error": {"message": "broke off", "usage": usage}}
        return table


def test_an_error_that_tells_of_tokens_is_counted_by_them(tmp_path: Path) -> None:
    with serve_batches(Billing(answer=sums.answer)) as provider:
        run = found(provider, tmp_path, budget=Budget(usd=0.2))
        told = provider.dealt * (20 * sums.PRICE.input + 2000 * sums.PRICE.output) / 1e6 / 2
        answered = (len(provider.lines) - provider.dealt) * USD / 2
    # The first batch shows it; after that, as many go as can be afforded at that.
    assert provider.dealt > FIRST_REQUESTS // 4
    assert told + answered <= run.spend.total.usd <= 0.2 * 1.02
    assert sum(one.answered for one in run.results) == len(provider.lines) - provider.dealt


class Cancelled(BatchProvider):
    """Its batches are cancelled by somebody; what was answered until then is said, after an error of its own."""

    def end(self, batch: dict[str, Any]) -> None:
        super().end(batch)
        lines = [json.loads(one) for one in self.files[batch["output_file_id"]].splitlines() if one.endswith(b"}")]
        done, rest = lines[:10], lines[10:-1]
        for one in done:
            one["response"]["status_code"] = "200"
        error = {"code": "batch_cancelled", "message": "cancelled"}
        first = [{**one, "response": {"status_code": 500, "body": {"error": {"message": "again"}}}} for one in done]
        left = [{**one, "response": None, "error": error} for one in rest]
        batch["output_file_id"] = self.keep("\n".join(json.dumps(one) for one in [*first, *done, *left]).encode())
        batch["status"] = "Canceled"


def test_a_cancelled_batch_gives_what_it_had_answered(tmp_path: Path) -> None:
    with serve_batches(Cancelled(answer=sums.answer)) as provider:
        run = found(provider, tmp_path)
    assert sum(one.answered for one in run.results) == 10
    assert run.batches == {
        "batches": 1, "requests": 2 * ITEMS, "answered": 10, "duplicates": 10, "failed": 2 * ITEMS - 10,
    }  # fmt: skip
    # Of what was not answered nothing is billed.
    assert run.spend.total.usd == pytest.approx(10 * USD / 2)


def test_what_cannot_be_read_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(files: object) -> Any:
        raise KeyError("output")

    with serve_batches(answer=sums.answer) as provider:
        with monkeypatch.context() as patch:
            patch.setattr("tierproof.experiment.calls.batching.results_of", broken)
            first = found(provider, tmp_path)
        assert first.ending.kind == "failed" and "cannot be read: KeyError" in first.ending.message
        # The batch stands in the journal, and its answers are read by the next run.
        second = found(provider, tmp_path)
        assert len(provider.batches) == 1 and sum(one.answered for one in second.results) == 2 * ITEMS


def test_a_batch_that_cannot_be_made_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, asked: object) -> Any:
        raise KeyError("worst")

    monkeypatch.setattr("tierproof.experiment.calls.batching.Batching._affordable", broken)
    with serve_batches(answer=sums.answer) as provider:
        run = found(provider, tmp_path)
    assert run.ending.kind == "failed" and "could not be handed in: KeyError" in run.ending.message
    assert not run.records and run.spend.total.usd == 0


def test_what_failed_stays_unanswered_and_is_told(tmp_path: Path) -> None:
    faults = {"expires": 4, "refuses": 3, "breaks": 2, "misses": 5}
    with serve_batches(answer=sums.answer, **faults) as provider:
        partly = found(provider, tmp_path)
        lost = rows(tmp_path)
        provider.faults = dict.fromkeys(provider.faults, 0)
        whole = found(provider, tmp_path)
        # Only what had no answer was asked again.
        assert len(provider.lines) == 2 * ITEMS + 14
    assert partly.batches == {
        "batches": 1, "requests": 2 * ITEMS, "answered": 2 * ITEMS - 14, "expired": 4, "failed": 5, "missing": 5,
        "strangers": 1,
    }  # fmt: skip
    # None counts as wrong.
    assert sum(row["score"] is None for row in lost) == 14
    assert sum(one.failed for one in partly.results) == 14 and not any(one.broken for one in partly.results)
    # What was refused for good is told apart from what another run may have, with what it would be if it were wrong.
    assert sum(one.refused for one in partly.results) == 3
    assert any("the batch expired before it was answered" in row["error"] for row in lost)
    # What may have been charged is counted at its worst: the missing ones; the rest cost nothing.
    assert partly.spend.presumed.calls == 5
    assert partly.spend.answered.usd == pytest.approx((2 * ITEMS - 14) * USD / 2)
    assert all(not one.failed for one in whole.results)
    # It is no end yet: the next run looks again.
    arm, last = partly.results[1].standing, whole.results[1].standing
    assert arm is not None and last is not None and (arm.missing, last.missing) == (11, 0)
    assert any("So far: 11 answers are missing, which the same command asks" in one for one in reading(partly))
    assert not any("missing" in one for one in reading(whole))


def test_what_one_of_two_is_refused_has_its_figure_as_wrong(tmp_path: Path) -> None:
    class Strict(BatchProvider):
        """Takes no request of the arm for item 7."""

        def completion(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
            told = json.dumps(body)
            refused = body is not None and "step by step" in told.lower() and "Item 7:" in told
            return {"error": {"code": 400, "message": "too long"}} if refused else super().completion(body)

    with serve_batches(Strict(answer=sums.answer)) as provider:
        [_, arm] = found(provider, tmp_path).results
    assert arm.refused == 1 and arm.refused_as_wrong is not None
    assert arm.comparison is not None
    # One of 40 items would be lost that is left out now.
    assert arm.refused_as_wrong == pytest.approx(-1 / ITEMS, abs=1e-9)


class Odd(BatchProvider):
    """Answers its first request with a refusal within a reply, and the second in the form of another interface."""

    said = 0

    def completion(self, body: Mapping[str, Any] | None) -> dict[str, Any]:
        if body is None:
            return super().completion(body)
        self.said += 1
        odd = {1: {"error": {"code": 400, "message": "too long"}}, 2: {"object": "response", "output": []}}
        return odd.get(self.said) or super().completion(body)


def test_what_stands_for_an_answer_and_is_none_holds_up_no_other(tmp_path: Path) -> None:
    with serve_batches(Odd(answer=sums.answer)) as provider:
        run = found(provider, tmp_path)
    assert run.ending.kind == "complete"
    assert run.batches["answered"] == 2 * ITEMS - 2 and run.batches["failed"] == 2
    # What was answered in a form that cannot be read may be charged, a refusal is not.
    assert run.spend.presumed.calls == 1


def test_a_whole_batch_that_is_refused_ends_the_run(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, fails="the file is too large") as provider:
        refused = found(provider, tmp_path)
    assert refused.ending.kind == "failed" and "the file is too large" in refused.ending.message
    assert refused.spend.total.usd == 0


def test_a_provider_that_is_down_costs_nothing_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierproof.systems.models.wire.provider.TRIES", 1)
    with serve_batches(answer=sums.answer, down=True) as provider:
        # Under a budget batches are small at first: each is tried, and the run comes to its end.
        down = found(provider, tmp_path, budget=Budget(usd=50.0))
        assert down.ending.kind == "failed" and "status 503" in down.ending.message
        assert down.spend.total.usd == 0 and not provider.batches
        provider.down = False
        up = found(provider, tmp_path, budget=Budget(usd=50.0))
    assert up.ending.kind == "complete" and all(not one.failed for one in up.results)


def test_an_endpoint_without_batches_is_told_of(tmp_path: Path) -> None:
    from servers.endpoint import serve

    with serve(answer=sums.answer) as endpoint:
        without = asyncio.run(measure(sums.workload(endpoint.base_url, 8), tmp_path, names=(), batch=True, waits=WAITS))
        alone = asyncio.run(measure(sums.workload(endpoint.base_url, 8), tmp_path, names=(), fixed=8))
    assert without.ending.kind == "failed" and "takes no batch" in without.ending.message
    assert without.spend.total.usd == 0 and alone.ending.kind == "complete"


def test_the_cap_holds_in_batches(tmp_path: Path) -> None:
    # Worst cases are set aside: fewer requests than there are fit.
    with serve_batches(answer=sums.answer) as provider:
        capped = found(provider, tmp_path, budget=Budget(usd=0.008))
        billed = (provider.prompt_tokens * 10 + provider.completion_tokens * 30) / 1e6 / 2
    assert capped.ending.kind == "budget"
    assert 0.004 < billed <= 0.008 and capped.spend.total.usd == pytest.approx(billed)


def test_a_liar_is_found_out_by_the_first_few(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, hidden_tokens=2000) as provider:
        lied = found(provider, tmp_path, budget=Budget(usd=0.6))
        billed = (provider.prompt_tokens * 10 + provider.completion_tokens * 30) / 1e6 / 2
        sizes = [one["request_counts"]["total"] for one in provider.batches.values()]
    assert sizes[0] == FIRST_REQUESTS and lied.excesses
    # Beyond the cap by the first requests at most, as it is with calls one by one.
    assert billed <= 0.6 + FIRST_REQUESTS * 2003 * 30 / 1e6 / 2


def test_batches_grow_where_the_endpoint_keeps_to_its_bounds(tmp_path: Path) -> None:
    workload = sums.workload("http://127.0.0.1:1/v1", 200)
    with serve_batches(answer=sums.answer) as provider:
        workload = sums.workload(provider.base_url, 200)
        found(provider, tmp_path, workload=workload, budget=Budget(usd=100.0))
        assert [one["request_counts"]["total"] for one in provider.batches.values()] == [16, 128, 256]


def test_one_that_was_made_without_a_reply_is_found_again(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, drops=1) as provider:
        whole = found(provider, tmp_path)
        assert len(provider.batches) == 1
    assert whole.ending.kind == "complete" and all(not one.failed for one in whole.results)


def test_nobody_can_tell_so_it_is_never_handed_in_again(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, drops=1, lists=False) as provider:
        unknown = found(provider, tmp_path)
        again = found(provider, tmp_path)
        assert len(provider.batches) == 1
        assert unknown.batches["unknown"] == 2 * ITEMS and again.batches == unknown.batches
        # Counted at its worst, for it may be charged.
        assert unknown.spend.presumed.calls == 2 * ITEMS
        # By itself each may be asked; whoever does so knows.
        alone = asyncio.run(measure(sums.workload(provider.base_url, ITEMS), tmp_path, names=(ARM,), fixed=ITEMS))
    assert alone.ending.kind == "complete" and all(not one.failed for one in alone.results)


def test_a_batch_that_its_provider_forgot_does_not_stand_in_the_way(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, polls=10**9) as provider:
        child = _child(provider, tmp_path)
        _until(lambda: _state(tmp_path) == "running")
        child.kill()
        child.wait()
        provider.batches.clear()
        provider.polls = 1
        first = found(provider, tmp_path)
        second = found(provider, tmp_path)
    # What was forgotten may have been charged, and is asked again by the next run.
    assert first.batches["missing"] == 2 * ITEMS and first.spend.presumed.calls == 2 * ITEMS
    assert "knows its batch no longer" in first.ending.message
    assert second.ending.kind == "complete" and all(not one.failed for one in second.results)


CHILD = """
import asyncio, sys
from pathlib import Path
from doors.checked import check
from doors.test_measure_command import MANIFEST, tierproof
from experiment import sums
from experiment.test_batches import ARM, ITEMS, WAITS
from tierproof.experiment.run.measurement import measure
workload = sums.workload(sys.argv[1], ITEMS)
asyncio.run(measure(workload, Path(sys.argv[2]), names=(ARM,), batch=True, waits=WAITS))
"""


@pytest.mark.parametrize("moment", ["running", "submitting"])
def test_a_kill_hands_nothing_in_twice(moment: str, tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, polls=10**9) as provider:
        if moment == "submitting":
            provider.lock.acquire()  # the provider has the batch on its desk when the process dies
        child = _child(provider, tmp_path)
        try:
            _until(lambda: _state(tmp_path) == moment)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
        if moment == "submitting":
            provider.lock.release()
        # The cap counts what is on its way at its worst.
        with Journal(tmp_path / JOURNAL, run=RUN) as journal:
            assert journal.spend().in_flight == 2 * ITEMS
        with pytest.raises(InputError, match="under way with their provider"):
            asyncio.run(measure(sums.workload(provider.base_url, ITEMS), tmp_path, names=(ARM,), fixed=ITEMS))
        provider.polls = 1
        whole = found(provider, tmp_path)
        assert len(provider.batches) == 1 and len(provider.lines) == 2 * ITEMS
    assert whole.ending.kind == "complete" and all(not one.failed for one in whole.results)
    assert whole.spend.total.usd == pytest.approx(2 * ITEMS * USD / 2) and whole.spend.presumed.calls == 0


def _child(provider: BatchProvider, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, provider.base_url, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["tests", *sys.path])},
    )


def _state(folder: Path) -> str:
    try:
        with sqlite3.connect(f"file:{folder / JOURNAL}?mode=ro", uri=True) as journal:
            row = journal.execute("SELECT state FROM batches").fetchone()
    except sqlite3.Error:
        return ""
    return "" if row is None else str(row[0])


def _until(true: Any, seconds: float = 30.0) -> None:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds
        time.sleep(0.02)


def test_a_system_that_asks_several_times_makes_as_many_batches(tmp_path: Path) -> None:
    def answer(body: Mapping[str, Any]) -> str:
        """To whatever is asked behind it, what the item's own question is answered."""
        asked = next(at for at, said in enumerate(body["messages"]) if said["role"] == "user")
        return sums.answer({**body, "messages": body["messages"][: asked + 1]})

    with serve_batches(answer=answer) as provider:
        whole = found(provider, tmp_path, names=("chain-of-thought/self-refine",))
        assert not provider.alone and len(provider.batches) == 3
    assert whole.ending.kind == "complete" and all(not one.failed for one in whole.results)


def test_a_new_price_counts_batches_at_their_share(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer) as provider:
        found(provider, tmp_path)
        workload = sums.workload(provider.base_url, ITEMS, price=Price(input=20.0, output=60.0))
        dearer = found(provider, tmp_path, workload=workload)
        assert len(provider.batches) == 1
    assert dearer.spend.total.usd == pytest.approx(2 * ITEMS * 2 * USD / 2)


def test_a_person_is_told(tmp_path: Path) -> None:
    with serve_batches(answer=sums.answer, expires=2) as provider:
        where = tmp_path / "w"
        where.mkdir()
        manifest = MANIFEST.format(base_url=provider.base_url)
        (where / "workload.toml").write_text(manifest, encoding="utf-8")
        lines = [{"id": f"i{at}", "input": item_prompt(at), "target": item_target(at)} for at in range(20)]
        (where / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
        words = ("measure", str(where), "--batch", "--techniques", ARM)
        foretold = json.loads(tierproof(*words, "--dry-run", "--json").stdout)
        alone = ("measure", str(where), "--fixed", "20", "--techniques", ARM)
        one_by_one = json.loads(tierproof(*alone, "--dry-run", "--json").stdout)
        told = tierproof(*words)
        data = json.loads(tierproof(*words, "--json").stdout)
        adaptive = tierproof(*words, "--guarantee", "false-decisions")
    check(foretold)
    # Half the price, and nothing is timed: 20 items in place of 20 and 12.
    assert foretold["usd"]["likely"] == pytest.approx(one_by_one["usd"]["likely"] * 20 / 32 / 2)
    assert foretold["seconds"]["high"] == 86_400
    text = " ".join(told.stdout.split())
    assert "40 requests in 1 batch, paid at half the price: 38 answered" in text and "2 expired" in text
    assert "Time was not measured, and decides nothing: answers came in batches" in text
    check(data)
    assert data["spend"]["batches"]["expired"] == 4 and data["spend"]["batches"]["answered"] == 38
    assert adaptive.returncode == 2 and "--fixed and --batch decide once" in " ".join(adaptive.stderr.split())
