"""MLflow: `result_df` of `mlflow.genai.evaluate`, as JSON, JSON lines, CSV or Parquet, and its SQLite store.

What a careful guess gets wrong: a task that raised is scored all the same, with an answer that is none, and `state`
ERROR alone tells; rows may be lost where calls were traced by themselves; expectations have columns `NAME/value` like
scores; `request` is the arguments, or the call to the model where it was traced; tags may stand in a part of the rows.
Several judges may assess one name, of which a frame's column holds one.  In the store a trace may lack its run, which
its assessments still name, and what overrides an assessment has neither its judge nor its run; a CSV holds lists as
Python writes them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.files.written import written
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message, Quoted

VALUE = "/value"
SOURCE_RUN = "mlflow.assessment.sourceRunId"
STORE = """
    select t.request_id, t.status, t.execution_time_ms, coalesce(i.value, t.request_preview), a.name, a.value, a.error,
           coalesce(a.run_id, a.assessment_metadata, ''), coalesce(r.value, ''), {tokens}, {cost}, a.assessment_id,
           a.overrides, a.source_type || ' ' || coalesce(a.source_id, ''), a.valid
    from trace_info t join assessments a on a.trace_id = t.request_id
    left join trace_request_metadata r on r.request_id = t.request_id and r.key = 'mlflow.sourceRun'
    left join trace_request_metadata i on i.request_id = t.request_id and i.key = 'mlflow.traceInputs'
    where a.assessment_type = 'feedback' order by t.timestamp_ms, t.request_id, a.created_timestamp, a.rowid
"""
JUDGES = """
    select name, source_type || ' ' || coalesce(source_id, '') as judge from assessments
    where assessment_type = 'feedback' and overrides is null group by name, judge
    order by count(*), min(created_timestamp) desc
"""
"""The one who gave most comes last."""
LONGEST_CHAIN = 50


class Given(NamedTuple):
    """An assessment in the store."""

    request: str
    status: Any
    took: Any
    asked: Any
    name: str
    value: Any
    error: Any
    run: Any
    traced: Any
    tokens: Any
    cost: Any
    id: Any
    overrides: Any
    judge: Any
    valid: Any


def _recognises(source: Source) -> bool:
    if source.kind == "sqlite":
        return True
    return any(name.endswith(VALUE) for name in source.keys) and bool(source.keys & {"trace_id", "request", "state"})


@reader("mlflow", tried=("3.17.2",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """result_df of mlflow.genai.evaluate (JSON, CSV, Parquet), or the SQLite store."""
    if source.kind == "sqlite":
        yield from _store(source, told)
        return
    rows = list(source.records())
    # A row that lost its trace has lost what says so: any row may tell what is an expectation.
    assessed = [_assessments(written(row.get("assessments"))) for _, row in rows]
    expected = {one.get("assessment_name") for each in assessed for one in each if "expectation" in one}
    # MLflow leaves out of a frame's columns what other runs said of its traces: they were before.
    runs = ((str(one.get("create_time") or ""), _source_run(one)) for each in assessed for one in each)
    own = max((at for at in runs if at[1]), default=("", ""))[1]
    judged = [_by_judge([one for one in each if _source_run(one) in ("", own)]) for each in assessed]
    known: dict[str, Counter[str]] = {}
    for name, judge in (at for row in judged for at in row):
        known.setdefault(name, Counter())[judge] += 1
    several = {name: judges.most_common(1)[0][0] for name, judges in known.items() if len(judges) > 1}
    for name in several:
        told.warn(_by_several(name))
    for (place, row), by_judge in zip(rows, judged, strict=True):
        found = written(row.get("tags"))
        tags = found if isinstance(found, dict) else {}
        state = str(row.get("state") or "OK").rpartition(".")[2]
        took = row.get("execution_duration")
        scores: dict[str, Scalar] = {}
        for name, value in row.items():
            metric = name.removesuffix(VALUE)
            # A column holds what one of several said, now this one and now that.
            if metric != name and metric not in expected and metric not in several and _plain(value):
                failed = row.get(f"{metric}/error_message")
                scores[metric] = None if failed not in (None, "") else value
        for (name, judge), value in by_judge.items():
            if name in several and _plain(value):
                scores[name if judge == several[name] else f"{name} ({judge})"] = value
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


def _assessments(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _source_run(assessment: Mapping[str, Any]) -> str:
    found = assessment.get("metadata")
    return str(found.get(SOURCE_RUN) or "") if isinstance(found, dict) else ""


def _by_judge(assessed: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """What each judge said under each name, the last where one said several; None where that ended in an error.  What
    overrides an assessment stands for the judge of that one."""
    by_id = {str(one.get("assessment_id")): one for one in assessed}
    found: dict[tuple[str, str], Any] = {}
    for one in assessed:
        feedback = one.get("feedback")
        if not isinstance(feedback, dict) or one.get("valid") is False:
            continue
        first = one
        for _ in range(LONGEST_CHAIN):
            first = by_id.get(str(first.get("overrides") or ""), first)
        told = first.get("source")
        judge = told if isinstance(told, dict) else {}
        said = f"{judge.get('source_type') or ''} {judge.get('source_id') or ''}".strip()
        found[str(one.get("assessment_name")), said] = None if feedback.get("error") else feedback.get("value")
    return found


def _by_several(name: str) -> Message:
    return Message("'{name}' was assessed by several: each is a metric of its own", name=Quoted(name))


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


def _store(source: Source, told: Told) -> Iterator[Outcome]:
    """Traces with their valid assessments; a run is a system."""
    try:
        with contextlib.closing(sqlite3.connect(f"{source.path.resolve().as_uri()}?mode=ro", uri=True)) as store:
            columns = {str(row[1]) for row in store.execute("pragma table_info(trace_info)")}
            names = _names(store.execute("select run_uuid, name from runs"))
            judges = dict(store.execute(JUDGES).fetchall())
            query = STORE.format(
                tokens="t.total_tokens" if "total_tokens" in columns else "null",
                cost="t.total_cost" if "total_cost" in columns else "null",
            )
            given = map(Given._make, store.execute(query))
            for place, (_, rows) in enumerate(groupby(given, key=attrgetter("request")), 1):
                yield from _trace(list(rows), place, names, judges, told)
    except sqlite3.Error as error:
        raise source.fault(
            Message("no MLflow store, or one of another version: {error}", error=str(error)),
            remedy=Message("copy or run the log again"),
        ) from None


def _names(runs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Of runs, by their ids: what people called them, and the id where two are called alike."""
    called = {run: name or "" for run, name in runs}
    alike = Counter(called.values())
    return {run: name if name and alike[name] == 1 else f"{name or 'run'} {run}" for run, name in called.items()}


def _trace(
    rows: list[Given], place: int, names: Mapping[str, str], judges: Mapping[str, str], told: Told
) -> Iterator[Outcome]:
    by_run: dict[str, dict[str, Scalar]] = {}
    by_id = {one.id: one for one in rows}
    trace = rows[0]
    for one in rows:
        if not one.valid:
            continue
        first = _first(one, by_id)
        if first is not one:
            told.warn(Message("scores were edited after the run: the last value of each is read"))
        metric = first.name
        # What another judge says under the same name is another score.
        if first.judge != judges.get(first.name, first.judge):
            metric = f"{first.name} ({str(first.judge).strip()})"
            told.warn(_by_several(str(first.name)))
        scores = by_run.setdefault(_run(first.run) or trace.traced, {})
        if metric in scores:
            told.warn(Message("several scores of one name stand at one trace: the last of each is read"))
        parsed = _json(one.value)
        scores[metric] = None if one.error or not _plain(parsed) else parsed
    good = trace.status in ("OK", "TraceState.OK")
    for run, scores in by_run.items():
        yield Outcome(
            system=names.get(run, f"run {run}" if run else "traces of no run"),
            input=question(written(trace.asked)),
            scores=scores,
            error="" if good else f"state {trace.status}",
            seconds=trace.took / 1000 if trace.took is not None and good else None,
            tokens=trace.tokens,
            usd=trace.cost or None,
            place=place,
        )


def _first(one: Given, by_id: Mapping[Any, Given]) -> Given:
    """What an assessment overrides, through all that was overridden since."""
    for _ in range(LONGEST_CHAIN):
        before = by_id.get(one.overrides) if one.overrides is not None else None
        if before is None:
            break
        one = before
    return one


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
