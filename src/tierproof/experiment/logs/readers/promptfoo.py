"""promptfoo: `-o` JSON, JSON lines and CSV.

What a careful guess gets wrong: `testIdx` is renumbered by `--repeat`; a row stands where it was completed; an error is
a row of score 0 that `failureReason` 2 alone tells from a failed assertion; `success`, `score` and each named score are
different outcomes; cost 0 means that the price is not known; a cached row has the time of the first call; a CSV repeats
the names of its columns once a system; a scenario puts each of its tests, by its description, to all of its questions;
two tests may ask one question and assert other things of its answer, which are two items; one provider may stand twice,
with other settings, under one name.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from itertools import islice
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


class Test(Struct, frozen=True, rename={"asserted": "assert"}):
    description: str | None = None
    metadata: dict[str, Any] | None = None
    vars: Any = None
    asserted: Any = None
    threshold: Any = None


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
    prompt_idx: int | None = None


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
    told.asked_by_row = True
    if source.kind == "lines":
        told.warn(Message("JSON lines hold no version and no settings"))
        shared = _shared((row for _, rows in source.lines(Row) for row in rows), told)
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
    shared = _shared(rows, told)
    for place, row in enumerate(rows, 1):
        yield _outcome(row, ask, place, shared)


class Shared(Struct, frozen=True):
    """Names that stand for several things."""

    descriptions: frozenset[str]
    """Of several questions, as those of a scenario's tests: they name an item with the question alone."""
    systems: frozenset[str]
    """Of several columns of promptfoo's table."""


def _shared(rows: Iterable[Row], told: Told) -> Shared:
    questions: dict[str, set[str | None]] = {}
    checks: dict[str | None, set[str | None]] = {}
    columns: dict[str, set[int | None]] = {}
    for row in rows:
        asked = _asked(row)
        if row.test_case.description:
            questions.setdefault(row.test_case.description, set()).add(asked)
        checks.setdefault(asked, set()).add(_fingerprint(row, asked))
        columns.setdefault(_system(row), set()).add(row.prompt_idx)
    several = sum(len(found) > 1 for found in checks.values())
    if several:
        told.warn(
            Message(
                "{n} question is asked by several tests, of other assertions: each test is an item",
                "{n} questions are asked by several tests, of other assertions: each test is an item",
                n=several,
            )
        )
    return Shared(_several(questions), _several(columns))


def _several(found: Mapping[str, Sized]) -> frozenset[str]:
    return frozenset(name for name, things in found.items() if len(things) > 1)


def _asked(row: Row) -> str | None:
    return text_of(row.vars if row.vars is not None else row.test_case.vars)


def _fingerprint(row: Row, asked: str | None) -> str | None:
    """Of a test: what it asks, and what it asserts of the answer."""
    test = row.test_case
    if not asked:
        return None
    return hashlib.sha256(f"{asked}\n{text_of([test.asserted, test.threshold])}".encode()).hexdigest()


def _metrics(asserted: Any) -> Iterator[str]:
    """Those that a test's assertions give, as an error leaves them out."""
    for one in asserted if isinstance(asserted, list) else ():
        if isinstance(one, dict):
            name = one.get("metric")
            if isinstance(name, str) and "{{" not in name:
                yield name
            yield from _metrics(one.get("assert"))


def _outcome(row: Row, ask: Ask, place: int, shared: Shared) -> Outcome:
    response = row.response or Response()
    # Versions before failureReason tell an error by the lack of a grading.
    failed = (
        row.failure_reason == ERROR if row.failure_reason is not None else bool(row.error) and not row.grading_result
    )
    cached = response.cached is True
    tokens = (row.token_usage or {}).get("total")
    metadata = row.test_case.metadata or {}
    scores: dict[str, Scalar] = dict(row.named_scores or {})
    for name in _metrics(row.test_case.asserted):
        scores.setdefault(name, None)
    scores.setdefault("success", row.success)
    scores.setdefault("score", row.score)
    given = row.vars if row.vars is not None else row.test_case.vars
    told, asked, system = row.test_case.description, _asked(row), _system(row)
    return Outcome(
        system=f"{system} #{(row.prompt_idx or 0) + 1}" if system in shared.systems else system,
        id=_id(metadata, row.metadata or {}) or (f"{told}: {asked}" if told in shared.descriptions else told) or None,
        hash=_fingerprint(row, asked),
        input=asked,
        # A run has one row a test and column: the same again is another run.
        repeat="" if row.test_idx is None else str(row.test_idx),
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
    header = source.header
    systems = _columns(source, header)
    tests = Counter(_named(header, row, systems[0][1]) for _, row in islice(source.table(), 1, None))
    if max(tests.values(), default=0) > 1:
        told.warn(
            Message("rows of one test are averaged: the CSV does not tell repeats from tests of other assertions")
        )
    times = Counter(description for description, _ in tests)
    for line, row in islice(source.table(), 1, None):
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
                id=(f"{description}: {asked}" if times[description] > 1 else description) if description else None,
                input=asked,
                scores=scores,
                error=cells.get("Grader Reason", "")[:300] or "error" if status == "ERROR" else "",
                place=line,
            )


def _columns(source: Source, header: Sequence[str]) -> list[tuple[str, int, int]]:
    """Systems, each with where its columns begin and end; of one name, with their number among all."""
    found = [(at, match) for at, name in enumerate(header) if (match := SYSTEM.fullmatch(name))]
    starts = [(at, match) for at, match in found if header[at + 1 : at + 2] == ["Status"]]
    if not starts:
        raise source.fault(Message("no column of a system, such as '[model] prompt', before a column 'Status'"), line=1)
    ends = [*(at for at, _ in starts[1:]), len(header)]
    names = [f"{match[1]} / {match[2]}" if match[2] else match[1] for _, match in starts]
    return [
        (f"{name} #{number}" if names.count(name) > 1 else name, at, end)
        for number, (name, (at, _), end) in enumerate(zip(names, starts, ends, strict=True), 1)
    ]


def _named(header: list[str], row: list[str], end: int) -> tuple[str, str | None]:
    """Description and questions of a test."""
    given = dict(zip(header[:end], row, strict=False))
    return given.pop("Description", ""), text_of(given)
