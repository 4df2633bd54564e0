"""Tuning by a provider: one job whatever happens on the way, its price within the budget, its model measured."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from servers import tuning
from servers.tuning import Provider, serve_tuning
from shown import shown
from spent import spent
from tierproof.answers.document import plain
from tierproof.answers.measure import measure_answer
from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.run.measurement import JOURNAL, Measurement, measure
from tierproof.experiment.workload.folder import load_workload
from tierproof.report.render.html.measured import measure_document
from tierproof.report.words import numerals
from tierproof.report.words.measured_blocks import measure_blocks
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.models.wire.provider import MayBeCharged
from tierproof.systems.training import Conversation, conversation, hosted
from tierproof.systems.training.hosted import Hosted, Tuned, tune
from tierproof.systems.training.making.store import Store

WORDS = ("heron", "stork", "crane", "ibis", "gull", "tern", "swan", "duck", "coot", "rail", "crow", "wren")


def lessons(count: int = 12) -> tuple[Conversation, ...]:
    return tuple(
        conversation(
            ({"role": "user", "content": f"{word} says what?"}, {"role": "assistant", "content": f"{word[::-1]}"})
        )
        for word in WORDS[:count]
    )


def wanted(provider: Provider, **changes: Any) -> Hosted:
    dials: dict[str, Any] = {"epochs": 2, "seed": 0, "training_price": 8.0, "most_usd": 5.0, **changes}
    key = dials.pop("key", None)
    base = ModelSpec(name="base", base_url=provider.base_url, api_key_env=key)
    return Hosted.of(base, lessons(), **dials)


def tuned(provider: Provider, folder: Path, **changes: Any) -> Tuned:
    environ = {"PROVIDER_KEY": "secret"}
    return asyncio.run(tune(wanted(provider, **changes), folder, environ=environ, poll_seconds=0.01))


def test_files_go_up_a_job_runs_and_its_model_comes_back(tmp_path: Path) -> None:
    with serve_tuning(polls=3, key="secret") as provider:
        result = tuned(provider, tmp_path, key="PROVIDER_KEY")
    (file,) = provider.files.values()
    assert [json.loads(line)["messages"][1]["content"] for line in file.splitlines()] == [w[::-1] for w in WORDS]
    assert result.model.startswith("ft:base:tierproof-")
    # The provider's own count: a quarter of the file's bytes, for each of two epochs.
    assert result.tokens == len(file) // 4 * 2
    assert result.usd == pytest.approx(result.tokens * 8.0 / 1e6)


def test_errors_that_pass_are_waited_out(tmp_path: Path) -> None:
    with serve_tuning(faults=(500, 429, 503)) as provider:
        assert tuned(provider, tmp_path).model
    assert len(provider.jobs) == 1


@pytest.mark.parametrize("forget", [False, True])
def test_a_run_that_was_cut_off_waits_for_its_job(tmp_path: Path, forget: bool) -> None:
    async def cut_off(provider: Provider) -> None:
        task = asyncio.create_task(tune(wanted(provider), tmp_path, poll_seconds=0.01))
        async with asyncio.timeout(60):
            while not any(provider.looks.values()):
                await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with serve_tuning(polls=10**6) as provider:
        asyncio.run(cut_off(provider))
        if forget:  # killed between the job's start and the writing of its id
            next(tmp_path.glob("*.json")).unlink(missing_ok=True)
        provider.polls = 1
        assert tuned(provider, tmp_path).job == "ftjob-1"
    assert len(provider.jobs) == 1
    assert len(provider.files) == 1


def test_a_job_that_is_known_by_its_name_alone_may_be_charged_for(tmp_path: Path) -> None:
    with serve_tuning(forgets=True) as provider:
        for _ in range(2):
            with pytest.raises(MayBeCharged, match="no such job"):
                tuned(provider, tmp_path)
            # Killed between the job's start and the writing of its id.
            next(tmp_path.glob("*.json")).unlink()
    assert len(provider.jobs) == 1


def test_a_provider_may_say_that_it_has_made_what_was_asked_for(tmp_path: Path) -> None:
    with serve_tuning(made=201) as provider:
        assert tuned(provider, tmp_path).model
    assert len(provider.jobs) == 1


def test_a_job_that_fails_is_told_and_can_be_tried_again(tmp_path: Path) -> None:
    with serve_tuning(fails="the file breaks a rule") as provider:
        with pytest.raises(InputError, match=r"ended as failed: the file breaks a rule"):
            tuned(provider, tmp_path)
        provider.fails = ""
        assert tuned(provider, tmp_path).job == "ftjob-2"


def test_a_wrong_key_is_told_and_not_shown(tmp_path: Path) -> None:
    with serve_tuning(key="other") as provider, pytest.raises(InputError, match="refuses to tune") as caught:
        tuned(provider, tmp_path, key="PROVIDER_KEY")
    assert "secret" not in str(caught.value)


def test_a_provider_whose_reply_names_no_job_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Provider, "start", lambda provider, body: {"object": "fine_tuning.job"})
    with serve_tuning() as provider, pytest.raises(InputError, match="does not answer: its reply has no id"):
        tuned(provider, tmp_path)


def test_a_provider_that_does_not_say_which_jobs_there_are_gets_no_second_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "list", lambda jobs: None, raising=False)
    with serve_tuning() as provider, pytest.raises(InputError, match="its list of jobs is none"):
        tuned(provider, tmp_path)
    assert not provider.files


def test_a_job_that_may_cost_too_much_is_not_started(tmp_path: Path) -> None:
    with serve_tuning() as provider, pytest.raises(InputError, match=r"may cost .* USD, and most_usd is 0.00"):
        tuned(provider, tmp_path, most_usd=0.0)
    assert not provider.requests


def workload(
    folder: Path, base_url: str, prices: str = "input_price = 3.0\noutput_price = 6.0\ntraining_price = 8.0"
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "workload.toml").write_text(
        f"""
        name = "birds"
        setting = "lab"
        [scorer]
        kind = "exact"
        [[models]]
        name = "base"
        base_url = "{base_url}"
        price = {{ input = 1.0, output = 2.0 }}
        [options."instruction-fine-tuning/hosted"]
        most_usd = 1.0
        {prices}
        """
    )
    items = [{"id": word, "input": f"{word} now?", "target": word[::-1]} for word in WORDS]
    train = [{"input": f"{word} says what?", "output": word[::-1]} for word in WORDS]
    (folder / "items.jsonl").write_text("\n".join(json.dumps(item) for item in items))
    (folder / "train.jsonl").write_text("\n".join(json.dumps(one) for one in train))
    return folder


def measured(folder: Path, results: Path, **settings: Any) -> Measurement:
    return asyncio.run(
        measure(
            load_workload(folder),
            results,
            names=("instruction-fine-tuning/hosted",),
            fixed=12,
            store=Store(results / "store"),
            **settings,
        )
    )


def test_a_tuned_model_is_measured_like_any_other_and_paid_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted, "POLL_SECONDS", 0.01)
    with serve_tuning() as provider:
        folder = workload(tmp_path / "birds", provider.base_url)
        found = measured(folder, tmp_path / "results")
        base, arm = found.results
        assert (base.score, arm.score) == (0.0, 1.0)
        # 24 requests of 10 and 2 tokens at the models' prices, and the training by the provider's count.
        made = found.trained[0].made
        trained = made.usd
        assert trained is not None and made.fresh
        # The prompt with its answer for each of twelve words, as the provider counted them.
        assert (made.examples, made.tokens) == (12, round(trained / 8.0 * 1e6))
        told = shown(measure_blocks(found, ()), 120)
        assert "Training: what making a model took" in told and numerals.money(trained) in told
        page = measure_document(found)
        assert (
            "<h2>Training: what making a model took</h2>" in page
            and f'<td class="right">{numerals.money(trained)}</td>' in page
        )
        (told,) = plain(measure_answer(found))["trained"]
        assert (told["usd"], told["tokens"], told["cached"]) == (trained, made.tokens, False)
        calls = 12 * (10 * 1 + 2 * 2 + 10 * 3 + 2 * 6) / 1e6
        # Twice: once for the answers, once for the time that they take, which is measured apart.
        assert found.spend.total.usd == pytest.approx(2 * calls + trained, rel=1e-9)
        sent = len(provider.requests)
        again = measured(folder, tmp_path / "results")
        assert again.spend.total == found.spend.total
        assert not again.trained[0].made.fresh
        assert len(provider.requests) == sent


def test_a_job_that_does_not_say_what_it_took_counts_at_the_most_that_it_can_have(tmp_path: Path) -> None:
    with serve_tuning(tells=False) as provider:
        result = tuned(provider, tmp_path)
        most = wanted(provider).worst_usd
    (file,) = provider.files.values()
    assert (result.tokens, result.usd) == (2 * len(file), most)


def test_a_job_that_is_on_its_way_is_counted_and_paid_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "POLL_SECONDS", 0.01)
    journal = tmp_path / "results" / JOURNAL
    with serve_tuning(forgets=True) as provider:
        folder = workload(tmp_path / "birds", provider.base_url)
        with pytest.raises(InputError, match="no such job"):
            measured(folder, tmp_path / "results")
        [job] = provider.jobs
        # Nobody knows how it ends: the most that it may cost.
        on_its_way = spent(journal).total.usd
        provider.forgets = False
        found = measured(folder, tmp_path / "results", budget=Budget(usd=1.2 * on_its_way))
        assert [*provider.jobs] == [job]
    assert found.ending.kind == "complete"
    made = found.trained[0].made
    assert made.usd is not None and made.usd < on_its_way
    calls = 2 * 12 * (10 * 1 + 2 * 2 + 10 * 3 + 2 * 6) / 1e6
    assert found.spend.total.usd == pytest.approx(calls + made.usd, rel=1e-9)


def test_minutes_end_the_wait_for_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "POLL_SECONDS", 0.01)
    with serve_tuning(polls=10**9) as provider:
        folder = workload(tmp_path / "birds", provider.base_url)
        with pytest.raises(InputError, match="minutes of the budget are over"):
            measured(folder, tmp_path / "results", budget=Budget(minutes=0.5 / 60))
        provider.polls = 1
        found = measured(folder, tmp_path / "results")
        assert len(provider.jobs) == 1
    assert found.ending.kind == "complete" and found.trained[0].made.usd is not None


def test_a_job_that_failed_and_was_charged_for_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "POLL_SECONDS", 0.01)
    with serve_tuning(fails="the file breaks a rule", charges=1000) as provider:
        folder = workload(tmp_path / "birds", provider.base_url)
        for tries in (1, 2):
            with pytest.raises(InputError, match="breaks a rule"):
                measured(folder, tmp_path / "results")
            assert len(provider.jobs) == tries
            # 1,000 tokens at 8 USD a million, of each.
            assert spent(tmp_path / "results" / JOURNAL).total.usd == pytest.approx(tries * 0.008)


def test_a_budget_that_the_training_may_exceed_stops_it_before_it_is_asked_for(tmp_path: Path) -> None:
    with serve_tuning() as provider:
        folder = workload(tmp_path / "birds", provider.base_url)
        # The only arm: without it nothing is left to measure, and the baseline alone is not paid for.
        with pytest.raises(InputError, match=r"the budget of 0\.01 USD"):
            measured(folder, tmp_path / "results", budget=Budget(usd=0.01))
    assert not provider.jobs


def test_prices_are_asked_for_never_guessed(tmp_path: Path) -> None:
    with serve_tuning() as provider:
        folder = workload(tmp_path / "birds", provider.base_url, prices="input_price = 3.0")
        with pytest.raises(InputError, match="training_price, output_price not known"):
            measured(folder, tmp_path / "results")
    assert not provider.jobs
