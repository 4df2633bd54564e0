"""MLflow: `result_df` of `mlflow.genai.evaluate`, as JSON, JSON lines, CSV or Parquet, and its SQLite store.

What a careful guess gets wrong: a task that raised is scored all the same, with an answer that is none, and `state`
ERROR alone tells; rows may be lost where calls were traced by themselves; expectations have columns `NAME/value` like
scores; `request` is the arguments, or the call to the model where it was traced; tags may stand in a part of the rows.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader

VALUE = "/value"
STORE = """
    select t.request_id, t.status, t.execution_time_ms, t.request_preview, a.name, a.value, a.error, a.assessment_type,
           coalesce(a.run_id, r.value, t.experiment_id)
    from trace_info t join assessments a on a.trace_id = t.request_id
    left join trace_request_metadata r on r.request_id = t.request_id and r.key = 'mlflow.sourceRun'
    where a.valid order by t.timestamp_ms, t.request_id
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
    assessed = [_object(row.get("assessments")) for _, row in rows]
    expected = {
        one.get("assessment_name")
        for each in assessed
        for one in (each if isinstance(each, list) else ())
        if isinstance(one, dict) and "expectation" in one
    }
    for place, row in rows:
        found = _object(row.get("tags"))
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
            input=question(_object(row.get("request"))),
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


def _object(value: Any) -> Any:
    """A CSV holds JSON as text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            return msgspec.json.decode(value)
    return value


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _seconds(milliseconds: Any) -> float | None:
    try:
        return float(milliseconds) / 1000
    except (TypeError, ValueError):
        return None


def _store(source: Source) -> Iterator[Outcome]:
    """Traces with their assessments, newest valid ones; a run is a system."""
    try:
        with contextlib.closing(sqlite3.connect(f"{source.path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            held: list[Any] = []
            for place, row in enumerate(store.execute(STORE), 1):
                if held and held[0][0] != row[0]:
                    yield from _trace(held, place)
                    held = []
                held.append(row)
            if held:
                yield from _trace(held, 0)
    except sqlite3.Error as error:
        raise source.fault(f"no MLflow store, or one of another version: {error}") from None


def _trace(rows: list[Any], place: int) -> Iterator[Outcome]:
    by_run: dict[str, dict[str, Scalar]] = {}
    _, status, took, preview, *_ = rows[0]
    for *_, name, value, error, kind, run in rows:
        if kind == "feedback":
            parsed = _json(value)
            by_run.setdefault(str(run), {})[name] = None if error or not _plain(parsed) else parsed
    for run, scores in by_run.items():
        yield Outcome(
            system=f"run {run}",
            input=question(_object(preview)),
            scores=scores,
            error="" if status in ("OK", "TraceState.OK") else f"state {status}",
            seconds=took / 1000 if took is not None and status == "OK" else None,
            place=place,
        )


def _json(text: Any) -> Any:
    value: Mapping[str, Any] | Any = text
    with contextlib.suppress(msgspec.DecodeError, TypeError):
        value = msgspec.json.decode(text)
    return value
