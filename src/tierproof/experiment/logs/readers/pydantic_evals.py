"""pydantic-evals: an `EvaluationReport` dumped by `EvaluationReportAdapter.dump_json`.

What a careful guess gets wrong: failed tasks stand in `failures`, not in `cases`; a failed evaluator stands in a case's
`evaluator_failures`; booleans are `assertions`, numbers `scores`, texts `labels`; with repeats the name has ` [1/3]`
and `source_case_name` is the item; without names cases are `Case 1`, ... by order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader

BY_ORDER = re.compile(r"Case \d+")
REPEAT = re.compile(r"(.*) \[(\d+)/\d+\]", re.DOTALL)


class Result(Struct, frozen=True):
    value: Any = None


class Case(Struct, frozen=True):
    name: str
    inputs: Any = None
    metadata: Any = None
    metrics: dict[str, Any] = {}
    scores: dict[str, Result] = {}
    assertions: dict[str, Result] = {}
    labels: dict[str, Result] = {}
    task_duration: float | None = None
    source_case_name: str | None = None
    error_message: str | None = None
    evaluator_failures: list[dict[str, Any]] = []


class Report(Struct, frozen=True):
    name: str
    cases: list[Case]
    failures: list[Case] = []


def _recognises(source: Source) -> bool:
    return source.kind == "json" and not source.listed and {"name", "cases"} <= source.keys


@reader("pydantic-evals", tried=("2.62.0",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """Reports of `Dataset.evaluate`, dumped as JSON."""
    report = source.document(Report)
    # Cases may have evaluators of their own; one that raised does not say what it would have given.
    told.asked_by_row = not any(case.evaluator_failures for case in report.cases)
    for place, case in enumerate([*report.cases, *report.failures], 1):
        # Of a case that was not repeated, ` [1/3]` is a part of the name that a person gave.
        match = REPEAT.fullmatch(case.name) if case.source_case_name else None
        name = case.source_case_name or case.name
        scores: dict[str, Scalar] = {}
        for kind in (case.assertions, case.scores, case.labels):
            scores.update((key, result.value) for key, result in kind.items())
        # An evaluator that raised gave no score.
        for failure in case.evaluator_failures:
            if isinstance(failure.get("name"), str):
                scores.setdefault(failure["name"], None)
        tokens = [case.metrics[key] for key in ("input_tokens", "output_tokens") if _number(case.metrics.get(key))]
        cost = case.metrics.get("cost")
        metadata = case.metadata if isinstance(case.metadata, dict) else {}
        yield Outcome(
            system=report.name,
            id=None if BY_ORDER.fullmatch(name) else name,
            input=text_of(case.inputs),
            repeat=match[2] if match else "",
            scores=scores,
            error="" if case.error_message is None else case.error_message[:300] or "error",
            usd=float(cost) if _number(cost) and cost else None,
            seconds=case.task_duration,
            tokens=sum(tokens) if tokens else None,
            group=None if not ask.cluster else text_of(metadata.get(ask.cluster)),
            place=place,
        )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
