"""Runs against a real server on this machine: right scores, right order, clean stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiment import sums
from servers.endpoint import Endpoint, is_wrong, serve
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.design.design import AdaptiveDesign, Design, FixedDesign
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.run.runner import Ending, Run
from tierproof.experiment.trials.trial import Trial
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.system import Draft

QUICK = RetryPolicy(base_seconds=0.005, cap_seconds=0.02)


def play(
    endpoint: Endpoint,
    folder: Path,
    design: Design,
    *,
    arms: Any = None,
    budget: Budget | None = None,
    retry: RetryPolicy = QUICK,
    during: Callable[[Run], None] | None = None,
    count: int = 40,
    **settings: Any,
) -> tuple[Run, Ending, list[Trial], Caller]:
    took: list[Trial] = []

    async def main() -> tuple[Run, Ending, list[Trial], Caller]:
        spec = sums.model(endpoint.base_url, **settings)
        with Journal(folder / "journal.sqlite", run="r") as journal:
            async with Caller([spec], journal=journal, budget=budget, retry=retry) as caller:
                run = Run(
                    arms or sums.arms(sums.CAREFUL),
                    sums.items(count),
                    scorer=sums.Exact(),
                    caller=caller,
                    design=design,
                    workers=spec.concurrency,
                    take=took.append,
                )
                if during is not None:
                    during(run)
                ending = await run.play()
            assert journal.spend().total == caller.ledger.taken
            return run, ending, took, caller

    return asyncio.run(main())


def test_every_arm_answers_the_same_items_and_is_scored_rightly(tmp_path: Path) -> None:
    arms = sums.arms(sums.CAREFUL, sums.GUESS)
    with serve(answer=sums.answer) as endpoint:
        run, ending, took, _ = play(endpoint, tmp_path, FixedDesign(3, 40, stakes=Stakes()), arms=arms)
        assert endpoint.calls.total() == 120
    assert ending.kind == "complete"
    assert run.done == run.planned == len(took) == 120
    plain = sum(not is_wrong(at) for at in range(40)) / 40
    assert [run.trials.means(arm)[0] for arm in range(3)] == pytest.approx([plain, 1.0, 0.5])
    assert all(trial.calls == 1 and trial.usd > 0 and trial.seconds > 0 for trial in took)


def test_an_item_goes_to_all_arms_before_the_next(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        *_, took, _ = play(endpoint, tmp_path, FixedDesign(2, 10, stakes=Stakes()), concurrency=1)
    assert [(trial.position, trial.arm) for trial in took[:4]] == [
        (0, "baseline"),
        (0, "reckoncarefully"),
        (1, "baseline"),
        (1, "reckoncarefully"),
    ]


def test_a_refused_request_is_never_a_wrong_answer(tmp_path: Path) -> None:
    arms = sums.arms("This is far too long.")
    with serve(answer=sums.answer) as endpoint:
        run, ending, took, _ = play(endpoint, tmp_path, FixedDesign(2, 8, stakes=Stakes()), arms=arms)
    assert ending.kind == "complete"
    refused = [trial for trial in took if trial.arm != "baseline"]
    assert {trial.score for trial in refused} == {None}
    assert all("context length" in trial.error for trial in refused)
    assert run.trials.broken == [0, 0] and run.trials.refused == [0, 8]


def test_what_a_failing_endpoint_left_unanswered_does_not_count(tmp_path: Path) -> None:
    few = RetryPolicy(attempts=2, base_seconds=0.001, cap_seconds=0.002)
    with serve(answer=sums.answer, faults={"500": 60}) as endpoint:
        run, ending, took, _ = play(endpoint, tmp_path, FixedDesign(2, 30, stakes=Stakes()), retry=few)
    assert ending.kind == "complete"
    failed = [trial for trial in took if trial.score is None]
    assert failed and all("failed 2 times" in trial.error for trial in failed)
    assert sum(run.trials.failed) == len(failed)
    assert len(run.trials.pairs(1)) == 30 - len({trial.position for trial in failed})


def test_a_system_that_raises_has_not_answered(tmp_path: Path) -> None:
    class Broken:
        async def take(self, system: object, item: object, session: object) -> Draft:
            raise KeyError("city")

    broken = Arm(name="broken", system=sums.system().with_steps(Broken()))
    stakes = Stakes()
    with serve(answer=sums.answer) as endpoint:
        run, _, took, _ = play(
            endpoint, tmp_path, AdaptiveDesign(2, 40, stakes=stakes), arms=(*sums.arms(), broken), count=40
        )
    assert all(trial.error == "KeyError: 'city'" and trial.score == 0.0 for trial in took if trial.arm == "broken")
    # It is given up after the pilot.
    assert run.design.standings[0].state == "broken"
    assert run.trials.tried[1] == 16


def test_a_dead_endpoint_stops_the_run_with_a_remedy(tmp_path: Path) -> None:
    few = RetryPolicy(attempts=1, base_seconds=0.001)
    with serve(answer=sums.answer, faults={"500": 100}) as endpoint:
        _, ending, took, _ = play(
            endpoint, tmp_path, FixedDesign(2, 400, stakes=Stakes()), retry=few, count=400, concurrency=4
        )
    assert ending.kind == "failed"
    assert ending.error is not None and "run the same command" in str(ending.error)
    # Where nothing was ever answered a few trials are enough.
    assert len(took) < 12


def test_an_endpoint_that_dies_on_the_way_is_given_more_patience(tmp_path: Path) -> None:
    few = RetryPolicy(attempts=1, base_seconds=0.001)

    def during(run: Run) -> None:
        if run.done < 60:
            asyncio.get_running_loop().call_later(0.005, during, run)
        else:
            endpoint.faults.update({"500": 100})

    with serve(answer=sums.answer, latency=0.01) as endpoint:
        run, ending, took, _ = play(
            endpoint,
            tmp_path,
            FixedDesign(2, 4000, stakes=Stakes()),
            retry=few,
            during=during,
            count=4000,
            concurrency=4,
        )
    assert ending.kind == "failed"
    failed = sum(trial.score is None for trial in took)
    assert 32 <= failed < 60
    assert run.design.standings[0].pairs > 10


def test_no_more_trials_are_under_way_than_there_are_workers(tmp_path: Path) -> None:
    most = 0

    def during(run: Run) -> None:
        def count() -> None:
            nonlocal most
            most = max(most, len(asyncio.all_tasks()))
            asyncio.get_running_loop().call_later(0.01, count)

        count()

    with serve(answer=sums.answer, latency=0.002) as endpoint:
        play(endpoint, tmp_path, FixedDesign(2, 800, stakes=Stakes()), during=during, count=800, concurrency=8)
    # Workers, the run itself, and what the client keeps for its connections; not one task an item.
    assert 8 <= most < 40


def test_a_wrong_model_is_told_at_once(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        _, ending, took, _ = play(endpoint, tmp_path, FixedDesign(2, 40, stakes=Stakes()), model_id="unknown")
    assert ending.kind == "failed" and "unknown" in str(ending.error)
    assert all(trial.refused for trial in took)


@pytest.mark.parametrize("concurrency", [1, 7, 64])
def test_a_budget_is_never_exceeded_and_ends_the_run_cleanly(tmp_path: Path, concurrency: int) -> None:
    with serve(answer=sums.answer, latency=0.002, faults={"429": 5, "malformed": 5}) as endpoint:
        run, ending, took, caller = play(
            endpoint,
            tmp_path,
            FixedDesign(2, 200, stakes=Stakes()),
            budget=Budget(calls=90, usd=0.5),
            count=200,
            concurrency=concurrency,
        )
        assert endpoint.calls.total() <= 90
    assert ending.kind == "budget" and "90 calls" in ending.message
    assert caller.ledger.taken.calls <= 90
    assert 60 <= len(took) <= 90
    assert abs(run.trials.answered(0) - run.trials.answered(1)) <= concurrency


def test_a_stop_lets_calls_in_flight_finish(tmp_path: Path) -> None:
    done_at_stop = 0

    def during(run: Run) -> None:
        nonlocal done_at_stop
        if run.done < 16:
            asyncio.get_running_loop().call_later(0.005, during, run)
        else:
            done_at_stop = run.done
            run.stop()

    with serve(answer=sums.answer, latency=0.05) as endpoint:
        run, ending, took, _ = play(
            endpoint, tmp_path, FixedDesign(2, 400, stakes=Stakes()), during=during, count=400, concurrency=8
        )
        assert endpoint.calls.total() == len(took) == endpoint.answered.total()
    assert ending.kind == "interrupted"
    assert done_at_stop <= len(took) <= done_at_stop + 8
    assert run.design.standings[0].pairs == len(run.trials.pairs(1)) > 0


def test_a_cancelled_run_gives_up_what_is_in_flight_and_keeps_the_rest(tmp_path: Path) -> None:
    def during(run: Run) -> None:
        task = asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            if run.done >= 16 and endpoint.in_flight:
                task.cancel()
            else:
                asyncio.get_running_loop().call_later(0.005, cancel)

        cancel()

    with serve(answer=sums.answer, latency=0.1) as endpoint:
        _, ending, took, caller = play(
            endpoint, tmp_path, FixedDesign(2, 400, stakes=Stakes()), during=during, count=400, concurrency=8
        )
        given_up = endpoint.calls.total() - len(took)
    assert ending.kind == "interrupted"
    assert 1 <= given_up <= 8
    # What was given up is counted, at its worst case.
    assert caller.ledger.taken.calls == len(took) + given_up


def test_the_adaptive_run_settles_a_clear_arm_and_goes_on_with_an_open_one(tmp_path: Path) -> None:
    arms = sums.arms(sums.GUESS, "Please.")
    stakes = Stakes(value_per_success=10.0, minimal_difference=0.001)
    with serve(answer=sums.answer) as endpoint:
        run, ending, _, _ = play(
            endpoint, tmp_path, AdaptiveDesign(3, 600, stakes=stakes), arms=arms, count=600, concurrency=32
        )
    assert ending.kind == "complete"
    guess, please = run.design.standings
    assert guess.state == "worse"
    # "Please." changes nothing: its answers are the baseline's.
    assert please.difference == 0.0
    assert guess.pairs < please.pairs
