"""promptfoo: `-o` JSON, JSON lines and CSV.

What a careful guess gets wrong: `testIdx` is renumbered by `--repeat`; a row stands where it was completed; an error is
a row of score 0 that `failureReason` 2 alone tells from a failed assertion; `success`, `score` and each named score are
different outcomes; cost 0 means that the price is not known; a cached row has the time of the first call; a CSV repeats
the names of its columns once a system; a scenario puts each of its tests, by its description, to all of its questions.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

ERROR = 2
NAMES = ("id", "testId", "test_id", "caseId", "case_id")
"""In a test's metadata."""
SYSTEM = re.compile(r"\[(.+?)\] (.*)", re.DOTALL)


class Labelled(Struct, frozen=True):
    id: str | None = None
    label: str | None = None
    raw: str | None = None


class Response(Struct, frozen=True, rename="camel"):
    cached: bool | None = None
    finish_reason: str | None = None
    is_refusal: bool | None = None


class Test(Struct, frozen=True):
    description: str | None = None
    metadata: dict[str, Any] | None = None
    vars: Any = None


class Row(Struct, frozen=True, rename="camel"):
    provider: Labelled | str
    prompt: Labelled = Labelled()
    success: bool | None = None
    score: Any = None
    named_scores: dict[str, Any] | None = None
    failure_reason: int | None = None
    grading_result: Any = None
    error: str | None = None
    cost: float | None = None
    latency_ms: float | None = None
    token_usage: dict[str, Any] | None = None
    response: Response | None = None
    test_case: Test = Test()
    vars: Any = None
    metadata: dict[str, Any] | None = None
    test_idx: int | None = None


class Evaluated(Struct, frozen=True):
    results: list[Row]
    version: int | None = None


class Whole(Struct, frozen=True):
    results: Evaluated
    metadata: dict[str, Any] | None = None


def _recognises(source: Source) -> bool:
    if source.kind == "csv":
        return "Status" in source.keys and any(SYSTEM.fullmatch(name) for name in source.keys)
    if source.kind == "json" and not source.listed:
        return "results" in source.keys and bool(source.keys & {"evalId", "shareableUrl"})
    return {"provider", "success", "testIdx"} <= source.keys or {"provider", "promptIdx"} <= source.keys


@reader("promptfoo", tried=("0.123.1", "0.121.20"), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """JSON, JSON lines and CSV of `promptfoo eval -o`."""
    told.grades_alone = True
    if source.kind == "csv":
        yield from _table(source, told)
        return
    if source.kind == "lines":
        told.warn(Message("JSON lines hold no version and no settings"))
        shared = _shared(_described(row) for _, rows in source.lines(Row) for row in rows)
        for start, rows in source.lines(Row):
            for place, row in enumerate(rows, start):
                yield _outcome(row, ask, place, shared)
        return
    if source.listed:
        rows = source.document(list[Row])
    else:
        whole = source.document(Whole)
        rows = whole.results.results
        told.version = str((whole.metadata or {}).get("promptfooVersion", "") or f"format {whole.results.version}")
    shared = _shared(map(_described, rows))
    for place, row in enumerate(rows, 1):
        yield _outcome(row, ask, place, shared)


def _described(row: Row) -> tuple[str | None, str | None]:
    """A test's description, and what was asked."""
    return row.test_case.description, text_of(row.vars if row.vars is not None else row.test_case.vars)


def _shared(tests: Iterable[tuple[str | None, str | None]]) -> frozenset[str]:
    """Descriptions of several questions, as those of a scenario's tests: they name an item with the question alone."""
    seen: dict[str, str | None] = {}
    return frozenset(told for told, given in tests if told and seen.setdefault(told, given) != given)


def _outcome(row: Row, ask: Ask, place: int, shared: Container[str]) -> Outcome:
    response = row.response or Response()
    # Versions before failureReason tell an error by the lack of a grading.
    failed = (
        row.failure_reason == ERROR if row.failure_reason is not None else bool(row.error) and not row.grading_result
    )
    cached = response.cached is True
    tokens = (row.token_usage or {}).get("total")
    metadata = row.test_case.metadata or {}
    scores: dict[str, Scalar] = dict(row.named_scores or {})
    scores.setdefault("success", row.success)
    scores.setdefault("score", row.score)
    given = row.vars if row.vars is not None else row.test_case.vars
    told, asked = _described(row)
    return Outcome(
        system=_system(row),
        id=_id(metadata, row.metadata or {}) or (f"{told}: {asked}" if told in shared else told) or None,
        input=asked,
        scores=scores,
        error=(row.error or "error")[:300] if failed else "",
        refused=response.is_refusal is True,
        truncated=response.finish_reason == "length",
        cached=cached,
        usd=None if cached or not row.cost else row.cost,
        seconds=None if cached or failed or row.latency_ms is None else row.latency_ms / 1000,
        tokens=tokens if isinstance(tokens, int | float) else None,
        group=None if not ask.cluster else text_of(_text(metadata.get(ask.cluster, _of(given, ask.cluster)))),
        place=place,
    )


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


def _of(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, dict) else None


def _system(row: Row) -> str:
    provider = row.provider
    name = provider if isinstance(provider, str) else provider.label or provider.id or "provider"
    prompt = row.prompt.label or row.prompt.raw or ""
    return f"{name} / {prompt}" if prompt else name


def _id(test: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    for metadata in (test, row):
        for name in NAMES:
            value = metadata.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return None


def _table(source: Source, told: Told) -> Iterator[Outcome]:
    """The CSV: a row a test; for each system a column of its answer, then Status, Score and named scores."""
    told.warn(Message("the CSV has no cost, no time, no ids but the description, and does not say what was cached"))
    header: list[str] = []
    shared: frozenset[str] = frozenset()
    systems: list[tuple[str, int, int]] = []
    for line, row in source.table():
        if not header:
            header = row
            starts = [
                at for at, name in enumerate(header) if SYSTEM.fullmatch(name) and header[at + 1 : at + 2] == ["Status"]
            ]
            if not starts:
                raise source.fault(
                    Message("no column of a system, such as '[model] prompt', before a column 'Status'"), line=line
                )
            for at, end in zip(starts, [*starts[1:], len(header)], strict=True):
                match = SYSTEM.fullmatch(header[at])
                assert match is not None
                systems.append((f"{match[1]} / {match[2]}" if match[2] else match[1], at, end))
            shared = _shared(_named(header, row, starts[0]) for _, row in source.table())
            continue
        if len(row) != len(header):
            raise source.fault(
                Message("{n} fields, and the header has {wanted}", n=len(row), wanted=len(header)), line=line
            )
        description, asked = _named(header, row, systems[0][1])
        for system, at, end in systems:
            cells = dict(zip(header[at + 1 : end], row[at + 1 : end], strict=True))
            status = cells.get("Status", "")
            scores: dict[str, Scalar] = {
                name.removeprefix("Metric: "): value for name, value in cells.items() if name.startswith("Metric: ")
            }
            scores["success"] = status == "PASS"
            scores["score"] = cells.get("Score")
            yield Outcome(
                system=system,
                id=f"{description}: {asked}" if description in shared else description or None,
                input=asked,
                scores=scores,
                error=cells.get("Grader Reason", "")[:300] or "error" if status == "ERROR" else "",
                place=line,
            )


def _named(header: list[str], row: list[str], end: int) -> tuple[str, str | None]:
    """Description and questions of a test."""
    given = dict(zip(header[:end], row, strict=False))
    return given.pop("Description", ""), text_of(given)
