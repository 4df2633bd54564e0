"""Small logs of every tool: cut from real ones, or in the form that a tool's source writes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def span(name: str, score: float, *, item: str, failed: bool = False) -> dict[str, Any]:
    """As an SDK's console exporter writes it, with a recorded evaluation."""
    return {
        "name": "chat",
        "context": {"trace_id": "0x1", "span_id": "0x2"},
        "start_time": "2026-11-30T04:11:12.000000Z",
        "end_time": "2026-11-30T04:11:12.500000Z",
        "status": {"status_code": "ERROR" if failed else "UNSET"},
        "attributes": {
            "gen_ai.request.model": name,
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 4,
            "dataset.item.id": item,
        },
        "events": [
            {
                "name": "gen_ai.evaluation.result",
                "attributes": {"gen_ai.evaluation.name": "right", "gen_ai.evaluation.score.value": score},
            }
        ],
    }


def otlp(spans: list[dict[str, Any]]) -> dict[str, Any]:
    """The same as OTLP writes it."""

    def listed(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
        kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
        return [
            {"key": key, "value": {kinds[type(value)]: str(value) if type(value) is int else value}}
            for key, value in attributes.items()
        ]

    told = [
        {
            "name": one["name"],
            "startTimeUnixNano": "1796011872000000000",
            "endTimeUnixNano": "1796011872500000000",
            "status": {"code": 2 if one["status"]["status_code"] == "ERROR" else 0},
            "attributes": listed(one["attributes"]),
            "events": [{"name": each["name"], "attributes": listed(each["attributes"])} for each in one["events"]],
        }
        for one in spans
    ]
    return {"resourceSpans": [{"scopeSpans": [{"spans": told}]}]}


def helm(scores: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """per_instance_stats.json: an instance of two trials, as crfm-helm 0.5.16's source writes it (nulls left out)."""
    return [
        {
            "instance_id": name,
            "train_trial_index": trial,
            "stats": [
                stat("exact_match", value),
                stat("num_prompt_tokens", 100.0),
                stat("num_completion_tokens", 5.0),
                stat("inference_runtime", 0.5),
                {"name": {"name": "logprob", "split": "test"}, "count": 0, "sum": 0, "sum_squared": 0},
            ],
        }
        for name, values in scores.items()
        for trial, value in enumerate(values)
    ]


def stat(name: str, value: float) -> dict[str, Any]:
    return {
        "name": {"name": name, "split": "test"},
        "count": 1, "sum": value, "sum_squared": value * value, "min": value, "max": value, "mean": value,
        "variance": 0.0, "stddev": 0.0,
    }  # fmt: skip


def oaieval(model: str, scores: Mapping[str, bool | None]) -> list[dict[str, Any]]:
    """The lines of a record of `oaieval`, as evals 3.0.1's source writes them: events of samples mixed."""
    events: list[dict[str, Any]] = [
        {"type": "raw_sample", "sample_id": name, "data": {"input": f"question {name}", "ideal": "x"}}
        for name in scores
    ]
    events += [
        {"type": "match", "sample_id": name, "data": {"correct": score, "expected": "x", "picked": "y"}}
        if score is not None
        else {"type": "error", "sample_id": name, "data": {"type": "BadRequestError", "message": "too long"}}
        for name, score in scores.items()
    ]
    rest = {"run_id": "r", "created_by": "", "created_at": "2026-11-30 04:00:00+00:00"}
    return [
        {"spec": {"completion_fns": [model], "eval_name": "desk.dev.v0", "base_eval": "desk", "run_id": "r"}},
        *({"event_id": at, **event, **rest} for at, event in enumerate(events)),
        {"final_report": {"accuracy": 0.5}, "run_id": "r"},
    ]


def langfuse(run: str, scores: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """Experiment items as the API of langfuse 5.0.4 gives them."""
    return [
        {
            "id": f"{run}-{name}",
            "traceId": f"t-{name}",
            "experimentName": run,
            "experimentItemId": name,
            "startTime": "2026-11-30T04:00:00.000Z",
            "endTime": "2026-11-30T04:00:01.500Z",
            "level": "DEFAULT" if score is not None else "ERROR",
            "input": f"question {name}",
            "scores": []
            if score is None
            else [
                {"id": "s", "name": "right", "value": score, "dataType": "NUMERIC"},
                {"id": "b", "name": "safe", "value": 1, "dataType": "BOOLEAN"},
                {"id": "c", "name": "kind", "value": "good", "stringValue": "good", "dataType": "CATEGORICAL"},
            ],
        }
        for name, score in scores.items()
    ]


def write(path: Path, value: Any) -> Path:
    """As JSON lines where the name says so, else as one document."""
    texts = [json.dumps(row) + "\n" for row in value] if path.suffix == ".jsonl" else [json.dumps(value)]
    path.write_text("".join(texts), encoding="utf-8")
    return path


def cut(value: Any, most: int = 3) -> Any:
    """A document with lists no longer than `most`, at any depth, and no long text."""
    if isinstance(value, list):
        return [cut(one, most) for one in value[:most]]
    if isinstance(value, dict):
        return {key: cut(one, most) for key, one in value.items()}
    return value[:120] if isinstance(value, str) else value


def read_members(path: Path) -> dict[str, Any]:
    """Members of an Inspect log, by way of the reader's own archive."""
    from tierproof.experiment.logs.files.archive import Archive

    with Archive(path) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.names}


def write_members(path: Path, members: Mapping[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name, value if isinstance(value, str | bytes) else json.dumps(value))
    return path
