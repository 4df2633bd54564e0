"""DeepEval: `test_run_*.json` and `.deepeval/.latest_test_run.json`.

What a careful guess gets wrong: a metric that failed (a judge's error, an empty answer) is a row with an `error` and no
score, counted as failed in one total and left out of another; names are `test_case_0`, ... by order unless given;
`runDuration` is the metric's time, not the model's; of some metrics (bias, toxicity) less is better, which nothing but
success below the threshold tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader

BY_ORDER = re.compile(r"(conversational_)?test_case_\d+")


class Metric(Struct, frozen=True, rename="camel"):
    name: str
    score: float | None = None
    threshold: float | None = None
    success: bool | None = None
    error: str | None = None


class Turn(Struct, frozen=True):
    role: str = ""
    content: Any = None


class Case(Struct, frozen=True, rename="camel"):
    name: str | None = None
    input: Any = None
    turns: list[Turn] | None = None
    scenario: str | None = None
    metrics_data: list[Metric] | None = None
    token_cost: float | None = None
    input_token_count: float | None = None
    output_token_count: float | None = None
    completion_time: float | None = None
    metadata: dict[str, Any] | None = None


class Run(Struct, frozen=True, rename="camel"):
    test_cases: list[Case] = []
    conversational_test_cases: list[Case] = []
    hyperparameters: dict[str, Any] | None = None
    identifier: str | None = None


class Latest(Struct, frozen=True, rename="camel"):
    test_run_data: Run


def _recognises(source: Source) -> bool:
    return source.kind == "json" and not source.listed and bool(source.keys & {"testCases", "testRunData"})


@reader("deepeval", tried=("4.3.1",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """test_run_*.json and .latest_test_run.json of `evaluate` and `deepeval test run`."""
    run = source.document(Latest).test_run_data if "testRunData" in source.keys else source.document(Run)
    settings = run.hyperparameters or {}
    model = next((settings[name] for name in ("model", "Model", "llm") if isinstance(settings.get(name), str)), "")
    system = run.identifier or model or source.path.stem
    cases = [*run.test_cases, *run.conversational_test_cases]
    told.asked_by_row = True
    told.more_is_better.update(_directions(one for case in cases for one in case.metrics_data or ()))
    for place, case in enumerate(cases, 1):
        metrics = case.metrics_data or []
        name = case.name or ""
        # A metric that failed has no score; where none has one, the case itself failed.
        errors = [one.error for one in metrics if one.error]
        counts = [one for one in (case.input_token_count, case.output_token_count) if one is not None]
        yield Outcome(
            system=system,
            id=name if name and not BY_ORDER.fullmatch(name) else None,
            input=text_of(case.input if case.input is not None else case.scenario or _said(case)),
            scores={one.name: None if one.error else one.score for one in metrics},
            error=str(errors[0])[:300] if errors and len(errors) == len(metrics) else "",
            usd=case.token_cost or None,
            seconds=case.completion_time,
            tokens=sum(counts) if counts else None,
            group=None if not ask.cluster else text_of((case.metadata or {}).get(ask.cluster)),
            place=place,
        )


def _said(case: Case) -> list[Any]:
    """What the user said in a conversation: what was answered is no part of the item."""
    return [turn.content for turn in case.turns or () if turn.role == "user"]


def _directions(metrics: Iterable[Metric]) -> dict[str, bool]:
    """By metric, whether more is better: a score above the threshold succeeds.  Nothing where rows disagree."""
    seen: dict[str, set[bool]] = {}
    for one in metrics:
        if one.error or None in (one.score, one.threshold, one.success) or one.score == one.threshold:
            continue
        assert one.score is not None
        assert one.threshold is not None
        seen.setdefault(one.name, set()).add((one.score > one.threshold) == one.success)
    return {name: next(iter(found)) for name, found in seen.items() if len(found) == 1}
