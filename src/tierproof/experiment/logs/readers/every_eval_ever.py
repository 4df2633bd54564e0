"""Every Eval Ever: `UUID_samples.jsonl`, one row an answer, beside `UUID.json`.

What a careful guess gets wrong: the schema demands a score, so an error is a row of score 0 with `error` set; repeats
are rows of one `sample_id`, told apart by `metadata.epoch`, a text; so are the several results that one answer has,
told apart by `evaluation_result_id` (`scorer:metric` from Inspect, `metric:filter` from lm-eval, whose filter ends the
name of the evaluation too, `metric:split:perturbation` from HELM); whether less is better stands in the record of the
run alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message


class Evaluation(Struct, frozen=True):
    score: Any = None
    is_correct: bool | None = None


class Input(Struct, frozen=True):
    raw: Any = None


class Performance(Struct, frozen=True):
    latency_ms: float | None = None


class Config(Struct, frozen=True):
    lower_is_better: bool | None = None


class Result(Struct, frozen=True):
    evaluation_result_id: str | None = None
    metric_config: Config = Config()


class Record(Struct, frozen=True):
    """The record of a run."""

    evaluation_results: list[Result] = []


class Row(Struct, frozen=True):
    model_id: str
    evaluation_name: str
    sample_id: str | int
    evaluation: Evaluation
    schema_version: str = ""
    evaluation_result_id: str | None = None
    sample_hash: str | None = None
    input: Input | str | None = None
    error: Any = None
    token_usage: dict[str, float | None] | None = None
    performance: Performance | None = None
    metadata: dict[str, Any] | None = None


def _recognises(source: Source) -> bool:
    return {"sample_id", "evaluation", "model_id"} <= source.keys or {"evaluation_results", "model_info"} <= source.keys


@reader("every-eval-ever", tried=("0.3.0",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """*_samples.jsonl; given the record of a run, the samples beside it."""
    if "evaluation_results" in source.keys:
        beside = source.path.with_name(f"{source.path.stem}_samples.jsonl")
        if not beside.is_file():
            raise source.fault(
                Message("holds averages alone, which nothing can be paired from"),
                remedy=Message("put {name} beside it", name=beside.name),
            )
        told.sources += (beside,)
        source = Source(beside)
    _directions(source, told)
    pieces = source.lines(Row) if source.kind == "lines" else iter([(1, [source.document(Row)])])
    numbered = ((place, row) for start, rows in pieces for place, row in enumerate(rows, start))
    for _, rows in groupby(numbered, key=lambda one: _answer(one[1])):
        yield from _outcomes(list(rows), told, ask)


def _answer(row: Row) -> tuple[str, ...]:
    """What the several results of one answer share; a writer puts them one after the other."""
    return (row.model_id, row.evaluation_name, str(row.sample_id), _repeat(row), _parts(row)[1])


def _parts(row: Row) -> tuple[str, str]:
    """Metric, and the perturbation under which HELM took it, or the filter of lm-eval."""
    metric, *more = (row.evaluation_result_id or "score").split(":")
    if len(more) > 1:
        return metric, more[1]
    return metric, more[0] if more and row.evaluation_name.endswith(f"/{more[0]}") else ""


def _repeat(row: Row) -> str:
    metadata = row.metadata or {}
    return str(metadata.get("epoch", metadata.get("repeat", "")))


def _outcomes(rows: list[tuple[int, Row]], told: Told, ask: Ask) -> Iterator[Outcome]:
    """One for each answer: a result that stands again is another answer's."""
    held: list[tuple[int, Row]] = []
    seen: set[str | None] = set()
    for place, row in rows:
        if row.evaluation_result_id in seen:
            yield _outcome(held, told, ask)
            held, seen = [], set()
        held.append((place, row))
        seen.add(row.evaluation_result_id)
    yield _outcome(held, told, ask)


def _outcome(rows: list[tuple[int, Row]], told: Told, ask: Ask) -> Outcome:
    place, row = rows[0]
    version = f"schema {row.schema_version}" if row.schema_version else ""
    told.version = told.version or version
    if version and version != told.version:
        told.warn(
            Message("the log is of several versions, such as {first} and {second}", first=told.version, second=version)
        )
    scores: dict[str, Scalar] = {}
    for _, one in rows:
        # The row of an error names no result: whatever the run scores is missing there.
        if not one.error:
            score = one.evaluation.is_correct if one.evaluation.score is None else one.evaluation.score
            metric = _parts(one)[0]
            # Two figures that a run makes of one scorer are two names of one score, where they do not differ.
            if scores.setdefault(metric, score) != score:
                scores[str(one.evaluation_result_id)] = score
    metadata = row.metadata or {}
    tokens = row.token_usage or {}
    performance = row.performance or Performance()
    error = next((str(one.error) for _, one in rows if one.error), "")
    return Outcome(
        system=row.model_id,
        task=row.evaluation_name.removesuffix(f"/{_parts(row)[1]}"),
        filter=_parts(row)[1],
        id=str(row.sample_id),
        hash=row.sample_hash,
        input=text_of(row.input.raw) if isinstance(row.input, Input) else row.input,
        repeat=_repeat(row),
        scores=scores,
        error=error[:300],
        refused=metadata.get("stop_reason") in ("model_length", "content_filter") and not tokens,
        truncated=metadata.get("stop_reason") in ("max_tokens", "length"),
        seconds=performance.latency_ms / 1000 if performance.latency_ms and not error else None,
        tokens=tokens.get("total_tokens"),
        group=None if not ask.cluster else text_of(metadata.get(ask.cluster)),
        place=place,
    )


def _directions(source: Source, told: Told) -> None:
    """From the record of the run beside the samples, where all results of a metric agree."""
    beside = source.path.with_name(f"{source.path.stem.removesuffix('_samples')}.json")
    if beside == source.path or not beside.is_file():
        return
    seen: dict[str, set[bool | None]] = {}
    for one in Source(beside).document(Record).evaluation_results:
        metric = (one.evaluation_result_id or "score").partition(":")[0]
        seen.setdefault(metric, set()).add(one.metric_config.lower_is_better)
    for metric, found in seen.items():
        lower = next(iter(found))
        if len(found) == 1 and lower is not None:
            told.more_is_better[metric] = not lower
