"""What an endpoint refuses or ignores is no evidence on a technique: no comparison, no record, but words."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from experiment import sums
from servers.endpoint import Endpoint, last_user_text, serve
from shown import shown
from tierproof.experiment.findings.soundness import _akin
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.report.words.measured import _faults
from tierproof.report.words.measured_blocks import measure_blocks
from tierproof.systems.models.wire.refusals import RetryPolicy
from tierproof.systems.parts.retrieval import embedded
from tierproof.systems.parts.tool import Tool
from tierproof.systems.resources import Document, Resources

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


class Refusal(Exception):
    def __init__(self, status: int) -> None:
        super().__init__("tools are not to be had here")
        self.status = status


def adding(a: int, b: int) -> int:
    return a + b


ADDING = Resources(
    tools=(
        Tool(
            name="add",
            description="Adds.",
            parameters={"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
            run=lambda given: adding(**given),
        ),
    )
)


@pytest.mark.parametrize("status", [200, 403, 404, 415, 501])
def test_an_arm_whose_feature_is_not_to_be_had(status: int, tmp_path: Path) -> None:
    def takes(body: Mapping[str, Any]) -> str:
        if body.get("tools"):
            raise Refusal(status)
        return sums.answer(body)

    with serve(answer=takes) as endpoint:
        found = measured(endpoint, tmp_path, "function-calling", resources=ADDING)
    assert "tools are not to be had here" in unmeasured(found, "function-calling")
    assert found.ending.kind == "complete" and not found.spend.presumed.calls


def test_an_arm_all_of_whose_requests_fail(tmp_path: Path) -> None:
    def takes(body: Mapping[str, Any]) -> str:
        if body.get("tools"):
            raise Refusal(500)
        return sums.answer(body)

    with serve(answer=takes) as endpoint:
        found = measured(endpoint, tmp_path, "function-calling", resources=ADDING)
    why = unmeasured(found, "function-calling")
    assert "none of 20 items got an answer" in why and "status 500" in why


def test_a_model_that_is_not_there_ends_the_run_where_it_is_the_baselines(tmp_path: Path) -> None:
    def absent(body: Mapping[str, Any]) -> str:
        raise Refusal(404)

    with serve(answer=absent) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    assert found.ending.kind == "failed" and found.ending.error is not None
    assert "is a model there" in found.ending.error.problems[0].remedy


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (None, "the endpoint ignores tools"),
        (
            '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call>',
            "leaves calls of tools in the text",
        ),
        ('{"name": "add", "parameters": {"a": 1, "b": 2}}', "leaves calls of tools in the text"),
        ("", "all of 20 replies were empty"),
    ],
)
def test_tools_that_the_endpoint_ignores(reply: str | None, told: str, tmp_path: Path) -> None:
    def ignoring(body: Mapping[str, Any]) -> str:
        return sums.answer(body) if reply is None or not body.get("tools") else reply

    with serve(answer=ignoring) as endpoint:
        found = measured(endpoint, tmp_path, "function-calling", resources=ADDING)
    assert told in unmeasured(found, "function-calling")


@pytest.mark.parametrize("told", ["by choice", "in words"])
def test_tools_that_the_model_never_wants_are_measured(told: str, tmp_path: Path) -> None:
    def able(body: Mapping[str, Any]) -> str | dict[str, Any]:
        forced = isinstance(body.get("tool_choice"), dict)
        if forced if told == "by choice" else not forced and "Call the tool add" in last_user_text(body):
            call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
            return {"content": None, "tool_calls": [call]}
        return sums.answer(body)

    with serve(answer=able) as endpoint:
        found = measured(endpoint, tmp_path, "function-calling", resources=ADDING)
    assert not found.results[1].unmeasured and found.results[1].comparison is not None


def test_calls_of_tools_in_the_form_before_tools_are_read(tmp_path: Path) -> None:
    def older(body: Mapping[str, Any]) -> str | dict[str, Any]:
        if body.get("tools") and body["messages"][-1]["role"] == "user":
            return {"content": None, "function_call": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
        return sums.answer({**body, "messages": body["messages"][:1]})

    with serve(answer=older) as endpoint:
        found = measured(endpoint, tmp_path, "function-calling", resources=ADDING)
    assert not found.results[1].unmeasured and not found.results[1].ended


def test_replies_that_are_all_taken_away_measure_nothing(tmp_path: Path) -> None:
    with serve(answer=lambda body: {"content": "", "finish": "SAFETY"}) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    assert "taken away by the endpoint's filter" in unmeasured(found, "chain-of-thought")


def test_what_an_embedder_costs_is_said_to_be_in_no_budget(tmp_path: Path) -> None:
    def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[float(len(text)), 1.0] for text in texts]

    given = Resources(documents=(Document(name="a.md", text="A heron is grey."),), embed=embed)
    with serve(answer=sums.answer) as endpoint:
        # One that no arm asks costs nothing.
        assert not measured(endpoint, tmp_path / "words", "retrieval-augmented-generation", resources=given).doubts
        found = measured(endpoint, tmp_path / "vectors", "retrieval-augmented-generation/dense", resources=given)
    [told] = found.doubts
    assert "embed costs is in no budget and in no arm's cost" in told
    # The one passage, and the items' texts.
    texts, characters = embedded(embed)
    assert f"{texts:,} texts ({characters:,} characters)" in told and texts > 1
    assert "is in no budget" in shown(measure_blocks(found, ()), 200)


def test_a_model_that_answers_under_another_name_is_told_of(tmp_path: Path) -> None:
    def renamed(body: Mapping[str, Any]) -> str:
        if isinstance(body, dict):
            body["model"] = "owner/other-9b"
        return sums.answer(body)

    with serve(answer=renamed) as endpoint:
        found = measured(endpoint, tmp_path / "other", "chain-of-thought")
    [told] = found.doubts
    assert "'owner/other-9b' answered" in told

    def dated(body: Mapping[str, Any]) -> str:
        if isinstance(body, dict):
            body["model"] = f"owner/{body['model']}-2026-11-05"
        return sums.answer(body)

    with serve(answer=dated) as endpoint:
        assert not measured(endpoint, tmp_path / "dated", "chain-of-thought").doubts


def test_a_model_in_whose_place_another_answers_now_and_then(tmp_path: Path) -> None:
    own = sums.workload("http://127.0.0.1:1/v1", 1).models[0].sent_name

    def falling_back(body: Mapping[str, Any]) -> str:
        if isinstance(body, dict) and body["model"] == "large" and "Item 1" in last_user_text(body):
            body["model"] = own
        return sums.answer(body)

    with serve(answer=falling_back) as endpoint:
        found = measured(endpoint, tmp_path, "model-scaling", other="large")
    assert f"answers of 'large' came from '{own}'" in unmeasured(found, "model-scaling")


def test_a_fallback_that_no_workload_names_answers_now_and_then(tmp_path: Path) -> None:
    def falling_back(body: Mapping[str, Any]) -> str:
        if isinstance(body, dict) and "step" in str(body) and "Item 1" in last_user_text(body):
            body["model"] = "owner/other-9b"
        return sums.answer(body)

    with serve(answer=falling_back) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    assert "came from 'owner/other-9b' in its place" in unmeasured(found, "chain-of-thought")


@pytest.mark.parametrize(
    ("one", "other", "akin"),
    [
        ("m", "other-model-7b", False),
        ("m", "m-2026-11", True),
        ("o3", "o3-2026-11", True),
        ("o3", "o30", False),
        ("owner/Heron-3", "heron_3.gguf", True),
        ("heron-3", "osprey-3", False),
    ],
)
def test_names_of_one_model(one: str, other: str, akin: bool) -> None:
    assert _akin(one, other) == _akin(other, one) == akin


def test_a_few_refusals_among_answers_are_left_out_and_told(tmp_path: Path) -> None:
    few = refusing(lambda body: "Item 3:" not in last_user_text(body) or "step" not in str(body), "no step")
    with serve(answer=few) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    [base, arm] = found.results
    assert not arm.unmeasured and (arm.refused, arm.failed, arm.broken) == (1, 1, 0)
    assert arm.comparison is not None and arm.comparison.pairs == 19
    assert base.refused_as_wrong is None and arm.refused_as_wrong is not None
    difference = arm.comparison.difference.value * 19 / 20
    assert arm.refused_as_wrong in (pytest.approx(difference), pytest.approx(difference - 1 / 20))
    assert "1 item refused by the endpoint, left out" in _faults(arm)
    assert found.records


def test_where_most_requests_of_an_arm_are_refused_it_is_not_measured(tmp_path: Path) -> None:
    def most(body: Mapping[str, Any]) -> bool:
        # Answers come among the refusals, so that the arm goes on to its end.
        return "step" not in str(body) or int(last_user_text(body).split(":")[0].split()[-1]) % 3 == 0

    with serve(answer=refusing(most, "blocked by a policy")) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    why = unmeasured(found, "chain-of-thought")
    assert "refused 13 of 20 requests" in why and "blocked by a policy" in why


def test_an_arm_that_is_refused_once_and_else_fails_was_not_refused_throughout(tmp_path: Path) -> None:
    def answer(body: Mapping[str, Any]) -> str:
        if "step" not in str(body):
            return sums.answer(body)
        raise Refusal(403 if "Item 3:" in last_user_text(body) else 500)

    with serve(answer=answer) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    assert "the endpoint refused 1 of 20 requests" in unmeasured(found, "chain-of-thought")


def test_where_every_reply_is_cut_off_nothing_is_measured(tmp_path: Path) -> None:
    cut = {"content": "<think>It must be", "finish": "length"}
    with serve(answer=lambda body: dict(cut)) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    assert "limit of a reply: 20" in unmeasured(found, "chain-of-thought")
    assert "limit of a reply: 20" in found.results[0].unmeasured and "raise max_output" in found.results[0].unmeasured


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


def test_a_form_that_answers_keep_without_being_held_to_it(tmp_path: Path) -> None:
    def forthcoming(body: Mapping[str, Any]) -> str:
        return json.dumps({"answer": "robin" if "bird" in last_user_text(body) else sums.answer(body)})

    with serve(answer=forthcoming) as endpoint:
        found = measured(endpoint, tmp_path, "dsl-injection", resources=Resources(schema=SCHEMA))
    assert "told to say one of two words" in unmeasured(found, "dsl-injection")


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


@pytest.mark.parametrize("declined", ["everything", "the arm"])
def test_where_the_model_declines_all_nothing_can_be_compared(declined: str, tmp_path: Path) -> None:
    def declining(body: Mapping[str, Any]) -> str | dict[str, Any]:
        stepwise = "step by step" in last_user_text(body)
        return {"content": None, "refusal": "No."} if declined == "everything" or stepwise else sums.answer(body)

    with serve(answer=declining) as endpoint:
        found = measured(endpoint, tmp_path, "chain-of-thought")
    # An arm that is declined alone shows what its wording does.
    assert bool(found.records) == (declined == "the arm")
    if declined == "everything":
        assert "the model declined all of 20 requests" in unmeasured(found, found.results[0].arm.name)
