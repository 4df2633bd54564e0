"""What an endpoint refuses or ignores is no evidence on a technique: no comparison, no record, but words."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from experiment import sums
from servers.endpoint import Endpoint, last_user_text, serve
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.experiment.timing.interleaved import TIMED_ITEMS
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.resources import Resources

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
REFUSED = ValueError
Answers = Callable[[Mapping[str, Any]], str | Mapping[str, Any]]


def measured(
    endpoint: Endpoint, folder: Path, arm: str, *, resources: Resources | None = None, other: str = "", count: int = 20
) -> Measurement:
    """The baseline and one arm; with `other`, a second model of this name at the same address."""
    workload = sums.workload(endpoint.base_url, count)
    models = workload.models
    if other:
        models = (*models, dataclasses.replace(models[0], name=other))
    given = dataclasses.replace(resources or Resources(), models=models)
    workload = dataclasses.replace(workload, models=models, resources=given)
    retry = RetryPolicy(attempts=2, base_seconds=0.001)
    return asyncio.run(measure(workload, folder, names=(arm,), fixed=count, retry=retry))


def unmeasured(found: Measurement, arm: str) -> str:
    """Why the arm was not measured; all that must not follow from it does not."""
    [result] = [result for result in found.results if result.arm.name == arm]
    assert result.comparison is None and result.standing is None
    assert not any(record.note.endswith(f"arm {arm}") for record in found.records)
    assert not found.table_records
    assert not (found.folder / "evidence.jsonl").read_text()
    return result.unmeasured


def refusing(unless: Callable[[Mapping[str, Any]], bool], words: str) -> Answers:
    def answer(body: Mapping[str, Any]) -> str:
        if not unless(body):
            raise REFUSED(words)
        return sums.answer(body)

    return answer


def test_an_arm_that_the_endpoint_refuses(tmp_path: Path) -> None:
    takes = refusing(lambda body: not body.get("response_format"), "response_format is not supported")
    with serve(answer=takes, latency=0.005) as endpoint:
        found = measured(endpoint, tmp_path, "dsl-injection", resources=Resources(schema=SCHEMA), count=200)
        asked = endpoint.calls.total()
    why = unmeasured(found, "dsl-injection")
    assert "refused every request" in why and "response_format is not supported" in why and "doctor --call" in why
    assert found.ending.kind == "complete"
    # Refused requests are not sent to the end: the first few, and those under way with them.
    assert asked <= 200 + TIMED_ITEMS + 4 + 16


def test_some_refusals_among_answers_stay_wrong_answers(tmp_path: Path) -> None:
    few = refusing(lambda body: "Item 3:" not in last_user_text(body) or "step" not in str(body), "no step")
    with serve(answer=few) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    [_, arm] = found.results
    assert not arm.unmeasured and arm.broken == 1 and arm.comparison is not None
    assert found.records


def test_where_every_request_is_refused_the_run_ends_after_the_first_few(tmp_path: Path) -> None:
    with serve(answer=refusing(lambda body: False, "Invalid model name passed in model=m"), latency=0.01) as endpoint:
        found = measured(endpoint, tmp_path, "test-time-compute", count=300)
        assert endpoint.calls.total() < 150
    assert found.ending.kind == "failed"
    assert "Invalid model name passed in model=m" in found.ending.message
    assert not found.records
    # Nothing was given up in flight, which would have counted as lost.
    assert found.spend.presumed.calls == 0 and found.spend.total.usd == 0


@pytest.mark.parametrize("shape", ["schema", "grammar"])
def test_a_form_that_the_endpoint_ignores(tmp_path: Path, shape: str) -> None:
    form = Resources(schema=SCHEMA) if shape == "schema" else Resources(grammar='start: "yes" | "no"\n')
    with serve(answer=sums.answer) as endpoint:
        found = measured(endpoint, tmp_path, "dsl-injection", resources=form)
    assert "does not hold answers to the form: 20 of 20 break it" in unmeasured(found, "dsl-injection")


def test_a_form_that_the_endpoint_holds(tmp_path: Path) -> None:
    def answer(body: Mapping[str, Any]) -> str:
        said = sums.answer(body)
        return json.dumps({"answer": said}) if body.get("response_format") else said

    with serve(answer=answer) as endpoint:
        found = measured(endpoint, tmp_path, "dsl-injection", resources=Resources(schema=SCHEMA))
    assert not found.results[1].unmeasured and found.results[1].comparison is not None


def test_draws_that_never_differ(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        found = measured(endpoint, tmp_path, "test-time-compute")
    assert "never differed on 20 items" in unmeasured(found, "test-time-compute")


def test_draws_that_never_differ_where_the_model_is_sure(tmp_path: Path) -> None:
    asked = 0

    def answer(body: Mapping[str, Any]) -> str:
        nonlocal asked
        asked += 1
        return f"{asked}" if "at random" in last_user_text(body) else sums.answer(body)

    with serve(answer=answer) as endpoint:
        found = measured(endpoint, tmp_path, "test-time-compute")
        calls = endpoint.calls.total()
        assert measured(endpoint, tmp_path, "test-time-compute").results[1].comparison is not None
        assert endpoint.calls.total() == calls  # what was asked to tell is kept as well
    [_, arm] = found.results
    # Votes that all agree change nothing, and that is a finding.
    assert not arm.unmeasured and arm.comparison is not None and arm.comparison.won == arm.comparison.lost == 0
    assert "test-time-compute" in {record.technique for record in found.records}


def test_draws_that_differ_now_and_then(tmp_path: Path) -> None:
    asked = 0

    def answer(body: Mapping[str, Any]) -> str:
        nonlocal asked
        asked += 1
        return sums.answer(body) + ("0" if asked % 17 == 0 else "")

    with serve(answer=answer) as endpoint:
        found = measured(endpoint, tmp_path, "test-time-compute")
    assert not found.results[1].unmeasured


def test_probabilities_that_never_come(tmp_path: Path) -> None:
    class Silent(Endpoint):
        pass

    def answer(body: Mapping[str, Any]) -> str:
        if isinstance(body, dict):
            body.pop("logprobs", None)  # the endpoint answers as if it had not been asked
        return sums.answer(body)

    with serve(Silent(answer=answer)) as endpoint:
        found = measured(endpoint, tmp_path, "model-routing/probability", other="large")
    assert "no reply had any" in unmeasured(found, "model-routing/probability")


@pytest.mark.parametrize("honest", [True, False])
def test_two_models_that_are_one(tmp_path: Path, honest: bool) -> None:
    def answer(body: Mapping[str, Any]) -> str:
        if not honest and isinstance(body, dict):
            body["model"] = "the-only-one"
        return sums.answer(body)

    with serve(answer=answer) as endpoint:
        found = measured(endpoint, tmp_path, "model-scaling", other="large")
    if honest:
        assert not found.results[1].unmeasured
    else:
        why = unmeasured(found, "model-scaling")
        assert "are one model" in why and "'the-only-one'" in why


def test_a_saving_that_the_endpoint_does_not_tell_leaves_no_record_of_cost(tmp_path: Path) -> None:
    with serve(answer=sums.answer) as endpoint:
        found = measured(endpoint, tmp_path, "prompt-caching")
    assert "does not report cached tokens" in found.unseen["prompt-caching"]
    assert "cost" not in {record.outcome for record in found.records}
    assert "quality" in {record.outcome for record in found.records}
