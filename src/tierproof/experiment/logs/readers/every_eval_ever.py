"""Every Eval Ever: `UUID_samples.jsonl`, one row an answer, beside `UUID.json`.

What a careful guess gets wrong: the schema demands a score, so an error is a row of score 0 with `error` set; repeats
are rows of one `sample_id`, told apart by `metadata.epoch`, a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader


class Evaluation(Struct, frozen=True):
    score: Any = None
    is_correct: bool | None = None


class Input(Struct, frozen=True):
    raw: Any = None


class Performance(Struct, frozen=True):
    latency_ms: float | None = None


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
                "holds averages alone, which nothing can be paired from", remedy=f"put {beside.name} beside it"
            )
        told.sources += (beside,)
        source = Source(beside)
    pieces = source.lines(Row) if source.kind == "lines" else iter([(1, [source.document(Row)])])
    for start, rows in pieces:
        for place, row in enumerate(rows, start):
            told.version = told.version or (f"schema {row.schema_version}" if row.schema_version else "")
            metadata = row.metadata or {}
            tokens = row.token_usage or {}
            metric = (row.evaluation_result_id or "score").partition(":")[0]
            performance = row.performance or Performance()
            yield Outcome(
                system=row.model_id,
                task=row.evaluation_name,
                id=str(row.sample_id),
                hash=row.sample_hash,
                input=text_of(row.input.raw) if isinstance(row.input, Input) else row.input,
                repeat=str(metadata.get("epoch", metadata.get("repeat", ""))),
                # The row of an error names no result: whatever the run scores is missing there.
                scores={metric: row.evaluation.is_correct if row.evaluation.score is None else row.evaluation.score}
                if not row.error
                else {},
                error=str(row.error)[:300] if row.error else "",
                refused=metadata.get("stop_reason") in ("model_length", "content_filter") and not tokens,
                truncated=metadata.get("stop_reason") in ("max_tokens", "length"),
                seconds=performance.latency_ms / 1000 if performance.latency_ms and not row.error else None,
                tokens=tokens.get("total_tokens"),
                group=None if not ask.cluster else text_of(metadata.get(ask.cluster)),
                place=place,
            )
