"""MLflow: `result_df` of `mlflow.genai.evaluate`, as JSON, JSON lines, CSV or Parquet, and its SQLite store.

What a careful guess gets wrong: a task that raised is scored all the same, with an answer that is none, and `state`
ERROR alone tells; rows may be lost where calls were traced by themselves; expectations have columns `NAME/value` like
scores; `request` is the arguments, or the call to the model where it was traced; tags may stand in a part of the rows.
In the store a trace may lack its run, which its assessments still name; a CSV holds lists as Python writes them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.files.written import written
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader

VALUE = "/value"
SOURCE_RUN = "mlflow.assessment.sourceRunId"
STORE = """
    select t.request_id, t.status, t.execution_time_ms, coalesce(i.value, t.request_preview), a.name, a.value, a.error,
           coalesce(a.run_id, a.assessment_metadata, ''), coalesce(r.value, ''), {tokens}, {cost}
    from trace_info t join assessments a on a.trace_id = t.request_id
    left join trace_request_metadata r on r.request_id = t.request_id and r.key = 'mlflow.sourceRun'
    left join trace_request_metadata i on i.request_id = t.request_id and i.key = 'mlflow.traceInputs'
    where a.valid and a.assessment_type = 'feedback' order by t.timestamp_ms, t.request_id
"""


def _recognises(source: Source) -> bool:
    if source.kind == "sqlite":
        return True
    return any(name.endswith(VALUE) for name in source.keys) and bool(source.keys & {"trace_id", "request", "state"})


@reader("mlflow", tried=("3.17.2",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """result_df of mlflow.genai.evaluate (JSON, CSV, Parquet), or the SQLite store."""
    if source.kind == "sqlite":
        yield from _store(source)
        return
    rows = list(source.records())
    # A row that lost its trace has lost what says so: any row may tell what is an expectation.
    assessed = [written(row.get("assessments")) for _, row in rows]
    expected = {
        one.get("assessment_name")
        for each in assessed
        for one in (each if isinstance(each, list) else ())
        if isinstance(one, dict) and "expectation" in one
    }
    for place, row in rows:
        found = written(row.get("tags"))
        tags = found if isinstance(found, dict) else {}
        state = str(row.get("state") or "OK").rpartition(".")[2]
        took = row.get("execution_duration")
        scores: dict[str, Scalar] = {}
        for name, value in row.items():
            metric = name.removesuffix(VALUE)
            if metric != name and metric not in expected and _plain(value):
                failed = row.get(f"{metric}/error_message")
                scores[metric] = None if failed not in (None, "") else value
        yield Outcome(
            system=source.path.stem,
            id=text_of(tags.get("id", tags.get("item_id"))),
            input=question(written(row.get("request"))),
            scores=scores,
            error="" if state == "OK" else f"state {state}",
            seconds=_seconds(took) if state == "OK" else None,
            group=None if not ask.cluster else text_of(tags.get(ask.cluster)),
            place=place,
        )


def question(request: Any) -> str | None:
    """What was asked: the user's last words where a call to a model was traced, else the one argument, else all."""
    if isinstance(request, dict):
        messages = request.get("messages")
        if isinstance(messages, list) and messages:
            said = [one.get("content") for one in messages if isinstance(one, dict) and one.get("role") == "user"]
            return text_of(said[-1] if said else None)
        if len(request) == 1:
            return text_of(next(iter(request.values())))
    return text_of(request)


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _seconds(milliseconds: Any) -> float | None:
    try:
        return float(milliseconds) / 1000
    except (TypeError, ValueError):
        return None


def _store(source: Source) -> Iterator[Outcome]:
    """Traces with their valid assessments; a run is a system."""
    try:
        with contextlib.closing(sqlite3.connect(f"{source.path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            columns = {str(row[1]) for row in store.execute("pragma table_info(trace_info)")}
            names = _names(store.execute("select run_uuid, name from runs"))
            query = STORE.format(
                tokens="t.total_tokens" if "total_tokens" in columns else "null",
                cost="t.total_cost" if "total_cost" in columns else "null",
            )
            for place, (_, rows) in enumerate(groupby(store.execute(query), key=itemgetter(0)), 1):
                yield from _trace(list(rows), place, names)
    except sqlite3.Error as error:
        raise source.fault(f"no MLflow store, or one of another version: {error}") from None


def _names(runs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Of runs, by their ids: what people called them, and the id where two are called alike."""
    called = {run: name or "" for run, name in runs}
    alike = Counter(called.values())
    return {run: name if name and alike[name] == 1 else f"{name or 'run'} {run}" for run, name in called.items()}


def _trace(rows: list[Any], place: int, names: Mapping[str, str]) -> Iterator[Outcome]:
    by_run: dict[str, dict[str, Scalar]] = {}
    _, status, took, asked, _, _, _, _, traced, tokens, cost = rows[0]
    for _, _, _, _, name, value, error, told, *_ in rows:
        run = _run(told) or traced
        parsed = _json(value)
        by_run.setdefault(run, {})[name] = None if error or not _plain(parsed) else parsed
    good = status in ("OK", "TraceState.OK")
    for run, scores in by_run.items():
        yield Outcome(
            system=names.get(run, f"run {run}" if run else "traces of no run"),
            input=question(written(asked)),
            scores=scores,
            error="" if good else f"state {status}",
            seconds=took / 1000 if took is not None and good else None,
            tokens=tokens,
            usd=cost or None,
            place=place,
        )


def _run(told: str) -> str:
    """An assessment's run: its id, or metadata that name it."""
    if not told.startswith("{"):
        return told
    found = _json(told)
    run = found.get(SOURCE_RUN) if isinstance(found, dict) else None
    return run if isinstance(run, str) else ""


def _json(text: Any) -> Any:
    value: Any = text
    with contextlib.suppress(msgspec.DecodeError, TypeError):
        value = msgspec.json.decode(text)
    return value
